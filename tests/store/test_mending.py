"""Mends are tried before they are offered, and made in the files that they were made for alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.model.problem import Edit, Mend, Place, Problem, to_write
from service.store import mending
from service.store.folders import Shelf, read_shelf
from service.store.mending import FileText, apply, are_apart, with_mends
from tests.commandline.samples import edit, write_small

CONCERN = "small/factors/1-concern.yaml"


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    root = write_small(tmp_path)
    edit(root / CONCERN, "{concern: scars}", "{concern: scar}")
    return root


def read(rulesets: Path) -> tuple[Shelf, dict[str, Mend | None]]:
    shelf = read_shelf(rulesets, "rulesets")
    return shelf, {problem.code: problem.mend for problem in with_mends(shelf, shelf.all_problems)}


def mend_of(rulesets: Path, code: str = "unknown-option") -> tuple[Shelf, Mend]:
    shelf, mends = read(rulesets)
    mend = mends[code]
    assert mend is not None
    return shelf, mend


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_keeps_its_line_ends_its_byte_order_mark_and_its_rights(
    rulesets: Path, end: str, mark: bytes
) -> None:
    path = rulesets / CONCERN
    before = mark + path.read_text(encoding="utf-8").replace("\n", end).encode()
    path.write_bytes(before)
    path.chmod(0o640)
    shelf, mend = mend_of(rulesets)
    assert apply(shelf, [mend]) == ()
    assert path.read_bytes() == before.replace(b"{concern: scar}", b"{concern: scars}")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_has_changed_since_is_told_and_left(rulesets: Path) -> None:
    shelf, mend = mend_of(rulesets)
    edit(rulesets / CONCERN, "Scars soften.", "Scars soften a bit.")
    before = (rulesets / CONCERN).read_bytes()
    assert apply(shelf, [mend]) == (f"rulesets/{CONCERN}",)
    assert (rulesets / CONCERN).read_bytes() == before


def test_a_file_elsewhere_behind_a_link_is_left(rulesets: Path, tmp_path: Path) -> None:
    shelf, mend = mend_of(rulesets)
    elsewhere = tmp_path / "elsewhere.yaml"
    (rulesets / CONCERN).rename(elsewhere)
    (rulesets / CONCERN).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert apply(shelf, [mend]) == (f"rulesets/{CONCERN}",)
    assert elsewhere.read_bytes() == before


def test_edits_that_overlap_are_not_made_together(rulesets: Path) -> None:
    shelf, mend = mend_of(rulesets)
    assert are_apart(shelf, [mend])
    assert not are_apart(shelf, [mend, mend])


def test_a_mend_that_brings_another_problem_is_not_offered(rulesets: Path) -> None:
    shelf = read_shelf(rulesets, "rulesets")
    [problem] = shelf.all_problems
    for text, offered in (("scars", True), ("spots", True), ("scarz", False), ("[scars, scars]", False)):
        tried = Problem(problem.place, problem.code, problem.message, suggestion=to_write("scar", text))
        assert [one.mend is not None for one in with_mends(shelf, [tried])] == [offered], text


def test_what_stands_elsewhere_than_is_said_is_not_edited(rulesets: Path) -> None:
    shelf = read_shelf(rulesets, "rulesets")
    [problem] = shelf.all_problems
    for place in (Place(problem.place.file, 1, 1), Place(problem.place.file, 9_999), Place("elsewhere.yaml")):
        tried = Problem(place, problem.code, problem.message, suggestion=to_write("scar", "scars"))
        assert with_mends(shelf, [tried])[0].mend is None


def test_two_mistakes_of_yaml_are_each_mended_though_one_hides_the_other(rulesets: Path) -> None:
    path = rulesets / CONCERN
    edit(path, "because: Trials gave", "because: Trials: gave")
    edit(path, "because: No study", "because: Studies: no study")
    for line in (7, 15):
        shelf, mend = mend_of(rulesets, "colon-in-text")
        assert [one.start.line for one in mend.changes] == [line]
        apply(shelf, [mend])
    shelf, mend = mend_of(rulesets)
    apply(shelf, [mend])
    assert read(rulesets)[1] == {}


def test_a_mend_in_a_ruleset_is_tried_on_those_that_extend_it(rulesets: Path) -> None:
    own = rulesets / "clinic"
    (own / "factors").mkdir(parents=True)
    (own / "ruleset.yaml").write_text(
        "id: clinic\ntitle: Own\nversion: 1.0.0\nextends: small\n", encoding="utf-8"
    )
    (own / "factors/1.yaml").write_text(
        "factor: concern\nrules:\n"
        "  - {id: scarce, title: S, when: {concern: spots}, then: {expect: A.}, because: B.}\n",
        encoding="utf-8",
    )
    shelf = read_shelf(rulesets, "rulesets")
    place = Place(f"rulesets/{CONCERN}", 3, 9)
    problem = Problem(place, "bad-id", "An id.", suggestion=to_write("scars", "scarce"))
    assert with_mends(shelf, [problem])[0].mend is None


def test_no_more_than_a_bounded_number_is_tried(rulesets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(rulesets / CONCERN, "{concern: given}", "{consern: given}")
    monkeypatch.setattr(mending, "MOST_TRIED", 1)
    assert [mend is not None for mend in read(rulesets)[1].values()] == [True, False]


def test_a_ruleset_without_problems_is_not_read_again(
    rulesets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(rulesets / CONCERN, "{concern: scar}", "{concern: scars}")
    shelf = read_shelf(rulesets, "rulesets")
    monkeypatch.delattr(mending, "read_shelf")
    assert with_mends(shelf, shelf.all_problems) == ()


def test_places_count_characters_and_end_before_the_one_they_name() -> None:
    text = FileText.of("x.yaml", "é: 𝒙y\r\nb: c".encode())
    one = Edit(Place("x.yaml", 1, 4), Place("x.yaml", 1, 5), "z")
    other = Edit(Place("x.yaml", 2, 5), Place("x.yaml", 2, 5), "!")
    assert text.edited([other, one]).text == "é: zy\r\nb: c!"
