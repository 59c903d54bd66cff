"""What a ruleset says of itself, as JSON data: for those who ask the service what it decides by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date
from typing import Any

from marshmallow import Schema

from schemas.drafts import HistorySchema
from schemas.member import without_newer
from schemas.responses import PaperSchema, RuleSchema, RulesetLineSchema, RulesetSchema
from service.model.condition import Scalar
from service.model.ruleset import Paper, Rule, Ruleset
from service.serving.answer import rule_json
from service.serving.choosing import newest_for
from service.store.editions import ALWAYS, Published, with_a_turn
from service.wording.conditions import as_written

_LINE, _RULESET, _RULE, _PAPER = RulesetLineSchema(), RulesetSchema(), RuleSchema(), PaperSchema()
_HISTORY = HistorySchema()


def ruleset_line(ruleset: Ruleset) -> dict[str, Any]:
    """A ruleset as the list of rulesets shows it."""
    return _dumped(_LINE, _line(ruleset))


def ruleset_document(ruleset: Ruleset) -> dict[str, Any]:
    """A whole ruleset, its rules and guarantees by id and title."""
    limits = ruleset.limits
    data = {
        **_line(ruleset),
        "owner": ruleset.owner,
        "extends": ruleset.extends,
        "limits": {member.name: _bounds(getattr(limits, member.name)) for member in fields(limits)},
        "factors": [{"id": name, "title": title} for name, title in ruleset.factors.items()],
        "benefits": [{"id": name, "text": text} for name, text in ruleset.benefit_texts.items()],
        "verdicts": dict(ruleset.verdicts),
        "scores": list(ruleset.scores),
        "conclusions": {
            "flags": list(ruleset.flags),
            "levels": {name: list(levels) for name, levels in ruleset.conclusion_levels.items()},
        },
        "rules": [{"id": rule.id, "factor": rule.factor, "title": rule.title} for rule in ruleset.rules],
        "guarantees": [{"id": one.id, "title": one.title} for one in ruleset.guarantees],
        "evidence": [paper_json(paper) for paper in ruleset.evidence.values()],
    }
    return _dumped(_RULESET, data)


def rule_document(ruleset: Ruleset, rule: Rule) -> dict[str, Any]:
    """A rule as answers list it, with when it fires and the papers that it cites.

    Of a ruleset of an earlier version of the language without the members that are newer.
    """
    listed = rule_json(rule)
    del listed["matched"]
    listed["when"] = as_written(rule.when)
    listed["papers"] = [
        paper_json(ruleset.evidence[name]) for name in rule.evidence if name in ruleset.evidence
    ]
    document: dict[str, Any] = without_newer(_RULE, _dumped(_RULE, listed), ruleset.language_version)
    return document


def history_document(timeline: Sequence[Published], today: date) -> dict[str, Any]:
    """What was published of a ruleset: its ``timeline``, the newest first, and what serves today."""
    serves = newest_for(with_a_turn(timeline), today)
    editions = [
        {
            "version": one.version,
            "digest": one.digest,
            "title": one.title,
            "published": one.at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z",
            "starts": None if one.starts == ALWAYS else one.starts.isoformat(),
            "effective": one.effective and one.effective.isoformat(),
            "serves": one is serves,
            "language_version": one.language_version,
        }
        for one in timeline
    ]
    return _dumped(_HISTORY, {"ruleset": timeline[0].ruleset, "editions": editions})


def paper_json(paper: Paper) -> dict[str, Scalar | None]:
    """A paper as its author entered it."""
    return _dumped(_PAPER, {member.name: getattr(paper, member.name) for member in fields(paper)})


def _dumped(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    dumped: dict[str, Any] = schema.dump(data)
    return dumped


def _line(ruleset: Ruleset) -> dict[str, Any]:
    return {
        "id": ruleset.id,
        "title": ruleset.title,
        "version": ruleset.version,
        "digest": ruleset.digest,
        "effective": ruleset.effective and ruleset.effective.isoformat(),
        "signed_off": ruleset.signed_off,
        "languages": list(ruleset.languages),
    }


def _bounds(bounds: tuple[int, int]) -> dict[str, int]:
    return {"min": bounds[0], "max": bounds[1]}
