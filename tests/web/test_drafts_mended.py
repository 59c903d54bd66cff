"""A program edits a draft: what may stand at a place, and mends that are offered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.drafts import Drafts
from tests.web.serving import Served
from tests.web.small import write_small

RULES = "factors/1-concern.yaml"


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafts]:
    folder = tmp_path_factory.mktemp("rulesets")
    write_small(folder)
    with Served(tmp_path_factory.mktemp("mended"), rulesets=str(folder), workers=1) as server:
        yield Drafts(server.until_ready(), folder)


def test_what_may_stand_there_is_told_with_its_label_also_of_half_a_text(drafts: Drafts) -> None:
    place = {
        "file": RULES,
        "text": "rules:\n  - id: x\n    when:\n      concern: sc",
        "line": 4,
        "column": 18,
    }
    status, told = drafts.ask("POST", drafts.begin(), "complete", place)
    assert status == 200
    offered = {one["label"]: one for one in told["offers"]}
    assert offered["scar"] == {"label": "scar", "insert": "scar", "detail": "Scar", "kind": "value"}
    assert (told["start"], told["end"]) == (16, 18)


def test_a_draft_without_a_good_state_tells_the_names_that_can_be_read(drafts: Drafts) -> None:
    place = {"file": RULES, "text": "rules:\n  - when:\n      concern: ", "line": 3, "column": 16}
    draft = drafts.begin({RULES: "rules: [", "ruleset.yaml": "title: [", "guarantees.yaml": "guarantees: x"})
    status, told = drafts.ask("POST", draft, "complete", place)
    assert (status, told["offers"][0]["label"]) == (200, "sun_spots")
    assert drafts.ask("POST", draft, "evaluate", {})[0] == 422


def test_a_text_as_large_as_a_file_may_be_is_taken(drafts: Drafts) -> None:
    text = "# long\n" * 100_000 + "rules:\n  - "
    place = {"file": RULES, "text": text, "line": 100_002, "column": 5}
    status, told = drafts.ask("POST", drafts.begin(), "complete", place)
    assert status == 200, told
    assert "because" in {one["label"] for one in told["offers"]}


@pytest.mark.parametrize(
    "wrong",
    [{"line": 0}, {"line": True}, {"line": 10**12}, {"text": None}, {"text": 1}, {"column": "1"}, {"x": 1}],
)
def test_a_place_that_is_none_is_refused(drafts: Drafts, wrong: dict[str, object]) -> None:
    place = {"file": RULES, "text": "", "line": 1, "column": 1, **wrong}
    status, told = drafts.ask("POST", drafts.begin(), "complete", place)
    assert (status, told["status"]) == (422, 422)


def test_a_mend_that_is_offered_is_made_and_no_other(drafts: Drafts) -> None:
    draft = drafts.begin()
    drafts.save(draft, RULES, "support: judgement", "suport: judgement")
    report = drafts.report(draft, "checked")
    (mend,) = (one["mend"] for one in report["problems"] if one["mend"])
    other = {**mend, "edits": [{**mend["edits"][0], "text": "anything"}]}
    for sent in ({"state": 1, "mend": mend}, {"state": 2, "mend": other}, {"state": 2, "mend": {}}):
        status, told = drafts.ask("POST", draft, "mend", sent)
        assert (status, told["errors"][0]["code"]) == (412, "unknown-mend")
    status, told = drafts.ask("POST", draft, "mend", {"state": 2, "mend": mend})
    assert (status, told["state"]) == (200, 3)
    state = drafts.store.state(draft)
    assert state is not None
    assert "support: judgement" in state.files[RULES].decode()
    assert drafts.ask("POST", draft, "mend", {"state": 2, "mend": mend})[0] == 412
