"""What a plan depends on, as formulas by what they are: two versions differ only where one of these does.

A facet is named by what it says and not by who says it: two rules that give the same base are one facet, so
that moving an effect from one rule to another is no change. Only what adds up has the rule in its name.

The parts of a plan are looked at apart. ``course``: the number of sessions and whether one may be enough.
``interval``, ``review`` and ``maintenance``: weeks. ``gates``: who stops, waits or is referred, and questions
not asked. ``progress``: what remains after sessions were done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import product
from typing import get_args

from schemas.language import Part, effects
from service.analysis.compare.versions import VersionPair
from service.analysis.proofs.logic import Formula, and_, not_, or_, xor
from service.analysis.proofs.profile import progress_of
from service.analysis.proofs.world import World
from service.model.condition import Scalar
from service.model.number import Number, Triple, alike
from service.model.ruleset import SESSIONS_DONE, AttributeRef, FromProgress, Rule, Ruleset, WhenSlow

PARTS: tuple[Part, ...] = get_args(Part)


Facet = tuple[object, ...]
"""The name of an effect, or of what else a plan depends on, and what it comes to."""


BASES = frozenset(effect.name for effect in effects("base", quantity="sessions"))
"""Facets without which there are no numbers at all."""


SCORED = frozenset(effect.name for effect in effects() if effect.value == "score")
"""Facets whose numbers come from a score."""


CAPS = frozenset(effect.name for effect in effects("cap", quantity="sessions"))
"""Facets that cut the number of sessions."""


REMAINING = frozenset(effect.name for effect in effects("base", quantity="remaining"))
"""Facets from which it is worked out what remains."""


WITHHOLDING = frozenset(gate.name for gate in effects("gate") if gate.withholds)
"""Gates beside which there are no numbers."""


STOPPING = frozenset(gate.name for gate in effects("gate") if gate.verdict == "do_not_treat")
"""Gates beside which there is not even a time to look again."""


AFTERWARDS = frozenset(effect.part for effect in effects("review"))
"""Parts of the plan that nothing else takes away."""


UNANSWERED = "unanswered"


CALLING = frozenset((*(gate.name for gate in effects("gate") if not gate.withholds), UNANSWERED))
"""Gates, and questions not asked, beside which the numbers are still given."""


_NOT_GIVEN, _LACKING = "not given", "lacking"


_WEEKS = frozenset(effect.name for effect in effects("base", quantity="interval_weeks"))


@dataclass(slots=True)
class PlanParts:
    """The facets of one side, by part; and those of its scores, that matter where a base comes from one."""

    by_part: dict[Part, dict[Facet, Formula]] = field(default_factory=lambda: {part: {} for part in PARTS})
    scores: dict[Facet, Formula] = field(default_factory=dict)

    def add(self, part: Part, facet: Facet, holds: Formula) -> None:
        """The facet holds here too."""
        _add(self.by_part[part], facet, holds)


def plan_parts(pair: VersionPair, side: World) -> PlanParts:
    """What the plans of one side depend on."""
    found = PlanParts()
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
            unasked = and_((not_(side.applies[one.id][1]), not_(side.answers[one.id].given)))
            found.add("gates", (UNANSWERED, one.id), unasked)
    has_base = or_(held for facet, held in found.by_part["course"].items() if facet[0] in BASES)
    found.add("interval", ("has base",), has_base)
    _limits(side, found, has_base)
    _progress_facts(pair, side, found)
    _bases_under_way(pair, found, has_base)
    return found


def differing(old: dict[Facet, Formula], new: dict[Facet, Formula]) -> dict[Facet, Formula]:
    """Where a facet holds for one side and not for the other, by facet; nothing that is settled."""
    found: dict[Facet, Formula] = {}
    for facet in dict.fromkeys((*old, *new)):
        differs = xor(old.get(facet, False), new.get(facet, False))
        if differs is not False:
            found[facet] = differs
    return found


def _of_rule(side: World, rule: Rule, name: str, fires: Formula) -> Iterator[tuple[Part, Facet, Formula]]:
    """The facets of each effect that changes a part of the plan, whatever it is."""
    for effect, value in rule.then.present():
        if effect.part is None:
            continue
        if effect.category == "gate":
            yield effect.part, (effect.name, name), fires
        elif isinstance(value, FromProgress):
            target = AttributeRef(value.target, "") if isinstance(value.target, str) else value.target
            how = (value.improvement, value.sessions, value.margin, value.gains, value.clears, value.weight)
            adds: list[tuple[object, Formula]] = [(None, True)]
            if value.adds is not None:
                adds = [*_amounts(side, value.adds, fires)]
            for (amount, holds), (more, holds_too) in product(_amounts(side, target, fires), adds):
                yield effect.part, (effect.name, *how, amount, more), and_((holds, holds_too))
        elif isinstance(value, WhenSlow):
            yield effect.part, (effect.name, name, value.gain, value.over, value.share), fires
        elif effect.adds_up or isinstance(value, AttributeRef | Number | Triple):
            whose = (name,) if effect.adds_up else ()
            for amount, holds in _amounts(side, value, fires):
                # Without the answer there are no numbers at all, whatever it was needed for.
                part: Part = "course" if is_missing(amount) else effect.part
                yield part, (effect.name, *whose, amount), holds
        else:
            yield effect.part, (effect.name, value), fires


def _amounts(
    side: World, amount: Number | Triple | AttributeRef, fires: Formula
) -> Iterator[tuple[object, Formula]]:
    """Each amount that the effect can come to, and where it does; the question where it was not answered."""
    if not isinstance(amount, AttributeRef):
        yield (amount if isinstance(amount, Triple) else alike(amount)), fires
        return
    given = side.facts[amount.input].given
    yield (_NOT_GIVEN, amount.input), and_((fires, not_(given)))
    if not amount.attribute:
        yield ("answer", amount.input), fires
        return
    yield (_LACKING, amount.input), and_((fires, given, not_(side.known(amount))))
    by_value: dict[Number, list[Formula]] = {}
    for held, value in side.attribute(amount):
        by_value.setdefault(value, []).append(held)
    for value, held_by in by_value.items():
        yield alike(value), and_((fires, or_(held_by)))


def is_missing(amount: object) -> bool:
    """Whether an amount is that of a question which was not answered, or whose option lacks the attribute."""
    return isinstance(amount, tuple) and amount[:1] in ((_NOT_GIVEN,), (_LACKING,))


def _points(side: World, rule: Rule, name: str, fires: Formula) -> Iterator[tuple[Facet, Formula]]:
    for effect, value in rule.then.present("fact"):
        for score, points in value if effect.value == "sums" else ():
            for index, point in enumerate(points):
                for amount, holds in _amounts(side, point, fires):
                    yield (effect.name, score, name, index, amount), holds


def _limits(side: World, found: PlanParts, has_base: Formula) -> None:
    """The limits, which matter wherever there are numbers that they could cut."""
    limits = side.ruleset.limits
    found.add("course", ("limits", limits.sessions), has_base)
    weeks = or_(held for facet, held in found.by_part["interval"].items() if facet[0] in _WEEKS)
    found.add("interval", ("limits", limits.interval_weeks), weeks)
    reckoned = or_(held for facet, held in found.by_part["progress"].items() if facet[0] in REMAINING)
    found.add("progress", ("limits", limits.sessions), reckoned)


def _progress_facts(pair: VersionPair, side: World, found: PlanParts) -> None:
    """What was done and seen so far, as rules see it."""
    for name in sorted(progress_questions(pair.old.ruleset, pair.new.ruleset)):
        for value, held in side.values(name).items():
            found.add("progress", ("fact", name, value), held)
    # A question of that name which is no whole number is not taken off the sessions.
    found.add("progress", ("taken off", side.ruleset.counts_sessions_done), side.above(SESSIONS_DONE, 0))


def _bases_under_way(pair: VersionPair, found: PlanParts, has_base: Formula) -> None:
    """What bases are to a plan made again: that there is one, and what sessions are expected to bring by it.

    A first plan may hide both, for it is rounded and cut.
    """
    reckoned = or_(held for facet, held in found.by_part["progress"].items() if facet[0] in REMAINING)
    found.add("progress", ("has base",), and_((has_base, reckoned)))
    sides = (pair.old.ruleset, pair.new.ruleset)
    if not any(how.clears is not None for one in sides for how in _reckoning(one)):
        return
    bases = [(facet, held) for facet, held in found.by_part["course"].items() if facet[0] in BASES]
    if any(facet[0] in SCORED for facet, _ in bases):
        bases += found.scores.items()
    for facet, held in bases:
        found.add("progress", ("expected of", *facet), and_((held, reckoned)))


def _add(facets_of: dict[Facet, Formula], facet: Facet, holds: Formula) -> None:
    before = facets_of.get(facet, False)
    facets_of[facet] = or_((before, holds))


def counting_sessions_done(ruleset: Ruleset) -> set[str]:
    """The questions that count sessions done."""
    names = {SESSIONS_DONE} if ruleset.counts_sessions_done else set()
    return names | {how.sessions for how in _reckoning(ruleset)}


def telling_improvement(ruleset: Ruleset) -> set[str]:
    """The questions that tell how much improvement was seen."""
    return {how.improvement for how in _reckoning(ruleset)}


def telling_target(ruleset: Ruleset) -> set[str]:
    """The questions that tell, as a number, what is aimed at."""
    return {how.target for how in _reckoning(ruleset) if isinstance(how.target, str)}


def telling_gains(ruleset: Ruleset) -> set[str]:
    """The questions that tell what the last sessions gave."""
    slow = (slow for rule in ruleset.rules for _, slow in rule.then.present("conditional gate"))
    return {one.gain for one in slow}


def _reckoning(ruleset: Ruleset) -> Iterator[FromProgress]:
    return (how for rule in ruleset.rules for how in progress_of(rule))


def progress_questions(*rulesets: Ruleset) -> set[str]:
    """All of these, of several rulesets."""
    kinds = (counting_sessions_done, telling_improvement, telling_target, telling_gains)
    return {name for one in rulesets for kind in kinds for name in kind(one)}


@dataclass(frozen=True, slots=True)
class Masking:
    """Degrees of masking, the least masked first; under the last all may be hidden.

    In the first ``firsts`` of them no session was done, or no improvement was seen yet, so that progress
    holds no numbers back. ``numbers``: what is looked at is not held back by rules of both versions.
    """

    degrees: tuple[Formula, ...]
    numbers: Formula
    firsts: int = 3

    @property
    def most_masked(self) -> int:
        """The last degree."""
        return len(self.degrees) - 1


def masking(pair: VersionPair, old: PlanParts, new: PlanParts, part: Part) -> Masking:
    """How masking it can be for a part of the plan."""

    def heard(kinds: Set[str]) -> Formula:
        return not_(and_(_any(side, kinds) for side in (old, new)))

    numbers = heard(STOPPING if part in AFTERWARDS else WITHHOLDING)
    calm = heard(CALLING)
    first, unseen, early = (and_(how(side) for side in pair.sides) for how in (_first, _unseen, _early))
    claims = ((numbers, calm, first), (numbers, first), (numbers, unseen), (numbers, early), (numbers,), ())
    return Masking(tuple(map(and_, claims)), numbers)


def _any(found: PlanParts, kinds: Set[str]) -> Formula:
    return or_(held for facet, held in found.by_part["gates"].items() if facet[0] in kinds)


def _first(side: World) -> Formula:
    """No session was done, as far as this side counts."""
    return and_(
        or_((not_(fact.given), fact.values.get(0, False)))
        for name in counting_sessions_done(side.ruleset)
        if (fact := side.facts.get(name)) is not None
    )


def _unseen(side: World) -> Formula:
    """No improvement is known from which anything could be worked out."""
    return not_(or_(side.facts[name].given for name in telling_improvement(side.ruleset)))


def _early(side: World) -> Formula:
    """As few sessions were done as rules can tell from none, or none."""
    return and_(
        or_((not_(fact.given), *(fact.values[number] for number in _fewest(fact.values))))
        for name in counting_sessions_done(side.ruleset)
        if (fact := side.facts.get(name)) is not None
    )


def _fewest(numbers: Iterable[Scalar]) -> Sequence[Scalar]:
    """None, and the fewest above."""
    return sorted(number for number in numbers if not isinstance(number, str) and number >= 0)[:2]
