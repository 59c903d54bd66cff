"""A fault of picoplan itself: one line with an id for the person, and what happened in a file beside it."""

from __future__ import annotations

import tempfile
import traceback
import uuid
from pathlib import Path


def note_fault(fault: BaseException) -> str:
    """Write down where the fault happened; the line that tells a person so.

    The file holds places in the code and kinds of errors only: messages may hold an assessment.
    """
    name = uuid.uuid4().hex[:12]
    line = f"picoplan: This is a fault of picoplan, not of your files. Its id is {name}."
    path = Path(tempfile.gettempdir()) / f"picoplan-fault-{name}.txt"
    try:
        path.write_text("\n".join(_where(fault)) + "\n", encoding="utf-8")
    except OSError:
        return line
    return f"{line} Please report it with the file {path}"


def _where(fault: BaseException) -> list[str]:
    lines: list[str] = []
    one: BaseException | None = fault
    while one is not None:
        lines += [
            f"{frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(one.__traceback__)
        ]
        lines.append(f"{type(one).__module__}.{type(one).__qualname__}")
        one = one.__cause__ or one.__context__
    return lines
