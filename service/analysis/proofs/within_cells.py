"""Other numbers of the same cells: what no rule tells apart may yet come to another plan.

A plan that is made again rests on the very numbers of sessions, improvement and target. A model has one
number for each cell of them; here are some more, close to both ends of each cell and between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any, TypeVar

from service.analysis.proofs.case import Assessment
from service.analysis.proofs.logic import Formula, Model
from service.analysis.proofs.profile import fixed, under_way
from service.analysis.proofs.questions import Cell
from service.analysis.proofs.world import World
from service.model.number import as_json, exact

_SHARES = tuple(
    Fraction(share, 10_000) for share in (1, 200, 1_000, 2_500, 5_000, 7_500, 9_000, 9_800, 9_999)
)


_MOST = 100
"""Of more combinations a share is tried, spread evenly."""

_Any = TypeVar("_Any")


def spread(many: Iterable[_Any]) -> list[_Any]:
    """As many of them as are tried."""
    listed = list(many)
    return listed[:: -(-len(listed) // _MOST) or 1]


def numbers_of_progress(world: World) -> tuple[str, ...]:
    """The questions whose very numbers count where a plan is made again."""
    names = (name for _, how in under_way(world) for name in (how.improvement, how.sessions, how.target))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def same_cells(world: World, model: Model) -> list[Formula]:
    """The cells of these questions, as they are in the model."""
    held = [value for name in numbers_of_progress(world) for value in world.facts[name].values.values()]
    return fixed(model, held)


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
