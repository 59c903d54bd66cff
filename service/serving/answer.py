"""A decision, and what its rules do, as the JSON data that integrators get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any, get_args

import orjson

from schemas import language
from schemas.answer import AnswerSchema, DeferralSchema, FromProgressSchema, HitSchema
from schemas.language import ANSWER, NEWEST_LANGUAGE, covers, members
from schemas.member import without_newer
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import SeenTest
from service.model.condition import Value
from service.model.decision import Decision, Hit, Note, Plan, Step
from service.model.exact_json import json_piece
from service.model.number import Triple, as_json, json_number_of
from service.model.ruleset import AttributeRef, Effects, Rule, Ruleset, TextsByMoment

_HIT = HitSchema()
_PROGRESS = tuple(FromProgressSchema().fields)
_OF_A_DEFERRAL = tuple(DeferralSchema().fields)


def effects_json(effects: Effects) -> dict[str, Any]:
    """The whole of a rule's effects as JSON data, in the order of the language's own table."""
    return {effect.name: _SPELLED[effect.value](value) for effect, value in effects.present()}


def _amount(value: Any) -> Any:
    """A number, a range, or the key of an attribute."""
    if isinstance(value, Triple):
        return value.as_json()
    if isinstance(value, AttributeRef):
        return value.key
    return as_json(value) if isinstance(value, int | Fraction) else value


def _parts(value: Any) -> dict[str, Any]:
    return {member.name: _amount(getattr(value, member.name)) for member in fields(value)}


def _progress(how: Any) -> dict[str, Any]:
    parts = _parts(how)
    expected = {name: parts.pop(name) for name in ("clears", "adds")}
    parts["expected"] = {name: value for name, value in expected.items() if value is not None} or None
    return {name: parts[name] for name in _PROGRESS}


def _points(scores: Any) -> dict[str, Any]:
    return {
        name: _amount(points[0]) if len(points) == 1 else [_amount(point) for point in points]
        for name, points in scores
    }


def _by_moment(texts: TextsByMoment) -> Any:
    """A text at no certain moment alone, others by their moments."""
    return next((text for at, text in texts if at is None), None) or dict(texts)


def _as_it_is(value: str) -> str:
    return value


_SPELLED: Mapping[language.Value, Callable[[Any], Any]] = {
    "text": _as_it_is,
    "range": _amount,
    "bounded range": _amount,
    "amount": _amount,
    "factor": _amount,
    "cap": _amount,
    "score": _parts,
    "progress": _progress,
    "slow": _parts,
    "level": dict,
    "sums": _points,
    "ids": list,
    "choice": _as_it_is,
    "weeks": int,
    "moments": _by_moment,
}
covers(_SPELLED, get_args(language.Value), "values of effects in answers")


_PLAIN = (str, bool, int)
_MOST_KEPT = 1_024
"""So much of each kind is kept: more gains little, for of clients who differ few share a plan."""

_RANGES = members("range")
_AT_MOMENTS = members("moments")
_OF_A_PLAN = frozenset(member.name for member in ANSWER.values() if member.planned)
_OF_A_DECISION = tuple(name for name, one in ANSWER.items() if not (one.planned or one.optional))


def value_json(value: Value | None, order: Mapping[str, int] | None = None) -> Any:
    """A fact as JSON data: options as strings, sets as arrays in the order of their options."""
    if isinstance(value, Fraction):
        return json_number_of(value)
    if isinstance(value, frozenset):
        return sorted(value, key=order.__getitem__) if order else sorted(value)
    if isinstance(value, tuple):
        return [value_json(item) for item in value]
    return value


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule as an answer lists it, ``matched`` still open."""
    listed: dict[str, Any] = _HIT.dump(
        {
            "rule": rule.id,
            "factor": rule.factor,
            "title": rule.title,
            "because": rule.because,
            "matched": None,
            "effects": effects_json(rule.then),
            "support": rule.support,
            "evidence": list(rule.evidence),
            "defined_at": rule.defined_at,
        }
    )
    return listed


class _ConstantParts:
    """What never changes between the answers of a ruleset in one language."""

    __slots__ = ("benefits", "rules", "verdicts")

    def __init__(self, ruleset: Ruleset) -> None:
        self.rules = {rule.id: rule_json(rule) for rule in ruleset.rules}
        self.benefits = {name: {"id": name, "text": text} for name, text in ruleset.benefit_texts.items()}
        self.verdicts = ruleset.verdicts


_Plans = dict[Plan, dict[str, Any]]


def _in_pieces(members: Mapping[str, Any]) -> dict[str, Any]:
    """Texts stay as they are."""
    return {
        name: json_piece(value) if name in _OF_A_PLAN and isinstance(value, dict | list) else value
        for name, value in members.items()
    }


