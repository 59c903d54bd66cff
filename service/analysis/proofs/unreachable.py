"""unreachable-rule: no possible assessment makes the rule fire.

Summary
    Every rule must be able to fire for some client.

Avoid
    ::

        when:
          concern: acne_scar
          concern.target: ink             # acne scars have the target "texture"

Prefer
    ::

        when:
          concern: acne_scar

Why
    A rule that never fires protects nobody and misleads whoever reads it. Its conditions contradict one
    another, or a question that it looks at is not asked where the rest holds. This is proven over every
    possible assessment. Mend the condition, or remove the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.analysis.proofs.case import ProofCase, at, warning
from service.model.condition import Condition, Test, conjuncts, subjects_of, tests_of
from service.model.problem import Problem, quoted
from service.model.ruleset import Contradiction, Rule

CODE = "unreachable-rule"


def unreachable(case: ProofCase) -> frozenset[str]:
    """The rules that never fire, by id.

    Raises:
        Undecided: it would take more time than there is.
    """
    return frozenset(rule.id for fires, rule in case.world.rules() if not case.solver.holds_somewhere(fires))


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each rule that never fires, with what contradicts in it."""
    for rule in case.ruleset.rules:
        if rule.id in case.unreachable:
            yield warning(at(rule, "when"), CODE, f"{rule.id} can never fire: {_why(case, rule)}")


def by_contradictions(refused: Mapping[str, Contradiction]) -> Iterator[Problem]:
    """A warning for each contradiction because of which rules never fire; ``refused``: it, by rule."""
    for place, one in {one.place: one for one in refused.values()}.items():
        named = quoted([name for name, by in refused.items() if by is one], most=3, last="and")
        message = f'The contradiction "{one.id}" refuses everybody for whom {named} would fire. Mend it.'
        yield warning(place, CODE, message)


def _why(case: ProofCase, rule: Rule) -> str:
    parts = {_condition_text(part): part for part in conjuncts(rule.when)}
    clash = case.solver.clash({said: case.world.true(part) for said, part in parts.items()})
    if not clash:
        return 'its "when" can\'t hold. Mend it, or remove the rule.'
    if len(clash) == 1:
        needs = _needs(case, parts[clash[0]])
        return f"no assessment makes {clash[0]} hold.{needs} Mend it, or remove the rule."
    named = f"{', '.join(clash[:-1])} and {clash[-1]}"
    return f"{named} can't hold together. Mend one of them, or remove the rule."


def _needs(case: ProofCase, part: Condition) -> str:
    """Where a test looks at what only rules that never fire conclude: their names."""
    subjects = {key.partition(".")[2] for key in subjects_of(part)}
    names = [
        rule.id
        for rule in case.ruleset.rules
        if rule.id in case.unreachable and any(name in subjects for name, _ in rule.then.conclude)
    ]
    return f" It waits for {', '.join(names)}, which can never fire." if names else ""


def _condition_text(part: Condition) -> str:
    tests = [test.written for test in tests_of(part)]
    return f'"{tests[0]}"' if isinstance(part, Test) else '"' + ", ".join(tests[:3]) + '"'
