"""Every member of an answer is wherever it must be: described, expected by scenarios, compared, shown."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, get_args

import pytest

from schemas.language import ANSWER, AnswerMember, Matters, covers, members
from service.replaying.comparing import compared
from tests.commandline.console import picoplan
from tests.docs.pages import Page
from tests.language.asking import Ruleset, member_is_compared, otherwise
from tests.language.samples import CLIENT, with_everything
from tests.reference import decide
from tests.web.test_openapi_answers import Asked as Served

Json = dict[str, Any]

MEMBERS = list(ANSWER.values())
EXPECTED = [member for member in MEMBERS if member.expected]
COMPARED = [member for member in MEMBERS if member.matters != "identity" and not member.optional]

DIFFERS: dict[Matters, tuple[str, ...]] = {
    "identity": (),
    "plan": ("plan",),
    "words": ("words",),
    "reasons": ("reasons",),
}
covers(DIFFERS, get_args(Matters), "what a difference means")


OF_THE_FIRST_VERSION = {
    *("decision_id", "evaluated_at", "as_of", "ruleset", "verdict", "verdict_text", "one_session"),
    *("sessions", "interval_weeks", "remaining", "review_weeks", "support", "fired", "steps", "conclusions"),
    *(
        "scores",
        "expected",
        "stops",
        "deferrals",
        "referrals",
        "advice",
        "benefits",
        "unanswered",
        "warnings",
    ),
    "not_fired",
}


def named(member: AnswerMember) -> str:
    return member.name


@cache
def sample() -> Ruleset:
    """A ruleset whose answer has something in every list that rules fill."""
    return Ruleset(Path(mkdtemp(prefix="picoplan-language-")), with_everything())


@cache
def served() -> Served:
    return Served(sample().root)


def whole() -> Json:
    """An answer of the service with all members."""
    body = {"ruleset": "generated", "assessment": CLIENT, "explain": True}
    answered: Json = served().client.post("/v1/evaluate", json=body).get_json()
    return answered


def test_an_answer_has_every_member_in_the_order_of_the_table() -> None:
    assert list(whole()) == list(ANSWER)
    assert list(sample().answer(CLIENT)) == [
        name for name in ANSWER if name not in ("decision_id", "evaluated_at")
    ]


@pytest.mark.parametrize("member", MEMBERS, ids=named)
def test_the_openapi_document_describes_it_and_notices_where_it_is_missing_or_wrong(
    member: AnswerMember,
) -> None:
    described = served().described
    said = described.response("evaluate", 200)["content"]["application/json"]["schema"]
    answered = whole()
    assert described.mistakes(said, answered) == []
    without = {name: value for name, value in answered.items() if name != member.name}
    assert bool(described.mistakes(said, without)) is not (member.optional or member.since > 1)
    assert described.mistakes(said, {**answered, member.name: object}) != []
    answer = described.document["components"]["schemas"]["Answer"]
    assert member.says in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize("member", EXPECTED, ids=named)
def test_a_scenario_can_expect_it_and_fails_where_it_is_otherwise(
    member: AnswerMember, tmp_path: Path
) -> None:
    answered = sample().answer(CLIENT)
    right = _as_expected(member, answered[member.name])
    wrong = [*right, "risky"] if member.holds == "hits" else otherwise(right, member.words)
    scenarios = [
        {"name": name, "assessment": CLIENT, "as of": answered["as_of"], "expect": {member.name: value}}
        for name, value in (("Right", right), ("Wrong", wrong))
    ]
    ruleset = Ruleset(tmp_path, {**with_everything(), "scenarios/1": scenarios})
    said = picoplan("test", ruleset.folder)
    assert "1 of 2 scenarios failed." in said.out
    assert 'scenario-failed "Wrong"' in said.out


def _as_expected(member: AnswerMember, value: Any) -> Any:
    """As a scenario names it: of rules their ids, of the edition all but the digest, which it is part of."""
    if member.holds == "hits":
        return [hit["rule"] for hit in value]
    return {key: one for key, one in value.items() if key != "digest"} if member.holds == "edition" else value


@pytest.mark.parametrize("member", COMPARED, ids=named)
def test_replay_takes_a_difference_in_it_for_what_it_is(member: AnswerMember) -> None:
    member_is_compared(whole(), member.name)


@pytest.mark.parametrize("name", members(matters="identity"))
def test_replay_minds_no_difference_that_any_two_answers_have(name: str) -> None:
    was = whole()
    assert compared(was, {**was, name: "other"}).kind == "same"


def test_the_reference_gives_every_member_that_rules_decide() -> None:
    decided = set(ANSWER) - set(members(matters="identity")) - {"verdict_text", "not_fired"}
    assert decided <= set(decide(sample().files, CLIENT))


def test_the_guide_for_integrators_has_every_member_in_its_table() -> None:
    page = Page("evaluate.md").text
    assert [name for name in ANSWER if f"| `{name}`" not in page] == []


def test_an_editor_offers_every_member_that_a_scenario_may_expect() -> None:
    schema = str(sample().schema("scenarios"))
    assert [member.name for member in EXPECTED if f"'{member.name}'" not in schema] == []
    assert [member.name for member in EXPECTED if member.help not in schema] == []


def test_answers_of_the_first_version_have_the_members_that_they_had() -> None:
    """One that is new says since when it is there; else each decision of then would come out otherwise."""
    assert {member.name for member in MEMBERS if member.since == 1} == OF_THE_FIRST_VERSION
