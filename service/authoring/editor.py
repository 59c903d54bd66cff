"""Schemas as files beside a ruleset, and the settings that make VS Code use them.

Settings are JSON in which comments and trailing commas may stand. Only the member that is asked for changes;
every other character, comments among them, stays as it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from service.authoring.file_schemas import PLACES, schema_of
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


_COMMENT = r"//[^\n]*+|(?>/\*.*?\*/)"
_TOKENS = re.compile(rf'"(?:\\.|[^"\\])*"|{_COMMENT}|,(?=(?:\s|{_COMMENT})*+[}}\]])', re.DOTALL)
_GAP = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)

MOST_DEPTH = 50
"""Levels of a settings file; deeper ones are left alone."""


class NotSettings(Exception):
    """The text is no JSON object, not even with comments."""


@dataclass(frozen=True, slots=True)
class _SettingsMember:
    """One member of an object: its key, its value, and where the value begins and ends."""

    key: str
    value: Any
    start: int
    end: int


def with_members(text: str, key: str, members: Mapping[str, list[str]]) -> str:
    """The text with these lists in the object under ``key``; what is missing is added, nothing is removed.

    Raises:
        NotSettings: the text is no object, or what stands under ``key`` is none.
    """
    if not _plain(text).strip():
        text = text.rstrip() + ("\n" if text.strip() else "") + "{\n}\n"
    for name, value in members.items():
        text = _with_member(text, key, name, value)
    return text


def _with_member(text: str, key: str, name: str, value: list[str]) -> str:
    plain = _plain(text)
    outer = _GAP.match(plain).end()  # type: ignore[union-attr]
    held = {member.key: member for member in _members(plain, outer)}.get(key)
    if held is None:
        return _put(text, plain, outer, key, {name: value})
    if not isinstance(held.value, dict):
        raise NotSettings(f'"{key}" is not an object')
    inner = {member.key: member for member in _members(plain, held.start)}.get(name)
    if inner is None:
        return _put(text, plain, held.start, name, value)
    kept = [inner.value] if isinstance(inner.value, str) else inner.value
    if not isinstance(kept, list) or all(one in kept for one in value):
        return text
    together = [*kept, *(one for one in value if one not in kept)]
    return text[: inner.start] + json.dumps(together, ensure_ascii=False) + text[inner.end :]


def _plain(text: str) -> str:
    """The text with spaces for comments and trailing commas, so that it is JSON, character for character."""

    def blank(found: re.Match[str]) -> str:
        token = found.group()
        return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)

    return _TOKENS.sub(blank, text)


def _members(plain: str, start: int) -> Iterator[_SettingsMember]:
    """The members of the object that begins at ``start``."""
    if _depth(plain) > MOST_DEPTH:
        raise NotSettings(f"it is more than {MOST_DEPTH} levels deep")
    try:
        value, end = _DECODER.raw_decode(plain, start)
    except ValueError as error:
        raise NotSettings("it is not JSON") from error
    if not isinstance(value, dict) or (start == _GAP.match(plain).end() and plain[end:].strip()):  # type: ignore[union-attr]
        raise NotSettings("it is not one JSON object")
    at = _after_gap(plain, start + 1)
    while plain[at] != "}":
        key, at = scanstring(plain, at + 1)
        begins = _after_gap(plain, _after_gap(plain, at) + 1)
        held, at = _DECODER.raw_decode(plain, begins)
        yield _SettingsMember(key, held, begins, at)
        at = _after_gap(plain, at)
        if plain[at] == ",":
            at = _after_gap(plain, at + 1)


def _depth(plain: str) -> int:
    """How many brackets are open at the deepest place."""
    steps = ((sign in "[{") - (sign in "]}") for sign in _TEXT.sub("", plain))
    return max(accumulate(steps), default=0)


def _after_gap(plain: str, at: int) -> int:
    return _GAP.match(plain, at).end()  # type: ignore[union-attr]


def _put(text: str, plain: str, start: int, key: str, value: Any) -> str:
    """Add a member behind the last one of the object that begins at ``start``."""
    members = list(_members(plain, start))
    line = text.rfind("\n", 0, start) + 1
    outer = re.match(r"[ \t]*", text[line:]).group()  # type: ignore[union-attr]
    step = "\t" if "\n\t" in text else "  "
    written = f"{json.dumps(key)}: {in_lines(value, outer + step, step)}"
    if not members:
        empty = plain[start + 1 :].lstrip(" \t").startswith("}")
        tail = f"\n{outer}" if empty else ""
        return f"{text[: start + 1]}\n{outer}{step}{written}{tail}{text[start + 1 :]}"
    at = members[-1].end
    comma = re.match(r"\s*,", text[at:])  # a trailing comma serves
    if comma is None:
        text, plain = f"{text[:at]},{text[at:]}", f"{plain[:at]},{plain[at:]}"
    at = _end_of_line(text, plain, at + (comma.end() if comma else 1))
    return f"{text[:at]}\n{outer}{step}{written}{text[at:]}"


def in_lines(value: Any, indent: str = "", step: str = "  ") -> str:
    """An object with a line for each member, anything else on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    members = (
        f"\n{indent}{step}{json.dumps(name)}: {in_lines(held, indent + step, step)}"
        for name, held in value.items()
    )
    return "{" + ",".join(members) + f"\n{indent}}}"


