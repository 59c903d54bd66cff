"""What came of checking one state of a draft, as it goes between processes and to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from service.analysis.checks.scenarios import FAILED
from service.model.problem import Problem
from service.serving.trying import INVALID, ScenarioResult
from service.vetting.report import problem_data

Stage = Literal["checking", "checked", "proved", "failed"]

_AS_EXPECTED: dict[str, Any] = {"as_expected": True}


@dataclass(frozen=True, slots=True)
class DraftReport:
    """How far the check of a state has come, and what it found until now.

    ``problems``, ``scenarios`` and ``guarantees`` are JSON data, the problems as of ``picoplan check --format
    json``; files are named with the ruleset's folder, as ``our-laser/ruleset.yaml``. ``last_good``: the
    newest state that compiles and can be tried; None: none is known. ``message``: why the check ``failed``,
    or why proofs came to no end. ``is_final``: nothing more will come of this state by itself.
    ``digest``, ``version``, ``effective`` (a day), ``title`` and ``extends`` are of the ruleset as it was
    read; None where it has errors. ``to_be_read``: rules that say something else than what it is held
    against, over the support that they had; None: it is not known yet. ``of_example``: what still is the
    example that it began with.
    """

    state: int
    stage: Stage
    problems: list[dict[str, Any]] = field(default_factory=list)
    scenarios: list[dict[str, Any]] = field(default_factory=list)
    guarantees: list[dict[str, Any]] = field(default_factory=list)
    last_good: int | None = None
    message: str | None = None
    is_final: bool = False
    digest: str | None = None
    version: str | None = None
    effective: str | None = None
    title: str | None = None
    extends: str | None = None
    to_be_read: list[dict[str, Any]] | None = None
    of_example: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """How many of the problems are errors."""
        return sum(problem["severity"] == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many are not."""
        return len(self.problems) - self.errors

    @property
    def own_errors(self) -> int:
        """How many errors there are beside scenarios that do not come out as expected."""
        return self.errors - len(self._of_scenarios)

    @property
    def unexpected(self) -> int:
        """How many scenarios don't come out as expected, or can't be tried; one may have several problems."""
        told = {_key(problem) for one in self.scenarios for problem in one.get("problems", ())}
        untried = sum(_key(problem) not in told for problem in self._of_scenarios)
        return sum(not one["as_expected"] for one in self.scenarios) + untried

    @property
    def _of_scenarios(self) -> list[dict[str, Any]]:
        return [
            one for one in self.problems if one["severity"] == "error" and one["code"] in (FAILED, INVALID)
        ]

    @property
    def brief(self) -> DraftReport:
        """It with nothing of a scenario that is as expected but that it is so: all that pages say of it."""
        return replace(
            self, scenarios=[_AS_EXPECTED if one["as_expected"] else one for one in self.scenarios]
        )

    def as_data(self) -> dict[str, Any]:
        """It as JSON data, of which nothing is copied: there may be much."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def _key(problem: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(problem.get(name) for name in ("file", "line", "column", "code", "message"))


def report_from(data: Mapping[str, Any]) -> DraftReport:
    """The report that is this JSON data."""
    return DraftReport(**data)


def problems_data(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as JSON data, in their order."""
    return [problem_data(one) for one in problems]


def scenario_data(tried: ScenarioResult) -> dict[str, Any]:
    """A scenario that was tried: what it expects and what came, as JSON data.

    ``got`` has of the answer the members that are expected, and always the verdict and the sessions; None:
    it could not be planned.
    """
    scenario, answer = tried.scenario, tried.answer
    members = {"verdict": None, "sessions": None, **scenario.expected}
    expected = dict(scenario.expected)
    if scenario.fired:
        expected["fired"] = list(scenario.fired)
    if scenario.not_fired:
        expected["not fired"] = list(scenario.not_fired)
    got = None
    if answer is not None:
        got = {name: answer.get(name) for name in members}
        got["fired"] = [hit["rule"] for hit in answer["fired"]]
    return {
        "name": scenario.name,
        "file": scenario.place.file,
        "line": scenario.place.line,
        "as_expected": not tried.problems,
        "expected": expected,
        "got": got,
        "problems": problems_data(tried.problems),
    }
