"""conflicting-effects: two rules of one factor say opposite things of the same client.

Summary
    Error. Within one factor "may suffice" and "will not suffice" never meet, and a conclusion gets one level.

Avoid
    ::

        - id: sun-spots
          when: {concern: solar_lentigo}
          then: {one session: may suffice}
        - id: many-sun-spots
          when: {severity: severe}
          then: {one session: will not suffice}     # and severe sun spots?

Prefer
    ::

        - id: sun-spots
          when: {concern: solar_lentigo, severity: not severe}
          then: {one session: may suffice}
        - id: many-sun-spots
          when: {severity: severe}
          then: {one session: will not suffice}

Why
    One of the two texts is not meant for this client, and only the author knows which. Across factors the
    cautious one wins, as it should. Two levels of one conclusion, drawn in one factor, are a warning: the
    highest stands. Two rules in whose ``then`` the effects contradict each other are an error of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.examples import smallest
from service.analysis.proofs.finding import Case, at, error, warning
from service.analysis.proofs.logic import Formula
from service.model.problem import Problem
from service.model.ruleset import Rule

CODE = "conflicting-effects"

_Live = list[tuple[Formula, Rule]]


def find(case: Case) -> Iterator[Problem]:
    """A problem for each pair of rules that contradict each other for some assessment."""
    by_factor: dict[str, _Live] = {}
    for fires, rule in case.world.rules():
        if rule.id not in case.unreachable:
            by_factor.setdefault(rule.factor, []).append((fires, rule))
    for live in by_factor.values():
        yield from _one_session(case, live)
        yield from _levels(case, live)


def _one_session(case: Case, live: _Live) -> Iterator[Problem]:
    may = [pair for pair in live if pair[1].then.one_session == "may_suffice"]
    will_not = [pair for pair in live if pair[1].then.one_session == "will_not_suffice"]
    for fires, rule in may:
        for other_fires, other in will_not:
            example = smallest(case.world, fires, other_fires)
            if example is not None and case.engine.fires(example, rule.id, other.id):
                message = (
                    f'{rule.id} says "may suffice" where {other.id}, of the same factor, says "will not '
                    'suffice". Narrow one of them, so that they never meet.'
                )
                yield error(at(rule, "then", "one session"), CODE, message, example)
                break


def _levels(case: Case, live: _Live) -> Iterator[Problem]:
    drawn = [
        (fires, rule, name, level)
        for fires, rule in live
        for name, level in rule.then.conclude
        if isinstance(level, str)
    ]
    for index, (fires, rule, name, level) in enumerate(drawn):
        for other_fires, other, other_name, other_level in drawn[index + 1 :]:
            if other_name != name or other_level == level:
                continue
            example = smallest(case.world, fires, other_fires)
            if example is not None and case.engine.fires(example, rule.id, other.id):
                message = (
                    f'{other.id} concludes {name} "{other_level}" where {rule.id}, of the same factor, '
                    f'concludes "{level}"; the highest stands. Narrow one of them.'
                )
                yield warning(at(other, "then", "conclude"), CODE, message, example)
                break
