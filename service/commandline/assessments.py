"""An assessment in a JSON or YAML file, put to one ruleset: what ``evaluate`` and ``explain`` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import rich_click as click

from service.commandline.arguments import Unparsable, Unreadable
from service.commandline.console import complain, is_terminal
from service.commandline.folders import located, open_shelf
from service.commandline.interview import Interview
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import DAY
from service.model.exact_json import NamedTwice, NotJson, TooDeep, read_json, write_json
from service.model.flow import flow
from service.model.problem import Place, Problem, Refusal, did_you_mean, in_order, path_of, quoted
from service.model.ruleset import Input, Ruleset
from service.reading.node import Tree
from service.reading.scenarios import as_assessment, misread
from service.reading.yaml_reader import compose
from service.serving.evaluate import Answering, nearest_to
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
        return self.compiled.by_language[self.answer["language"]]


def ask(
    rulesets: str | None, ruleset: str, file: str, as_of: date | None = None, language: str | None = None
) -> Evaluated:
    """Put the assessment in ``file`` to one ruleset of the folder ``rulesets``.

    The day is ``as_of``, or else the one that the file names ``as of``, as scenarios and examples do.

    Raises:
        Unreadable: folder, file or ruleset is not there, or the ruleset does not serve on that day.
        Mistaken: the assessment or the ruleset has mistakes.
    """
    opened = open_one(rulesets, ruleset)
    read = read_assessment(file, opened.compiled.ruleset.inputs)
    assessment, day = _with_its_day(opened, read.data)
    answer = opened.answering.evaluate(_body(opened, assessment, as_of or day, language))
    if isinstance(answer, Refused):
        raise _refusal(read, answer)
    if read.problems:
        raise Mistaken(read.problems)
    return Evaluated(opened.compiled, assessment, answer)


def _with_its_day(opened: OpenedRuleset, data: Any) -> tuple[Any, date | None]:
    """The assessment, and the day for which it is: of an example the next one in the month that it names."""
    if not isinstance(data, dict) or DAY not in data:
        return data, None
    day = _day(str(data[DAY]), opened.compiled.ruleset.today(datetime.now(UTC)))
    return (data, None) if day is None else ({name: data[name] for name in data if name != DAY}, day)


def _day(written: str, today: date) -> date | None:
    """The day that is written as such, or the next in the month; None where it is neither."""
    try:
        if not written.isdecimal():
            return date.fromisoformat(written)
        month = int(written)
        return today if month == today.month else date(today.year + (month < today.month), month, 1)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class OpenedRuleset:
    """One ruleset of a folder, ready to answer."""

    compiled: CompiledRuleset
    answering: Answering


def open_one(rulesets: str | None, ruleset: str) -> OpenedRuleset:
    """The ruleset, by its id or its own folder, ready to answer.

    Raises:
        Unreadable: folder or ruleset is not there.
        Mistaken: the ruleset has mistakes.
    """
    ruleset, rulesets = located(ruleset, rulesets)
    snapshot = take_snapshot(_only(open_shelf(rulesets), ruleset))
    if ruleset in snapshot.broken:
        raise Mistaken(snapshot.broken[ruleset])
    return OpenedRuleset(snapshot.served[ruleset], Answering(snapshot))


def _body(opened: OpenedRuleset, assessment: Any, as_of: date | None, language: str | None) -> dict[str, Any]:
    body = {"ruleset": opened.compiled.ruleset.id, "assessment": assessment, "language": language}
    return {**body, "as_of": None if as_of is None else as_of.isoformat()}


def ask_person(
    opened: OpenedRuleset, as_of: date | None, language: str | None, keep: Callable[[dict[str, Any]], None]
) -> Evaluated:
    """Ask whoever sits at the terminal; ``keep`` gets the answers before they are decided.

    Raises:
        Unreadable: nobody is there to ask, or the ruleset does not serve on that day.
        Mistaken: the answers can't all be true.
    """
    if not is_terminal(sys.stdin):
        raise Unreadable('nobody is there to ask. Name a FILE with the answers, or "-" for standard input.')
    spoken = None if language is None else nearest_to(opened.compiled.ruleset, (language,))
    asking = Interview(opened.compiled, spoken or opened.compiled.ruleset.language, _line_typed, complain)
    assessment = asking.answers()
    keep(assessment)
    answer = opened.answering.evaluate(_body(opened, assessment, as_of, language))
    if isinstance(answer, Refused):
        raise _refusal(ReadAssessment(assessment, Tree("<answers>")), answer)
    return Evaluated(opened.compiled, assessment, answer)


def _line_typed(prompt: str) -> str:
    typed: str = click.prompt(prompt, default="", show_default=False, prompt_suffix="", err=True)
    return typed


def as_file(assessment: Mapping[str, Any], inputs: Mapping[str, Input], file: str) -> str:
    """The answers as a file holds them: JSON by its name, else YAML with the questions as remarks."""
    if file.endswith(".json"):
        return write_json(assessment, orjson.OPT_INDENT_2).decode() + "\n"
    return "".join(
        f"{name}: {flow(answer)}  # {' '.join(inputs[name].label.split())}\n"
        for name, answer in assessment.items()
    )


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
    """``data`` as its JSON would be; ``problems`` are mistakes of the file itself.

    ``inputs``: the questions by which YAML was read.
    """

    data: Any
    tree: Tree
    problems: tuple[Problem, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)

    def problem(self, refusal: Refusal) -> Problem:
        """A mistake in the assessment, at its place in the file."""
        path = path_of(refusal.pointer)[1:]
        place = self.tree.key(path) if refusal.code in _AT_THE_KEY else self.tree.at(path)
        written = misread(self.inputs, path, self.data)
        return Problem(place, refusal.code, written or refusal.with_hint)


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
    return ReadAssessment(data, tree, tuple(tree.problems), inputs)


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
