"""Regions in words, by the ids that rulesets are written with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from service.analysis.compare.regions import Clause, Cube
from service.analysis.compare.universe import AskedShape, Cell, Universe
from service.model.condition import Scalar
from service.model.number import Number, written

_MOST_EXCEPTIONS = 3


def in_words(universe: Universe, cube: Cube) -> str:
    """``concern tattoo, goal complete``; everyone, where there is no clause."""
    if not cube:
        return "every assessment"
    parts: dict[str, list[str]] = {}
    for clause in cube:
        parts.setdefault(clause.question, []).append(_clause(universe, clause))
    return ", ".join(f"{name} {' and '.join(says)}" for name, says in parts.items())


def _clause(universe: Universe, clause: Clause) -> str:
    if clause.shape == "flag":
        return "yes" if clause.held else "no"
    if clause.shape == "set":
        if clause.member is not None:
            return f"{'includes' if clause.held else 'without'} {clause.member}"
        return "given" if clause.held else "not given"
    asked = next(one for one in universe.asked[clause.question] if one.shape == clause.shape)
    if clause.values == {None}:
        return "not given"
    if not clause.others - {None} and None not in clause.values:
        return "given"
    excluded = [value for value in asked.values if value in clause.others]
    if asked.shape == "choice" and None not in clause.others and len(excluded) <= _MOST_EXCEPTIONS:
        included = sum(value is not None for value in clause.values)
        if included > 2 * len(excluded) and included > _MOST_EXCEPTIONS:
            return f"not {either(map(_scalar, excluded))}"
    return either(
        [*_values(universe, asked, clause.values), *(["not given"] if None in clause.values else [])]
    )


def _values(universe: Universe, asked: AskedShape, values: Collection[Scalar | None]) -> list[str]:
    kept = [value for value in asked.values if value in values]
    if asked.shape == "number":
        return _ranges(list(asked.cells.values()), kept)
    if asked.shape == "choice" and _is_ordered(universe, asked):
        order = list(asked.values)
        first, last = order.index(kept[0]), order.index(kept[-1])
        if len(kept) > 2 and last - first + 1 == len(kept):
            return [f"{kept[0]} to {kept[-1]}"]
    return [_scalar(value) for value in kept]


def _is_ordered(universe: Universe, asked: AskedShape) -> bool:
    one = universe.new.inputs.get(asked.name) or universe.old.inputs[asked.name]
    return one.kind == "levels" and [option.id for option in one.options] == list(asked.values)


def _ranges(cells: Sequence[Cell], kept: Collection[Scalar]) -> list[str]:
    """Runs of cells as ranges of numbers."""
    runs: list[list[Cell]] = []
    before = False
    for cell in cells:
        now = cell.one in kept
        if now and before:
            runs[-1].append(cell)
        elif now:
            runs.append([cell])
        before = now
    return [_range(run) for run in runs]


def _range(run: Sequence[Cell]) -> str:
    first, last = run[0], run[-1]
    low: Number = (
        first.low + 1 if _is_gap(first) and first.whole and isinstance(first.low, int) else first.low
    )
    high: Number = last.high - 1 if _is_gap(last) and last.whole and isinstance(last.high, int) else last.high
    open_low, open_high = (_is_gap(cell) and not cell.whole for cell in (first, last))
    if low == high and not open_low:
        return written(low)
    if not open_low and not open_high:
        return f"{written(low)} to {written(high)}"
    start, end = "above" if open_low else "from", "to below" if open_high else "to"
    return f"{start} {written(low)} {end} {written(high)}"


def _is_gap(cell: Cell) -> bool:
    return cell.low != cell.high


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else written(value)


def either(words: Iterable[str]) -> str:
    """``a, b or c``."""
    names = list(words)
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
