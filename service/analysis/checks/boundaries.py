"""boundary-overlap: two rules of one factor give a base for the number at which their ranges meet.

Summary
    Warning. Ranges hold both of their ends, so ``1 to 5`` and ``5 to 10`` both hold at 5.

Avoid
    ::

        - id: few
          when: {concern: sun_spots, spots: 1 to 5}
          then: {sessions: 1 to 2}
        - id: some
          when: {concern: sun_spots, spots: 5 to 10}
          then: {sessions: 2 to 4}
        # assessment.yaml
        spots: {label: How many spots?, whole number: 1 to 10}

Prefer
    ::

        - id: few
          when: {concern: sun_spots, spots: 1 to 5}
          then: {sessions: 1 to 2}
        - id: some
          when: {concern: sun_spots, spots: 6 to 10}
          then: {sessions: 2 to 4}
        # assessment.yaml
        spots: {label: How many spots?, whole number: 1 to 10}

Why
    At that number the base that needs most is taken, which may not be the one that was meant. The check looks
    at rules that are alike but for such ranges and that give another base.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from service.model.condition import Condition, Domain, Test, conjuncts
from service.model.number import Number, written
from service.model.problem import Problem
from service.model.ruleset import Rule, Ruleset

CODE = "boundary-overlap"

_Ranges = dict[str, Test]
"""The range that a rule tests each number by."""


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each two rules whose ranges meet at a number, at the range of the later one."""
    alike: dict[object, list[tuple[Rule, _Ranges]]] = {}
    for rule in ruleset.rules:
        ranges, others = _parts(rule.when)
        if ranges and any(rule.then.present("base")):
            key = (rule.factor, frozenset(ranges), others)
            alike.setdefault(key, []).append((rule, ranges))
    for rules in alike.values():
        for (rule, ranges), (other, its) in combinations(rules, 2):
            effect = _other_base(rule, other)
            met = _met(ruleset, ranges, its) if effect else None
            if met is not None:
                yield Problem(
                    its[met[0]].place, CODE, _message(ruleset, rule, ranges, its, met, effect), "warning"
                )


def _parts(when: Condition) -> tuple[_Ranges, frozenset[Condition]]:
    """The ranges among the tests that must all hold, by what they test; and what else must."""
    ranges: _Ranges = {}
    others: set[Condition] = set()
    for part in conjuncts(when):
        if isinstance(part, Test) and part.op == "within" and part.subject not in ranges:
            ranges[part.subject] = part
        else:
            others.add(part)
    return ranges, frozenset(others)


def _other_base(rule: Rule, other: Rule) -> str:
    """The key of a base that both give, and not the same."""
    given = {effect.key: value for effect, value in rule.then.present("base")}
    for effect, value in other.then.present("base"):
        if effect.key in given and given[effect.key] != value:
            return effect.key
    return ""


def _met(ruleset: Ruleset, ranges: _Ranges, its: _Ranges) -> tuple[str, Number] | None:
    """The first number that is tested otherwise, and where its ranges meet; None where one pair does not."""
    found: tuple[str, Number] | None = None
    for subject, test in ranges.items():
        if test == its[subject]:
            continue
        point = _shared(test, its[subject])
        if point is None or not _can_be(ruleset.subjects[subject].domain, point):
            return None
        found = found or (subject, point)
    return found


def _shared(test: Test, other: Test) -> Number | None:
    """The one number that two ranges share as their ends."""
    for low, high in ((test.interval, other.interval), (other.interval, test.interval)):
        assert low is not None
        assert high is not None
        both_in = not (low.high_open or high.low_open)
        if low.high is not None and low.high == high.low and both_in and low != high:
            return low.high
    return None


def _can_be(domain: Domain, point: Number) -> bool:
    if domain.values:
        return point in domain.values
    if domain.whole and not isinstance(point, int):
        return False
    return (domain.low is None or domain.low <= point) and (domain.high is None or point <= domain.high)


def _message(
    ruleset: Ruleset, rule: Rule, ranges: _Ranges, its: _Ranges, met: tuple[str, Number], effect: str
) -> str:
    subject, point = met
    mend = f"Leave {written(point)} to one of the two."
    if ruleset.subjects[subject].domain.whole and isinstance(point, int):
        lower = its[subject].interval
        ends = lower is not None and lower.high == point
        mend = f"End this one at {point - 1}." if ends else f"Begin this one at {point + 1}."
    return (
        f'"{its[subject].written}" holds at {written(point)}, and so does "{ranges[subject].written}" of '
        f'{rule.id}: there both give "{effect}", and the one that needs most is taken. {mend}'
    )
