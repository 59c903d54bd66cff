"""Mistakes with their place, answered and never thrown: of files, and of requests.

A ``Problem`` is an author's mistake in a file; a ``Refusal`` is an integrator's in a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from schemas.nearest import is_slip, nearest


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One mistake of an integrator; ``pointer`` is a JSON pointer into the request.

    ``pointers``: all that it is about, where these are several members together.
    """

    pointer: str
    code: str
    message: str
    hint: str = ""
    pointers: tuple[str, ...] = ()

    @property
    def with_hint(self) -> str:
        """What is wrong and how to mend it, in one line."""
        return f"{self.message} {self.hint}".strip()


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) to a member."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def path_of(pointer: str) -> tuple[str, ...]:
    """The members that a JSON pointer goes through."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: the file as shown to its author, line and column counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def nearest_place(
    places: Mapping[tuple[str | int, ...], Place], path: tuple[str, ...], whole: Place
) -> Place:
    """Where the part at ``path`` stands, or the nearest part around it; ``whole`` where none does."""
    around = (path[:length] for length in range(len(path), 0, -1))
    return next((places[one] for one in around if one in places), whole)


@dataclass(frozen=True, slots=True)
class Change:
    """``written`` becomes ``text``: at the place, or where the problem stands, or behind the quote there."""

    written: str
    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """The file, or folder, gets another name; both as shown to their author."""

    file: str
    name: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may mend a problem, as its finder thinks: nobody has tried it yet. ``label`` says it in words."""

    label: str
    changes: tuple[Change, ...] = ()
    rename: Rename | None = None


class Advice(str):
    """The end of a message, with the change that does what it says; words put before it keep the change."""

    __slots__ = ("suggestion",)

    suggestion: Suggestion

    def __new__(cls, words: str, suggestion: Suggestion) -> Self:
        """The words, and what they suggest."""
        advice = super().__new__(cls, words)
        advice.suggestion = suggestion
        return advice

    def __radd__(self, before: str) -> Advice:
        return Advice(f"{before}{self}", self.suggestion)


def suggested(words: str) -> Suggestion | None:
    """The change that the words come with, if they do."""
    return words.suggestion if isinstance(words, Advice) else None


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands in a file from ``start`` to before ``end`` becomes ``text``."""

    start: Place
    end: Place
    text: str


@dataclass(frozen=True, slots=True)
class Mend:
    """Edits after which a problem is gone and no other is new. ``label`` says in words what they do."""

    label: str
    edits: tuple[Edit | Rename, ...]

    @property
    def files(self) -> set[str]:
        """The files that it edits or gives other names."""
        return {edit.start.file if isinstance(edit, Edit) else edit.file for edit in self.edits}

    @property
    def changes(self) -> tuple[Edit, ...]:
        """Those of its edits that are of texts."""
        return tuple(edit for edit in self.edits if isinstance(edit, Edit))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where, how grave, its code, and a message that says how to mend it.

    ``examples`` are assessments, as JSON texts, that show it; each can be evaluated as it stands.
    ``suggestion``: what may mend it, taken from the message where that is an ``Advice``. ``mend``: what does,
    tried; only who asks for mends gets them.
    """

    place: Place
    code: str
    message: str
    severity: Severity = "error"
    examples: tuple[str, ...] = ()
    suggestion: Suggestion | None = field(default=None, compare=False, repr=False)
    mend: Mend | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.message, Advice):
            object.__setattr__(self, "suggestion", self.message.suggestion)
            object.__setattr__(self, "message", str(self.message))

    def __str__(self) -> str:
        return f"{self.place}: {self.severity} {self.code} {self.message}"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems sorted by place, each once."""
    return tuple(sorted(set(problems)))


def to_write(written: str, text: str, place: Place | None = None) -> Suggestion:
    """That the text be written instead of what is written at the place, or where the problem stands."""
    label = text.strip() if '"' in text else f'"{text.strip()}"'
    return Suggestion(f"write {label}", (Change(written, text, place),))


def advice(words: str, written: str, text: str, place: Place | None = None) -> Advice:
    """The words, which say that the text be written instead, as :func:`to_write` has it."""
    return Advice(words, to_write(written, text, place))


def placed(words: str, place: Place) -> str:
    """The words, their change made at the place, where they have one."""
    if not isinstance(words, Advice):
        return words
    changes = tuple(Change(one.written, one.text, place) for one in words.suggestion.changes)
    return Advice(words, Suggestion(words.suggestion.label, changes))


def removal(words: str, written: str) -> Advice:
    """The words, which say that what is written where the problem stands be removed."""
    return Advice(words, Suggestion(f"remove {written.strip()}", (Change(written, ""),)))


def meant(written: str, found: str) -> Advice:
    """`` Did you mean "x"?``, of a word that was found for what is written at the problem's place."""
    return advice(f' Did you mean "{found}"?', written, found)


def in_quotes(text: str) -> str:
    """One line of text as YAML has it in quotes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def near_to(word: str, found: str) -> str:
    """The same of a word that was found for being near: to write it is suggested if the other is a slip."""
    words = meant(word, found)
    return words if is_slip(word, found) else str(words)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest of the known words, as :func:`meant` says it, or nothing when none is near."""
    near = nearest(word, known)
    return "" if near is None else near_to(word, near)


def quoted(words: Iterable[str], most: int = 12, last: str = "or") -> str:
    """``"a", "b" or "c"``: the words as a sentence lists them, cut after ``most``."""
    names = [f'"{word}"' for word in words]
    if len(names) > most:
        return ", ".join(names[:most]) + " ..."
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shown(text: str, most: int = 40) -> str:
    """A piece of a file as a message quotes it: on one line, cut after ``most`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 3] + "..."
