"""The page of every code: the docstring of the module that finds the problem, or a file beside the code.

A layer's pages lie in its folder ``pages``, in a folder for each group, a file ``CODE.txt`` for each code. To
add a code is to write its docstring or its file: both are found by their form.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import service
from service.model.page import Page, read_page

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
