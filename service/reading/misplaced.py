"""Parts of a rule that are set in too far, or not far enough: each is one mistake, and put right."""

from __future__ import annotations

from schemas.ruleset_files import RuleEntry
from service.model.problem import shown
from service.reading.conditions import FACTS, GROUPS
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.vocabulary import Vocabulary

_BESIDE_THEN = ("title", "when", "because", "support", "evidence")
_OF_A_RULE = frozenset(field.data_key or name for name, field in RuleEntry().fields.items())


def put_right(problems: ProblemCollector, node: Node, words: Vocabulary) -> None:
    """Note what stands a level too deep or too high in the rule at the node, and move it to its place.

    So that nothing is said to be missing, or unknown, that is only not where it belongs.
    """
    then, when = node.child("then"), node.child("when")
    for key in _BESIDE_THEN:
        if then.has(key) and not node.has(key):
            message = f"Set {key} out: it belongs beside then."
            problems.error(then.child(key).key(), "unknown-key", message)
            node.tree.move(then.path, node.path, key)
    if not node.has("when") or when.data is not None:
        return
    tests = [key for key in node.data if key not in _OF_A_RULE and _is_test(key, words)]
    if tests:
        names = " and ".join(map(shown, tests))
        problems.error(node.child(tests[0]).key(), "unknown-key", f"Set {names} in under when.")
        for key in tests:
            node.tree.move(node.path, when.path, key)


def _is_test(key: str, words: Vocabulary) -> bool:
    return key in GROUPS or key.partition(".")[0] in (*words.inputs, *words.unread, *FACTS)
