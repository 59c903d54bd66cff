"""A new ruleset checks clean from the start, and what it shows in comments is right, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.authoring.new_ruleset import CannotStart, start
from service.store.folders import Shelf, read_shelf
from service.vetting.check import check_shelf
from tests.authoring.checking import refused
from tests.commandline.samples import edit, write_small
from tests.generated import dump, ruleset_from, seeded
from tests.waiting import PATIENCE_S


def found(folder: Path, *, prove: bool = False) -> list[str]:
    """Every problem of the rulesets in the folder, of their scenarios, and of their proofs."""
    shelf: Shelf = read_shelf(folder)
    checked = check_shelf(shelf, prove_seconds=PATIENCE_S if prove else None)
    checked.close()
    assert all(checked.tried.values())
    return [str(one) for one in (*checked.read_problems, *checked.failures, *checked.proof_problems)]


def test_a_ruleset_of_its_own_has_no_problem_and_is_proven(tmp_path: Path) -> None:
    assert start("my-clinic", tmp_path) == tmp_path / "my-clinic"
    assert found(tmp_path / "my-clinic", prove=True) == []
    assert refused(tmp_path / "my-clinic") == []
    assert [path.name for path in tmp_path.iterdir()] == ["my-clinic"]


@pytest.mark.parametrize("extends", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_a_ruleset_that_extends_a_shipped_one_has_no_problem(extends: str, tmp_path: Path) -> None:
    made = start("my-clinic", tmp_path, extends)
    assert found(made, prove=extends == "tattoo-kirby-desai") == []
    assert refused(made) == []


OWN_CONCERN = """
  concern:
    one of:
      scalp_spots: {label: Scalp spots, target: epidermal, scale: clearance, most: 4, times_complete: 2}
"""
OWN_RULE = """\
factor: concern
rules:
  - id: scalp-spots
    title: Spots on the scalp
    when: {concern: scalp_spots}
    then: {sessions: 1 to 3, interval weeks: 4 to 6}
    because: They clear like those on the face.
    support: judgement
"""
OWN_CLIENT = """\
- name: No more than the longest course
  assessment: {concern: scalp_spots, severity: mild, phototype: II, goal: complete, device: picosure}
  expect: {sessions: {min: 2, typical: 4, max: 4}, fired: [goal-complete, most-in-our-table]}
