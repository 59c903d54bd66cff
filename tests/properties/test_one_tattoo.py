"""Both shipped rulesets that score a tattoo give one client one plan."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from service.model.ruleset import Input
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot

SCALE, LASER = "tattoo-kirby-desai", "pico-laser"
PLAN = (
    "verdict",
    "one_session",
    "sessions",
    "interval_weeks",
    "remaining",
    "review_weeks",
    "support",
    "scores",
)
TOLD = ("deferrals", "stops", "unanswered")
AIM = "nearly_all"
"""The goal that comes to what the scale aims at: nine tenths."""


@pytest.fixture(scope="module")
def answering() -> Iterator[Answering]:
    opened = Answering(take_snapshot(read_shelf(shipped())))
    yield opened
    opened.snapshot.close()


def drawn(draw: Random, one: Input) -> Any:
    """An answer to the question; to what could refer or stop mostly one that does not."""
    names = [option.id for option in one.options]
    if one.domain.shape == "yes_no":
        return draw.random() < 0.06
    if one.domain.shape == "set":
        return (
            sorted(draw.sample(names, draw.choice((1, 1, 2)))) if one.required or draw.random() < 0.05 else []
        )
    if one.domain.shape == "number":
        return draw.randint(15, 70)
    if one.must_ask:
        return names[0] if draw.random() < 0.9 else draw.choice(names)
    return draw.choice(names)


def client(draw: Random, asked: dict[str, Input], *, done: int) -> dict[str, Any]:
    """Answers that both rulesets ask for."""
    told = {name: drawn(draw, one) for name, one in asked.items()}
    told["tattoo_made"] = draw.choice(("amateur", "professional", "professional", "explosive", "injury"))
    if set(told["inks"]) - {"black", "brown", "pale"} and told["kd_colour"] == "black_only":
        told["kd_colour"] = "multiple"
    seen = draw.randint(-20, 100)
    progress = {"sessions_done": done, "improvement_pct": seen, "gain_last_two_pct": draw.randint(-10, 60)}
    for name in ("sessions_done", "improvement_pct", "gain_last_two_pct", "reactions"):
        del told[name]
    if done:
        told |= progress | {"reactions": draw.choice(([], [], [], ["pih"], ["blister"], ["scar"]))}
    if done < 3:
        told.pop("gain_last_two_pct", None)
    left_out = draw.choice(sorted(name for name, one in asked.items() if one.must_ask))
    if draw.random() < 0.1:
        told.pop(left_out, None)
    return told


@pytest.mark.parametrize(("goal", "done"), [("some", 0), ("complete", 0), (AIM, 1), (AIM, 4), (AIM, 9)])
def test_a_tattoo_gets_one_plan_whichever_ruleset_is_asked(
    answering: Answering, goal: str, done: int
) -> None:
    inputs = {name: served.ruleset.inputs for name, served in answering.snapshot.served.items()}
    asked = {name: one for name, one in inputs[SCALE].items() if name in inputs[LASER]}
    assert set(inputs[SCALE]) - set(asked) == {"cosmetic"}
    draw, verdicts = Random(f"{goal} {done}"), set()
    for _ in range(60):
        told = client(draw, asked, done=done)
        answers = []
        for ruleset, more in ((SCALE, {"cosmetic": False}), (LASER, {"concern": "tattoo", "goal": goal})):
            answer = answering.evaluate(
                {"ruleset": ruleset, "assessment": told | more, "as_of": "2026-12-01"}
            )
            assert not isinstance(answer, Refused), (told, answer.errors)
            answers.append({name: answer[name] for name in (*PLAN, *TOLD)})
        assert answers[0] == answers[1], told
        verdicts.add(answers[0]["verdict"])
    assert len(verdicts) > 2
