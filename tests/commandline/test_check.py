"""``picoplan check`` names every mistake with its place, counts them, and exits accordingly."""

import json
from pathlib import Path

import pytest

from service.store.folders import shipped
from tests.commandline.console import in_a_pipe, on_a_terminal, picoplan
from tests.commandline.samples import edit, write_small

MISTAKE = (
    'rulesets/small/factors/1-concern.yaml:5:21: error unknown-option "scar" is not an option of concern. '
    'Did you mean "scars"?'
)
WARNING = (
    'rulesets/small/factors/2-response.yaml:9:68: warning fluence-unit "advise" of darker names J/cm2. '
    "An answer holds no fluence and no energy: leave the setting out."
)


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def break_it(rulesets: Path) -> None:
    edit(rulesets / "small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")


def warn_of_it(rulesets: Path) -> None:
    edit(rulesets / "small/factors/2-response.yaml", "We begin gently.", '"At 0.3 J/cm2."')


def test_the_shipped_rulesets_have_no_errors() -> None:
    said = in_a_pipe("check", shipped())
    assert (said.code, said.err) == (0, "")
    assert " error" not in said.out
    assert said.out.splitlines()[-1].endswith(("no problems.", "in 3 rulesets."))


def test_a_clean_folder_gets_one_line(rulesets: Path) -> None:
    said = picoplan("check", folder=rulesets.parent)
    assert (said.out, said.err, said.code) == ("1 ruleset, no problems.\n", "", 0)


def test_every_problem_is_a_line_sorted_by_place_before_the_count(rulesets: Path) -> None:
    break_it(rulesets)
    edit(rulesets / "small/assessment.yaml", "must ask: true", "must aks: true")
    said = in_a_pipe("check", folder=rulesets.parent)
    assert (said.err, said.code) == ("", 1)
    assert said.out == (
        'rulesets/small/assessment.yaml:8:54: error unknown-key "must aks" is not known here. '
        f'Did you mean "must ask"?\n{MISTAKE}\n2 errors in 1 ruleset.\n'
    )


def test_paths_are_shown_as_the_folder_was_typed(rulesets: Path) -> None:
    break_it(rulesets)
    for typed in ("./rulesets", "./rulesets/", "rulesets/small", str(rulesets)):
        said = picoplan("check", typed, folder=rulesets.parent)
        assert said.out.startswith(typed.rstrip("/"))
        assert said.code == 1


def test_warnings_alone_are_fine_unless_strict(rulesets: Path) -> None:
    warn_of_it(rulesets)
    said = picoplan("check", folder=rulesets.parent)
    assert (said.out, said.code) == (f"{WARNING}\n1 warning in 1 ruleset.\n", 0)
    strict = picoplan("check", "--strict", folder=rulesets.parent)
    assert (strict.out, strict.code) == (said.out, 1)


def test_strict_has_nothing_to_say_about_a_clean_folder(rulesets: Path) -> None:
    assert picoplan("check", "--strict", folder=rulesets.parent).code == 0


def test_json_holds_every_problem_and_the_counts(rulesets: Path) -> None:
    break_it(rulesets)
    said = picoplan("check", "--format", "json", folder=rulesets.parent)
    assert said.code == 1
    assert json.loads(said.out) == {
        "problems": [
            {
                "file": "rulesets/small/factors/1-concern.yaml",
                "line": 5,
                "column": 21,
                "severity": "error",
                "code": "unknown-option",
                "message": '"scar" is not an option of concern. Did you mean "scars"?',
                "examples": [],
                "mend": {
                    "label": 'write "scars"',
                    "edits": [
                        {
                            "file": "rulesets/small/factors/1-concern.yaml",
                            "from": {"line": 5, "column": 21},
                            "to": {"line": 5, "column": 25},
                            "text": "scars",
                        }
                    ],
                },
            }
        ],
        "errors": 1,
        "warnings": 0,
    }


def test_a_folder_without_rulesets_is_wrong_usage_in_one_line(tmp_path: Path) -> None:
    said = in_a_pipe("check", "nowhere", folder=tmp_path)
    assert (said.out, said.err, said.code) == ("", "picoplan: nowhere is not a folder\n", 2)
    said = picoplan("check", tmp_path)
    assert said.code == 2
    assert said.err.startswith(f"picoplan: {tmp_path} holds no ruleset")


def test_where_no_rulesets_lie_at_hand_the_shipped_ones_are_checked(tmp_path: Path) -> None:
    said = picoplan("check", folder=tmp_path)
    assert said.code == 0
    assert "3 rulesets" in said.out


def test_colour_is_for_a_terminal_only_and_lines_are_never_wrapped(rulesets: Path) -> None:
    break_it(rulesets)
    narrow = {"COLUMNS": "40"}
    plain = in_a_pipe("check", rulesets, environ=narrow)
    shown = on_a_terminal("check", rulesets, environ=narrow)
    without = on_a_terminal("check", rulesets, environ={**narrow, "NO_COLOR": "1"})
    assert "\x1b" not in plain.out
    assert without.out == plain.out
    assert "\x1b[31m\x1b[1merror\x1b[0m" in shown.out
    assert len(shown.out.splitlines()) == len(plain.out.splitlines()) == 2


def test_a_guarantee_that_is_broken_is_an_error_with_the_client_who_breaks_it(rulesets: Path) -> None:
    promise = (
        "guarantees:\n  - {id: most, title: At most five, when: {concern: scars}, never: sessions above 5}\n"
    )
    (rulesets / "small/guarantees.yaml").write_text(promise, encoding="utf-8")
    said = picoplan("check", folder=rulesets.parent)
    first, example, last = said.out.splitlines()
    assert said.code == 1
    assert first.startswith("rulesets/small/guarantees.yaml:2:")
    assert " error guarantee-broken " in first
    assert example.startswith("    for example: {concern: scars, ")
    assert last == "1 error in 1 ruleset."
    assert picoplan("check", "--no-proofs", folder=rulesets.parent).code == 0


def test_a_problem_that_an_extending_ruleset_takes_over_is_one_problem(rulesets: Path) -> None:
    edit(rulesets / "small/ruleset.yaml", "allow: {gap: Sun spots are left open here.}\n", "")
    clinic = rulesets / "a-clinic"
    clinic.mkdir()
    header = "id: a-clinic\ntitle: Clinic\nversion: 1.0.0\nextends: small\n"
    (clinic / "ruleset.yaml").write_text(header, encoding="utf-8")
    said = picoplan("check", folder=rulesets.parent)
    [problem, example, last] = said.out.splitlines()
    assert problem.startswith("rulesets/small/assessment.yaml:2:3: warning gap ")
    assert example.startswith("    for example: {concern: spots, ")
    assert last == "1 warning in 2 rulesets."
