"""A table of answers as a page shows it, and as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from service.model.ruleset import Input, Option, Ruleset
from service.pages.client_form import NONE_OF_THESE
from service.wording.answers import VERDICT_WORDS, range_words
from service.wording.conditions import narrowed

At = Mapping[str, str]
Document = Mapping[str, Any]
Key = frozenset[tuple[str, str]]

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableCell:
    """What one or several neighbours say: ``columns`` wide.

    ``verdict`` and ``name`` are empty where there is no answer. ``needs`` are the questions that lack an
    answer, ``refused`` says why there is no such client, ``link`` opens the client (None: he has no address).
    ``own``: rules of the ruleset itself fired, and not only those of one that it extends.
    """

    columns: int
    verdict: str = ""
    name: str = ""
    sessions: str = ""
    needs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    link: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the label of its option, and its cells from left to right."""

    label: str
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """The whole table. ``heads`` are rows of column heads, each a label over so many columns."""

    rows_label: str
    column_labels: tuple[str, ...]
    heads: tuple[tuple[tuple[str, int], ...], ...]
    rows: tuple[TableRow, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Axes:
    """The questions of a table: that of its rows, and the one or two of its columns, the outer one first."""

    rows: str
    columns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.rows, *self.columns)


def choices_of(ruleset: Ruleset) -> tuple[Input, ...]:
    """The questions that can be a table's: required ones that take one option."""
    return tuple(one for one in ruleset.inputs.values() if one.required and one.domain.shape == "choice")


def usual_axes(ruleset: Ruleset) -> Axes | None:
    """The first choice, by what a person can choose otherwise and by what is not asked of everybody.

    None: the ruleset has too few choices for a table.
    """
    choices = choices_of(ruleset)
    if len(choices) < 2:
        return None
    first, *others = choices
    wishes = [one.id for one in others if one.changeable and _is_short(one)]
    asked_of_some = [one.id for one in others if one.only_if is not None and _is_short(one)]
    columns = tuple(dict.fromkeys([*wishes[:1], *asked_of_some[:1]])) or (others[0].id,)
    return Axes(first.id, columns)


def _is_short(one: Input) -> bool:
    return len(one.options) <= _SHORT


_SHORT = 7
_NO = "no"


def asked_everything(ruleset: Ruleset) -> dict[str, tuple[str, ...]]:
    """What is filled in for a client who was asked all that must be asked, and it was no.

    A choice is no where it has an option of that id. Other choices and numbers have no such answer.
    """
    found: dict[str, tuple[str, ...]] = {}
    for one in ruleset.inputs.values():
        options = {option.id for option in one.options}
        if one.must_ask and one.domain.shape == "set":
            found[one.id] = (NONE_OF_THESE,)
        elif one.must_ask and (one.domain.shape == "yes_no" or _NO in options):
            found[one.id] = (_NO,)
    return found


