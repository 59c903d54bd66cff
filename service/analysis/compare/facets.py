"""What a plan depends on, as formulas by what they are: two versions differ only where one of these does.

A facet is named by what it says and not by who says it: two rules that give the same base are one facet, so
that moving an effect from one rule to another is no change. Only what adds up has the rule in its name.

The parts of a plan are looked at apart. ``course``: the number of sessions and whether one may be enough.
``interval`` and ``review``: weeks. ``gates``: who stops, waits or is referred, and questions not asked.
``progress``: what remains after sessions were done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from service.analysis.compare.looked_at import all_of
from service.analysis.compare.pair import Pair, Side
from service.analysis.proofs.logic import Formula, both, either, no, same, spelling
from service.model.number import Number, Triple, alike
from service.model.ruleset import AttributeRef, Rule

Part = Literal["course", "interval", "review", "gates", "progress"]

PARTS: tuple[Part, ...] = ("gates", "course", "interval", "review", "progress")

GATES = ("stop", "no_numbers", "defer", "refer")

Facet = tuple[object, ...]

_AMOUNTS: dict[str, Part] = {
    "sessions_times": "course",
    "add_sessions": "course",
    "most_sessions": "course",
    "add_interval_weeks": "interval",
}
_NOT_GIVEN = "not given"
_ADDING_UP = ("sessions_times", "add_sessions", "add_interval_weeks")


@dataclass(slots=True)
class Facets:
    """The facets of one side, by part; and those of its scores, that matter where a base comes from one."""

    by_part: dict[Part, dict[Facet, Formula]] = field(default_factory=lambda: {part: {} for part in PARTS})
    scores: dict[Facet, Formula] = field(default_factory=dict)

    def add(self, part: Part, facet: Facet, holds: Formula) -> None:
        """The facet holds here too."""
        _add(self.by_part[part], facet, holds)


def facets(pair: Pair, side: Side) -> Facets:
    """What the plans of one side depend on."""
    found = Facets()
    for fires, rule in side.rules():
        if fires is False:
            continue
        name = pair.name_of(side, rule)
        for part, facet, holds in _of_rule(side, rule, name, fires):
            found.add(part, facet, holds)
        for facet, holds in _points(side, rule, name, fires):
            _add(found.scores, facet, holds)
    for one in side.ruleset.inputs.values():
        if one.must_ask:
            unasked = both((no(side.applies[one.id][1]), no(side.answers[one.id].given)))
            found.add("gates", ("unanswered", one.id), unasked)
    bases = ("base", "base from score")
    has_base = either(held for facet, held in found.by_part["course"].items() if facet[0] in bases)
    found.add("interval", ("has base",), has_base)
    _limits(side, found, has_base)
    _progress_facts(pair, side, found)
    return found


def differing(old: dict[Facet, Formula], new: dict[Facet, Formula]) -> dict[Facet, Formula]:
    """Where a facet holds for one side and not for the other, by facet; nothing that is settled."""
    found: dict[Facet, Formula] = {}
    for facet in dict.fromkeys((*old, *new)):
        differs = unlike(old.get(facet, False), new.get(facet, False))
        if differs is not False:
            found[facet] = differs
    return found


def unlike(one: Formula, other: Formula) -> Formula:
    """One of the two holds and the other does not."""
    if spelling(one) == spelling(other):
        return False
    return no(same(one, other))


_SAYING: dict[str, tuple[Part, str]] = {
    "sessions": ("course", "base"),
    "sessions_from_score": ("course", "base from score"),
    "one_session": ("course", "one session"),
    "interval_weeks": ("interval", "weeks"),
    "review_weeks": ("review", "review"),
}


def _of_rule(side: Side, rule: Rule, name: str, fires: Formula) -> Iterator[tuple[Part, Facet, Formula]]:
    then = rule.then
    for gate in GATES:
        if getattr(then, gate) is not None:
            yield "gates", (gate, name), fires
    for effect, (part, called) in _SAYING.items():
        if getattr(then, effect) is not None:
            yield part, (called, getattr(then, effect)), fires
    for effect, part in _AMOUNTS.items():
        if getattr(then, effect) is not None:
            whose = name if effect in _ADDING_UP else ""
            for value, holds in _amounts(side, getattr(then, effect), fires):
                # Without the answer there are no numbers at all, whatever it was needed for.
                yield ("course" if is_missing(value) else part), (effect, whose, value), holds
    how = then.remaining_from_progress
    if how is not None:
        target = AttributeRef(how.target, "") if isinstance(how.target, str) else how.target
        for value, holds in _amounts(side, target, fires):
            yield "progress", ("remaining", how.improvement, how.sessions, how.margin, value), holds


def _amounts(
    side: Side, amount: Number | Triple | AttributeRef, fires: Formula
) -> Iterator[tuple[object, Formula]]:
    """Each amount that the effect can come to, and where it does; the question where it was not answered."""
    if not isinstance(amount, AttributeRef):
        yield (amount if isinstance(amount, Triple) else alike(amount)), fires
        return
    yield (_NOT_GIVEN, amount.input), both((fires, no(side.facts[amount.input].given)))
    if not amount.attribute:
        yield ("answer", amount.input), fires
        return
    by_value: dict[Number, list[Formula]] = {}
    for held, value in side.attribute(amount):
        by_value.setdefault(value, []).append(held)
    for value, held_by in by_value.items():
        yield alike(value), both((fires, either(held_by)))


def is_missing(amount: object) -> bool:
    """Whether an amount is that of a question which was not answered."""
    return isinstance(amount, tuple) and amount[:1] == (_NOT_GIVEN,)


def _points(side: Side, rule: Rule, name: str, fires: Formula) -> Iterator[tuple[Facet, Formula]]:
    for score, points in rule.then.points:
        for index, point in enumerate(points):
            for value, holds in _amounts(side, point, fires):
                yield ("points", score, name, index, value), holds


def _limits(side: Side, found: Facets, has_base: Formula) -> None:
    """The limits, which matter wherever there are numbers that they could cut."""
    limits = side.ruleset.limits
    found.add("course", ("limits", limits.sessions), has_base)
    weeks = either(held for facet, held in found.by_part["interval"].items() if facet[0] == "weeks")
    found.add("interval", ("limits", limits.interval_weeks), weeks)
    reckoned = either(held for facet, held in found.by_part["progress"].items() if facet[0] == "remaining")
    found.add("progress", ("limits", limits.sessions), reckoned)


def _progress_facts(pair: Pair, side: Side, found: Facets) -> None:
    """What was done and seen so far, as rules see it."""
    for name in sorted(all_of(pair.old.ruleset, pair.new.ruleset)):
        for value, held in side.values(name).items():
            found.add("progress", ("fact", name, value), held)


def _add(facets_of: dict[Facet, Formula], facet: Facet, holds: Formula) -> None:
    before = facets_of.get(facet, False)
    facets_of[facet] = either((before, holds))
