"""A generated ruleset served as any other: written to files, read, compiled and asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.generated import dump
from tests.reference.answer import AS_OF

_NEVER_ALIKE = ("decision_id", "evaluated_at")


def write(files: dict[str, Any], folder: Path, flow: bool = False) -> Path:
    """The files of the ruleset in a folder of its id; returns the folder of rulesets."""
    for path, text in dump(files, flow=flow).items():
        file = folder / "generated" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def open_folder(folder: Path) -> Answering:
    """The one ruleset of the folder, ready to answer."""
    shelf = read_shelf(folder)
    errors = [str(problem) for problem in shelf.all_problems if problem.severity == "error"]
    assert not errors, errors
    return Answering(take_snapshot(shelf))


@contextmanager
def serving(files: dict[str, Any], flow: bool = False) -> Iterator[Answering]:
    """The ruleset while it serves; freed afterwards."""
    with TemporaryDirectory() as name:
        answering = open_folder(write(files, Path(name), flow))
    try:
        yield answering
    finally:
        answering.snapshot.close()


def answer(
    answering: Answering, assessment: dict[str, Any], explain: bool = False, as_of: str = AS_OF
) -> dict[str, Any]:
    """The answer to a valid assessment, but for what two answers never share."""
    body = {"ruleset": "generated", "assessment": assessment, "as_of": as_of, "explain": explain}
    answered = answering.evaluate(body)
    assert not isinstance(answered, Refused), answered.errors
    return {member: value for member, value in answered.items() if member not in _NEVER_ALIKE}


def refusal(answering: Answering, assessment: dict[str, Any]) -> list[tuple[str, str]]:
    """The pointers and codes of every mistake in an assessment, none where there is an answer."""
    answered = answering.evaluate({"ruleset": "generated", "assessment": assessment})
    return [(error.pointer, error.code) for error in answered.errors] if isinstance(answered, Refused) else []


def as_bytes(answered: dict[str, Any]) -> bytes:
    """An answer as it goes over the wire."""
    return json.dumps(answered, ensure_ascii=False).encode()


def steps(answered: dict[str, Any]) -> list[str]:
    """The trail of arithmetic, whatever its order."""
    return sorted(json.dumps(step, sort_keys=True) for step in answered["steps"])


def in_any_order(value: Any) -> Any:
    """An answer with its lists and objects sorted, and without what the order of files may change."""
    if isinstance(value, dict):
        return {key: in_any_order(value[key]) for key in sorted(value) if key not in ("defined_at", "digest")}
    if isinstance(value, list):
        return sorted((in_any_order(item) for item in value), key=repr)
    return value
