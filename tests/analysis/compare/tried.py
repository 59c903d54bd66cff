"""Every assessment of two small rulesets put to both, one by one: what comparing is held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.analysis.compare.edits import renamed
from service.analysis.compare.regions import Cube, RegionClause
from service.analysis.proofs.questions import AskedQuestions, asking_the_month
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision, Note
from service.model.number import exact
from service.model.ruleset import Ruleset
from tests.analysis.proofs.brute import everything

Given = dict[str, Any]


def plan_of(decision: Decision, ids: Mapping[str, str]) -> tuple[Any, ...]:
    """All that makes a plan: the verdict, its numbers, and who stops, waits or refers (``ids``: new ones).

    A reason that is built in is nobody's: of it the text counts.
    """
    plan = decision.plan

    def named(note: Note) -> str:
        return ids.get(str(note.rule), str(note.rule))

    texts = {
        text for hit in decision.fired for text in (hit.rule.then.refer, hit.rule.then.no_numbers) if text
    }
    return (
        plan.verdict,
        plan.one_session,
        plan.sessions,
        plan.interval_weeks,
        plan.remaining,
        plan.review_weeks,
        plan.maintenance_weeks,
        sorted(map(named, plan.stops)),
        sorted(map(named, plan.deferrals)),
        sorted(named(note) if note.text in texts else note.text for note in plan.referrals),
        sorted(decision.unanswered),
    )


@dataclass(frozen=True)
class Answered:
    """An assessment that at least one version accepts, with the decisions of both (None: refused)."""

    given: Given
    old: Decision | None
    new: Decision | None
    ids: Mapping[str, str]

    @property
    def changed(self) -> bool:
        """Both accept it, and the plans are not the same."""
        if self.old is None or self.new is None:
            return False
        return plan_of(self.old, self.ids) != plan_of(self.new, {})

    @property
    def hidden(self) -> bool:
        """Rules stop or hold the numbers back in both versions: no change of numbers shows there."""
        return all(one is not None and _holds_numbers_back(one) for one in (self.old, self.new))


def _holds_numbers_back(decision: Decision) -> bool:
    rules, referred = [hit.rule for hit in decision.fired], {note.rule for note in decision.plan.referrals}
    is_beyond = any(any(rule.then.present("cap")) and rule.id in referred for rule in rules)
    return bool(
        decision.plan.stops
        or any(rule.then.no_numbers for rule in rules)
        or (decision.plan.sessions is None and is_beyond)
    )


class Tried:
    """All assessments of two versions."""

    def __init__(self, old: CompiledRuleset, new: CompiledRuleset) -> None:
        self.old, self.new = old, new
        self.ids = renamed(old.ruleset, new.ruleset)
        self.asked = asking_the_month(old.ruleset, new.ruleset)
        self.questions = AskedQuestions(*reversed(self.asked))

    @cached_property
    def answered(self) -> list[Answered]:
        """Every assessment that one of them accepts."""
        given = {
            json.dumps(each, sort_keys=True): each
            for one, asked in zip((self.old, self.new), self.asked, strict=True)
            for each, _ in everything(one, asked=asked).decisions
        }
        return [
            Answered(each, _decided(self.old, each), _decided(self.new, each), self.ids)
            for each in given.values()
        ]

    def inside(self, cube: Cube, one: Answered) -> bool:
        """Whether the assessment lies in the cube."""
        return all(self._meets(clause, one) for clause in cube)

    def _meets(self, clause: RegionClause, one: Answered) -> bool:
        if clause.shape == "flag":
            decision = one.new or one.old
            assert decision is not None
            return decision.conclusions.get(clause.question.partition(".")[2], False) is clause.held
        value = one.given.get(clause.question)
        if clause.shape == "set":
            named = value if isinstance(value, list) else []
            return (
                isinstance(value, list) if clause.member is None else clause.member in named
            ) is clause.held
        return self._standing_for(clause, value) in clause.values

    def _standing_for(self, clause: RegionClause, value: Any) -> Any:
        """The value, or the number that stands for its cell."""
        if clause.shape != "number" or value is None:
            return value
        number = exact(value)
        (asked,) = (one for one in self.questions.asked[clause.question] if one.shape == "number")
        return next(
            cell.one
            for cell in asked.cells.values()
            if number == cell.low == cell.high
            or (cell.low < number < cell.high and cell.whole in (None, isinstance(number, int)))
        )


def _decided(compiled: CompiledRuleset, given: Given) -> Decision | None:
    decided = compiled.decide_example(given)
    return decided if isinstance(decided, Decision) else None


def counts_progress(*rulesets: Ruleset) -> bool:
    """Whether anything is worked out from sessions that were done."""
    return any("sessions_done" in one.inputs for one in rulesets)
