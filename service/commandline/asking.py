"""One assessment file put to one ruleset: what ``evaluate`` and ``explain`` share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.commandline.arguments import Unreadable
from service.commandline.assessment_file import AssessmentFile, read_assessment
from service.commandline.folders import open_shelf
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, did_you_mean, in_order, quoted
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
class Asked:
    """An answer (as JSON data), beside the ruleset and the assessment that it is for."""

    compiled: CompiledRuleset
    assessment: dict[str, Any]
    answer: dict[str, Any]


def ask(rulesets: str | None, ruleset: str, file: str, as_of: date | None = None) -> Asked:
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
    answer = Answering(snapshot).evaluate(body)
    if isinstance(answer, Refused):
        raise _refusal(read, answer)
    if read.problems:
        raise Mistaken(read.problems)
    return Asked(compiled, read.data, answer)


def _only(shelf: Shelf, ruleset: str) -> Shelf:
    if ruleset not in shelf.read:
        known = list(shelf.read)
        hint = did_you_mean(ruleset, known) or f" There is {quoted(known)}."
        raise Unreadable(f'there is no ruleset "{ruleset}".{hint}')
    return Shelf(shelf.root, {ruleset: shelf.read[ruleset]}, ())


def _refusal(read: AssessmentFile, refused: Refused) -> Exception:
    if refused.why == "invalid":
        return Mistaken([*read.problems, *map(read.problem, refused.errors)])
    first = refused.errors[0]
    return Unreadable(f"{first.message} {first.hint}")
