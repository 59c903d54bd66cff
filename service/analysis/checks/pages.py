"""The page of every code: the docstring of the module that finds the problem, or a file beside the code.

A layer's pages lie in its folder ``pages``, in a folder for each group, a file ``CODE.txt`` for each code. To
add a code is to write its docstring or its file: both are found by their form. It begins with the code and
what it is in a few words. Then come four headings, with what stands below them set in::

    unknown-option: an option that the question does not have.

    Summary
        Error. The question has no such option, or a yes or no is needed.

    Avoid
        ::

            when:
              concern: acne_scars

    Prefer
        ...

    Why
        The rule would never fire for the client that you have in mind.

A summary without a first word "Error." or "Warning." is that of a warning. "Avoid" and "Prefer" can say in
words what can't be shown, or why. A sample that is a whole file says so before its colons:
"In ``guarantees.yaml``::".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

import service
from service.model.problem import Severity

_FIRST = re.compile(r"([a-z]+(?:-[a-z]+)*): (.+?)\.?\Z")
_GRAVITY = re.compile(r"(Error|Warning)\. ")
_IN_A_FILE = re.compile(r"In `([^`]+)`")


class NotAPage(ValueError):
    """The text is no page: a fault of ours, for no author writes pages."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How not to write, or how to: in ``words``, as a piece of a ruleset, or both; each may be empty.

    ``file`` names the file that the text is the whole of (None: it is a part).
    """

    text: str
    words: str = ""
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to know of one code. Words in `backticks` are those of a file.

    ``avoid`` has the problem, ``prefer`` is the same mended. ``summary`` and ``why`` are paragraphs, on a
    line each; ``group`` is what the page is listed under.
    """

    code: str
    title: str
    severity: Severity
    summary: tuple[str, ...]
    why: tuple[str, ...]
    avoid: Sample
    prefer: Sample
    group: str


def read_page(text: str, group: str) -> Page:
    """The page that the text is, listed under ``group``.

    Raises:
        NotAPage: it has not the form of one.
    """
    first, _, rest = text.strip().partition("\n")
    named = _FIRST.match(_marked(first))
    if named is None:
        raise NotAPage(f'"{first}" is not a code and what it is')
    parts = _parts(rest)
    if not {"Summary", "Avoid", "Why"} <= parts.keys():
        raise NotAPage(f"{named[1]} lacks a heading: it has {', '.join(parts)}")
    summary = _prose(parts["Summary"])
    gravity = _GRAVITY.match(summary[0])
    if gravity:
        summary = (summary[0][gravity.end() :], *summary[1:])
    return Page(
        code=named[1],
        title=named[2],
        severity="error" if gravity and gravity[1] == "Error" else "warning",
        summary=summary,
        why=_prose(parts["Why"]),
        avoid=_sample(parts["Avoid"]),
        prefer=_sample(parts.get("Prefer", "")),
        group=group,
    )


def _parts(text: str) -> dict[str, str]:
    """What stands below each heading, set out again."""
    found = re.split(r"^(Summary|Avoid|Prefer|Why)\n", text, flags=re.M)
    return {
        heading: dedent(below).strip("\n") for heading, below in zip(found[1::2], found[2::2], strict=True)
    }


def _prose(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, each on one line, without its samples."""
    paragraphs = (
        " ".join(part.split()) for part in re.split(r"\n\s*\n", text) if not part.startswith("    ")
    )
    return tuple(_marked(one).removesuffix("::").rstrip() for one in paragraphs if one != "::")


def _sample(text: str) -> Sample:
    """The words, and the piece of a ruleset that is set in below ``::``."""
    before, colons, after = text.partition("::\n")
    kept = [line for line in after.splitlines(keepends=True) if line.startswith("    ") or not line.strip()]
    file = _IN_A_FILE.search(_marked(before)) if colons else None
    words = " ".join(part for part in _prose(text) if part and not _IN_A_FILE.fullmatch(part))
    sample = dedent("".join(kept)).strip("\n") + "\n" if colons else ""
    return Sample(sample, words, file[1] if file else None)


def _marked(text: str) -> str:
    return text.replace("``", "`")


GROUPS = {
    "folder": "The folder and its files",
    "yaml": "YAML",
    "values": "Ids, keys and values",
    "ruleset": "The ruleset, and what it takes over",
    "questions": "Questions",
    "conditions": "When a rule fires",
    "effects": "What a rule does",
    "promises": "Guarantees, scenarios and what is allowed",
    "checks": "What can be read and is unwise",
    "proofs": "What comes out over every possible client",
    "serving": "Going live",
}
"""What the groups of codes are about, in the order in which they are listed."""

_GROUP_OF = {"checks": "checks", "proofs": "proofs"}
"""The group of the pages that are docstrings, by layer."""

_SERVICE = Path(service.__file__).parent
_HEADING = "\n\nSummary\n"


@cache
def every_page() -> Mapping[str, tuple[Page, ...]]:
    """The pages of every code, sorted by code: one for each way in which it is found, most have but one.

    They are read once in a process.

    Raises:
        NotAPage: one of them has not the form of a page.
    """
    pages: dict[str, list[Page]] = {}
    for page in (*_files(), *_docstrings()):
        pages.setdefault(page.code, []).append(page)
    return {code: tuple(pages[code]) for code in sorted(pages)}


def _files() -> Iterator[Page]:
    for path in sorted(_SERVICE.rglob("pages/*/*.txt")):
        yield read_page(path.read_text(encoding="utf-8"), path.parent.name)


def _docstrings() -> Iterator[Page]:
    """Read and not imported, for to import a proof is to load all that proofs need."""
    for path in sorted(_SERVICE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if _HEADING in source:
            text = ast.get_docstring(ast.parse(source), clean=False) or ""
            if _HEADING in text:
                yield read_page(text, _GROUP_OF.get(path.parent.name, "serving"))
