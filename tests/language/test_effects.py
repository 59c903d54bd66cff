"""Every effect of the language is wherever it must be, and a change of its value alone is seen everywhere.

Nothing here lists effects: the table does. What is asked is what users ask: files are read, clients answered,
versions compared, pages written. A place that lists effects by hand fails as soon as the table has a new row.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from schemas.language import ANSWER, EFFECTS
from service.analysis.proofs.case import opened
from service.analysis.proofs.guarantees import prove_guarantee
from service.analysis.proofs.logic import Deadline
from service.model.problem import Place
from service.model.ruleset import Guarantee
from service.replaying.comparing import compared
from tests.analysis.proofs.brute import breaks, everything
from tests.docs.pages import Page
from tests.generated import ruleset_from, seeded
from tests.language.asking import Ruleset, diff, meaning_is_told
from tests.language.samples import CLIENT, OTHER, OTHERS, Change, changes
from tests.properties.test_second_opinion import agree
from tests.web.test_openapi_answers import Asked as Served

CHANGES = changes()
OUTCOMES = ("stop", "defer", "refer", "numbers", "one session", "sessions above 3", "sessions above 8")

each = pytest.mark.parametrize("change", CHANGES, ids=str)
each_effect = pytest.mark.parametrize(
    "change", [one for one in CHANGES if one.how == "changed"], ids=lambda one: one.effect.name
)


@cache
def pair(change: Change) -> tuple[Ruleset, Ruleset]:
    """The rulesets before and after the change; they stay for all tests of a process."""
    folder = Path(mkdtemp(prefix="picoplan-language-"))
    return Ruleset(folder / "before", change.before), Ruleset(folder / "after", change.after)


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
    if change.effect.value == "text":
        told = [member for member in ANSWER if member != "fired" and change.now in str(now.get(member))]
        assert len(told) == 1


@each
def test_the_reference_comes_to_the_same(change: Change) -> None:
    for one in pair(change):
        for client in (CLIENT, OTHER):
            agree(one.files, one.answer(client), client)


@each
def test_a_plan_that_is_kept_is_never_given_to_a_client_of_whom_it_is_not_true(change: Change) -> None:
    """The same rules fire for all these clients; what attributes, scores and progress come to differs."""
    _, now = pair(change)
    fired = {tuple(hit["rule"] for hit in now.answer(client)["fired"]) for client in (CLIENT, *OTHERS)}
    assert len(fired) == 1
    for other in OTHERS:
        agree(now.files, now.answer(other), other)


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
    if change.effect.value == "text":
        assert change.now in after


@each
def test_the_page_says_what_changed(change: Change) -> None:
    was, now = pair(change)
    said = now.on_page("changes", since=was)
    assert "Nothing was edited" not in said
    assert "The rule sample" in said
    assert "No change in meaning" not in said
    if change.effect.value == "text":
        assert change.now in said


@each
def test_a_diff_names_the_edit(change: Change) -> None:
    (edit,) = diff(*pair(change))["edits"]
    assert (edit["kind"], edit["name"], edit["how"]) == ("rule", "sample", "changed")
    assert [part["part"] for part in edit["parts"]] == [f"then, {change.effect.key}"]


@each
def test_a_diff_never_calls_the_change_none_in_meaning(change: Change) -> None:
    """A false "proven to change nothing" is the worst that this product can say."""
    meaning_is_told(change, diff(*pair(change)))


@each
def test_replay_calls_it_another_answer(change: Change) -> None:
    was, now = (one.answer(CLIENT) for one in pair(change))
    kind = compared(was, now).kind
    member = change.effect.member
    if member is None or ANSWER[member].matters == "reasons":
        assert kind != "same"
    else:
        assert kind in ("plan", ANSWER[member].matters)


@each_effect
def test_the_terminal_shows_what_it_comes_to(change: Change) -> None:
    was, now = (one.console("evaluate", CLIENT).partition("\nDecision ")[0] for one in pair(change))
    assert was != now
    if change.effect.value == "text":
        assert change.now in now


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
    """A guarantee is proven only where no possible client breaks it; every client is tried."""
    _, now = pair(change)
    compiled = now.answering.snapshot.served["generated"]
    tried = everything(compiled)
    case = opened(compiled, Deadline(60))
    for outcome in OUTCOMES:
        for says in ({"always": outcome}, {"never": outcome}):
            guarantee = Guarantee("one", "One", Place("guarantees.yaml"), None, **says)
            broken = any(breaks(guarantee, decision) for _, decision in tried.decisions)
            state = prove_guarantee(case, guarantee)[0].state
            assert state == ("broken" if broken else "proven"), says


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
