"""What clients hear who ask for themselves, and are not sure: it is never a no, and no number hides it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas.language import VERDICTS
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.self_checking import GATED, MOST_TRIES, SelfCheck, self_check
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from tests.web.small import write_small
from tests.web.test_what_if import SPOTS

SCARS = {
    **SPOTS,
    "concern": "acne_scar",
    "severity": "moderate",
    "ice_pick_dominant": False,
    "acne_active": False,
}


@pytest.fixture(scope="module")
def answering() -> Iterator[Answering]:
    """The shipped rulesets."""
    made = Answering(take_snapshot(read_shelf(shipped(), "rulesets")))
    yield made
    made.snapshot.close()


def told(answering: Answering, assessment: dict[str, Any], *not_sure: str, **more: Any) -> SelfCheck:
    body = {"ruleset": "pico-laser", "assessment": assessment, **more}
    found = self_check(answering, body, not_sure)
    assert isinstance(found, SelfCheck), found
    return found


def without(assessment: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: answer for name, answer in assessment.items() if name not in names}


def evaluated(
    answering: Answering, assessment: dict[str, Any], ruleset: str = "pico-laser"
) -> dict[str, Any]:
    found = answering.evaluate({"ruleset": ruleset, "assessment": assessment})
    assert isinstance(found, dict), found
    return found


def test_who_is_sure_of_all_hears_what_the_evaluate_endpoint_answers(answering: Answering) -> None:
    found, expected = told(answering, SPOTS), evaluated(answering, SPOTS)
    never_alike = ("decision_id", "evaluated_at")
    assert without(dict(found.answer), *never_alike) == without(expected, *never_alike)
    assert (found.not_sure, found.hangs_on, found.to_bring) == ((), (), ())
    assert found.answer["decision_id"] is None


def test_a_question_that_must_be_asked_and_of_which_the_client_is_not_sure_is_not_given(
    answering: Answering,
) -> None:
    found = told(answering, SPOTS, "gold_therapy")
    assert found.answer["unanswered"] == ["gold_therapy"]
    assert found.answer["verdict"] == "clinician_review"
    assert found.not_sure == ("gold_therapy",)
    assert "gold_therapy" not in found.tried[0][0]


def test_numbers_span_every_answer_of_which_the_client_is_not_sure(answering: Answering) -> None:
    found = told(answering, SCARS, "severity", "goal")
    ways = product(("mild", "moderate", "severe"), ("some", "clear", "nearly_all", "complete"))
    answers = [evaluated(answering, {**SCARS, "severity": one, "goal": other}) for one, other in ways]
    assert len(found.tried) == len(answers)
    if not GATED & {one["verdict"] for one in answers}:
        sessions = [one["sessions"] for one in answers]
        assert found.answer["sessions"]["min"] == min(one["min"] for one in sessions)
        assert found.answer["sessions"]["max"] == max(one["max"] for one in sessions)
        assert found.answer["sessions"]["typical"] is None
    assert found.hangs_on == ("severity", "goal")


def test_what_sessions_bring_is_told_where_it_is_sure_and_advice_wherever_it_may_be_of_use(
    answering: Answering,
) -> None:
    found = told(answering, SCARS, "goal")
    answers = [answer for _, answer in found.tried]
    for member, chosen in (
        ("expected", set.intersection),
        ("benefits", set.intersection),
        ("advice", set.union),
    ):
        texts = chosen(*({note["text"] for note in answer[member]} for answer in answers))
        assert {note["text"] for note in found.answer[member]} == texts
    assert len({len(answer["expected"]) for answer in answers}) > 1


def test_what_makes_no_difference_is_not_said_to(answering: Answering) -> None:
    found = told(answering, SPOTS, "sensitivity")
    same = [evaluated(answering, {**SPOTS, "sensitivity": one}) for one in (False, True)]
    differs = any(same[0][name] != same[1][name] for name in ("verdict", "sessions", "interval_weeks"))
    assert found.hangs_on == (("sensitivity",) if differs else ())
    assert len(found.tried) == 2


def test_what_stops_or_refers_under_any_answer_decides(answering: Answering) -> None:
    each = {
        one: evaluated(answering, {**SPOTS, "phototype": one}) for one in ("I", "II", "III", "IV", "V", "VI")
    }
    found = told(answering, SPOTS, "phototype")
    gated = [one["verdict"] for one in each.values() if one["verdict"] in GATED]
    assert gated
    assert found.answer["verdict"] == min(gated, key=VERDICTS.index)
    texts = {note["text"] for one in each.values() for note in one["referrals"]}
    assert {note["text"] for note in found.answer["referrals"]} == texts


@pytest.mark.parametrize("name", ["concern", "inks", "sessions_done"])
def test_where_nothing_can_be_tried_there_is_no_number_but_what_to_bring(
    answering: Answering, name: str
) -> None:
    """A choice on which other questions hang, a set, and a number."""
    client = SPOTS
    if name == "inks":
        client = {**without(SPOTS, "severity"), "concern": "tattoo", "tattoo_made": "professional"}
        client |= {"ink_allergy": False, "smoker": False, "tattoo_over_30_cm2": False}
    found = told(answering, client, name)
    assert found.to_bring == (name,)
    assert found.tried == ()
    assert found.answer["verdict"] == "clinician_review"
    assert all(found.answer[member] is None for member in ("sessions", "remaining", "interval_weeks"))


def test_what_stops_whatever_the_open_answer_is_stops_where_nothing_can_be_tried(
    answering: Answering,
) -> None:
    found = told(answering, {**SPOTS, "gold_therapy": True, "suspicious_lesion": True}, "sessions_done")
    assert found.to_bring == ("sessions_done",)
    stopped = evaluated(answering, {**SPOTS, "gold_therapy": True, "suspicious_lesion": True})
    assert stopped["verdict"] == "do_not_treat"
    assert found.answer["verdict"] == stopped["verdict"]
    assert found.answer["verdict_text"] == stopped["verdict_text"]
    assert found.answer["stops"] == stopped["stops"]
    assert found.answer["sessions"] is None


def test_what_stops_is_told_also_where_required_questions_hang_on_the_open_one(answering: Answering) -> None:
    """Whoever does not know his concern is not asked how severe it is, and no concern goes without that."""
    asked = {**without(SPOTS, "concern", "severity"), "gold_therapy": True, "pregnant_or_nursing": True}
    found = told(answering, asked, "concern")
    stopped = evaluated(answering, {**SPOTS, "gold_therapy": True, "pregnant_or_nursing": True})
    assert found.answer["verdict"] == stopped["verdict"] == "do_not_treat"
    assert (found.answer["stops"], found.answer["deferrals"]) == (stopped["stops"], stopped["deferrals"])
    assert found.answer["sessions"] is None


@pytest.mark.parametrize("name", ["concern", "sessions_done", "age"])
def test_no_text_is_told_that_an_open_answer_would_take_away(answering: Answering, name: str) -> None:
    """Of random clients, each under several answers to the open question."""
    random = Random(11)
    gates = [one for one, answer in SPOTS.items() if isinstance(answer, bool)]
    others = {
        "concern": ["freckles", "melasma", "solar_lentigo"],
        "sessions_done": [0, 3],
        "age": [17, 40, 80],
    }
    told_any = 0
    for _ in range(25):
        client = {**SPOTS, **{gate: random.random() < 0.2 for gate in gates}}
        found = told(answering, client, name).answer
        for other in others[name]:
            body = {"ruleset": "pico-laser", "assessment": {**client, name: other}}
            decided = answering.evaluate(body)
            if isinstance(decided, Refused):
                continue
            for member in ("stops", "deferrals", "referrals"):
                texts = [note["text"] for note in decided[member]]
                assert all(note["text"] in texts for note in found[member]), (other, member)
                told_any += len(found[member])
            if found["verdict"] == "do_not_treat":
                assert decided["verdict"] == "do_not_treat"
    assert told_any


def test_tries_run_out_at_64(answering: Answering) -> None:
    within = told(answering, SCARS, "severity", "goal", "sensitivity")
    assert 1 < len(within.tried) <= MOST_TRIES
    beyond = told(answering, SCARS, "severity", "goal", "phototype")
    assert beyond.to_bring == ("severity", "phototype", "goal")
    assert beyond.tried == ()


def test_answers_that_contradict_each_other_are_refused_and_those_that_may_not_are_not_tried(
    answering: Answering,
) -> None:
    client = {**without(SPOTS, "severity"), "concern": "tattoo", "tattoo_made": "professional"}
    client |= {"inks": ["red"], "kd_colour": "black_only", "ink_allergy": False, "smoker": False}
    refused = self_check(answering, {"ruleset": "pico-laser", "assessment": client}, ())
    assert isinstance(refused, Refused)
    assert [one.code for one in refused.errors] == ["contradiction"]


def test_what_the_page_answers_for_everybody_counts_where_it_applies(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    page = folder / "client-page.yaml"
    page.write_text("answers: {severity: severe, sensitive: yes}\n", encoding="utf-8")
    answering = Answering(take_snapshot(read_shelf(tmp_path, "clinic")))
    for concern, counts in (("scar", True), ("sun_spots", False)):
        body = {"ruleset": "small", "assessment": {"concern": concern, "gold": False}}
        found = self_check(answering, body, ())
        assert isinstance(found, SelfCheck)
        assert ("severity" in found.tried[0][0]) == counts
        assert found.tried[0][0]["sensitive"] is True
    answering.snapshot.close()


def test_not_sure_is_never_better_than_an_answer(answering: Answering) -> None:
    """Of random clients, who is not sure of a yes-or-no question never hears less than under one of both."""
    random = Random(7)
    names = [name for name, answer in SPOTS.items() if isinstance(answer, bool)]
    for _ in range(60):
        client = {**SPOTS, **{name: random.random() < 0.1 for name in names}}
        name = random.choice(names)
        found = told(answering, client, name).answer["verdict"]
        worst = min(
            (evaluated(answering, {**client, name: one})["verdict"] for one in (False, True)),
            key=VERDICTS.index,
        )
        assert found in GATED or VERDICTS.index(found) >= VERDICTS.index(worst)
        if worst == "do_not_treat" and evaluated(answering, {**client, name: False})["verdict"] == worst:
            assert found == worst


CARE = """
  - id: marked
    title: Dark marks
    when: {marks: includes dark}
    then: {points: {worry: 3}}
    because: They come back.
  - id: many
    title: Many sessions
    when: {sessions_done: at least 5}
    then: {points: {worry: 2}}
    because: Enough is enough.
  - id: worried
    title: Some worry
    when: {scores.worry: at least LEAST}
    then: {refer: A clinician looks at the marks.}
    because: It adds up.
