"""What no rule tells apart may yet come to another plan: numbers of the same cells.

A plan that is made again rests on the very numbers of sessions, improvement and target. A model has one
number for each cell of them. Here is what holds of such plans whichever numbers they are, and where nothing
is known: some more numbers to try, close to both ends of each cell and between.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations, product
from typing import Any, TypeVar

from service.analysis.proofs.case import Assessment
from service.analysis.proofs.logic import Formula, Model, and_, implies, not_, or_
from service.analysis.proofs.profile import Profile, fixed, under_way
from service.analysis.proofs.questions import Cell
from service.analysis.proofs.world import World
from service.evaluation.progress import Course, is_slow
from service.model.number import Number, Triple, as_json, exact
from service.model.ruleset import AttributeRef, FromProgress, FromScore, WhenSlow

_SHARES = tuple(
    Fraction(share, 10_000)
    for share in (1, 200, 400, 700, 1_000, 2_500, 4_000, 5_000, 6_000, 7_500, 9_000, 9_800, 9_999)
)


_LONGEST = 30
"""Courses of up to so many sessions are told apart where it is looked at whether progress is slow."""

_MOST = 100
"""Of more combinations a share is tried, spread evenly."""

_Any = TypeVar("_Any")


def spread(many: Iterable[_Any]) -> list[_Any]:
    """As many of them as are tried."""
    listed = list(many)
    return listed[:: -(-len(listed) // _MOST) or 1]


Amount = str | AttributeRef | Number
"""A question, an attribute or a number."""


def cells_of(world: World, amount: Amount) -> list[tuple[Formula, Cell]]:
    """Each number that something can be, or the cell that it is in, with the formula of its being there."""
    if isinstance(amount, AttributeRef):
        return [(held, Cell(number, number, number)) for held, number in world.attribute(amount)]
    if not isinstance(amount, str):
        return [(True, Cell(amount, amount, amount))]
    cells = world.questions.asked[amount][0].cells
    return [(held, cells[number]) for number, held in world.facts[amount].values.items()]


def can_be_compared(world: World) -> Formula:
    """Of each two rules that make the plan again, one needs no more than the other in any part.

    What needs the same in all of its parts, for want of a margin, can be compared with its like.
    """
    return and_(
        or_(
            (
                not_(and_((held, its))),
                needs_no_more(world, how, world, other),
                needs_no_more(world, other, world, how),
            )
        )
        for (held, how), (its, other) in combinations(under_way(world), 2)
        if how.margin or other.margin or how.sessions != other.sessions
    )


def needs_no_more(low: World, how: FromProgress, high: World, other: FromProgress) -> Formula:
    """A rule needs no more, in any part, than another, where base and cap are no less for the second.

    What is needed grows with the sessions done, the target and, where something is expected of a course, with
    the base's typical; it falls with the improvement and with what each session is expected to add.
    Sessions done need no claim: where both plans are made again they are the same, or are what is raised.
    """
    if replace(how, target=0, adds=None) != replace(other, target=0, adds=None):
        return False
    same, less = same_number(low, high, how.improvement), _no_more(low, how.target, high, other.target)
    if how.adds is None or other.adds is None:  # neither has it: what is expected has a weight
        return and_((same, less))
    return and_((same, less, _no_more(high, other.adds, low, how.adds)))


def same_number(low: World, high: World, amount: Amount) -> Formula:
    """Where one of the two has the amount, the other has the same."""
    return and_((_no_more(low, amount, high, amount), _no_more(high, amount, low, amount)))


def _no_more(low: World, amount: Amount, high: World, other: Amount) -> Formula:
    """Where the first is known, so is the other, and is no less.

    A question that both look at has one answer, unless it is raised: within a cell that is done elsewhere.
    Of two questions that is the lower whose cell ends before the other's begins.
    """
    mine, its = cells_of(low, amount), cells_of(high, other)
    if amount != other:
        return and_(
            implies(held, or_(more for more, cell in its if cell.low >= at.high)) for held, at in mine
        )
    if mine == its:
        return True
    return and_(implies(held, or_(more for more, cell in its if cell.one >= at.one)) for held, at in mine)


def surely_referred(made: Profile) -> Formula:
    """Where progress refers, wherever in their cells the numbers are: nothing has improved, or it is slow.

    So does an answer that a base from a score lacks, of which nothing need be claimed. The plan is made
    again by one of the rules that do so, so the last sessions must be slow by each of them.
    """
    world = made.world
    rules = [(held, _nothing_improved(world, how), how) for held, how in under_way(world)]
    slow = (
        and_((fires, *(implies(held, or_((none, _slow(made, how, told)))) for held, none, how in rules)))
        for fires, rule in world.rules()
        for _, told in rule.then.present("conditional gate")
    )
    planned = and_((made.reckoned, made.has_base))
    return or_((*(and_((held, none)) for held, none, _ in rules), and_((planned, or_(slow)))))


def _nothing_improved(world: World, how: FromProgress) -> Formula:
    return or_(held for held, cell in cells_of(world, how.improvement) if cell.high <= 0)


def _slow(made: Profile, how: FromProgress, told: WhenSlow) -> Formula:
    """By this rule the last sessions gave too little, wherever in their cells the numbers are.

    Too little is all the more the less was gained, the less has improved and, where a course is expected to
    clear so much, the shorter it is. So each cell is looked at where it ends, for courses up to some length.
    """
    world = made.world
    targets, seen_in, gained_in = (cells_of(world, name) for name in (how.target, how.improvement, told.gain))
    expected: list[tuple[Formula, Number | None]] = [(True, how.clears)]
    if how.adds is not None:
        expected = [(added, cell.one) for added, cell in cells_of(world, how.adds)]
    lengths = sorted({part.triple.typical for part in made.bases} | {*range(1, _LONGEST)})
    ways = []
    for (in_seen, seen), (in_gained, gained), (is_it, brings) in product(seen_in, gained_in, expected):
        course = Course(told.over + 1, seen.high + 1, how.gains, brings, how.weight)
        longest = _longest_slow(course, told, seen.high, gained.high, lengths)
        if longest is not None:
            short = how.clears is None or _no_longer(made, longest)
            open_ = or_(held for held, target in targets if _is_below(seen, target))
            ways.append(and_((in_seen, in_gained, is_it, open_, short)))
    return and_((world.above(how.sessions, told.over), or_(ways)))


def _longest_slow(
    course: Course, told: WhenSlow, seen: Number, gained: Number, lengths: Sequence[Number]
) -> Number | None:
    """The longest of these (ascending) that such a course may have and be slow; None: none of them is."""

    def is_quick(length: Number) -> bool:
        return not is_slow(replace(course, planned=length), seen, gained, told.over, told.share)

    slow = bisect_left(lengths, True, key=is_quick)
    return lengths[slow - 1] if slow else None


def _is_below(cell: Cell, other: Cell) -> bool:
    """Every number of the one is below every number of the other."""
    return cell.high < other.low or (
        cell.high == other.low and (cell.low < cell.high or other.low < other.high)
    )


def _no_longer(made: Profile, typical: Number) -> Formula:
    """The typical of the base that wins, the highest of all, is at most this."""
    claims = [not_(part.holds) for part in made.bases if part.triple.typical > typical]
    for held, _, how in made.scored:
        if how.at_least > typical:
            claims.append(not_(held))
        else:
            claims.append(
                not_(and_((held, made.world.scores[how.score].sum.above(Fraction(typical) / how.times))))
            )
    return and_(claims)


def may_be_slow(world: World, how: FromProgress, told: WhenSlow) -> Formula:
    """Where by this rule the last sessions may have given too little, somewhere in the cells of the numbers.

    As in ``surely_referred``, each cell is looked at where it ends, by the shortest course that there can be.
    """
    bases = [base for rule in world.ruleset.rules for _, base in rule.then.present("base")]
    shortest = min(
        (
            *(base.typical for base in bases if isinstance(base, Triple)),
            *(base.at_least for base in bases if isinstance(base, FromScore)),
        ),
        default=1,
    )
    expected: list[tuple[Formula, Number | None]] = [(True, how.clears)]
    if how.adds is not None:
        expected = [(added, cell.one) for added, cell in cells_of(world, how.adds)]
    targets = cells_of(world, how.target)
    ways = []
    for (in_seen, seen), (in_gained, gained), (is_it, brings) in product(
        cells_of(world, how.improvement), cells_of(world, told.gain), expected
    ):
        course = Course(told.over + 1, seen.low + 1, how.gains, brings, how.weight, shortest)
        if is_slow(course, seen.low, gained.low, told.over, told.share):
            open_ = or_(held for held, target in targets if target.high > seen.low)
            ways.append(and_((in_seen, in_gained, is_it, open_)))
    enough = or_(held for held, cell in cells_of(world, how.sessions) if _most(cell) > told.over)
    return and_((enough, or_(ways)))


def _most(cell: Cell) -> Number:
    return math.ceil(cell.high) - 1 if cell.whole else cell.high


def numbers_of_progress(world: World) -> tuple[str, ...]:
    """The questions whose very numbers count where a plan is made again."""
    names = (name for _, how in under_way(world) for name in (how.improvement, how.sessions, how.target))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def gains(world: World) -> tuple[str, ...]:
    """The questions that say how much the last sessions gave, where rules refer what was too slow."""
    slow = (told for _, rule in world.rules() for _, told in rule.then.present("conditional gate"))
    return tuple(dict.fromkeys(told.gain for told in slow))


def same_cells(world: World, model: Model, *names: str) -> list[Formula]:
    """Which rules make the plan again, and the cells and options of their numbers: all as in the model.

    ``names``: further questions whose numbers count.
    """
    asked = (*numbers_of_progress(world), *names)
    held = [value for name in asked for value in world.facts[name].values.values()]
    for fires, how in under_way(world):
        attributes = (amount for amount in (how.target, how.adds) if isinstance(amount, AttributeRef))
        held += [fires, *(option for named in attributes for option, _ in world.attribute(named))]
    return fixed(model, list(dict.fromkeys(held)))


def others(world: World, example: Assessment, names: Iterable[str]) -> Iterator[Assessment]:
    """The example with each combination of other numbers for these questions, where it answers them."""
    given = [name for name in names if name in example]
    for numbers in product(*(list(alternatives(world, name, example[name])) for name in given)):
        yield {**example, **dict(zip(given, numbers, strict=True))}


def alternatives(world: World, name: str, number: Any) -> Iterator[Any]:
    """The number, then others of its cell, ascending."""
    yield number
    asked = world.questions.asked[name][0]
    cell = next((cell for cell in asked.cells.values() if as_json(cell.one) == number), None)
    if cell is not None and cell.low != cell.high:
        yield from (as_json(other) for other in _inside(cell))


def _inside(cell: Cell) -> Iterator[int | Fraction]:
    width = Fraction(cell.high) - Fraction(cell.low)
    if cell.whole:
        found = {int(cell.low) + 1, int(cell.low) + 2, int(cell.low + width / 2), int(cell.high) - 1}
        yield from sorted(one for one in found if cell.low < one < cell.high)
        return
    for share in _SHARES:
        yield Fraction(exact(cell.low + width * share))


# -- numbers of a cell, in order -----------------------------------------------------------------------

_DECIMALS = 10
_GRAIN = Fraction(1, 10**_DECIMALS)
"""Numbers that lie closer together are taken for one: nobody writes so many decimals."""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers of a cell from the first to the last, whole ones alone or all."""

    first: Number
    last: Number
    whole: bool

    def among(self, numbers: Iterable[int]) -> list[int]:
        """Those of the numbers that are in it, but for the first."""
        return [number for number in sorted(numbers) if self.first < number <= self.last]

    def above(self, number: Number) -> Number:
        """The first of it above a number; the last where all are below."""
        return min(max(self.first, exact(number + _GRAIN)), self.last)

    def near(self, number: Number) -> Iterator[Number]:
        """Those of it with few decimals that are near a number, the fewest first."""
        for decimals in range(_DECIMALS):
            step = Fraction(1, 10**decimals)
            below = math.floor(number / step) * step
            yield from (exact(one) for one in (below, below + step) if self.first <= one <= self.last)


