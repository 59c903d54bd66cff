"""Mistakes with their place, answered and never thrown: of files, and of requests.

A ``Problem`` is an author's mistake in a file; a ``Refusal`` is an integrator's in a request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.nearest import nearest


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


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) to a member."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: the file as shown to its author, line and column counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where, how grave, its code, and a message that holds the mend.

    ``examples`` are assessments, as JSON texts, that show it; each can be evaluated as it stands.
    """

    place: Place
    code: str
    message: str
    severity: Severity = "error"
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.place}: {self.severity} {self.code} {self.message}"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems sorted by place, each once."""
    return tuple(sorted(set(problems)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?`` for the nearest of the known words, or nothing when none is near."""
    near = nearest(word, known)
    return "" if near is None else f' Did you mean "{near}"?'


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