"""


@pytest.mark.parametrize(("least", "is_told"), [(3, True), (4, False)])
def test_a_referral_by_a_score_is_told_where_the_open_answer_can_not_take_it_away(
    tmp_path: Path, least: int, is_told: bool
) -> None:
    """Dark marks alone give 3 points; the sessions done, of which he is not sure, give more or none."""
    rules = write_small(tmp_path) / "factors/2-safety.yaml"
    rules.write_text(rules.read_text() + CARE.replace("LEAST", str(least)).lstrip("\n"), encoding="utf-8")
    answering = Answering(take_snapshot(read_shelf(tmp_path, "clinic")))
    body = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False, "marks": ["dark"]}}
    found = self_check(answering, body, ("sessions_done",))
    assert isinstance(found, SelfCheck)
    assert found.to_bring == ("sessions_done",)
    told_texts = [one["text"] for one in found.answer["referrals"]]
    assert told_texts == (["A clinician looks at the marks."] if is_told else [])
    answering.snapshot.close()


def _scored(number: int, when: str, points: int) -> str:
    return f"""
  - id: points-{number}
    title: Points {number}
    when: {{{when}}}
    then: {{points: {{worry: {points}}}}}
    because: So many.
"""


def test_a_referral_by_a_score_is_told_only_where_every_answer_comes_to_it(tmp_path: Path) -> None:
    """Of random rules that add to a score and take from it; the sessions done are open, each is tried."""
    random = Random(5)
    told = 0
    for number in range(90):
        folder = tmp_path / str(number)
        rules = write_small(folder) / "factors/2-safety.yaml"
        whens = ["marks: includes dark", *(f"sessions_done: at least {random.randint(1, 6)}" for _ in "abc")]
        points = [random.choice([-3, -2, -1, 1, 2, 3, 4]) for _ in whens]
        low = random.randint(-3, 5)
        asked = random.choice([f"at least {low}", f"at most {low}", f"{low} to {low + random.randint(1, 4)}"])
        test = f"scores.worry: {asked}" if number % 2 else f"not: {{scores.worry: {asked}}}"
        scored = "".join(_scored(*one) for one in zip(range(4), whens, points, strict=True))
        worried = CARE[CARE.index("  - id: worried") :].replace("scores.worry: at least LEAST", test)
        rules.write_text(rules.read_text() + scored.lstrip("\n") + worried, encoding="utf-8")
        answering = Answering(take_snapshot(read_shelf(folder, "clinic")))
        client = {"concern": "sun_spots", "gold": False, "marks": ["dark"]}
        found = self_check(answering, {"ruleset": "small", "assessment": client}, ("sessions_done",))
        assert isinstance(found, SelfCheck)
        always = all(
            evaluated(answering, {**client, "sessions_done": done}, "small")["referrals"] for done in range(9)
        )
        if found.answer["referrals"]:
            told += 1
            assert always, (whens, points, test)
        answering.snapshot.close()
    assert told
