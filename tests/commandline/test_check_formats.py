"""Problems for other programs: JSON, SARIF by its published schema, and GitHub's workflow commands."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from service.analysis.checks.pages import every_page
from service.commandline.check import annotation, checkout, from_root, listing, plain_line, sarif, uri
from service.commandline.problems import examples, mend_lines
from service.model.problem import Edit, Mend, Place, Problem
from tests.commandline.console import picoplan
from tests.commandline.samples import edit, write_small

SCHEMA = Path(__file__).parent / "sarif" / "sarif-schema-2.1.0.json"
FORMATS = ("json", "sarif", "github")

PROVEN = Problem(
    Place("rulesets/a b/factors/1-é.yaml", 3, 7),
    "gap",
    "50 % of them, one\nline each: no word.",
    "warning",
    ('{"concern":"acne_scar","reactions":["pih"],"gold":false,"age":4.5}', '{"concern":"sun_spots"}'),
)

MENDED = Problem(
    Place("x.yaml"),
    "unknown-option",
    "No.",
    mend=Mend('write "scars"', (Edit(Place("x.yaml"), Place("x.yaml"), "scars"),)),
)


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    """A ruleset with an error, and one with a warning of a proof."""
    root = write_small(tmp_path)
    (root / "small").rename(root / "gaps")
    write_small(tmp_path)
    header = root / "gaps/ruleset.yaml"
    edit(header, "allow: {gap: Sun spots are left open here.}\n", "")
    edit(header, "id: small", "id: gaps")
    edit(root / "small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    return root


def checked(rulesets: Path, form: str, *more: str) -> str:
    said = picoplan("check", "--format", form, *more, folder=rulesets.parent)
    assert (said.err, said.code) == ("", 1)
    return said.out


def test_text_has_an_example_below_its_problem_that_evaluate_reads(rulesets: Path) -> None:
    lines = checked(rulesets, "text").splitlines()
    [at] = [number for number, line in enumerate(lines) if " warning gap " in line]
    given = lines[at + 1].removeprefix("    for example: ")
    assert given != lines[at + 1]
    said = picoplan(
        "evaluate", "gaps", "-", "--rulesets", "rulesets", "--json", folder=rulesets.parent, stdin=given
    )
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["sessions"] is None
    assert "no-base" in [warning["code"] for warning in json.loads(said.out)["warnings"]]


def test_an_example_is_one_line_of_yaml() -> None:
    assert examples(PROVEN) == [
        "    for example: {concern: acne_scar, reactions: [pih], gold: no, age: 4.5}",
        "    for example: {concern: sun_spots}",
    ]


def test_json_has_examples_as_objects() -> None:
    [problem] = json.loads(listing([PROVEN]))["problems"]
    assert problem["examples"] == [
        {"concern": "acne_scar", "reactions": ["pih"], "gold": False, "age": 4.5},
        {"concern": "sun_spots"},
    ]


def test_a_mend_is_told_to_programs_with_its_places_and_to_people_where_the_message_lacks_it(
    rulesets: Path,
) -> None:
    [mend] = [one["mend"] for one in json.loads(checked(rulesets, "json", "--no-proofs"))["problems"]]
    line = (rulesets / "small/factors/1-concern.yaml").read_text(encoding="utf-8").split("\n")
    [edit_] = mend["edits"]
    start, end = edit_["from"], edit_["to"]
    assert mend["label"] == 'write "scars"'
    assert edit_["file"] == "rulesets/small/factors/1-concern.yaml"
    assert start["line"] == end["line"]
    assert line[start["line"] - 1][start["column"] - 1 : end["column"] - 1] == "scar"
    assert edit_["text"] == "scars"
    log = json.loads(checked(rulesets, "sarif", "--no-proofs"))
    assert [error.message for error in validator().iter_errors(log)] == []
    [change] = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == edit_["file"]
    assert change["replacements"][0]["insertedContent"] == {"text": "scars"}
    assert mend_lines(MENDED) == ['    mend: write "scars"']
    assert mend_lines(replace(MENDED, message='Did you mean "scars"?')) == []


def test_all_formats_name_the_same_problems_in_the_same_order(rulesets: Path) -> None:
    text = [line for line in checked(rulesets, "text").splitlines()[:-1] if not line.startswith("    ")]
    places = [line.split(" ")[0].rstrip(":") for line in text]
    codes = [line.split(" ")[2] for line in text]
    assert codes == ["gap", "unknown-option"]
    found = json.loads(checked(rulesets, "json"))["problems"]
    assert [f"{one['file']}:{one['line']}:{one['column']}" for one in found] == places
    results = json.loads(checked(rulesets, "sarif"))["runs"][0]["results"]
    assert [one["ruleId"] for one in results] == codes
    log = checked(rulesets, "github").splitlines()
    annotations = [line for line in log if line.startswith("::")]
    assert [line.partition("title=")[2].partition("::")[0] for line in annotations] == codes
    assert log[: len(codes)] == annotations


@pytest.mark.parametrize("form", FORMATS)
def test_a_program_gets_nothing_but_its_format_and_the_same_exit_codes(rulesets: Path, form: str) -> None:
    edit(rulesets / "small/factors/1-concern.yaml", "{concern: scar}", "{concern: scars}")
    fine = picoplan("check", "--format", form, folder=rulesets.parent)
    strict = picoplan("check", "--format", form, "--strict", folder=rulesets.parent)
    assert (fine.err, fine.code, strict.err, strict.code) == ("", 0, "", 1)
    assert "ruleset." not in fine.out
    nowhere = picoplan("check", "nowhere", "--format", form, folder=rulesets.parent)
    assert (nowhere.out, nowhere.code) == ("", 2)


def test_github_gets_every_problem_as_a_plain_line_too_for_it_keeps_ten_annotations(rulesets: Path) -> None:
    text = checked(rulesets, "text").splitlines()
    log = checked(rulesets, "github").splitlines()
    assert [line for line in log if not line.startswith("::")] == text[:-1]


def test_a_plain_line_is_one_line_whatever_the_message() -> None:
    assert plain_line(PROVEN) == (
        "rulesets/a b/factors/1-é.yaml:3:7: warning gap 50 % of them, one line each: no word."
    )


def test_github_gets_nothing_where_nothing_is_wrong(rulesets: Path) -> None:
    said = picoplan("check", "rulesets/gaps", "--format", "github", "--no-proofs", folder=rulesets.parent)
    assert (said.out, said.code) == ("", 0)


def test_proofs_can_be_left_out_for_a_quick_look(rulesets: Path) -> None:
    assert "gap" in checked(rulesets, "text")
    assert "gap" not in checked(rulesets, "text", "--no-proofs")


def test_proofs_that_have_no_time_are_said_to_be_not_decided(rulesets: Path) -> None:
    said = picoplan("check", "rulesets/gaps", "--seconds", "0.000001", folder=rulesets.parent)
    assert said.code == 0
    assert " warning not-decided " in said.out


# -- SARIF ----------------------------------------------------------------------------------------


def run_of(problems: list[Problem]) -> dict[str, Any]:
    text = sarif(problems, every_page(), version="1.2.3", root=Path.cwd(), exit_code=1)
    log: dict[str, Any] = json.loads(text)
    assert [error.message for error in validator().iter_errors(log)] == []
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_log_is_valid_by_the_published_schema(rulesets: Path) -> None:
    log = json.loads(checked(rulesets, "sarif"))
    assert [error.message for error in validator().iter_errors(log)] == []
    assert log["$schema"] == json.loads(SCHEMA.read_text(encoding="utf-8"))["id"]
    assert run_of([])["results"] == []


def test_the_schema_would_find_a_mistake() -> None:
    assert not validator().is_valid({"version": "2.1.0", "runs": [{}]})


def test_a_result_names_its_rule_its_place_and_its_examples() -> None:
    run = run_of([PROVEN, Problem(Place("rulesets/x.yaml"), "unknown-option", "No.")])
    first, second = run["results"]
    assert first["level"] == "warning"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "rulesets/a%20b/factors/1-%C3%A9.yaml", "index": 0},
                "region": {"startLine": 3, "startColumn": 7},
            }
        }
    ]
    assert first["message"]["text"].splitlines()[-1] == "for example: {concern: sun_spots}"
    assert first["properties"]["examples"][1] == {"concern": "sun_spots"}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["index"] == 1
    assert run["artifacts"][1] == {"location": {"uri": "rulesets/x.yaml"}}
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["version"] == "1.2.3"


def test_a_rule_has_its_page() -> None:
    run = run_of([Problem(Place("x.yaml"), "unknown-option", "No.")])
    [rule] = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "unknown-option"
    assert rule["shortDescription"] == {"text": "an option that the question does not have"}
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "concern: acne_scars" in rule["help"]["text"]
    assert "```yaml\nwhen:\n  concern: acne_scar\n```" in rule["help"]["markdown"]


# -- GitHub ---------------------------------------------------------------------------------------


def test_an_annotation_escapes_what_would_end_it() -> None:
    odd = Problem(Place("rulesets/a,b:c%d.yaml", 2, 3), "gap", "50 %,\r\nof: them", "warning")
    assert annotation(odd, Path.cwd()) == (
        "::warning file=rulesets/a%2Cb%3Ac%25d.yaml,line=2,col=3,title=gap::50 %25,%0D%0Aof: them"
    )
    assert annotation(PROVEN, Path.cwd()).endswith(
        "no word.%0Afor example: {concern: acne_scar, reactions: [pih], "
        "gold: no, age: 4.5}%0Afor example: {concern: sun_spots}"
    )


# -- paths ----------------------------------------------------------------------------------------


def test_files_are_counted_from_the_root_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "clinic"
    inner.mkdir()
    monkeypatch.chdir(inner)
    named = {"GITHUB_WORKSPACE": str(tmp_path)}
    assert checkout({}) == inner
    assert checkout(named) == tmp_path
    assert checkout({"GITHUB_WORKSPACE": str(tmp_path / "other")}) == inner
    assert uri(from_root("./rulesets/x.yaml", inner)) == "rulesets/x.yaml"
    assert uri(from_root("rulesets/x.yaml", tmp_path)) == "clinic/rulesets/x.yaml"
    assert uri(from_root("../other/x.yaml", tmp_path)) == "other/x.yaml"
    assert uri(from_root(str(inner / "x#1.yaml"), inner)) == "x%231.yaml"
    assert uri(from_root("../x y.yaml", inner)) == f"file://{tmp_path.as_posix()}/x%20y.yaml"
