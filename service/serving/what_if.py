"""What other answers would come to, as JSON data. Nothing is decided by that, so nothing is logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from schemas.request import WhatIfRequest
from schemas.responses import WhatIfSchema
from service.evaluation.changing import Alternative, Enough, WhatIf
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import INTERNAL, Caller
from service.model.condition import Value, subjects_of
from service.model.decision import Decision
from service.model.ruleset import FromProgress, Input, Rule, Ruleset
from service.serving.answer import value_json
from service.serving.evaluate import Answering, Languages
from service.serving.refused import Refused, mistaken

_REQUEST = WhatIfRequest()
_SCHEMA = WhatIfSchema()


def what_if(
    answering: Answering, body: object, caller: Caller = INTERNAL, accepted: Languages = ()
) -> dict[str, Any] | Refused:
    """The smallest changes that would change the plan, and those that would make one session enough.

    ``accepted`` are the languages that the caller takes where the body names none, the best first.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    asked = answering.asked(body, caller, _REQUEST, accepted)
    if isinstance(asked, Refused):
        return asked
    now = asked.ready.compiled.decide(asked.assessment, asked.as_of.month, asked.language)
    if isinstance(now, tuple):
        return mistaken(now)
    return what_if_document(asked.ready.compiled, asked.assessment, now, asked.as_of)


def answers_that_fire(
    answering: Answering, body: object, rule_id: str, caller: Caller = INTERNAL
) -> tuple[Mapping[str, Any], ...]:
    """Each one other answer, to a question that the rule tests, with which the rule fires.

    Each as the assessment would be, without what does not apply any more. None where the assessment is
    refused, or where more than one answer would have to be another. Raises as ``what_if`` does.
    """
    asked = answering.asked(body, caller, _REQUEST)
    if isinstance(asked, Refused):
        return ()
    compiled = asked.ready.compiled
    rule = next((rule for rule in compiled.ruleset.rules if rule.id == rule_id), None)
    now = compiled.decide(asked.assessment, asked.as_of.month, asked.language)
    if rule is None or isinstance(now, tuple):
        return ()
    tested = (subject.partition(".")[0] for subject in subjects_of(rule.when))
    return tuple(
        {name: value for name, value in {**asked.assessment, **other.to}.items() if name not in other.without}
        for other in WhatIf(compiled, asked.assessment, now, tested).single()
        if any(hit.rule.id == rule_id for hit in other.decision.fired)
    )


def what_if_document(
    compiled: CompiledRuleset, assessment: Mapping[str, Any], now: Decision, as_of: date
) -> dict[str, Any]:
    """What other answers would come to, beside ``now``, the decision for the assessment as it is.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    ruleset = compiled.by_language[now.language]
    asking = WhatIf(compiled, assessment, now)
    changes = asking.changes()
    already = _one_may_suffice(now)
    enough = (
        Enough((), all=True) if already else asking.enough(_one_may_suffice, bringing_one_session(ruleset))
    )
    document: dict[str, Any] = _SCHEMA.dump(
        {
            "as_of": as_of.isoformat(),
            "ruleset": {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest},
            "language": now.language,
            "now": _outcome(ruleset, now),
            "one_session": {
                "answer": "already" if already else _answered(enough),
                "changes": _changes(ruleset, now, enough.changes),
            },
            "changes": _changes(ruleset, now, changes.outcomes()),
            "complete": changes.all,
        }
    )
    return document


def _one_may_suffice(decision: Decision) -> bool:
    return decision.plan.one_session == "may_suffice"


def bringing_one_session(ruleset: Ruleset) -> list[Rule]:
    """The rules of which one fires wherever one session may suffice.

    They say so, or tell from what was seen after it that the goal is reached.
    """
    return [
        rule
        for rule in ruleset.rules
        if any(says == "may_suffice" for _, says in rule.then.present("vouch"))
        or any(isinstance(base, FromProgress) for _, base in rule.then.present("base"))
    ]


def _answered(enough: Enough) -> str:
    if enough.changes:
        return "possible"
    return "impossible" if enough.all else "not_decided"


def _outcome(ruleset: Ruleset, decision: Decision) -> dict[str, Any]:
    plan = decision.plan
    return {
        "verdict": plan.verdict,
        "verdict_text": ruleset.verdicts[plan.verdict],
        "one_session": plan.one_session,
        "sessions": None if plan.sessions is None else plan.sessions.as_json(),
    }


def _changes(ruleset: Ruleset, now: Decision, changes: Iterable[Alternative]) -> list[dict[str, Any]]:
    return [
        {
            **_outcome(ruleset, one.decision),
            "changed": [_changed(ruleset, name, now, answer) for name, answer in one.to.items()],
            "leave_out": list(one.without),
            "fires_too": _firing(one.decision, now),
            "fires_no_longer": _firing(now, one.decision),
        }
        for one in changes
    ]


def _changed(ruleset: Ruleset, name: str, now: Decision, answer: Any) -> dict[str, Any]:
    one = ruleset.inputs[name]
    return {
        "input": one.id,
        "label": one.label,
        "given": _given(one, now.facts.get(one.id)),
        "instead": answer,
        "instead_label": _in_words(ruleset, one, answer),
    }


def _given(one: Input, fact: Value | None) -> Any:
    return value_json(fact, {option.id: place for place, option in enumerate(one.options)})


def _in_words(ruleset: Ruleset, one: Input, answer: Any) -> str:
    if isinstance(answer, bool):
        return ruleset.says("yes" if answer else "no")
    labels = {option.id: option.label for option in one.options}
    if isinstance(answer, list):
        return ", ".join(labels[option] for option in answer) or ruleset.says("none-of-them")
    return labels.get(answer) or f"{answer:g}{_unit(one)}"


def _unit(one: Input) -> str:
    return "" if one.unit is None else f" {one.unit}"


def _firing(where: Decision, beside: Decision) -> list[dict[str, Any]]:
    """The rules that fire in one decision and not in the other."""
    others = {hit.rule.id for hit in beside.fired}
    rules = [hit.rule for hit in where.fired if hit.rule.id not in others]
    return [{"rule": rule.id, "title": rule.title, "because": rule.because} for rule in rules]