"""


def test_a_concern_of_a_clinics_own_is_held_to_the_longest_course_that_it_names(tmp_path: Path) -> None:
    made = start("my-clinic", tmp_path, "pico-laser")
    with (made / "assessment.yaml").open("a", encoding="utf-8") as questions:
        questions.write(OWN_CONCERN)
    (made / "factors" / "2-scalp.yaml").write_text(OWN_RULE, encoding="utf-8")
    (made / "scenarios" / "2-scalp.yaml").write_text(OWN_CLIENT, encoding="utf-8")
    assert found(made) == []


SHOWN = re.compile(
    r"^( *)# (?=- |  |tables:|contradictions:|hours_outdoors:|disable:|verdicts:|time zone:)", re.MULTILINE
)
"""Where a line of a comment is one that an author may want, and no sentence."""


def uncommented(folder: Path) -> str:
    """All that its files show in comments, made so; what they say then."""
    texts = []
    for path in sorted(folder.rglob("*.yaml")):
        texts.append(SHOWN.sub(r"\1", path.read_text(encoding="utf-8")))
        path.write_text(texts[-1], encoding="utf-8")
    return "".join(texts)


@pytest.mark.parametrize("extends", ["pico-laser", "tattoo-kirby-desai", None])
def test_what_it_shows_holds_also_once_it_is_uncommented(extends: str | None, tmp_path: Path) -> None:
    made = start("my-clinic", tmp_path, extends)
    text = uncommented(made)
    for shown in ("as of.month: 5 to 8", "tables:", "maintenance weeks:", "contradictions:", "time zone:"):
        assert f"# {shown}" not in text
        assert shown in text
    if extends is not None:
        for shown in (
            r"\n    replaces: [0-9a-f]{8}\n",
            r"\ndisable: \[",
            r"\n  several_sessions:",
            "only if:",
        ):
            assert re.search(shown, text), shown
    assert found(made, prove=extends != "pico-laser") == []


def test_a_ruleset_can_extend_one_that_began_in_the_same_way(tmp_path: Path) -> None:
    start("first", tmp_path, "pico-laser")
    start("second", tmp_path, "first")
    assert found(tmp_path) == []


def test_any_ruleset_can_be_extended_also_one_without_scenarios(tmp_path: Path) -> None:
    for number in range(6):
        texts = dump(ruleset_from(seeded(number), rules=8))
        for name, text in texts.items():
            path = tmp_path / f"base-{number}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("id: generated\n", f"id: base-{number}\n"), encoding="utf-8")
        made = start(f"clinic-{number}", tmp_path, f"base-{number}")
        read = read_shelf(made).read[made.name]
        assert [one for one in read.problems if one.place.file.startswith(str(made))] == []


def test_names_that_are_taken_are_not_taken_again(tmp_path: Path) -> None:
    base = write_small(tmp_path) / "small"
    edit(base / "assessment.yaml", "  gold:", "  works_outdoors: {label: Out?, kind: yes or no}\n  gold:")
    edit(base / "factors" / "1-concern.yaml", "id: scars", "id: outdoor-work")
    edit(base / "scenarios" / "1-all.yaml", "fired: [scars]", "fired: [outdoor-work]")
    made = start("ours", base.parent, "small")
    assert "\n  works_outdoors_2:\n" in (made / "assessment.yaml").read_text(encoding="utf-8")
    assert found(made) == []


@pytest.mark.parametrize(
    ("name", "extends", "why"),
    [
        (
            "My Clinic",
            None,
            '"My Clinic" is not an id: only lower-case letters, digits, - and _. Write "my_clinic".',
        ),
        ("", None, '"" is not an id: only lower-case letters, digits, - and _. Choose another.'),
        ("../away", None, '"../away" is not an id: only lower-case letters, digits, - and _. Write "away".'),
        ("any", None, '"any" is a word of the language. Choose another id.'),
        (
            "pico-laser",
            None,
            '"pico-laser" is the name of a shipped ruleset. Choose another, such as pico-laser-clinic.',
        ),
        (
            "pico-laser",
            "pico-laser",
            '"pico-laser" can\'t extend itself. Choose another name, such as pico-laser-clinic.',
        ),
        ("ours", "pico-lasr", 'There is no ruleset "pico-lasr" to extend. Did you mean "pico-laser"?'),
        (
            "ours",
            "zzz",
            'There is no ruleset "zzz" to extend. There are example-clinic, pico-laser, tattoo-kirby-desai.',
        ),
    ],
)
def test_what_will_not_do_is_refused_with_its_mend(
    name: str, extends: str | None, why: str, tmp_path: Path
) -> None:
    with pytest.raises(CannotStart) as refusal:
        start(name, tmp_path, extends)
    assert str(refusal.value) == why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extends", [None, "tattoo-kirby-desai"])
@pytest.mark.parametrize(
    ("title", "owner"),
    [("Pico: at #1 {ours}", 'Dr "Who", lead'), ("no", "null"), ("激光诊所", "- x"), ("$id  ${base}", "yes")],
)
def test_it_is_called_and_owned_as_was_said(
    extends: str | None, title: str, owner: str, tmp_path: Path
) -> None:
    made = start("ours", tmp_path, extends, title=title, owner=owner)
    ruleset = read_shelf(made).read[made.name].ruleset
    assert ruleset is not None
    assert (ruleset.title, ruleset.owner) == (" ".join(title.split()), owner)


def test_a_title_that_is_too_long_or_holds_what_nobody_sees_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"The title is longer than 4,000 characters\. Shorten it\."):
        start("ours", tmp_path, title="x" * 4_001)
    with pytest.raises(CannotStart, match="would have a problem: An escape in this text"):
        start("ours", tmp_path, owner="a\x00b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with pytest.raises(CannotStart, match=r"is there already\. Choose another name, or move it away"):
        start("ours", tmp_path)
    assert list((tmp_path / "ours").iterdir()) == []


def test_a_ruleset_with_errors_is_not_extended(tmp_path: Path) -> None:
    base = write_small(tmp_path) / "small"
    edit(base / "factors" / "1-concern.yaml", "{concern: scars}", "{concern: scar}")
    with pytest.raises(CannotStart) as refusal:
        start("ours", base.parent, "small")
    assert str(refusal.value) == f'"small" has errors. Mend them first: picoplan check {base}'
    assert [path.name for path in base.parent.iterdir()] == ["small"]
