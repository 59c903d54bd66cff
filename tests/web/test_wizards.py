"""What the forms of wizards come to: mistakes keep what was typed, and nothing unseen is added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from service.store.drafts import open_drafts
from tests.waiting import until
from tests.web.clinics import Clinics, url_in
from tests.web.drafts import Drafts
from tests.web.pages import Shown, Visit
from tests.web.serving import Served
from tests.web.small import write_small
from tests.web.test_workbench import keyed, living

__all__ = ["keyed"]

NEW = {"label": "Birth <mark>", "attribute.deep": "no", "attribute.times": "1", "attribute.colours": "brown"}
RULE = {
    "title": "Old scars",
    "because": "They are hard.",
    "where": "factors/2-safety.yaml",
    "when.0.of": "concern",
    "when.0.test": "scar",
    "then": ["refer", "no_numbers"],
    "then.refer": "We look first.",
    "then.no_numbers": "Nobody knows.",
}


class Draft:
    """A draft, and a browser at it."""

    def __init__(self, drafts: Drafts) -> None:
        self.visit = Visit(drafts.server)
        self.drafts = drafts
        self.at = drafts.begin_at("small")
        self.token = self.visit.get(f"{self.at}/add/laser").token

    def send(self, what: str, **fields: Any) -> Shown:
        """What comes of a form; dots in names are written as two underscores."""
        return self.visit.post(f"{self.at}/add/{what}", {".token": self.token, **fields})

    def text(self, file: str) -> str:
        """A file of it."""
        return self.drafts.text(self.at, file)


def mark_in(page: Shown) -> str:
    """What the button that adds sends back."""
    return unescape(page.text.partition('name=".add" value="')[2].partition('"')[0])


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draft]:
    folder = tmp_path_factory.mktemp("rulesets")
    write_small(folder)
    with Served(tmp_path_factory.mktemp("wizards"), rulesets=str(folder), workers=1) as server:
        yield Draft(Drafts(server.until_ready(), folder))


def test_what_was_typed_stays_beside_its_mistake(draft: Draft) -> None:
    page = draft.send("laser", **{**NEW, "attribute.times": "<b>often"})
    assert page.status == 200
    assert "“&lt;b&gt;often” is not a number." in page.text
    assert 'value="Birth &lt;mark&gt;"' in page.text
    assert 'value="&lt;b&gt;often"' in page.text
    assert 'name=".add"' not in page.text
    long = draft.send("laser", **{**NEW, "label": "x" * 201})
    assert "The label has 201 characters, and 200 at most. Shorten it." in long.text
    below = draft.send("laser", **{**NEW, "attribute.times": "-2"})
    assert "“-2” is below 0, which no other answer is. Write 2;" in below.text
    assert '<bdi lang="en">Times</bdi>: “-2”' in below.text, "the summary says which"


def test_nothing_is_added_that_was_not_shown(draft: Draft) -> None:
    before = draft.text("assessment.yaml")
    shown = draft.send("laser", **NEW)
    assert (
        "birth_mark: {label: &#34;Birth &lt;mark&gt;&#34;, deep: no, times: 1, colours: [brown]}"
        in shown.text
    )
    assert draft.text("assessment.yaml") == before
    for mark in ("", "1", mark_in(shown)[:-1]):
        assert draft.send("laser", **NEW, **{".add": mark}).status == 200
    changed = draft.send("laser", **{**NEW, "label": "Another"}, **{".add": mark_in(shown)})
    assert "It has changed since it was shown. Look once more." in changed.text
    assert draft.text("assessment.yaml") == before
    added = draft.send("laser", **NEW, **{".add": mark_in(shown)})
    assert (added.status, added.where) == (303, f"{draft.at}/add/laser/concern/birth_mark")
    assert 'birth_mark: {label: "Birth <mark>"' in draft.text("assessment.yaml")


def test_a_rule_that_can_not_be_read_says_where_and_is_not_added(draft: Draft) -> None:
    page = draft.send("rule", **{**RULE, "when.0.test": "scarr"}, **{".do": "show"})
    assert "This can’t be added yet:" in page.text
    assert "Did you mean &#34;scar&#34;?" in page.text
    assert 'name=".add"' not in page.text


def test_rows_come_and_go_and_the_rest_stays(draft: Draft) -> None:
    more = draft.send("rule", **{**RULE, ".do": "effect", ".effect": "until"})
    for name in ("refer", "no_numbers", "defer", "until"):
        assert f'name="then" value="{name}"' in more.text
    assert "We look first." in more.text
    less = draft.send("rule", **{**RULE, ".drop": "then.refer"})
    assert 'name="then" value="refer"' not in less.text
    assert "Nobody knows." in less.text
    none = draft.send("rule", **{**RULE, ".drop": "when.0"})
    assert 'name="when.0.of"' not in none.text
    picked = draft.send("rule", **{**RULE, ".do": "pick", ".subject": "sessions_done"})
    assert 'name=".value"' in picked.text
    unsaid = draft.send(
        "rule", **{**RULE, ".do": "test", ".subject": "sessions_done", ".verb": "to", ".value": "2"}
    )
    assert "Give both ends." in unsaid.text
    said = draft.send(
        "rule", **{**RULE, ".do": "test", ".subject": "sessions_done", ".verb": "to", ".value": ["2", "4"]}
    )
    assert 'value="2 to 4"' in said.text


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("laser", {"question": "nowhere", "label": "x" * 5_000, "id": "../x"}),
        ("concern", {"label": "\x00\x1b", "attribute.times": "1e999999999"}),
        (
            "laser",
            {"label": "Ok", "attribute.times": "9" * 400, "attribute.colours": ", ".join(["a"] * 2_000)},
        ),
        (
            "rule",
            {"where": "../../etc/passwd", "title": "x", "when.0.of": "concern", "when.0.test": "[" * 3_000},
        ),
        ("rule", {"where": "new:nowhere", "then": ["nothing", "sessions"], "then.sessions.min": "NaN"}),
        ("rule", {**RULE, "where": "new:../x"}),
        ("rule", {**RULE, "title": "&a *a !!x", "then.refer": "- {x: [}", "when.0.test": "{" * 200}),
        ("rule", {".do": "test", ".subject": "nothing", ".verb": "is"}),
        ("rule", {".do": "test", ".subject": "concern", ".verb": "eats", ".value": "x"}),
        ("rule", {**RULE, "replaces": "nothing", ".drop": "when.x"}),
    ],
)
def test_whatever_is_sent_the_form_comes_back(draft: Draft, what: str, fields: dict[str, Any]) -> None:
    page = draft.send(what, **fields)
    assert page.status == 200, page.text
    assert "<h1>" in page.text


def test_what_there_is_not_is_not_found(draft: Draft) -> None:
    for path in ("boat", "laser/severity/none", "laser/nothing/x"):
        assert draft.visit.get(f"{draft.at}/add/{path}").status == 404, path
    assert draft.visit.get(f"{draft.at}/add/rule?replaces=sun-spots").status == 404, "it is its own"
    assert draft.visit.get("/workbench/small/live/add").status == 404
    assert draft.visit.get(f"{draft.at}/add/rule/nothing").status == 404
    assert draft.visit.get(f"{draft.at}/add/laser/concern/nothing").status == 404


def test_what_was_added_to_a_draft_with_errors_waits_for_their_mend(draft: Draft) -> None:
    at = draft.drafts.begin_at("small")
    page = draft.visit.get(f"{at}/add/laser")
    draft.drafts.save(at.rpartition("/")[2], "factors/2-safety.yaml", "gold: yes", "gild: yes")
    draft.drafts.report(at.rpartition("/")[2])
    shown = draft.visit.post(f"{at}/add/laser", {".token": page.token, **NEW})
    added = draft.visit.post(f"{at}/add/laser", {".token": page.token, **NEW, ".add": mark_in(shown)})
    assert added.status == 303
    draft.drafts.report(at.rpartition("/")[2])
    waiting = draft.visit.get(added.where)
    assert "What follows of it can be told once the draft has no errors." in waiting.text


def test_a_form_without_the_token_of_its_page_is_refused(draft: Draft) -> None:
    assert draft.visit.post(f"{draft.at}/add/laser", NEW).status == 403
    sent = {".token": draft.token, **NEW}
    assert draft.visit.post(f"{draft.at}/add/laser", sent, Origin="https://elsewhere.example").status == 403


def test_a_key_needs_the_scope_and_another_clinics_draft_is_not_there(keyed: Clinics) -> None:
    at = draft_at_clinic(keyed, "zeta")
    reader, editor, other = Visit(keyed.server), Visit(keyed.server), Visit(keyed.server)
    reader.signed_in(living(keyed, "reader", clinic="zeta", scopes=("read",)).text)
    editor.signed_in(living(keyed, "editor", clinic="zeta", scopes=("edit",)).text)
    other.signed_in(living(keyed, "other", clinic="alpha", scopes=("edit",)).text)
    assert until(lambda: editor.get(f"{at}/add").status != 503)
    assert editor.get(f"{at}/add").status == 200
    told = reader.get(f"{at}/add")
    assert told.status == 403
    assert "edit" in told.text
    assert other.get(f"{at}/add").status == 404


def draft_at_clinic(keyed: Clinics, name: str) -> str:
    """The path of a draft of a clinic's own ruleset."""
    root = keyed.folder / "rulesets" / name
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.yaml")}
    store = open_drafts(root.parent, {"PICOPLAN_DATABASE_URL": url_in(keyed.folder)})
    return f"/workbench/{name}/{store.begin(name, name, None, None, files, datetime.now(UTC)).id}"
