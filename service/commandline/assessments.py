"""An assessment in a JSON or YAML file, put to one ruleset: what ``evaluate`` and ``explain`` share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from service.analysis.checks.places import path_of
from service.commandline.arguments import Unparsable, Unreadable
from service.commandline.folders import open_shelf
from service.evaluation.compiled import CompiledRuleset
from service.model.exact_json import NamedTwice, NotJson, TooDeep, read_json
from service.model.problem import Place, Problem, Refusal, did_you_mean, in_order, quoted
from service.model.ruleset import Input, Ruleset
from service.reading.node import Tree
from service.reading.scenarios import as_assessment
from service.reading.yaml_reader import compose
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.folders import Shelf
from service.store.snapshot import take_snapshot


class Mistaken(Exception):
    """The assessment or its ruleset has mistakes; every one of them is in ``problems``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(f"{len(problems)} mistakes")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An answer (as JSON data), beside the ruleset and the assessment that it is for."""

    compiled: CompiledRuleset
    assessment: dict[str, Any]
    answer: dict[str, Any]

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset in the answer's language."""
        return self.compiled.told[self.answer["language"]]


def ask(
    rulesets: str | None, ruleset: str, file: str, as_of: date | None = None, language: str | None = None
) -> Evaluated:
    """Put the assessment in ``file`` to one ruleset of the folder ``rulesets``.

    Raises:
        Unreadable: folder, file or ruleset is not there, or the ruleset does not serve on that day.
        Mistaken: the assessment or the ruleset has mistakes.
    """
    snapshot = take_snapshot(_only(open_shelf(rulesets), ruleset))
    if ruleset in snapshot.broken:
        raise Mistaken(snapshot.broken[ruleset])
    compiled = snapshot.served[ruleset]
    read = read_assessment(file, compiled.ruleset.inputs)
    body: dict[str, Any] = {"ruleset": ruleset, "assessment": read.data}
    if as_of is not None:
        body["as_of"] = as_of.isoformat()
    if language is not None:
        body["language"] = language
    answer = Answering(snapshot).evaluate(body)
    if isinstance(answer, Refused):
        raise _refusal(read, answer)
    if read.problems:
        raise Mistaken(read.problems)
    return Evaluated(compiled, read.data, answer)


def _only(shelf: Shelf, ruleset: str) -> Shelf:
    if ruleset not in shelf.read:
        known = list(shelf.read)
        hint = did_you_mean(ruleset, known) or f" There is {quoted(known)}."
        raise Unreadable(f'there is no ruleset "{ruleset}".{hint}')
    return Shelf(shelf.root, {ruleset: shelf.read[ruleset]}, ())


def _refusal(read: ReadAssessment, refused: Refused) -> Exception:
    if refused.why == "invalid":
        return Mistaken([*read.problems, *map(read.problem, refused.errors)])
    first = refused.errors[0]
    return Unreadable(f"{first.message} {first.hint}")


_AT_THE_KEY = frozenset({"unknown-input", "not-applicable"})
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadAssessment:
    """``data`` as its JSON would be; ``problems`` are mistakes of the file itself."""

    data: Any
    tree: Tree
    problems: tuple[Problem, ...] = ()

    def problem(self, refusal: Refusal) -> Problem:
        """A mistake in the assessment, at its place in the file."""
        path = path_of(refusal.pointer)[1:]
        place = self.tree.key(path) if refusal.code in _AT_THE_KEY else self.tree.at(path)
        return Problem(place, refusal.code, f"{refusal.message} {refusal.hint}".strip())


def read_assessment(file: str, inputs: Mapping[str, Input]) -> ReadAssessment:
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
        except NotJson as error:
            if suffix == ".json":
                raise _not_json(shown_as, error) from error
        except TooDeep:
            pass  # as is told below, with the place
    tree = compose(shown_as, raw)
    if tree.broken:
        raise Unparsable(str(tree.problems[-1]))
    data = as_assessment(inputs, tree.data) if isinstance(tree.data, dict) else tree.data
    return ReadAssessment(data, tree, tuple(tree.problems))


def _from_json(shown_as: str, raw: bytes) -> ReadAssessment:
    try:
        data = read_json(raw)
    except NamedTwice as twice:
        data = twice.data
    tree = compose(shown_as, raw)  # JSON is YAML: for the places, and for members that stand twice
    return ReadAssessment(data, tree, tuple(_twice(tree.problems)))


def _twice(problems: Iterable[Problem]) -> Iterable[Problem]:
    return (problem for problem in problems if problem.code == "duplicate-key")


def _not_json(shown_as: str, error: NotJson) -> Unparsable:
    return Unparsable(
        str(Problem(Place(shown_as, *error.place), "not-json", "From here on this is not JSON."))
    )


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
