"""In every language everybody gets the same plan: rulesets and clients at random, and shipped rulesets."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.model.ruleset import Input
from service.serving.answer import AnswerWriter
from service.store.folders import read_shelf, shipped
from tests.generated import assessment_from, ruleset_from, seeded
from tests.properties.serving import open_folder, write
from tests.serving.translated import translate

_WORDS = ("language", "warnings", "referrals", "unanswered")
"""Members in which the service's own words stand beside those of the ruleset."""


def untranslated(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer in Spanish as it was before its texts were translated."""
    said = re.sub(r"es\{((?:[^{}]|\{[^}]*\})*)\}", r"\1", json.dumps(answer))
    return {name: value for name, value in json.loads(said).items() if name not in _WORDS}


def told(
    one: CompiledRuleset, writer: AnswerWriter, assessment: Any, language: str, *, explain: bool = False
) -> dict[str, Any] | None:
    """The answer in a language, but for its id; None: the assessment is refused."""
    decision = one.decide(assessment, 6, language)
    if not isinstance(decision, Decision):
        return None
    return writer.write(decision, decision_id="", evaluated_at="", as_of="", explain=explain)


_PLANNED = (
    *("verdict", "one_session", "sessions", "interval_weeks", "remaining", "review_weeks"),
    *("maintenance_weeks", "support", "steps", "conclusions", "scores", "unanswered"),
)


def same_plan(one: CompiledRuleset, writer: AnswerWriter, assessment: Any) -> bool:
    """Whether the assessment is taken; in each language it is, or is not, and has the same plan and rules."""
    answers = [told(one, writer, assessment, language) for language in one.ruleset.languages]
    plans = [
        None
        if answer is None
        else ([answer[name] for name in _PLANNED], [hit["rule"] for hit in answer["fired"]])
        for answer in answers
    ]
    assert all(plan == plans[0] for plan in plans)
    return plans[0] is not None


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 120))]
)
def test_in_another_language_a_random_ruleset_answers_the_same_but_for_its_texts(
    seed: int, tmp_path: Path
) -> None:
    choices = seeded(seed)
    files = ruleset_from(choices, rules=choices.whole(5, 25), interval_attributes=True)
    translate(write(files, tmp_path), "generated", "es")
    answering = open_folder(tmp_path)
    one = answering.snapshot.served["generated"]
    writer = AnswerWriter(one)
    try:
        for _ in range(40):
            assessment = assessment_from(choices, files)
            own, other = (told(one, writer, assessment, language, explain=True) for language in ("en", "es"))
            assert (own is None) == (other is None)
            if own is not None and other is not None:
                assert other["language"] == "es"
                assert untranslated(other) == untranslated(own)
    finally:
        answering.snapshot.close()


# -- the shipped rulesets -----------------------------------------------------------------------------------


def _at_length(seed: int, number: int) -> Any:
    return pytest.param(seed, number, marks=pytest.mark.long)


@cache
def opened(name: str) -> tuple[CompiledRuleset, AnswerWriter]:
    """A shipped ruleset, compiled."""
    ruleset = read_shelf(shipped(), only=name).read[name].ruleset
    assert ruleset is not None
    one = CompiledRuleset(ruleset)
    return one, AnswerWriter(one)


def clients(one: CompiledRuleset, seed: int, number: int) -> Iterator[dict[str, Any]]:
    """Random answers to a ruleset's questions; many are taken."""
    draw = random.Random(seed)
    for _ in range(number):
        given = {
            asked.id: _answer(draw, asked)
            for asked in one.ruleset.inputs.values()
            if asked.required or draw.random() < 0.7
        }
        decided = one.decide(given, 6)
        while isinstance(decided, tuple):
            wrong = {refusal.pointer.split("/")[2] for refusal in decided if refusal.code == "not-applicable"}
            if not wrong or not wrong & given.keys():
                break
            given = {name: value for name, value in given.items() if name not in wrong}
            decided = one.decide(given, 6)
        yield given


def _answer(draw: random.Random, asked: Input) -> Any:
    if asked.options:
        options = [option.id for option in asked.options]
        if asked.domain.shape == "set":
            return [option for option in options if draw.random() < 0.3]
        return draw.choice(options)
    if asked.domain.shape == "yes_no":
        return draw.random() < 0.15
    low, high = asked.domain.low, asked.domain.high
    assert low is not None
    assert high is not None
    return draw.randint(int(low), int(high))


@pytest.mark.parametrize(("seed", "number"), [(0, 40), *(_at_length(seed, 1_000) for seed in range(1, 11))])
@pytest.mark.parametrize("name", ["pico-laser", "example-clinic"])
def test_the_shipped_rulesets_give_everybody_the_same_plan_in_every_language(
    name: str, seed: int, number: int
) -> None:
    one, writer = opened(name)
    assert one.ruleset.languages == ("en", "es", "zh-Hans")
    taken = 0
    for client in clients(one, seed, number):
        taken += same_plan(one, writer, client)
    assert taken > number / 4
