"""What other answers would come to: the smallest changes, each of them real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.model.caller import Caller
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.what_if import what_if
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot

RULESET = """\
id: small
title: Small
version: 1.0.0
limits: {sessions: 1 to 20, interval weeks: 2 to 26}
factors: {concern: Concern}
"""
ASSESSMENT = """\
inputs:
  skin: {label: Skin, levels: [light, dark], required: true}
  goal:
    label: What is hoped for?
    levels: {some: Some of it, full: All of it}
    required: true
    changeable: true
  device: {label: Laser, one of: {a: Laser A, b: Laser B}, required: true, changeable: true}
  tip: {label: Which tip?, one of: [thin, wide], only if: {device: a}}
  depth: {label: How deep?, levels: [low, high], required: true, only if: {device: b}}
  tan: {label: Tan?, kind: yes or no, must ask: true, changeable: true}
  size: {label: Size, number: 0 to 100, unit: mm, default: 10, changeable: true}
  marks: {label: Marks, any of: {red: Red, blue: Blue}, changeable: true}
"""
RULES = """\
factor: concern
rules:
  - id: few
    title: Few
    when: {goal: some}
    then: {sessions: {min: 1, typical: 1, max: 2}}
    because: Little is hoped for.
    support: judgement
  - id: many
    title: Many
    when: {goal: full}
    then: {sessions: 4 to 6}
    because: Much is hoped for.
    support: judgement
  - id: large
    title: Large
    when: {size: above 50}
    then: {add sessions: 3}
    because: It is large.
    support: judgement
  - id: blue
    title: Blue
    when: {marks: includes blue}
    then: {add sessions: 1}
    because: Blue is stubborn.
    support: judgement
  - id: slower
    title: Slower
    when: {device: b}
    then: {add sessions: 2}
    because: This laser does less at a time.
    support: judgement
  - id: one
    title: One
    when: {goal: some, skin: light, tan: no, size: at most 50, marks: unknown}
    then: {one session: may suffice}
    because: So it was seen.
"""
NOW: dict[str, Any] = {"skin": "light", "goal": "full", "device": "a", "tan": False}


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    folder = tmp_path_factory.mktemp("rulesets")
    (folder / "small" / "factors").mkdir(parents=True)
    for name, text in (("ruleset", RULESET), ("assessment", ASSESSMENT), ("factors/1", RULES)):
        (folder / "small" / f"{name}.yaml").write_text(text, encoding="utf-8")
    snapshot = take_snapshot(read_shelf(folder, "r"))
    yield Answering(snapshot)
    snapshot.close()


def asked(answering: Answering, **other: Any) -> dict[str, Any]:
    told = what_if(answering, {"ruleset": "small", "assessment": {**NOW, **other}})
    assert not isinstance(told, Refused), told
    return told


def instead(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The other answers of each change, by question."""
    return [{one["input"]: one["instead"] for one in change["changed"]} for change in changes]


def test_how_things_are_comes_first(answering: Answering) -> None:
    now = asked(answering)["now"]
    assert (now["verdict"], now["one_session"]) == ("several_sessions", "will_not_suffice")
    assert now["sessions"] == {"min": 4, "typical": 5, "max": 6}


def test_what_makes_one_session_enough_is_named_in_words(answering: Answering) -> None:
    enough = asked(answering)["one_session"]
    assert enough["answer"] == "possible"
    (change,) = enough["changes"]
    assert change["changed"] == [
        {
            "input": "goal",
            "label": "What is hoped for?",
            "given": "full",
            "instead": "some",
            "instead_label": "Some of it",
        }
    ]
    assert (change["verdict"], change["sessions"]["typical"]) == ("one_session_may_suffice", 1)


def test_the_rules_behind_a_difference_are_named_with_their_reasons(answering: Answering) -> None:
    (change,) = asked(answering)["one_session"]["changes"]
    assert [one["rule"] for one in change["fires_too"]] == ["few", "one"]
    assert change["fires_no_longer"] == [{"rule": "many", "title": "Many", "because": "Much is hoped for."}]


def test_as_many_answers_are_changed_as_it_takes_and_no_more(answering: Answering) -> None:
    enough = asked(answering, tan=True, size=60)["one_session"]
    assert enough["answer"] == "possible"
    assert {len(change["changed"]) for change in enough["changes"]} == {3}
    assert {"goal": "some", "tan": False, "size": 0} in instead(enough["changes"])


def test_where_nothing_that_can_be_chosen_makes_one_session_enough_that_is_said(answering: Answering) -> None:
    assert asked(answering, skin="dark")["one_session"] == {"answer": "impossible", "changes": []}


