"""The files of a ruleset held against the schemas that an editor would hold them against."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

from service.authoring.file_schemas import PLACES, schema_of
from service.authoring.names import Names, read_names
from tests.authoring.as_editors_see import as_an_editor_sees


def validators(names: Names) -> dict[str, Draft202012Validator]:
    """One for each kind of file."""
    return {kind: Draft202012Validator(schema_of(kind, names)) for kind in PLACES}


@cache
def kept(folder: Path) -> dict[str, Draft202012Validator]:
    """Those of a ruleset that stays as it is."""
    return validators(read_names(folder))


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the ruleset that is read, with its kind."""
    for kind, place in PLACES.items():
        for path in sorted(folder.glob(place)):
            if not path.name.startswith("."):
                yield kind, path


def refused(folder: Path) -> list[str]:
    """What the ruleset's schemas refuse in its files."""
    made = validators(read_names(folder))
    return [line for kind, path in files(folder) for line in refused_in(made[kind], path)]


def refused_in(validator: Draft202012Validator, path: Path, text: str | None = None) -> list[str]:
    """What the schema refuses in one file."""
    text = path.read_text(encoding="utf-8-sig") if text is None else text
    found = validator.iter_errors(as_an_editor_sees(text))
    return [f"{path.name}: {error.json_path}: {error.message[:200]}" for error in found]