def ordinary_client(
    ruleset: Ruleset, beside: Collection[str], question: Input | None = None
) -> dict[str, tuple[str, ...]]:
    """What is filled in for a client who is like most: asked everything, all no; else in the middle.

    The questions ``beside`` stay open, and so do those that are asked of some only; the client is one who is
    asked the ``question``, which stays open, too.
    """
    filled = dict(asked_everything(ruleset))
    for one in ruleset.inputs.values():
        if one.id in filled or one is question or one.id in beside or one.only_if is not None:
            continue
        if one.required and one.domain.shape == "choice":
            filled[one.id] = (_ordinary(one, question).id,)
        elif one.must_ask and one.domain.low is not None and one.domain.high is not None:
            filled[one.id] = (str((int(one.domain.low) + int(one.domain.high)) // 2),)
    return filled


def _ordinary(one: Input, question: Input | None) -> Option:
    """The middle answer of those with which the question is asked."""
    asked = None if question is None else question.only_if
    fits = [option for option in one.options if asked is None or narrowed(asked, one.id, option) is not False]
    options = fits or list(one.options)
    return options[(len(options) - 1) // 2]


def table_view(document: Document, link: Callable[[At], str | None], *, extends: bool) -> TableView:
    """The view of a table's document. ``link`` is the address of the client of a cell.

    ``extends``: the ruleset extends another, so that it is of use to know which rules are its own.
    """
    columns = document["columns"]
    wide = [len(axis["options"]) for axis in columns]
    heads = []
    for depth, axis in enumerate(columns):
        over = 1
        for size in wide[depth + 1 :]:
            over *= size
        times = 1
        for size in wide[:depth]:
            times *= size
        heads.append(tuple((option["label"], over) for _ in range(times) for option in axis["options"]))
    cells = cells_of(document)
    rows = tuple(
        TableRow(option["label"], _row(document, cells, option["option"], link, extends=extends))
        for option in document["rows"]["options"]
    )
    labels = tuple(axis["label"] for axis in columns)
    return TableView(document["rows"]["label"], labels, tuple(heads), rows, document["language"])


def _row(
    document: Document,
    cells: Mapping[frozenset[tuple[str, str]], Mapping[str, Any]],
    option: str,
    link: Callable[[At], str | None],
    *,
    extends: bool,
) -> tuple[TableCell, ...]:
    """The cells of a row; neighbours that are the same cell are one."""
    columns = document["columns"]
    combined = product(*([one["option"] for one in axis["options"]] for axis in columns))
    names = [axis["input"] for axis in columns]
    found = []
    for options in combined:
        at = {document["rows"]["input"]: option, **dict(zip(names, options, strict=True))}
        found.append(cells[key_of(at)])
    shown = []
    for _, same in groupby(found, key=lambda cell: key_of(cell["at"])):
        neighbours = list(same)
        shown.append(table_cell(neighbours[0], len(neighbours), link, extends=extends))
    return tuple(shown)


def table_cell(
    cell: Mapping[str, Any], columns: int, link: Callable[[At], str | None], *, extends: bool
) -> TableCell:
    """A cell of a table's document, as wide as so many columns."""
    opens = link(cell["at"])
    if "needs" in cell:
        return TableCell(columns, needs=tuple(one["label"] for one in cell["needs"]), link=opens)
    if "refused" in cell:
        return TableCell(columns, refused=tuple(one["message"] for one in cell["refused"]), link=opens)
    answer = cell["answer"]
    sessions = answer["sessions"]
    own = extends and any(hit["defined_at"].startswith("factors/") for hit in answer["fired"])
    return TableCell(
        columns,
        answer["verdict"],
        VERDICT_WORDS[answer["verdict"]].name,
        "" if sessions is None else range_words(sessions, "sessions"),
        link=opens,
        own=own,
    )


def as_csv(document: Document) -> bytes:
    """A line for each cell: the options by id and label, then the answer; UTF-8 with a byte-order mark."""
    axes = [document["rows"], *document["columns"]]
    labels = {axis["input"]: {one["option"]: one["label"] for one in axis["options"]} for axis in axes}
    written = io.StringIO()
    lines = csv.writer(written)
    titles = [text for axis in axes for text in (axis["input"], axis["label"])]
    lines.writerow(
        [_safe(text) for text in [*titles, "verdict", "min", "typical", "max", "needs", "refused"]]
    )
    cells = cells_of(document)
    for cell in document["cells"]:
        options = [text for name, option in cell["at"].items() for text in (option, labels[name][option])]
        said = cells[key_of(cell["at"])]
        lines.writerow([_safe(text) for text in [*options, *_csv_cells(said)]])
    return written.getvalue().encode("utf-8-sig")


def _csv_cells(cell: Mapping[str, Any]) -> Sequence[str]:
    answer = cell.get("answer")
    needs = " ".join(one["input"] for one in cell.get("needs", ()))
    refused = " ".join(one["message"] for one in cell.get("refused", ()))
    if answer is None:
        return ("", "", "", "", needs, refused)
    sessions = answer["sessions"] or {}
    return (
        answer["verdict"],
        *(str(sessions.get(part, "")) for part in ("min", "typical", "max")),
        needs,
        refused,
    )


def _safe(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def cells_of(document: Document) -> dict[Key, Mapping[str, Any]]:
    """The cells of a table's document by the answers that they are at, each with what it says itself."""
    cells = {key_of(cell["at"]): cell for cell in document["cells"]}
    return {key: cells[key_of(cell["same_as"])] if "same_as" in cell else cell for key, cell in cells.items()}


def key_of(at: At) -> Key:
    """Answers as the key of a cell."""
    return frozenset(at.items())