def test_where_one_session_may_suffice_already_nothing_has_to_change(answering: Answering) -> None:
    assert asked(answering, goal="some")["one_session"] == {"answer": "already", "changes": []}


def test_an_answer_that_does_not_apply_after_a_change_is_left_out(answering: Answering) -> None:
    changes = asked(answering, device="b", depth="low")["changes"]
    (change,) = [one for one in changes if instead([one]) == [{"device": "a"}]]
    assert change["leave_out"] == ["depth"]
    assert change["sessions"] == {"min": 4, "typical": 5, "max": 6}
    assert all(one["leave_out"] == [] for one in changes if "device" not in instead([one])[0])


def test_a_change_after_which_something_else_has_to_be_asked_is_none(answering: Answering) -> None:
    assert not [one for one in instead(asked(answering)["changes"]) if "device" in one]


def test_a_question_that_was_not_answered_is_given_as_null_and_a_default_as_given(
    answering: Answering,
) -> None:
    changed = [one for change in asked(answering)["changes"] for one in change["changed"]]
    assert {one["given"] for one in changed if one["input"] == "size"} == {10}
    assert {one["instead_label"] for one in changed if one["input"] == "size"} == {"51 mm", "100 mm"}
    assert {one["given"] for one in changed if one["input"] == "marks"} == {None}
    assert {one["instead_label"] for one in changed if one["input"] == "marks"} >= {"Blue", "Red, Blue"}


def test_every_change_comes_to_what_is_said_when_it_is_sent(answering: Answering) -> None:
    told = asked(answering)
    assert len(told["changes"]) > 5
    for change in [*told["changes"], *told["one_session"]["changes"]]:
        other = {one["input"]: one["instead"] for one in change["changed"]}
        answer = answering.evaluate({"ruleset": "small", "assessment": {**NOW, **other}})
        assert not isinstance(answer, Refused)
        said = ("verdict", "verdict_text", "one_session", "sessions")
        assert {name: answer[name] for name in said} == {name: change[name] for name in said}


def test_the_same_question_gets_the_same_document(answering: Answering) -> None:
    assert asked(answering) == asked(answering)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"ruleset": "small", "assessment": {"skin": "light"}}, {"missing"}),
        ({"ruleset": "small", "assessment": NOW, "explain": True}, {"unknown-member"}),
        ({"ruleset": "smal", "assessment": NOW}, {"unknown-ruleset"}),
        ([], {"wrong-type"}),
    ],
)
def test_mistakes_are_answered_as_for_an_evaluation(
    answering: Answering, body: object, codes: set[str]
) -> None:
    told = what_if(answering, body)
    assert isinstance(told, Refused)
    assert {error.code for error in told.errors} == codes


def test_a_ruleset_that_the_caller_may_not_see_does_not_exist_for_him(answering: Answering) -> None:
    other = Caller(key="k", clinic="other", rulesets=frozenset({"theirs"}))
    told = what_if(answering, {"ruleset": "small", "assessment": NOW}, other)
    unknown = what_if(answering, {"ruleset": "smell", "assessment": NOW}, other)
    assert isinstance(told, Refused)
    assert told == unknown
    assert "small" not in str(told)


def test_a_number_from_which_progress_is_reckoned_is_never_said_to_be_tried_in_full(tmp_path: Path) -> None:
    root = tmp_path / "small"
    (root / "factors").mkdir(parents=True)
    (root / "ruleset.yaml").write_text(RULESET, encoding="utf-8")
    (root / "assessment.yaml").write_text(
        "inputs:\n"
        "  sessions_done: {label: Done, whole number: 0 to 9, default: 0}\n"
        "  seen: {label: Seen, number: 0 to 100, only if: {sessions_done: at least 1}, changeable: true}\n",
        encoding="utf-8",
    )
    (root / "factors" / "1.yaml").write_text(
        "factor: concern\nrules:\n"
        "- id: a\n  title: A\n  when: {sessions_done: given}\n  because: So\n  support: judgement\n"
        "  then:\n    sessions: 4 to 6\n"
        "    remaining from progress: {improvement: seen, sessions: sessions_done, target: 75}\n",
        encoding="utf-8",
    )
    snapshot = take_snapshot(read_shelf(tmp_path, "r"))
    body = {"ruleset": "small", "assessment": {"sessions_done": 2, "seen": 30}}
    told = what_if(Answering(snapshot), body)
    snapshot.close()
    assert not isinstance(told, Refused)
    assert told["complete"] is False
