"""Parts of a rule that are set in too far, or not far enough: each is one mistake, and put right."""

from __future__ import annotations

from schemas.ruleset_files import RuleEntry
from service.model.problem import shown
from service.reading.conditions import FACTS, GROUPS
from service.reading.findings import Findings
from service.reading.spot import Spot
from service.reading.vocabulary import Vocabulary

_BESIDE_THEN = ("title", "when", "because", "support", "evidence")
_OF_A_RULE = frozenset(field.data_key or name for name, field in RuleEntry().fields.items())


def put_right(found: Findings, spot: Spot, words: Vocabulary) -> None:
    """Note what stands a level too deep or too high in the rule at the spot, and move it to its place.

    So that nothing is said to be missing, or unknown, that is only not where it belongs.
    """
    then, when = spot.child("then"), spot.child("when")
    for key in _BESIDE_THEN:
        if then.has(key) and not spot.has(key):
            message = f"Set {key} out: it belongs beside then."
            found.error(then.child(key).key(), "unknown-key", message)
            spot.tree.move(then.path, spot.path, key)
    if not spot.has("when") or when.data is not None:
        return
    tests = [key for key in spot.data if key not in _OF_A_RULE and _is_test(key, words)]
    if tests:
        names = " and ".join(map(shown, tests))
        found.error(spot.child(tests[0]).key(), "unknown-key", f"Set {names} in under when.")
        for key in tests:
            spot.tree.move(spot.path, when.path, key)


def _is_test(key: str, words: Vocabulary) -> bool:
    return key in GROUPS or key.partition(".")[0] in (*words.inputs, *words.unread, *FACTS)
