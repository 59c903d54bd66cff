"""A draft held against what is live, or a new one against what it extends: in labels, as JSON for pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.analysis.compare.compare import compare
from service.analysis.compare.meaning import NOT_DECIDED, Kinds, for_whom, meaning, shown_changes
from service.analysis.compare.statements import Statement
from service.analysis.proofs.questions import Assessment
from service.evaluation.compiled import CompiledRuleset, without_month
from service.model.decision import Decision
from service.model.flow import flow
from service.pages.client_form import filled_by
from service.store.editions import Edition, readable, renewed
from service.wording.answers import VERDICT_WORDS, answered, refusal_words
from service.wording.labels import Labels
from service.wording.phrases import a_range


def live_side(edition: Edition) -> CompiledRuleset:
    """What is live, to be held against a draft: under the newest version of the language, as that is.

    Raises:
        Damaged: the edition can't be read any more.
        EngineFault: the engine refused.
    """
    return CompiledRuleset(renewed(readable(edition)))


def meaning_data(live: CompiledRuleset, draft: CompiledRuleset, *, seconds: float) -> dict[str, Any]:
    """What ``picoplan diff`` says of live and a draft, by labels: what is proven, and each kind of change.

    Each has an example where there is one, with what both answer to that.
    """
    labels = Labels(draft.ruleset, live.ruleset)
    said = meaning(compare(live, draft, seconds=seconds, labels=labels), labels)
    return {
        "language": draft.ruleset.language,
        "live": live.ruleset.version,
        "extended": None if live.ruleset.id == draft.ruleset.id else live.ruleset.id,
        "decided": not said.not_decided,
        "verdict": list(said.verdict),
        "serves": list(said.serves),
        "kinds": [_kinds(live, draft, labels, one) for one in said.kinds],
        "not_decided_title": NOT_DECIDED,
        "not_decided": list(said.not_decided),
    }


def _kinds(live: CompiledRuleset, draft: CompiledRuleset, labels: Labels, kinds: Kinds) -> dict[str, Any]:
    return {
        "title": kinds.title,
        "statements": [_statement(live, draft, labels, one) for one in kinds.statements],
        "notes": list(kinds.notes),
    }


def _statement(
    live: CompiledRuleset, draft: CompiledRuleset, labels: Labels, one: Statement
) -> dict[str, Any]:
    return {
        "for_whom": for_whom(one),
        "says": list(one.says),
        "example": None if one.example is None else _example(live, draft, labels, one.example),
        "changes": [list(change) for change in shown_changes(one)],
    }


def _example(
    live: CompiledRuleset, draft: CompiledRuleset, labels: Labels, example: Assessment
) -> dict[str, Any]:
    """A client in labels and in ids, with what both sides answer, and what fills in his form on each."""
    asked, _ = without_month(example)
    return {
        "answers": [list(pair) for pair in answered(labels, example)],
        "written": flow(example),
        **{
            side: {"says": _answer(labels, one, example), "filled": _filled(one, asked)}
            for side, one in (("live", live), ("draft", draft))
        },
    }


def _filled(side: CompiledRuleset, asked: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: list(values) for name, values in filled_by(side.ruleset, asked).items()}


def _answer(labels: Labels, side: CompiledRuleset, example: Assessment) -> str:
    decision = side.decide_example(example)
    if not isinstance(decision, Decision):
        return f"Gives no answer: {' '.join(refusal_words(labels, one) for one in decision)}"
    plan = decision.plan
    name = VERDICT_WORDS[plan.verdict].name
    return name if plan.sessions is None else f"{name}, {a_range(plan.sessions)}"
