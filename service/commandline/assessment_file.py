"""An assessment in a JSON or YAML file: its data, and where each part of it stands."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.analysis.checks.places import path_of
from service.commandline.arguments import Unparsable, Unreadable
from service.model.problem import Place, Problem
from service.model.refusal import Refusal
from service.model.ruleset import Input
from service.reading.node import Tree
from service.reading.scenarios import as_assessment
from service.reading.yaml_reader import compose

_AT_THE_KEY = frozenset({"unknown-input", "not-applicable"})
_MOST_BYTES = 1_000_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class AssessmentFile:
    """``data`` as its JSON would be; ``problems`` are mistakes of the file itself."""

    data: Any
    tree: Tree
    problems: tuple[Problem, ...] = ()

    def problem(self, refusal: Refusal) -> Problem:
        """A mistake in the assessment, at its place in the file."""
        path = path_of(refusal.pointer)[1:]
        place = self.tree.key(path) if refusal.code in _AT_THE_KEY else self.tree.at(path)
        return Problem(place, refusal.code, f"{refusal.message} {refusal.hint}".strip())


def read_assessment(file: str, inputs: Mapping[str, Input]) -> AssessmentFile:
    """Read the file (``-``: standard input): JSON by its name or where it can be read so, else YAML.

    Raises:
        Unreadable: there is no such file, or it can't be read.
        Unparsable: it is neither JSON nor YAML.
    """
    raw = _bytes(file)
    shown_as = "<stdin>" if file == "-" else file
    suffix = Path(file).suffix.lower()
    if suffix not in (".yaml", ".yml"):
        try:
            return _from_json(shown_as, raw)
        except orjson.JSONDecodeError as error:
            if suffix == ".json":
                raise _not_json(shown_as, error) from error
    tree = compose(shown_as, raw)
    if tree.broken:
        raise Unparsable(str(tree.problems[-1]))
    data = as_assessment(inputs, tree.data) if isinstance(tree.data, dict) else tree.data
    return AssessmentFile(data, tree, tuple(tree.problems))


def _from_json(shown_as: str, raw: bytes) -> AssessmentFile:
    data = orjson.loads(raw.removeprefix(_BOM))
    tree = compose(shown_as, raw)  # JSON is YAML: for the places, and for members that stand twice
    return AssessmentFile(data, tree, tuple(_twice(tree.problems)))


def _twice(problems: Iterable[Problem]) -> Iterable[Problem]:
    return (problem for problem in problems if problem.code == "duplicate-key")


def _not_json(shown_as: str, error: orjson.JSONDecodeError) -> Unparsable:
    place = Place(shown_as, max(error.lineno, 1), max(error.colno, 1))
    reason = error.msg.partition(": line ")[0]
    return Unparsable(str(Problem(place, "not-json", f"This is not JSON: {reason}.")))


def _bytes(file: str) -> bytes:
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                raw = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{file} can't be read: {error.strerror}") from error
    if len(raw) > _MOST_BYTES:
        raise Unreadable(f"{file} is over 1 MB, which is no assessment")
    return raw
