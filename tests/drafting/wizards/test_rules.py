"""A rule that is filled in becomes lines that read as it was meant, or the form says what to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.language import TEST_FORMS
from service.drafting.wizards.rules import (
    files_to_choose,
    forms_of,
    place_rule,
    placed_rule,
    replaceable,
    rule_form,
    sent_of_rule,
    usual_file,
    worded_test,
)
from service.drafting.wizards.trial import tried
from tests.drafting.wizards.drafts import SMALL, draft_of, shipped_draft

NEW = {
    "title": ("Sun spots on dark skin: gently",),
    "where": ("factors/2-response.yaml",),
    "when.0.of": ("concern",),
    "when.0.test": ("[solar_lentigo, freckles]",),
    "when.1.of": ("phototype",),
    "when.1.test": ("at least V",),
    "then": ("sessions", "advise", "benefits"),
    "then.sessions.min": ("2",),
    "then.sessions.typical": ("3",),
    "then.sessions.max": ("5",),
    "then.advise": ("Please use sun protection: every day, #1.",),
    "then.benefits": ("cumulative",),
    "because": ("We go slowly.",),
    "support": ("judgement",),
    "evidence": ("EV-SAF-01",),
}
LINES = (
    "  - id: sun-spots-on-dark-skin-gently",
    '    title: "Sun spots on dark skin: gently"',
    "    when:",
    "      concern: [solar_lentigo, freckles]",
    "      phototype: at least V",
    "    then:",
    "      sessions: {min: 2, typical: 3, max: 5}",
    '      advise: "Please use sun protection: every day, #1."',
    "      benefits: [cumulative]",
    "    because: We go slowly.",
    "    support: judgement",
    "    evidence: [EV-SAF-01]",
)


def test_a_new_rule_is_laid_out_as_a_person_writes_it() -> None:
    ruleset, texts = shipped_draft("example-clinic")
    form = rule_form(ruleset, NEW, texts)
    assert dict(form.mistakes) == {}
    name, placed = placed_rule(ruleset, texts, form)
    assert name == "factors/2-response.yaml"
    assert placed.lines == LINES
    before = texts["example-clinic/factors/2-response.yaml"]
    assert placed.text.startswith(before)
    trial = tried(ruleset.id, texts, {name: placed.text})
    assert trial.errors == ()
    assert trial.ruleset is not None
    rule = next(one for one in trial.ruleset.rules if one.id == form.id)
    assert rule.title == "Sun spots on dark skin: gently"
    assert rule.then.advise == ((None, "Please use sun protection: every day, #1."),)


def test_every_rule_that_is_taken_over_can_be_replaced_and_says_the_same() -> None:
    ruleset, texts = shipped_draft("example-clinic")
    taken = replaceable(ruleset)
    assert len(taken) > 150
    own = dict(texts)
    for rule in taken:
        form = rule_form(ruleset, sent_of_rule(ruleset, texts, rule), texts, rule)
        assert dict(form.mistakes) == {}, rule.id
        name, placed = place_rule(ruleset, own, usual_file(ruleset, own, rule.factor), form.data)
        own[f"{ruleset.id}/{name}"] = placed.text
    changed = {
        name.partition("/")[2]: text for name, text in own.items() if name.startswith(f"{ruleset.id}/")
    }
    trial = tried(ruleset.id, texts, changed)
    assert trial.errors == ()
    assert trial.warnings == ()
    assert trial.ruleset is not None
    now = {rule.id: rule for rule in trial.ruleset.rules}
    for rule in taken:
        new = now[rule.id]
        assert trial.ruleset.wrote(new.place)
        same = ("factor", "title", "when", "then", "because", "support", "evidence")
        assert [getattr(new, part) for part in same] == [getattr(rule, part) for part in same], rule.id


def test_what_is_wrong_is_told_beside_its_field() -> None:
    ruleset, texts = shipped_draft("example-clinic")
    sent = {
        "id": ("gold",),
        "support": ("published",),
        "evidence": ("EV-NONE-01",),
        "when.0.of": ("concern",),
        "when.0.test": ("[tattoo",),
        "when.1.of": ("weather",),
        "when.1.test": ("yes",),
        "then": ("sessions", "one_session", "refer"),
        "then.sessions.min": ("2",),
        "then.one_session": ("perhaps",),
    }
    found = rule_form(ruleset, sent, texts).mistakes
    assert found["title"] == "The title is missing. Write it."
    assert found["because"] == "The reason is missing. Write it."
    assert found["id"] == "A rule “gold” is there already. Choose another id."
    assert found["evidence"].startswith("“EV-NONE-01” is not among the papers.")
    assert found["where"] == "Choose where it stands."
    assert found["when.weather"] == "“weather” is nothing that a rule can look at."
    assert found["when.concern"]
    assert found["then.sessions"] == "Write all three numbers."
    assert found["then.one_session"] == "Choose one of the list."
    assert found["then.refer"] == "Fill it in, or take the effect away."
    empty = rule_form(ruleset, {}, texts).mistakes
    assert empty["when"] == "There is no test yet. Add one: for whom is the rule?"
    assert empty["then"] == "There is no effect yet. Add one: what does the rule do?"


def test_a_number_needs_support_and_support_a_paper() -> None:
    ruleset, texts = shipped_draft("example-clinic")
    without = rule_form(ruleset, {**NEW, "support": ()}, texts).mistakes
    assert without == {"support": "The rule gives a number: say how sure it is."}
    unfounded = rule_form(ruleset, {**NEW, "support": ("published",), "evidence": ()}, texts).mistakes
    assert unfounded == {"evidence": "“published” needs a paper. Name one, or choose judgement."}


def test_a_rule_can_stand_in_a_file_of_its_own() -> None:
    ruleset, texts = shipped_draft("example-clinic")
    assert (
        "factors/2-response.yaml",
        "factors/2-response.yaml (Individual skin response)",
    ) in files_to_choose(ruleset, texts)
    form = rule_form(ruleset, {**NEW, "where": ("new:goal",)}, texts)
    name, placed = placed_rule(ruleset, texts, form)
    assert name == "factors/goal.yaml"
    assert placed.text.startswith("factor: goal\nrules:\n\n  - id: sun-spots-on-dark-skin-gently\n")
    assert tried(ruleset.id, texts, {name: placed.text}).errors == ()


@pytest.mark.parametrize(
    ("verb", "values", "said"),
    [
        ("is", ["mild"], "mild"),
        ("is", ["mild", "severe"], "[mild, severe]"),
        ("not", ["mild", "severe"], "not [mild, severe]"),
        ("includes", ["red"], "includes red"),
        ("includes", ["red", "blue"], "includes any of [red, blue]"),
        ("includes none of", ["red"], "includes none of [red]"),
        ("at least", ["mild"], "at least mild"),
        ("to", ["2", "4"], "2 to 4"),
        ("given", [], "given"),
    ],
)
def test_picked_values_become_a_test_in_words(verb: str, values: list[str], said: str) -> None:
    assert worded_test(TEST_FORMS[verb], values) == (said, "")


def test_a_test_without_its_values_says_what_is_missing() -> None:
    assert worded_test(TEST_FORMS["is"], [" "]) == ("", "Choose a value.")
    assert worded_test(TEST_FORMS["to"], ["2"]) == ("", "Give both ends.")
    assert worded_test(TEST_FORMS["at least"], ["mild", "severe"])[1] == "“at least” takes one value."


def test_every_picked_test_of_every_subject_reads() -> None:
    ruleset, texts = shipped_draft("tattoo-kirby-desai")
    ways = []
    for subject in ruleset.subjects.values():
        values = [str(one) if not isinstance(one, bool) else "yes" for one in subject.domain.values[:2]]
        values = values or [str(subject.domain.low or 1), str(subject.domain.high or 2)]
        for form in forms_of(subject):
            said, wrong = worded_test(form, values if form.takes in ("values", "ends") else values[:1])
            assert not wrong
            ways.append((subject.key, said))
    tests = [
        f'{{{key}: "{said}"}}' if not said.startswith("[") else f"{{{key}: {said}}}" for key, said in ways
    ]
    sent: dict[str, tuple[str, ...]] = {
        "title": ("Every test",),
        "because": ("To see.",),
        "where": ("factors/5-safety.yaml",),
        "when.0.of": ("any",),
        "when.0.test": (f"[{', '.join(tests)}]",),
        "then": ("refer",),
        "then.refer": ("A clinician looks.",),
    }
    form = rule_form(ruleset, sent, texts)
    assert dict(form.mistakes) == {}
    name, placed = placed_rule(ruleset, texts, form)
    trial = tried(ruleset.id, texts, {name: placed.text})
    assert [one for one in trial.errors if one.code not in ("rule-too-large",)] == []


@given(
    title=st.text(min_size=1, max_size=40),
    refer=st.text(min_size=1, max_size=60),
    test=st.text(alphabet="[]{}:,\"' abyesno#&*!", max_size=20),
)
@example(title="yes", refer="null", test="yes")
@example(title="- x", refer="*a", test="{at least: x}")
@example(title="A: b # c", refer='"', test='"yes"')
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_filled_in_adds_one_rule_or_errors_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, title: str, refer: str, test: str
) -> None:
    ruleset, texts = _small(tmp_path_factory.getbasetemp() / "wizard-rules")
    sent = {
        "title": (title,),
        "id": ("new",),
        "because": ("So.",),
        "where": ("factors/2-safety.yaml",),
        "when.0.of": ("sensitive",),
        "when.0.test": (test,),
        "then": ("refer",),
        "then.refer": (refer,),
    }
    form = rule_form(ruleset, sent, texts)
    if form.mistakes:
        return
    name, placed = placed_rule(ruleset, texts, form)
    trial = tried(ruleset.id, texts, {name: placed.text})
    first, last = placed.first, placed.first + len(placed.lines)
    assert all(first <= one.place.line < last for one in trial.errors), placed.text
    if trial.ruleset is not None:
        new = next(one for one in trial.ruleset.rules if one.id == "new")
        assert (new.title, new.then.refer) == (form.title, form.then[0].value)
        others = [one.digest for one in trial.ruleset.rules if one is not new]
        assert others == [one.digest for one in ruleset.rules]


def _small(folder: Path) -> Any:
    if folder not in _SMALL:
        _SMALL[folder] = draft_of(folder, "small", SMALL)
    return _SMALL[folder]


_SMALL: dict[Path, Any] = {}
