"""Warnings that are let stand: those of reading, and those that checks find later."""

from __future__ import annotations

from pathlib import Path

from service.model.problem import Place, Problem
from service.reading.allowing import allowed
from tests.reading.reading import copied, read

RULE = """factor: concern
rules:
  - id: extra
    allow: {fluence-unit: It is a name}
    title: An extra rule
    when: {severity: mild}
    then: {advise: Take care}
    because: It was seen.
  - {id: more, title: More, when: {severity: mild}, then: {advise: Hat}, because: Sun}
"""


def test_a_later_check_judges_the_use_of_its_own_codes(tmp_path: Path) -> None:
    (copied(tmp_path) / "clinic/factors/3-extra.yaml").write_text(RULE)
    assert [problem.code for problem in read(tmp_path).problems] == ["unused-allow"]
    found = read(tmp_path, later=("fluence-unit",))
    assert found.problems == ()
    inside = Problem(Place("clinic/factors/3-extra.yaml", 7, 20), "fluence-unit", "No.", "warning")
    outside = Problem(Place("clinic/factors/3-extra.yaml", 9, 20), "fluence-unit", "No.", "warning")
    grave = Problem(Place("clinic/factors/3-extra.yaml", 7, 20), "fluence-unit", "No.", "error")
    assert allowed([inside], found.allows) == ()
    unused = 'There is no warning "fluence-unit" here. Remove it from "allow".'
    for other in (outside, grave):
        kept = allowed([other], found.allows, known=("fluence-unit",))
        assert [problem.message for problem in kept] == [unused, "No."]


def test_an_allow_of_the_extended_ruleset_holds_for_its_files_alone(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    header = folder / "clinic/ruleset.yaml"
    header.write_text(header.read_text() + "allow: {text-cut: Remarks}\n")
    for name in ("clinic/factors/1-concern.yaml", "branch/factors/1-concern.yaml"):
        file = folder / name
        file.write_text(file.read_text().replace("title: Acne scars", "title: Acne # scars"))
    assert read(folder).problems == ()
    assert [str(problem.place) for problem in read(folder, "branch").problems] == [
        "branch/factors/1-concern.yaml:5:17"
    ]


def test_an_allow_of_the_extended_ruleset_is_not_the_clinics_to_remove(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    header = folder / "clinic/ruleset.yaml"
    header.write_text(header.read_text() + "allow: {text-cut: Remarks}\n")
    assert [problem.code for problem in read(folder).problems] == ["unused-allow"]
    assert read(folder, "branch").problems == ()
