"""What of a ruleset still is as it was begun: examples, which would go live as if they were meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from service.authoring.new_ruleset import STARTS
from service.reading.yaml_reader import compose

_QUESTION, _RULE = re.compile(r"works_outdoors(_\d+)?"), re.compile(r"outdoor-work(_\d+)?")
_KINDS = {
    "rules": ("rule", "title"),
    "tables": ("table of rules", "title"),
    "contradictions": ("contradiction", "says"),
    "guarantees": ("guarantee", "title"),
}
_Things = dict[tuple[str, str], Any]
"""What own files say, by kind and id, or the name of a client."""


def examples_left(own: Mapping[str, bytes], *, extends: bool) -> tuple[str, ...]:
    """Each question, rule and client of these files that is just as a new ruleset begins with it, in words.

    ``own``: the files of the ruleset's own folder, by name in it.
    """
    there = _things(own)
    begun = _things(_start("extending" if extends else "alone", there))
    return tuple(
        _worded(kind, name, data)
        for (kind, name), data in there.items()
        if begun.get((kind, name)) == data or (kind == "client" and extends and _is_of_start(there, data))
    )


def _start(kind: str, there: _Things) -> dict[str, bytes]:
    """The files that it began with, under the names that were free then."""
    words = dict.fromkeys(("id", "title", "owner", "base", "hours", "table", "factor", "disable"), "x")
    words |= {"question": _named(there, "question", _QUESTION), "rule": _named(there, "rule", _RULE)}
    folder = STARTS / kind
    return {
        path.relative_to(folder).as_posix(): _filled(path, {**words, "replacing": ""})
        for path in sorted(folder.rglob("*.yaml"))
    }


def _filled(path: Path, words: Mapping[str, str]) -> bytes:
    return Template(path.read_text(encoding="utf-8")).substitute(words).encode()


def _named(there: _Things, kind: str, names: re.Pattern[str]) -> str:
    found = (name for this, name in there if this == kind and names.fullmatch(name))
    return next(found, "none")


def _is_of_start(there: _Things, client: Mapping[str, Any]) -> bool:
    """Whether it is one of the two clients that show the rule of the start, and expects nothing of others."""
    rule, expect = _named(there, "rule", _RULE), client.get("expect")
    return isinstance(expect, dict) and [rule] in (expect.get("fired"), expect.get("not fired"))


def _things(files: Mapping[str, bytes]) -> _Things:
    return {key: data for name, content in files.items() for key, data in _of_file(name, content)}


def _of_file(name: str, content: bytes) -> Iterator[tuple[tuple[str, str], Any]]:
    data = compose(name, content).data
    if name.startswith("scenarios/"):
        for one in _mappings(data):
            yield ("client", str(one.get("name"))), one
    elif isinstance(data, dict):
        inputs = data.get("inputs")
        for question, asked in inputs.items() if isinstance(inputs, dict) else ():
            yield ("question", question), asked
        for key, (kind, _) in _KINDS.items():
            for item in _mappings(data.get(key)):
                yield (kind, str(item.get("id"))), item


def _mappings(data: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in data if isinstance(one, dict)) if isinstance(data, list) else ()


def _worded(kind: str, name: str, data: Any) -> str:
    told = {"question": "label", "client": "name", **dict(_KINDS.values())}[kind]
    said = data.get(told) if isinstance(data, dict) else None
    return f"the {kind} “{said if isinstance(said, str) else name}”"
