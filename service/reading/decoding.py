"""The bytes of a file -> its text and lines, or a problem that says how to save it."""

from __future__ import annotations

import codecs
import re

from service.model.problem import Place, Problem

MOST_BYTES = 1_000_000

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def decoded(file: str, raw: bytes) -> str | Problem:
    """The file's text without a byte order mark, or why it can't be read."""
    if len(raw) > MOST_BYTES:
        return Problem(Place(file), "file-too-large", "The file is over 1 MB. Split it into several files.")
    if raw[:2] in _UTF_16 or (raw and raw.count(0) > len(raw) // 4):
        return Problem(Place(file), "wrong-encoding", "The file is saved as UTF-16. Save it as UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        message = "From here on this is not UTF-8 text. Save the file as UTF-8."
        return Problem(place_after(file, before), "wrong-encoding", message)


def place_after(file: str, before: str) -> Place:
    """The place that follows a piece of text from the file's beginning."""
    lines = lines_of(before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def lines_of(text: str) -> list[str]:
    """The lines of a text, ended where YAML ends them; at least one."""
    return _LINE_END.split(text)
