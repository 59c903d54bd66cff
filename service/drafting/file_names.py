"""Which names the files of a draft may have: those of the plan, which lead nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize

from service.model.problem import shown
from service.reading.folder import SIGN_OFF, printable
from service.store.replacing import is_file_of_ruleset

LONGEST_NAME = 100
_MOST_BYTES = 255  # in a file system, whose own name for it is made of bytes


def name_mistake(name: str) -> str | None:
    """Why a draft can't have a file of that name, with the mend; None: it can."""
    if name == SIGN_OFF:
        return f"{SIGN_OFF} is written when a draft is signed and saved. Sign the draft instead."
    if len(name) > LONGEST_NAME:
        return f"The name has more than {LONGEST_NAME} characters. Choose a shorter one."
    if len(name.rpartition("/")[2].encode("utf-8", "replace")) > _MOST_BYTES:
        return f"The name takes more than {_MOST_BYTES} bytes as a file. Choose a shorter one."
    if name.isprintable() and "\\" not in name and is_file_of_ruleset(name):
        return None
    return (
        f'"{shown(_as_text(name))}" is no file of a ruleset. Take ruleset.yaml, assessment.yaml, '
        "guarantees.yaml, evidence.yaml, client-page.yaml, texts.LANG.yaml, or a name that ends in .yaml in "
        "factors/ or scenarios/."
    )


def taken_by(name: str, others: Iterable[str]) -> str | None:
    """The name among the others that is the same file where capitals are no difference; None: none is."""
    return next((one for one in others if _folded(one) == _folded(name)), None)


def _folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


def _as_text(name: str) -> str:
    return printable(name.encode("utf-8", "replace").decode())
