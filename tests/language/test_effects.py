"""Every effect of the language is wherever it must be, and a change of its value alone is seen everywhere.

Nothing here lists effects: the table does. What is asked is what users ask: files are read, clients answered,
versions compared, pages written. A place that lists effects by hand fails as soon as the table has a new row.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from schemas.language import ANSWER, EFFECTS
from service.pages.client_result import client_result
from service.serving.self_checking import SelfCheck, self_check
from tests.docs.pages import Page
from tests.generated import ruleset_from, seeded
from tests.language.asking import diff, meaning_is_told
from tests.language.completeness import evaluates, pair, proves, replays
from tests.language.samples import CLIENT, OTHERS, Change, WordChange, changes, word_changes
from tests.web.test_openapi_answers import Asked as Served

CHANGES = changes()

each = pytest.mark.parametrize("change", CHANGES, ids=str)
each_or_words = pytest.mark.parametrize("change", [*CHANGES, *word_changes()], ids=str)
each_effect = pytest.mark.parametrize(
    "change", [one for one in CHANGES if one.how == "changed"], ids=lambda one: one.effect.name
)


@pytest.mark.parametrize(
    ("name", "without"), [("add_interval_weeks", "quantity"), ("expect", "member"), ("stop", "verdict")]
)
def test_an_effect_of_which_something_is_forgotten_stops_at_import(name: str, without: str) -> None:
    """A number that belongs to no part of the plan would be "proven" to change none."""
    with pytest.raises(TypeError, match=without):
        replace(EFFECTS[name], **{without: None})


@each_effect
def test_the_answer_lists_the_effect_with_its_rule(change: Change) -> None:
    for one in pair(change):
        hit = one.hit("sample", CLIENT)
        assert hit is not None
        assert change.effect.name in hit["effects"]
    was, now = (one.hit("sample", CLIENT) for one in pair(change))
    assert was != now


@each_effect
def test_the_member_of_the_answer_that_lists_its_texts_has_them(change: Change) -> None:
    was, now = (one.answer(CLIENT) for one in pair(change))
    if change.effect.member is not None:
        assert change.effect.member in ANSWER
        assert was[change.effect.member] != now[change.effect.member]
    for text in change.texts:
        told = [member for member in ANSWER if member != "fired" and text in str(now.get(member))]
        assert len(told) == 1


@each
def test_the_second_opinion_is_the_same_and_no_plan_that_is_kept_is_given_to_another(change: Change) -> None:
    """The same rules fire for all these clients; what attributes, scores and progress come to differs."""
    _, now = pair(change)
    fired = {tuple(hit["rule"] for hit in now.answer(client)["fired"]) for client in (CLIENT, *OTHERS)}
    assert len(fired) == 1
    evaluates(change)


@each_effect
def test_an_editor_takes_the_effect_and_marks_a_slip_in_its_key(change: Change) -> None:
    _, now = pair(change)
    assert now.marked("factors") == []
    slipped = Change(change.effect, change.how, change.was, change.now).after
    then = slipped["factors"]["1-concern.yaml"]["rules"][-1]["then"]
    then[f"{change.effect.key}x"] = then.pop(change.effect.key)
    assert now.marked("factors", slipped) != []


@each_effect
def test_an_editor_says_what_the_effect_is(change: Change) -> None:
    _, now = pair(change)
    assert change.effect.help in str(now.schema("factors"))


@each
def test_the_page_that_is_signed_says_the_effect_and_another_value_of_it(change: Change) -> None:
    was, now = pair(change)
    before, after = was.on_page("rule-sample"), now.on_page("rule-sample", since=was)
    assert before != after
    for text in change.texts:
        assert text in after


@each
def test_the_page_says_what_changed(change: Change) -> None:
    was, now = pair(change)
    said = now.on_page("changes", since=was)
    assert "Nothing was edited" not in said
    assert "The rule sample" in said
    assert "No change in meaning" not in said
    for text in change.texts:
        assert text in said


@each
def test_a_diff_names_the_edit(change: Change) -> None:
    (edit,) = diff(*pair(change))["edits"]
    assert (edit["kind"], edit["name"], edit["how"]) == ("rule", "sample", "changed")
    assert [part["part"] for part in edit["parts"]] == [f"then, {change.effect.key}"]


@each_or_words
def test_a_diff_never_calls_a_change_none_in_meaning(change: Change | WordChange) -> None:
    """A false "proven to change nothing" is the worst that this product can say."""
    meaning_is_told(change, diff(*pair(change)))


@each_or_words
def test_replay_takes_another_answer_for_what_it_is(change: Change | WordChange) -> None:
    replays(change)


@each_effect
def test_the_terminal_shows_what_it_comes_to(change: Change) -> None:
    was, now = (one.console("evaluate", CLIENT).partition("\nDecision ")[0] for one in pair(change))
    assert was != now
    for text in change.texts:
        assert text in now


@each_effect
def test_a_client_who_asks_for_himself_reads_its_texts(change: Change) -> None:
    _, now = pair(change)
    body = {"ruleset": "generated", "assessment": CLIENT}
    checked = self_check(now.answering, body, ())
    assert isinstance(checked, SelfCheck)
    read = client_result(now.answering.snapshot.served["generated"].ruleset, checked)
    for text in change.texts:
        assert text in str(read)


@each_effect
def test_the_openapi_document_knows_the_effect(change: Change) -> None:
    _, now = pair(change)
    served = Served(now.root)
    body = {"ruleset": "generated", "assessment": CLIENT, "explain": True}
    assert served.wrong("evaluate", "POST", "/v1/evaluate", body) == []
    assert served.wrong("rule", "GET", "/v1/rulesets/generated/rules/sample") == []
    described = served.described.document["components"]["schemas"]["Effects"]["properties"]
    assert described[change.effect.name].get("description") == change.effect.says


@each
def test_proofs_know_what_the_effect_brings_about(change: Change) -> None:
    proves(change)


def test_generated_rulesets_have_every_effect() -> None:
    drawn: set[str] = set()
    for seed in range(40):
        files = ruleset_from(seeded(seed), rules=60, interval_attributes=True)
        drawn.update(
            key for file in files["factors"].values() for one in file["rules"] for key in one["then"]
        )
    assert {effect.key for effect in EFFECTS.values()} == drawn


def test_the_guide_for_authors_has_every_effect_in_its_table() -> None:
    (table,) = Page("rulesets.md").marked("effects")
    named = {key for row in table.rows for key in re.findall(r"(?:^|[{,`] ?)([a-z ]+):", row[0])}
    assert {effect.key for effect in EFFECTS.values()} - named == set()