def _end_of_line(text: str, plain: str, at: int) -> int:
    """Behind the comment that ends the line, where nothing else stands on it."""
    end = text.find("\n", at)
    end = end if end >= 0 else len(text)
    return end if not plain[at:end].strip() and "/*" not in text[at:end] else at


KEY = "yaml.schemas"
EXTENSION = "redhat.vscode-yaml"


class CannotMerge(Exception):
    """The editor's settings are not what they should be; they were left as they are."""


def opened_folder(ruleset: Path) -> Path:
    """The folder that a person opens in an editor: a checkout's root, else that of all rulesets."""
    beside = ruleset.resolve().parent
    for folder in (beside, beside.parent):
        if (folder / ".vscode").is_dir() or (folder / ".git").exists():
            return folder
    return beside


def mapping(rulesets: Iterable[Path], opened: Path) -> dict[str, list[str]]:
    """``yaml.schemas``: which schema is for which files, as seen from the opened folder."""
    root = opened.resolve()
    places = [Path(os.path.relpath(ruleset.resolve(), root)).as_posix() for ruleset in rulesets]
    return {
        f"./{place}/{FOLDER}/{kind}.json": [f"/{place}/{files}"]
        for place in places
        for kind, files in PLACES.items()
    }


def settings_text(mapped: dict[str, list[str]]) -> str:
    """The settings as a person would write them."""
    return in_lines({KEY: mapped})


def write_settings(rulesets: Iterable[Path], opened: Path) -> tuple[Path, ...]:
    """Tell VS Code of the rulesets' schemas; the files that changed come back. Other settings stay.

    Raises:
        CannotMerge: the settings that are there are no JSON; they stay as they are.
        OSError: a file can't be read or written.
    """
    folder = opened / ".vscode"
    folder.mkdir(exist_ok=True)
    settings, changed = folder / "settings.json", []
    try:
        before = settings.read_text(encoding="utf-8") if settings.exists() else ""
        after = with_members(before, KEY, mapping(rulesets, opened))
    except (NotSettings, UnicodeDecodeError) as error:
        raise CannotMerge(str(error)) from error
    if after != before:
        replace_text(settings, after)
        changed.append(settings)
    extensions = folder / "extensions.json"
    if not extensions.exists():
        replace_text(extensions, json.dumps({"recommendations": [EXTENSION]}, indent=2) + "\n")
        changed.append(extensions)
    return tuple(changed)
