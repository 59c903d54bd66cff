"""A rule that says something else over the support that it had is told; what rests on its own is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.analysis.compare.carried_over import to_be_read
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf
from tests.web.small import write_small

CONCERN = "factors/1-concern.yaml"
ASKED = (
    "The number of “Sun spots” changed, and its support (published), paper (EV-1) and reason are the same as "
    "before: is the new number in the paper?"
)
Edits = list[tuple[str, str, str]]
"""A file, a text in it, and what stands there instead."""

MORE = (CONCERN, "max: 3}", "max: 4}")
RAISED: dict[str, tuple[Edits, tuple[str, ...]]] = {
    "another number": ([MORE], (ASKED,)),
    "another reason over the same paper": (
        [MORE, (CONCERN, "One trial saw it.", "We book up to four.")],
        (
            "The number of “Sun spots” changed, and its support (published) and paper (EV-1) are the same as "
            "before: is the new number in the paper?",
        ),
    ),
    "for others": (
        [(CONCERN, "when: {concern: sun_spots}", "when: {concern: sun_spots, sensitive: no}")],
        (
            "For whom “Sun spots” is changed, and its support (published), paper (EV-1) and reason are the "
            "same as before: is it in the paper for them, too?",
        ),
    ),
    "something more": (
        [(CONCERN, "benefits: [collagen]", "benefits: [collagen], refer: Let us look.")],
        (
            "What “Sun spots” does changed, and its support (published), paper (EV-1) and reason are the "
            "same as before: is that in the paper, too?",
        ),
    ),
    "a number of judgement": (
        [(CONCERN, "sessions: 4 to 6", "sessions: 4 to 8")],
        (
            "The number of “Scars” changed, and its support (judgement) and reason are the same as before: "
            "does the reason hold for the new number?",
        ),
    ),
    "two papers": (
        [MORE, (CONCERN, "[EV-1]", "[EV-2, EV-1]")],
        (ASKED,),
    ),
}
SILENT: dict[str, Edits] = {
    "nothing": [],
    "the same number otherwise": [(CONCERN, "max: 3}", "max: 3.0}")],
    "another order": [(CONCERN, "sensitive: yes}]", "sensitive: true}]")],
    "other words": [(CONCERN, "title: Sun spots", "title: Spots"), (CONCERN, "One trial", "A trial")],
    "other papers": [MORE, (CONCERN, "[EV-1]", "[EV-2]")],
    "judgement with a reason of its own": [
        MORE,
        (CONCERN, "support: published", "support: judgement"),
        (CONCERN, "One trial saw it.", "We book up to four."),
    ],
    "what claims nothing": [("factors/2-safety.yaml", "when: {gold: yes}", "when: {sensitive: yes}")],
    "a new rule": [
        (
            CONCERN,
            "  - id: scars",
            "  - {id: ours, title: Ours, when: {concern: scar}, then: {sessions: 3}, "
            "because: One trial saw it., support: published, evidence: [EV-1]}\n  - id: scars",
        ),
    ],
}


def after(folder: Path, edits: Edits) -> Ruleset:
    """The small ruleset with these edits."""
    root = write_small(folder)
    for file, was, now in edits:
        text = (root / file).read_text()
        assert text.count(was) == 1, was
        (root / file).write_text(text.replace(was, now))
    found = read_shelf(folder).read["small"]
    assert found.ruleset is not None, found.problems
    return found.ruleset


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return after(tmp_path_factory.mktemp("before"), [])


@pytest.mark.parametrize("case", RAISED)
def test_it_is_asked_whether_the_paper_or_the_reason_holds_for_what_is_new(
    tmp_path: Path, before: Ruleset, case: str
) -> None:
    edits, says = RAISED[case]
    assert tuple(one.says for one in to_be_read(before, after(tmp_path, edits))) == says


def test_a_number_that_stands_beside_an_answer_is_the_rules_number(tmp_path: Path) -> None:
    reads = [(CONCERN, "sessions: {min: 1, typical: 2, max: 3}", "sessions times: concern.times")]
    was = after(tmp_path / "was", reads)
    now = after(tmp_path / "now", [*reads, ("assessment.yaml", "times: 0.5", "times: 0.7")])
    assert tuple(one.says for one in to_be_read(was, now)) == (ASKED,)


@pytest.mark.parametrize("case", SILENT)
def test_nothing_is_asked_where_nothing_is_claimed_anew(tmp_path: Path, before: Ruleset, case: str) -> None:
    assert to_be_read(before, after(tmp_path, SILENT[case])) == ()
