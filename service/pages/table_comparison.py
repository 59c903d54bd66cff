"""Two tables of the same clients as one: what was answered in each cell, what is, and where that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from schemas.language import ANSWER, Quantity, members
from schemas.words import QUANTITIES
from service.pages.table_view import At, Document, TableCell, cells_of, key_of, table_cell
from service.wording.answers import range_words

_PLAN = members(matters="plan")

Link = Callable[[At], str | None]
Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One or several neighbours: what they said (None: there was no such client), and what they say now.

    ``differs``: another plan is given, or none. ``numbers``: numbers beside the sessions that differ: which,
    what it was and what it is.
    """

    columns: int
    was: TableCell | None
    now: TableCell | None
    differs: bool
    numbers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """Both tables. ``heads`` are rows of column heads, each a label over so many columns.

    ``differing`` of ``all`` cells differ, also where the table shows some of them only.
    """

    rows_label: str
    column_labels: tuple[str, ...]
    heads: tuple[tuple[tuple[str, int], ...], ...]
    rows: tuple[tuple[str, tuple[ComparedCell, ...]], ...]
    language: str
    differing: int
    all: int


def compared_tables(
    was: Document | None, now: Document, links: tuple[Link, Link], *, extends: bool, only_differing: bool
) -> ComparedTable:
    """Both tables of one client; ``was``: None where there was no such table.

    ``links``: where the client of a cell is tried, as it was and as it is. ``only_differing``: rows and
    columns are left out in which nothing differs.
    """
    return _ComparingTables(was, now, links, extends=extends).compared(only_differing=only_differing)


class _ComparingTables:
    def __init__(
        self, was: Document | None, now: Document, links: tuple[Link, Link], *, extends: bool
    ) -> None:
        self._now = now
        self._links = links
        self._extends = extends
        self._sides = ({} if was is None else cells_of(was), cells_of(now))
        axes = (now["rows"], *now["columns"])
        before = () if was is None else (was["rows"], *was["columns"])
        self._options = [
            _options(axis, *(one for one in before if one["input"] == axis["input"])) for axis in axes
        ]

    def compared(self, *, only_differing: bool) -> ComparedTable:
        rows, columns = self._options[0], [*product(*(one.items() for one in self._options[1:]))]
        names = [axis["input"] for axis in self._now["columns"]]
        grid: dict[str, list[tuple[Cell | None, Cell | None]]] = {}
        for row in rows:
            ats = (
                {
                    self._now["rows"]["input"]: row,
                    **dict(zip(names, (option for option, _ in column), strict=True)),
                }
                for column in columns
            )
            grid[row] = [tuple(side.get(key_of(at)) for side in self._sides) for at in ats]  # type: ignore[misc]
        differ = {row: [_differs(*pair) for pair in pairs] for row, pairs in grid.items()}
        kept = [
            at
            for at in range(len(columns))
            if not only_differing or any(cells[at] for cells in differ.values())
        ]
        shown = [row for row in rows if not only_differing or any(differ[row])]
        return ComparedTable(
            self._now["rows"]["label"],
            tuple(axis["label"] for axis in self._now["columns"]),
            tuple(_heads([columns[at] for at in kept], len(names))),
            tuple((rows[row], tuple(self._cells([grid[row][at] for at in kept]))) for row in shown),
            self._now["language"],
            sum(map(sum, differ.values())),
            len(rows) * len(columns),
        )

    def _cells(self, pairs: Sequence[tuple[Cell | None, Cell | None]]) -> Iterator[ComparedCell]:
        """The cells of a row; neighbours that are the same on both sides are one."""
        for _, same in groupby(pairs, key=lambda pair: tuple(map(id, pair))):
            neighbours = list(same)
            was, now = neighbours[0]
            yield ComparedCell(
                len(neighbours),
                self._side(was, len(neighbours), self._links[0]),
                self._side(now, len(neighbours), self._links[1]),
                _differs(was, now),
                tuple(_numbers(was, now)),
            )

    def _side(self, cell: Cell | None, columns: int, link: Link) -> TableCell | None:
        return None if cell is None else table_cell(cell, columns, link, extends=self._extends)


def _options(axis: Mapping[str, Any], *before: Mapping[str, Any]) -> dict[str, str]:
    """The options of a question by their ids, with those that it had before and has no more at the end."""
    every = [*axis["options"], *(option for one in before for option in one["options"])]
    labels = {option["option"]: option["label"] for option in reversed(every)}
    return {option["option"]: labels[option["option"]] for option in every}


def _heads(
    columns: Iterable[tuple[tuple[str, str], ...]], depth: int
) -> Iterator[tuple[tuple[str, int], ...]]:
    kept = list(columns)
    for level in range(depth):
        groups = groupby(kept, key=lambda column: column[: level + 1])
        yield tuple((key[-1][1], sum(1 for _ in same)) for key, same in groups)


def _differs(was: Cell | None, now: Cell | None) -> bool:
    """Whether another plan is given, or none."""
    if was is None or now is None:
        return was is not now
    if "answer" in was and "answer" in now:
        return any(was["answer"].get(name) != now["answer"].get(name) for name in _PLAN)
    return {key: value for key, value in was.items() if key != "at"} != {
        key: value for key, value in now.items() if key != "at"
    }


def _numbers(was: Cell | None, now: Cell | None) -> Iterator[tuple[str, str, str]]:
    """The numbers beside the sessions that differ; what remains of a plan not begun is the sessions again."""
    before, after = ({} if one is None else one.get("answer", {}) for one in (was, now))
    for name in QUANTITIES if before and after else ():
        if name == "sessions" or before.get(name) == after.get(name):
            continue
        if name == "remaining" and all(one["remaining"] == one["sessions"] for one in (before, after)):
            continue
        yield ANSWER[name].label, _range(before.get(name), name), _range(after.get(name), name)


def _range(numbers: Any, name: Quantity) -> str:
    return "no number" if numbers is None else range_words(numbers, name)
