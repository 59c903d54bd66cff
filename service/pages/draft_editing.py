"""A draft's files and problems as the page shows them on which it is edited. No file is read for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any
from urllib.parse import quote

from service.model.draft import DraftState
from service.wording.phrases import capitalized, plain

_TITLES = {
    "ruleset.yaml": "The ruleset",
    "assessment.yaml": "Questions",
    "guarantees.yaml": "Guarantees",
    "evidence.yaml": "Papers",
    "client-page.yaml": "The client page",
}
_FOLDERS = {"factors": "Rules", "scenarios": "Clients"}
_ORDER = ("ruleset.yaml", "assessment.yaml", "factors", "guarantees.yaml", "scenarios", "evidence.yaml")
MOST_SHOWN = 200
"""So many problems are shown, the first ones."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file: what it is, where it is edited, and what is wrong; ``is_edited``: the base has another one."""

    name: str
    title: str
    at: str
    is_edited: bool
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class MendOffer:
    """A mend: what the button says, by what it is told apart, and lines as they are and as they would be."""

    id: str
    label: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem; ``at``: where its place is edited, None: in a ruleset that the draft extends."""

    severity: str
    message: str
    code: str
    file: str
    title: str
    line: int
    column: int
    at: str | None
    mend: MendOffer | None


def file_title(name: str) -> str:
    """What a file is: ``factors/6-safety.yaml`` is "Rules: safety"."""
    folder, _, own = name.rpartition("/")
    if folder in _FOLDERS:
        words = plain(own.removesuffix(".yaml"))
        number, _, rest = words.partition(" ")
        return f"{_FOLDERS[folder]}: {rest if rest and number.isdecimal() else words}"
    language = name.removeprefix("texts.").removesuffix(".yaml")
    if name == f"texts.{language}.yaml":
        return f"Texts: {language}"
    return _TITLES.get(name, capitalized(name))


def in_order_of_reading(names: Iterable[str]) -> list[str]:
    """Names of files, as somebody comes to them who reads a ruleset."""
    order = {kind: number for number, kind in enumerate(_ORDER)}
    return sorted(names, key=lambda name: (order.get(name.partition("/")[0], len(order)), name))


def file_rows(state: DraftState, at: str, problems: Iterable[Mapping[str, Any]]) -> list[FileRow]:
    """The files of a draft whose pages are at ``at``, each with how many of the problems are in it."""
    own = f"{state.draft.ruleset}/"
    found = Counter((one["file"].removeprefix(own), one["severity"]) for one in problems)
    return [
        FileRow(
            name,
            file_title(name),
            f"{at}/edit/{quote(name)}",
            state.draft.base is not None and state.files[name] != state.base_files.get(name),
            found[name, "error"],
            found[name, "warning"],
        )
        for name in in_order_of_reading(state.files)
    ]


def problem_rows(
    state: DraftState,
    at: str,
    problems: Iterable[Mapping[str, Any]],
    offer: Callable[[Mapping[str, Any]], MendOffer | None],
) -> list[ProblemRow]:
    """The problems of a draft, errors first; ``offer`` says which mend can be made of one."""
    own = f"{state.draft.ruleset}/"
    rows = []
    for one in sorted(problems, key=lambda problem: problem["severity"])[:MOST_SHOWN]:
        name = one["file"].removeprefix(own)
        is_own = name != one["file"] and name in state.files
        where = f"{at}/edit/{quote(name)}?at={one['line']}:{one['column']}" if is_own else None
        title = file_title(name) if is_own else one["file"]
        place = (one["line"], one["column"])
        offered = offer(one)
        rows.append(
            ProblemRow(one["severity"], one["message"], one["code"], name, title, *place, where, offered)
        )
    return rows


def changed_lines(
    before: Mapping[str, bytes], after: Mapping[str, bytes | None]
) -> tuple[tuple[str, str], ...]:
    """The lines that changes of files take away and bring, each after ``-`` or ``+``; of names likewise."""
    lines: list[tuple[str, str]] = []
    for name, content in after.items():
        was = before.get(name)
        if content is None or was is None:
            lines.append(("-" if content is None else "+", name))
            continue
        old, new = (raw.decode("utf-8", "replace").splitlines() for raw in (was, content))
        rows = list(unified_diff(old, new, n=0, lineterm=""))[2:]
        lines += [(row[0], row[1:].strip()) for row in rows if row[0] in "+-"]
    return tuple(lines)
