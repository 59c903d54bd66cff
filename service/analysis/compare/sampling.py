"""Other numbers in place of those that stand for their cells: no test tells them apart, arithmetic does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice, product

from service.analysis.compare.universe import Assessment, Cell, Universe
from service.model.number import Number, as_json, exact

_NUMBERS_OF_A_CELL = 8
_MOST = 64


def variants(universe: Universe, example: Assessment, names: Iterable[str]) -> Iterator[Assessment]:
    """Assessments that differ from the example in these numbers alone, each within its cell; a few dozen."""
    varied = {name: cell for name in names if (cell := _cell(universe, example, name)) is not None}
    numbers = [_numbers(cell) for cell in varied.values()]
    for chosen in islice(product(*numbers), _MOST):
        yield {**example, **{name: as_json(one) for name, one in zip(varied, chosen, strict=True)}}


def is_one_number(universe: Universe, example: Assessment, names: Iterable[str]) -> bool:
    """Whether each of these that is given lies in a cell that holds nothing else."""
    cells = (_cell(universe, example, name) for name in names)
    return all(cell is None or cell.count == 1 for cell in cells)


def _cell(universe: Universe, example: Assessment, name: str) -> Cell | None:
    value = example.get(name)
    if isinstance(value, str | bool | list) or value is None:
        return None
    number = exact(value)
    return next((asked.cells[number] for asked in universe.asked[name] if number in asked.cells), None)


def _numbers(cell: Cell) -> list[Number]:
    """Some numbers of the cell, from both of its ends and between."""
    if cell.count == 1:
        return [cell.one]
    first, last = math.floor(cell.low) + 1, math.ceil(cell.high) - 1
    found: list[Number] = [cell.one]
    if cell.whole is not False and first <= last:
        step = max(1, (last - first) // (_NUMBERS_OF_A_CELL - 2))
        found += [*range(first, last + 1, step), last]
    return list(dict.fromkeys(found))
