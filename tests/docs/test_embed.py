"""docs/embed.md: its programs print what the page shows, are typed, and load no server and no database."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service import embed
from service.embed import AssessmentRefused, Rulesets
from tests.docs.answers import answer_to
from tests.docs.pages import Page, in_code

PAGE = Page("embed.md")
PROGRAMS = {block.marks["file"]: block.text for block in PAGE.marked("file")}
PRINTS = {block.marks["prints"]: block.text for block in PAGE.marked("prints")}
DAY = date(2026, 12, 1)


def run(folder: Path, *arguments: str) -> str:
    """What Python prints in the folder; it must end well."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def rulesets() -> Rulesets:
    return Rulesets(prove_seconds=None)


@pytest.fixture
def client() -> dict[str, Any]:
    program = PROGRAMS["plan.py"]
    written = program[program.index("{") : program.index("}") + 1]
    found: dict[str, Any] = json.loads(
        written.replace("False", "false").replace(",\n}", "}").replace("\n", "")
    )
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_the_page_shows(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(PROGRAMS[name], encoding="utf-8")
    assert run(tmp_path, name) == PRINTS[name]


def test_the_programs_hold_for_a_strict_type_checker(tmp_path: Path) -> None:
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = run(tmp_path, "-m", "mypy", "--strict", "--follow-imports", "silent", *PROGRAMS)
    assert "no issues found" in said


def test_neither_a_server_nor_a_database_nor_z3_is_loaded_where_nothing_is_proven(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        "-c",
        "import sys; from service.embed import Rulesets; Rulesets(prove_seconds=None);"
        "print(sorted({'flask', 'granian', 'sqlalchemy', 'alembic', 'z3', 'rich'} & {*sys.modules}))",
    )
    assert said == "[]\n"


def test_the_answer_is_that_of_the_evaluate_endpoint_without_an_id(
    rulesets: Rulesets, client: dict[str, Any]
) -> None:
    over_http = answer_to({"ruleset": "pico-laser", "assessment": client, "as_of": DAY.isoformat()})
    here = rulesets.evaluate("pico-laser", client, as_of=DAY)
    assert here["decision_id"] is None
    open_members = {"decision_id", "evaluated_at", "ruleset"}
    assert {name: here[name] for name in here.keys() - open_members} == {
        name: over_http[name] for name in over_http.keys() - open_members
    }
    assert here["ruleset"]["digest"].startswith("sha256:")


def test_the_language_and_the_day_are_those_that_are_asked_for(
    rulesets: Rulesets, client: dict[str, Any]
) -> None:
    here = rulesets.explain("pico-laser", client, as_of=DAY, language="es")
    assert (here["language"], here["as_of"]) == ("es", "2026-12-01")
    assert here["not_fired"]
    spanish = rulesets.questions("pico-laser", "es")["properties"]["concern"]["title"]
    assert spanish != rulesets.questions("pico-laser")["properties"]["concern"]["title"]
    assert rulesets.questions("pico-laser", "fr") == rulesets.questions("pico-laser")


@pytest.mark.parametrize(
    "age", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), 10**40, -(10**40), Decimal(121)]
)
def test_a_number_that_is_none_or_beyond_the_bounds_is_refused_with_its_place(
    rulesets: Rulesets, client: dict[str, Any], age: Any
) -> None:
    with pytest.raises(AssessmentRefused) as refused:
        rulesets.evaluate("pico-laser", {**client, "age": age})
    assert [(one.pointer, one.code) for one in refused.value.mistakes] == [
        ("/assessment/age", "out-of-bounds")
    ]


@pytest.mark.parametrize("age", [41, 41.0, Decimal("41.0"), Decimal("4.1e1")])
def test_one_number_is_the_same_however_python_holds_it(
    rulesets: Rulesets, client: dict[str, Any], age: Any
) -> None:
    assert (
        rulesets.evaluate("pico-laser", {**client, "age": age}, as_of=DAY)["fired"]
        == (rulesets.evaluate("pico-laser", client, as_of=DAY)["fired"])
    )


@pytest.mark.parametrize("wrong", [None, [], "sun spots", {1: 2}, {"concern": object()}, {"inks": {"black"}}])
def test_what_is_no_assessment_is_refused_and_never_a_traceback_of_ours(
    rulesets: Rulesets, wrong: Any
) -> None:
    with pytest.raises(AssessmentRefused):
        rulesets.evaluate("pico-laser", wrong)


def test_the_text_of_a_refusal_has_no_answer_of_the_client(
    rulesets: Rulesets, client: dict[str, Any]
) -> None:
    with pytest.raises(AssessmentRefused) as refused:
        rulesets.what_if("pico-laser", {**client, "phototype": "IIIb", "age": "41"})
    assert str(refused.value) == "/assessment/age wrong-type, /assessment/phototype unknown-option"


def test_an_unknown_ruleset_is_refused_with_the_nearest_name(rulesets: Rulesets) -> None:
    for ask in (lambda: rulesets.questions("pico-lazer"), lambda: rulesets.evaluate("pico-lazer", {})):
        with pytest.raises(AssessmentRefused) as refused:
            ask()
        assert [one.hint for one in refused.value.mistakes] == ['Did you mean "pico-laser"?']


def test_every_public_name_stands_on_the_page() -> None:
    said = " ".join(in_code(PAGE.text))
    members = [name for name in vars(Rulesets) if not name.startswith("_") and name != "close"]
    assert [name for name in members if f"Rulesets.{name}" not in said] == []
    assert [name for name in embed.__all__ if name not in said and name not in ("Problem", "Refusal")] == []


def test_a_day_may_be_written_as_over_http_and_what_is_no_day_is_refused(
    rulesets: Rulesets, client: dict[str, Any]
) -> None:
    written: Any = "2026-12-01"
    assert rulesets.evaluate("pico-laser", client, as_of=written)["as_of"] == written
    wrong: Any = "1.12.2026"
    with pytest.raises(AssessmentRefused) as refused:
        rulesets.evaluate("pico-laser", client, as_of=wrong)
    assert [(one.pointer, one.code) for one in refused.value.mistakes] == [("/as_of", "wrong-type")]


def test_after_close_it_says_that_it_is_closed(client: dict[str, Any]) -> None:
    with Rulesets(prove_seconds=None) as rulesets:
        pass
    for ask in (
        lambda: rulesets.evaluate("pico-laser", client),
        lambda: rulesets.explain("pico-laser", client),
        lambda: rulesets.what_if("pico-laser", client),
        lambda: rulesets.questions("pico-laser"),
    ):
        with pytest.raises(ValueError, match="closed"):
            ask()
