"""Schemas as files beside a ruleset, where an editor finds them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from service.authoring.files import PLACES, schema_of
from service.authoring.names import Names, read_names

FOLDER = ".schemas"
"""Inside a ruleset's folder; the reader passes hidden files and folders over."""


def as_text(schema: object) -> str:
    """The schema as a file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def write_schemas(ruleset: Path) -> tuple[Path, ...]:
    """Write the schema of every kind of file into the ruleset's folder; those that changed come back.

    Raises:
        OSError: a file can't be written.
    """
    return _write(ruleset, read_names(ruleset))


def refresh_schemas(ruleset: Path) -> tuple[Path, ...]:
    """As :func:`write_schemas`, where the ruleset has schemas already; else nothing is done.

    Raises:
        OSError: a file can't be written.
    """
    return write_schemas(ruleset) if (ruleset / FOLDER).is_dir() else ()


def _write(ruleset: Path, names: Names) -> tuple[Path, ...]:
    folder = ruleset / FOLDER
    folder.mkdir(exist_ok=True)
    changed = []
    for kind in PLACES:
        path = folder / f"{kind}.json"
        text = as_text(schema_of(kind, names))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            replace_text(path, text)
            changed.append(path)
    return tuple(changed)


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file at one stroke, so that nobody reads half of it.

    Raises:
        OSError: the file can't be written; what was there stays.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(text, encoding="utf-8", newline="")
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path.resolve())
    finally:
        fresh.unlink(missing_ok=True)