class AnswerWriter:
    """Writes the answers of one ruleset; what never changes between answers is dumped once."""

    def __init__(self, compiled: CompiledRuleset) -> None:
        self._compiled = compiled
        ruleset = compiled.ruleset
        self._ruleset = ruleset
        self._reference = {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest}
        self._told = {language: _ConstantParts(told) for language, told in compiled.by_language.items()}
        self._orders = _set_orders(ruleset)
        self._schema = AnswerSchema()
        self._left_open = {**dict.fromkeys(_OF_A_DECISION), "ruleset": self._reference}
        self._plans: tuple[_Plans, _Plans] = ({}, {})  # as JSON data, and in pieces
        self._pieces: dict[Hit, orjson.Fragment] = {}

    def write(
        self,
        decision: Decision,
        *,
        decision_id: str | None,
        evaluated_at: str,
        as_of: str,
        explain: bool,
        ref: str | None = None,
        test: bool = False,
        lacking: str | None = None,
        in_pieces: bool = False,
    ) -> dict[str, Any]:
        """The answer as JSON data, its members in the documented order.

        ``decision_id`` is None where it is tried what the answer would be. ``ref`` and ``test`` are the
        request's.
        ``lacking``: the language that was asked for, where the ruleset does not have it. ``in_pieces``: what
        answers share may be ``orjson.Fragment``, for who only writes the data.
        """
        told = self._told[decision.language]
        in_pieces = in_pieces and lacking is None and self._ruleset.language_version == NEWEST_LANGUAGE
        answer = self._plan(decision.plan, told, in_pieces=in_pieces).copy()
        answer["decision_id"] = decision_id
        answer["evaluated_at"] = evaluated_at
        answer["as_of"] = as_of
        answer["language"] = decision.language
        answer["ref"] = ref
        answer["test"] = test
        hit = self._piece if in_pieces else self._hit
        answer["fired"] = [hit(one, told) for one in decision.fired]
        answer["conclusions"] = decision.conclusions
        answer["scores"] = {
            name: None if score is None else as_json(score) for name, score in decision.scores.items()
        }
        answer["unanswered"] = list(decision.unanswered)
        if explain:
            answer["not_fired"] = self._not_fired(decision, told)
        if lacking is not None:
            text = self._compiled.by_language[decision.language].says("language-missing")
            warning = {"code": "text-missing", "text": text, "language": lacking}
            answer["warnings"] = [*answer["warnings"], warning]
        if self._ruleset.language_version == NEWEST_LANGUAGE:
            return answer
        older: dict[str, Any] = without_newer(AnswerSchema, answer, self._ruleset.language_version)
        return older

    def _plan(self, plan: Plan, told: _ConstantParts, *, in_pieces: bool) -> dict[str, Any]:
        """An answer with what a plan decides, the other members open; what they share is written once."""
        kept = self._plans[in_pieces]
        written = kept.get(plan)
        if written is None:
            members = self._schema.dump({**self._left_open, **self._planned(plan, told)})
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            written = kept[plan] = _in_pieces(members) if in_pieces else members
        return written

    def _planned(self, plan: Plan, told: _ConstantParts) -> dict[str, Any]:
        ranges = {member: _range(getattr(plan, member)) for member in _RANGES}
        texts = {
            member: _by_their_moments(notes) if member in _AT_MOMENTS else _notes(notes)
            for member, notes in plan.texts.items()
        }
        return (
            ranges
            | texts
            | {
                "verdict": plan.verdict,
                "verdict_text": told.verdicts[plan.verdict],
                "one_session": plan.one_session,
                "support": plan.support,
                "steps": [_step(step) for step in plan.steps],
                "stops": _notes(plan.stops),
                "deferrals": [
                    {name: getattr(note, name) for name in _OF_A_DEFERRAL} for note in plan.deferrals
                ],
                "referrals": _notes(plan.referrals),
                "benefits": [told.benefits[name] for name in plan.benefits],
                "warnings": [{"code": warning.code, "text": warning.text} for warning in plan.warnings],
            }
        )

    def _hit(self, hit: Hit, told: _ConstantParts) -> dict[str, Any]:
        listed = told.rules[hit.rule.id].copy()
        listed["matched"] = {
            key: value if value.__class__ in _PLAIN else self._value(key, value)
            for key, value in hit.matched.items()
        }
        return listed

    def _piece(self, hit: Hit, told: _ConstantParts) -> orjson.Fragment:
        piece = self._pieces.get(hit)
        if piece is None:
            if len(self._pieces) >= _MOST_KEPT:
                self._pieces.clear()
            piece = self._pieces[hit] = json_piece(self._hit(hit, told))
        return piece

    def _value(self, subject: str, value: Value | None) -> Any:
        """A fact as JSON data: an answer with all its digits, a sum of points as the nearest double."""
        if isinstance(value, Fraction) and subject not in self._ruleset.inputs:
            return as_json(value)
        return value_json(value, self._orders.get(subject))

    def _seen(self, seen: SeenTest) -> dict[str, Any]:
        said = {
            "condition": seen.condition,
            "truth": seen.truth,
            "given": self._value(seen.subject, seen.given),
        }
        return said if seen.target is None else {**said, "target": self._value(*seen.target)}

    def _not_fired(self, decision: Decision, told: _ConstantParts) -> list[dict[str, Any]]:
        fired = {hit.rule.id for hit in decision.fired}
        return [
            {
                "rule": one.rule.id,
                "factor": one.rule.factor,
                "title": told.rules[one.rule.id]["title"],
                "truth": one.truth,
                "conditions": [self._seen(seen) for seen in one.conditions],
                "defined_at": one.rule.defined_at,
            }
            for one in self._compiled.explainer.explain(decision.facts)
            if one.rule.id not in fired
        ]


def _set_orders(ruleset: Ruleset) -> dict[str, dict[str, int]]:
    return {
        one.id: {option.id: index for index, option in enumerate(one.options)}
        for one in ruleset.inputs.values()
        if one.domain.shape == "set"
    }


def _range(triple: Triple | None) -> dict[str, Any] | None:
    return None if triple is None else triple.as_json()


def _step(step: Step) -> dict[str, Any]:
    return {"rule": step.rule, "does": step.does, "of": step.of, **step.now.as_json()}


def _notes(notes: Iterable[Note]) -> list[dict[str, Any]]:
    return [{"rule": note.rule, "text": note.text} for note in notes]


def _by_their_moments(notes: Iterable[Note]) -> list[dict[str, Any]]:
    return [{"rule": note.rule, "text": note.text, "at": note.at} for note in notes]
