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

from service.analysis.proofs.case import ProofCase, at, error, smallest, warning
from service.analysis.proofs.logic import Formula
from service.model.problem import Problem
from service.model.ruleset import Rule

CODE = "conflicting-effects"

_Live = list[tuple[Formula, Rule]]


def find(case: ProofCase) -> Iterator[Problem]:
    """A problem for each pair of rules that contradict each other for some assessment."""
    by_factor: dict[str, _Live] = {}
    for fires, rule in case.world.rules():
        if rule.id not in case.unreachable:
            by_factor.setdefault(rule.factor, []).append((fires, rule))
    for live in by_factor.values():
        yield from _choices(case, live)
        yield from _levels(case, live)


def _choices(case: ProofCase, live: _Live) -> Iterator[Problem]:
    said = [
        (fires, rule, effect, effect.choices.index(choice.replace("_", " ")))
        for fires, rule in live
        for effect, choice in rule.then.present("vouch")
    ]
    for fires, rule, effect, choice in said:
        for other_fires, other, other_effect, opposite in said:
            if other_effect != effect or opposite <= choice:
                continue
            example = smallest(case.world, fires, other_fires)
            if example is not None and case.engine.fires(example, rule.id, other.id):
                message = (
                    f'{rule.id} says "{effect.choices[choice]}" where {other.id}, of the same factor, says '
                    f'"{effect.choices[opposite]}". Narrow one of them, so that they never meet.'
                )
                yield error(at(rule, "then", effect.key), CODE, message, example)
                break


def _levels(case: ProofCase, live: _Live) -> Iterator[Problem]:
    drawn = [
        (fires, rule, effect, name, level)
        for fires, rule in live
        for effect, drawn in rule.then.present("fact")
        if effect.value == "level"
        for name, level in drawn
        if isinstance(level, str)
    ]
    for index, (fires, rule, effect, name, level) in enumerate(drawn):
        for other_fires, other, _, other_name, other_level in drawn[index + 1 :]:
            if other_name != name or other_level == level:
                continue
            example = smallest(case.world, fires, other_fires)
            if example is not None and case.engine.fires(example, rule.id, other.id):
                message = (
                    f'{other.id} concludes {name} "{other_level}" where {rule.id}, of the same factor, '
                    f'concludes "{level}"; the highest stands. Narrow one of them.'
                )
                yield warning(at(other, "then", effect.key), CODE, message, example)
                break
