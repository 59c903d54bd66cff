"""Bounds on files, folders and counts, and what lies just within them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from service.reading.folder import read_folder, ruleset_folders
from service.reading.yaml_mistakes import from_yaml_error
from service.reading.yaml_reader import MOST_VALUES, compose
from tests.reading.reading import beside, copied, read

ROOT = Path(__file__).resolve().parents[2]
RULE = "  - {{id: r{0}, title: Rule, when: {{severity: mild}}, then: {{advise: Hat}}, because: Sun}}\n"
HEADER = "id: {0}\ntitle: T\nversion: 1.0.0\nextends: {1}\n"


def problems(folder: Path, name: str = "clinic") -> list[str]:
    return [str(problem) for problem in read(folder, name).problems]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return copied(tmp_path) / "clinic"


def test_a_file_may_have_a_megabyte_and_no_more(clinic: Path) -> None:
    file = clinic / "factors/3-extra.yaml"
    text = "factor: concern\nrules:\n" + RULE.format(1)
    file.write_text(text + "#" * (1_000_000 - len(text)))
    assert problems(clinic.parent) == []
    file.write_text(text + "#" * (1_000_001 - len(text)))
    assert problems(clinic.parent) == [
        "clinic/factors/3-extra.yaml:1:1: error file-too-large "
        "The file is over 1 MB. Split it into several files."
    ]


def test_all_files_together_have_a_bound(clinic: Path) -> None:
    for number in range(9):
        (clinic / f"scenarios/{number}.yaml").write_text("[]\n" + "#" * 999_997)
    assert problems(clinic.parent) == [
        f"clinic/scenarios/{name}.yaml:1:1: error file-too-large "
        "All files together are over 8 MB. Remove some."
        for name in ("7", "8")
    ]


def test_the_values_of_all_files_have_a_bound(clinic: Path) -> None:
    for number in range(3):
        (clinic / f"scenarios/{number}.yaml").write_text("[" + "a," * (MOST_VALUES - 10) + "]")
    found = [line for line in problems(clinic.parent) if "file-too-large" in line]
    message = "The files of the ruleset hold too many values together. Remove some."
    assert [line.rsplit("file-too-large ")[1] for line in found] == [message]


def test_a_folder_may_have_500_files_and_no_more(clinic: Path) -> None:
    for number in range(499):
        (clinic / f"scenarios/{number:03}.yaml").write_text("[]")
    assert problems(clinic.parent) == []
    (clinic / "scenarios/more.yaml").write_text("")
    assert problems(clinic.parent) == [
        "clinic/scenarios:1:1: error too-many-files "
        "More than 500 files. Put several rules or scenarios in one file."
    ]


def test_what_a_table_says_for_all_rows_has_a_bound(clinic: Path) -> None:
    file = clinic / "factors/3-extra.yaml"
    head = "factor: concern\ntables:\n  - id: t\n    title: Table\n    because: Sun\n    support: judgement\n"
    when = "    when: {all: [" + "{severity: mild}, " * 46 + "]}\n    then: {advise: Hat}\n    rows:\n"
    rows = [f"      - {{id: r{number}, age: {16 + number % 80}}}\n" for number in range(501)]
    file.write_text(head + when + "".join(rows[:500]))
    assert problems(clinic.parent) == []
    file.write_text(head + when + "".join(rows))
    assert problems(clinic.parent) == [
        "clinic/factors/3-extra.yaml:9:5: error too-many-rules "
        "The tables of a file have 2,000 rows at most, and what they say for all rows, once for each, "
        "comes to 50,000 values at most. Split this one."
    ]


def test_a_ruleset_may_have_2000_rules_and_no_more(clinic: Path) -> None:
    file = clinic / "factors/3-extra.yaml"
    text = "factor: concern\nrules:\n" + "".join(RULE.format(number) for number in range(1_994))
    file.write_text(text)
    found = read(clinic.parent)
    assert found.problems == ()
    assert found.ruleset is not None
    assert len(found.ruleset.rules) == 2_000
    file.write_text(text + RULE.format("one-more"))
    assert problems(clinic.parent) == [
        "clinic/factors/3-extra.yaml:1997:5: error too-many-rules "
        "More than 2,000 rules in one ruleset. Split it."
    ]


@pytest.mark.parametrize(("count", "said"), [(290, 0), (291, 1)])
def test_an_assessment_may_have_300_inputs_and_no_more(clinic: Path, count: int, said: int) -> None:
    with (clinic / "assessment.yaml").open("a") as file:
        file.writelines(f"  q{number}: {{label: Q, kind: yes or no}}\n" for number in range(count))
    found = problems(clinic.parent)
    assert (
        found == ["clinic/assessment.yaml:2:3: error too-many-inputs More than 300 inputs. Ask less."][:said]
    )


@pytest.mark.parametrize(("count", "said"), [(300, 0), (301, 1)])
def test_an_input_may_have_300_options_and_no_more(clinic: Path, count: int, said: int) -> None:
    options = ", ".join(f"o{number}" for number in range(count))
    with (clinic / "assessment.yaml").open("a") as file:
        file.write(f"  q: {{label: Q, one of: [{options}]}}\n")
    message = (
        "clinic/assessment.yaml:35:25: error too-many-options More than 300 options. Split the question."
    )
    assert problems(clinic.parent) == [message][:said]


def test_different_attributes_have_a_bound(clinic: Path) -> None:
    with (clinic / "assessment.yaml").open("a") as file:
        file.write("  q:\n    label: Q\n    one of:\n")
        file.writelines(f"      o{number}: {{a{number}: 1}}\n" for number in range(301 - 1))
        file.write("      one_more: {more: 1}\n")
    found = problems(clinic.parent)
    assert "too-many-options" in found[0]
    file = clinic / "assessment.yaml"
    file.write_text(file.read_text().replace("      o1: {a1: 1}\n", "").replace("a2: 1", "a2: 1, b: 1"))
    assert problems(clinic.parent) == [
        "clinic/assessment.yaml:38:7: error too-many-attributes "
        "More than 300 different attributes. All options carry the same ones."
    ]


@pytest.mark.parametrize(("length", "said"), [(5, 0), (6, 1)])
def test_five_rulesets_may_extend_each_other(tmp_path: Path, length: int, said: int) -> None:
    above = "clinic"
    copied(tmp_path)
    for number in range(length):
        (tmp_path / f"c{number}").mkdir()
        (tmp_path / f"c{number}/ruleset.yaml").write_text(HEADER.format(f"c{number}", above))
        above = f"c{number}"
    message = (
        "c0/ruleset.yaml:4:10: error too-many-extended "
        "More than 5 rulesets extend each other. Put some of them together."
    )
    assert problems(tmp_path, above) == [message][:said]


def test_problems_are_listed_up_to_2000(clinic: Path) -> None:
    benefits = ", ".join(f"b{number}" for number in range(2_100))
    text = "factor: concern\nrules:\n" + RULE.format(1).replace("advise: Hat", f"benefits: [{benefits}]")
    (clinic / "factors/3-extra.yaml").write_text(text)
    found = read(clinic.parent).problems
    assert len(found) == 2_001
    more = [str(problem) for problem in found if problem.code == "too-many-problems"]
    message = "There are more than 2,000 problems; the rest is not listed. Mend these first."
    assert [line.split("too-many-problems ")[1] for line in more] == [message]


def test_a_file_that_cannot_be_read_is_named_once(clinic: Path) -> None:
    """As somebody who may not; root may, so the reader gives its rights away."""
    (clinic / "assessment.yaml").chmod(0)
    clinic.parent.chmod(0o755)
    script = (
        "import os, pathlib, sys; from tests.reading.reading import read\n"
        "os.chdir(sys.argv[1])\n"
        "read(pathlib.Path())  # all that it needs is imported\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "print(*read(pathlib.Path()).problems, sep='\\n')"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, clinic.parent],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == (
        "clinic/assessment.yaml:1:1: error unreadable The file can't be read: Permission denied.\n"
    )


def test_a_folder_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    layer = read_folder(tmp_path / "nowhere", "nowhere")
    assert [str(problem) for problem in layer.problems] == [
        "nowhere:1:1: error unreadable The folder can't be read: No such file or directory."
    ]


def test_a_pipe_is_no_file_and_is_not_waited_for(clinic: Path) -> None:
    os.mkfifo(clinic / "factors/3-extra.yaml")
    os.mkfifo(clinic / "sign-off.yaml")
    assert [line.split(" ", 3)[2] for line in problems(clinic.parent)] == ["stray-file", "stray-file"]


def test_a_name_that_is_no_text_is_answered_in_text(clinic: Path) -> None:
    name = b"1-caf\xe9\n.yaml"
    (clinic / "factors").joinpath(name.decode("utf-8", "surrogateescape")).write_text("factor: concern\n")
    (found,) = problems(clinic.parent)
    found.encode()
    assert found == (
        "clinic/factors/1-caf\ufffd\ufffd.yaml:1:1: error stray-file "
        '"1-caf\ufffd\ufffd.yaml" is not read. Give it a plain name that ends in .yaml.'
    )


def test_files_beside_rulesets_are_strays_and_other_files_are_not(tmp_path: Path) -> None:
    copied(tmp_path)
    for name in ("assessment.yml", "README.md", "~$a.yaml", ".hidden.yaml"):
        (tmp_path / name).write_text("")
    folders, found = ruleset_folders(tmp_path, "rulesets")
    assert [folder.name for folder in folders] == ["branch", "clinic"]
    assert [str(problem) for problem in found] == [
        "rulesets/assessment.yml:1:1: error stray-file "
        '"assessment.yml" lies outside a ruleset\'s folder. Move it into one.'
    ]


def test_whatever_else_libyaml_says_is_passed_on() -> None:
    problem = from_yaml_error("f.yaml", "a: b", ["a: b"], yaml.MarkedYAMLError(problem="it is odd"))
    assert str(problem) == (
        "f.yaml:1:1: error yaml "
        "This can't be read as YAML (it is odd). Line it up, close brackets and quotes."
    )


def test_fifty_levels_are_read_and_more_are_not() -> None:
    assert compose("f.yaml", ("[" * 50 + "a" + "]" * 50).encode()).problems == []
    (problem,) = compose("f.yaml", ("[" * 51 + "a" + "]" * 51).encode()).problems
    assert problem.code == "too-deep"


def test_an_extended_ruleset_is_found_where_the_finder_says(tmp_path: Path) -> None:
    copied(tmp_path)
    assert beside(tmp_path)("clinic") == (tmp_path / "clinic", "clinic")
    assert problems(tmp_path, "branch") == []
