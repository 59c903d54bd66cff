"""Questionnaires of rulesets, the shipped ones and others."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from service.clinical.canonicals import Canonicals
from service.clinical.questionnaire import questionnaire
from service.evaluation.compiled import CompiledRuleset
from service.serving.evaluate import Answering
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot

CANONICALS = Canonicals("https://c.example")
SHIPPED = ("pico-laser", "example-clinic", "tattoo-kirby-desai")


@cache
def shipped_answering() -> Answering:
    """The shipped rulesets, compiled once."""
    return Answering(take_snapshot(read_shelf(shipped())))


def form_of(compiled: CompiledRuleset) -> dict[str, Any] | None:
    """The Questionnaire of a ruleset."""
    return questionnaire(compiled.ruleset, compiled.by_language, CANONICALS, date(2026, 12, 1))


@cache
def shipped_form(name: str) -> dict[str, Any]:
    """The Questionnaire of a shipped ruleset."""
    form = form_of(shipped_answering().snapshot.served[name])
    assert form is not None
    return form
