"""A file that is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
from pathlib import Path

from service.commandline.arguments import Unreadable


def write_whole(file: str, text: str) -> None:
    """Put the text into the file, its folder made where it is not there; a pipe or a terminal is written to.

    Raises:
        Unreadable: it can't be written.
    """
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path = path.resolve()
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            half.write_text(text, encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise Unreadable(f"{file} can't be written: {error.strerror}") from error
