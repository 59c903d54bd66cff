"""What a clinic's key reads of its ruleset's problems: all of its own, and no name of another's ruleset.

"zeta" extends "base", which extends "core"; "alpha" lies beside them. The problems are what reading finds.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from service.model.caller import INTERNAL, Caller
from service.store.archive import open_archive
from service.store.editions import Edition, readable
from service.store.faults import Damaged
from service.store.folders import read_shelf
from service.web.app import live_over
from service.web.log import open_log
from service.web.ruleset_status import EXTENDED, Redaction
from service.web.settings import Settings
from tests.reading.reading import HERE, load_case
from tests.vetting.desk import Desk, at_once
from tests.web.small import GUARANTEES, write_small

ZETA = Caller("0" * 12, "zeta", frozenset({"zeta"}))
HEADER = "id: {0}\ntitle: {0}\nversion: 1.0.0\nextends: {1}\n"
NONE_NEAR = "Name the folder of one that lies beside this one."


def write(folder: Path, name: str, extends: str) -> None:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "ruleset.yaml").write_text(HEADER.format(name, extends), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rulesets"
    for name in ("core", "alpha"):
        at_once(write_small(made, name))
    write(made, "base", "core")
    write(made, "zeta", "base")
    return made


def problems(folder: Path) -> list[str]:
    """The problems of zeta, as the house reads them."""
    found = read_shelf(folder, "clinic", only="zeta").read["zeta"].problems
    lines = [str(problem) for problem in found]
    redaction = Redaction("zeta", "clinic/zeta")
    assert [redaction.redacted(line, INTERNAL) for line in lines] == lines
    return lines


def told(lines: list[str], caller: Caller = ZETA, extended: tuple[str, ...] = ()) -> list[str]:
    redaction = Redaction("zeta", "clinic/zeta", frozenset(extended))
    return [redaction.redacted(line, caller) for line in lines]


def guesses(folder: Path) -> None:
    write(folder, "zeta", "alphb")


def loses_what_base_extends(folder: Path) -> None:
    write(folder, "base", "alphb")


def goes_round_by_others(folder: Path) -> None:
    write(folder, "base", "core")
    header = folder / "core/ruleset.yaml"
    header.write_text(f"{header.read_text(encoding='utf-8')}extends: alpha\n", encoding="utf-8")
    write(folder, "alpha", "zeta")


def goes_round_at_once(folder: Path) -> None:
    write(folder, "zeta", "zeta")


def promises_again(folder: Path) -> None:
    (folder / "zeta/guarantees.yaml").write_text(GUARANTEES, encoding="utf-8")


def breaks_core(folder: Path) -> None:
    rules = folder / "core/factors/2-safety.yaml"
    text = rules.read_text(encoding="utf-8").replace("conclusions.risk: high", "conclusions.risk: hi")
    rules.write_text(text, encoding="utf-8")


def renames_core(folder: Path) -> None:
    header = folder / "core/ruleset.yaml"
    header.write_text(header.read_text(encoding="utf-8").replace("id: core", "id: alpha"), encoding="utf-8")


def fills_core(folder: Path) -> None:
    for number in range(501):
        (folder / f"core/{number}.txt").touch()


CASES: dict[Callable[[Path], None], tuple[str, str]] = {
    guesses: (
        'clinic/zeta/ruleset.yaml:4:10: error unknown-ruleset There is no ruleset "alphb" to extend. '
        'Did you mean "alpha"?',
        'clinic/zeta/ruleset.yaml:4:10: error unknown-ruleset There is no ruleset "alphb" to extend. '
        + NONE_NEAR,
    ),
    loses_what_base_extends: (
        'clinic/base/ruleset.yaml:4:10: error unknown-ruleset There is no ruleset "alphb" to extend. '
        'Did you mean "alpha"?',
        "(extended ruleset)/ruleset.yaml:4:10: error unknown-ruleset It extends a ruleset that is not there. "
        "Ask the operator.",
    ),
    goes_round_by_others: (
        'clinic/alpha/ruleset.yaml:4:10: error circle "extends" goes in a circle: '
        "zeta -> base -> core -> alpha -> zeta. Break it.",
        '(extended ruleset)/ruleset.yaml:4:10: error circle "extends" goes in a circle: '
        "zeta -> base -> ... -> zeta. Ask the operator.",
    ),
    goes_round_at_once: (
        'clinic/zeta/ruleset.yaml:4:10: error circle "extends" goes in a circle: zeta -> zeta. Break it.',
        'clinic/zeta/ruleset.yaml:4:10: error circle "extends" goes in a circle: zeta -> zeta. Break it.',
    ),
    promises_again: (
        'clinic/zeta/guarantees.yaml:2:10: error duplicate-id Guarantee "gold-stops" stands already at '
        "clinic/core/guarantees.yaml:2:10. Give this one its own id.",
        'clinic/zeta/guarantees.yaml:2:10: error duplicate-id Guarantee "gold-stops" stands already at '
        "(extended ruleset)/guarantees.yaml:2:10. Give this one its own id.",
    ),
    breaks_core: (
        'clinic/core/factors/2-safety.yaml:10:30: error unknown-level "hi" is not a level of '
        'conclusions.risk. Did you mean "high"?',
        '(extended ruleset)/factors/2-safety.yaml:10:30: error unknown-level "hi" is not a level of '
        'conclusions.risk. Did you mean "high"?',
    ),
    renames_core: (
        'clinic/core/ruleset.yaml:1:5: error id-is-not-folder The id "alpha" is not the name of its folder, '
        '"core". Make them the same.',
        "(extended ruleset)/ruleset.yaml:1:5: error id-is-not-folder The id is not the name of its folder. "
        "Ask the operator.",
    ),
    fills_core: (
        "clinic/core:1:1: error too-many-files More than 500 files. Put several rules or scenarios in one "
        "file.",
        "(extended ruleset):1:1: error too-many-files More than 500 files. Put several rules or scenarios in "
        "one file.",
    ),
}


@pytest.mark.parametrize("mistake", CASES, ids=lambda one: str(one.__name__))
def test_a_problem_is_told_without_the_names_of_other_rulesets(
    folder: Path, mistake: Callable[[Path], None]
) -> None:
    assert problems(folder) == [], "the mistake is what is told of"
    mistake(folder)
    lines = problems(folder)
    line, expected = CASES[mistake]
    assert line in lines
    assert told(lines)[lines.index(line)] == expected


@pytest.mark.parametrize("mistake", CASES, ids=lambda one: str(one.__name__))
def test_no_line_about_it_names_a_ruleset_but_its_own_and_what_its_own_file_names(
    folder: Path, mistake: Callable[[Path], None]
) -> None:
    mistake(folder)
    for line in told(problems(folder)):
        assert "core" not in line
        assert "alpha" not in line
        assert "base" not in line.replace("zeta -> base -> ", "")


def test_what_is_told_of_a_misspelt_ruleset_is_the_same_whatever_lies_beside(folder: Path) -> None:
    guesses(folder)
    before = told(problems(folder))
    (folder / "alpha").rename(folder / "quite-another")
    lines = problems(folder)
    assert "Did you mean" not in str(lines)
    assert told(lines) == lines == before


def test_a_key_that_sees_the_extended_rulesets_reads_their_names(folder: Path) -> None:
    breaks_core(folder)
    lines = problems(folder)
    assert told(lines, Caller(rulesets=frozenset({"zeta", "core"}))) == lines
    renames_core(folder)
    lines = problems(folder)
    assert told(lines, Caller(rulesets=frozenset({"zeta", "core"}))) == lines


def test_of_all_mistakes_that_can_be_made_only_those_that_name_another_ruleset_are_told_otherwise() -> None:
    otherwise = set()
    for path in (HERE / "broken").glob("*.yaml"):
        case = load_case(path)
        name = case.get("ruleset", "clinic")
        redaction = Redaction(name, name)
        clinic = Caller("0" * 12, name, frozenset({name}))
        if any(redaction.redacted(line, clinic) != line for line in case["problems"]):
            otherwise.add(path.stem)
    assert otherwise == {
        "broken-header-of-the-extended-ruleset",
        "circle-of-extends",
        "escape-in-the-extended-ruleset",
        "extends-a-title-instead-of-an-id",
        "guarantee-id-of-the-extended-ruleset",
        "problem-in-the-extended-ruleset",
        "unknown-extended-ruleset",
    }


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (".", "./factors/1.yaml:3:4: error bad-id Why."),
        ("current", "current/factors/1.yaml:3:4: error bad-id Why."),
        ("clinic/zeta", "elsewhere/zeta/factors/1.yaml:3:4: error bad-id Why."),
        ("clinic/zeta", "elsewhere/zeta/ruleset.yaml:3:4: error bad-id Why."),
        ("clinic/zeta", "clinic/zeta/a: b.txt:1:1: error stray-file Why."),
        ("clinic/zeta", "clinic/zeta:1:1: error unreadable The folder can't be read: Permission denied."),
        ("clinic/zeta", "clinic/zeta/factors:1:1: error unreadable The folder can't be read: Why."),
        ("clinic/zeta", "... and 12 more"),
        ("clinic/zeta", "the archived files of sha256:00 are damaged: they come to another digest"),
    ],
)
def test_what_is_its_own_is_told_as_it_is_however_its_folder_is_shown(shown: str, line: str) -> None:
    assert Redaction("zeta", shown).redacted(line, ZETA) == line


def test_an_archived_edition_that_can_not_be_read_any_more_names_no_other_ruleset() -> None:
    def why(files: dict[str, str]) -> str:
        edition = Edition("zeta", "1.0.0", "sha256:00", None, "Zeta", files)
        with pytest.raises(Damaged) as fault:
            readable(edition)
        return str(fault.value)

    redaction = Redaction("zeta", "clinic/zeta")
    own = why({"zeta/ruleset.yaml": "id: zeta\nowner: [a]\n"})
    assert "any more: zeta@1.0.0/" in own
    assert redaction.redacted(own, ZETA) == own
    others = why({"core/ruleset.yaml": "id: [core]\n", "zeta/ruleset.yaml": HEADER.format("zeta", "core")})
    assert "any more: core/" in others
    assert redaction.redacted(others, ZETA) == others.replace("core/", f"{EXTENDED}/", 1)
    assert "core" not in redaction.redacted(others, ZETA)


def test_live_it_is_told_of_its_own_folder_and_of_the_rulesets_of_which_its_answers_tell(
    folder: Path, tmp_path: Path
) -> None:
    archive = open_archive(folder, {"PICOPLAN_DATA_DIR": str(tmp_path / "data")})
    with closing(archive):
        desk = Desk(folder, archive, io.BytesIO())
        desk.work()
        live = live_over(
            archive, Settings(rulesets=folder, rulesets_shown_as="clinic"), open_log(io.BytesIO())
        )

        def waits(caller: Caller) -> list[str]:
            desk.work()
            live.catch_up()
            [zeta] = [
                one for one in live.statuses.as_json(date.max, caller)["rulesets"] if one["id"] == "zeta"
            ]
            return list(zeta["problems"])

        assert waits(ZETA) == []
        breaks_core(folder)
        assert waits(ZETA) == waits(INTERNAL) == problems(folder), "each answer says where core's rules stand"
        write(folder, "zeta", "alphb")
        assert waits(INTERNAL) == problems(folder) == [CASES[guesses][0]]
        assert waits(ZETA) == [CASES[guesses][1]]
        write(folder, "newer", "core")
        write(folder, "zeta", "newer")
        renames_core(folder)
        assert any("clinic/core/" in line for line in waits(ZETA))
        assert "newer/" not in str(waits(ZETA))
        desk.publisher.stop()