def span(world: World, name: str, number: Any) -> Span:
    """The numbers of the cell that this answer to a question is in."""
    cells = world.questions.asked[name][0].cells.values()
    cell = next(cell for cell in cells if as_json(cell.one) == number)
    if cell.low == cell.high:
        return Span(cell.low, cell.high, whole=True)
    if cell.whole:
        return Span(math.floor(cell.low) + 1, math.ceil(cell.high) - 1, whole=True)
    return Span(exact(cell.low + _GRAIN), exact(cell.high - _GRAIN), whole=False)


def meeting(
    spans: Sequence[Span], rises: Callable[..., bool], falls: Callable[..., bool]
) -> tuple[Number, ...] | None:
    """A number of each span at which both hold; None: there are none.

    ``rises`` holds from some numbers on for all higher ones, ``falls`` up to some for all lower ones. Where
    one number of the first span allows each of them, and yet not both at once, no other one does: so whole
    numbers, between which a meeting may lie, come first.
    """
    firsts, lasts = [one.first for one in spans], [one.last for one in spans]
    if not rises(*lasts) or not falls(*firsts):
        return None
    if not spans:
        return ()

    def at(number: Number) -> tuple[Number, ...] | None:
        found = meeting(spans[1:], partial(rises, number), partial(falls, number))
        return None if found is None else (number, *found)

    low, high = firsts[0], lasts[0]
    while (number := _between(low, high, whole=spans[0].whole)) is not None:
        found = at(number)
        if found is not None:
            return found
        enough, few = rises(number, *lasts[1:]), falls(number, *firsts[1:])
        if enough is few:
            return None
        low, high = (low, number) if enough else (number, high)
    return at(low) or at(high)


def _between(low: Number, high: Number, *, whole: bool) -> Number | None:
    """A number between the two, near the middle, with few decimals; None: there is none."""
    middle, near = Fraction(low + high) / 2, Fraction(high - low) / 4
    if whole:
        return math.floor(middle) if math.floor(middle) > low else None
    rounded = (round(middle, decimals) for decimals in range(_DECIMALS + 1))
    return next((exact(one) for one in rounded if abs(one - middle) <= near and low < one < high), None)
