"""Rules that look at the month: what is answered on a day, and in which time zone a day is today."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.evaluation.compiled import CompiledRuleset, facts_of_plans
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.what_if import what_if
from tests.analysis.proofs.brute import everything
from tests.commandline.console import picoplan
from tests.language.samples import CLIENT, NUMBERS, Files, clinic, rule
from tests.properties.serving import open_folder, write

SUMMER = "6 to 8"


def seasonal(**ruleset: Any) -> Files:
    """A ruleset that defers in summer and adds a session in winter."""
    files = clinic(
        rule("sun", {"defer": "Too much sun."}, {"as of.month": SUMMER}),
        rule("cold", {"add sessions": 1}, {"as of.month": [12, 1, 2], "goal": "some"}),
        rule("dark", {"advise": "Take vitamin D."}, {"not": {"as of.month": "at least 3"}}),
    )
    files["assessment"]["inputs"]["goal"]["changeable"] = True
    files["ruleset"].update(ruleset)
    return files


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    opened = open_folder(write(seasonal(), tmp_path_factory.mktemp("seasons")))
    yield opened
    opened.snapshot.close()


def asked(answering: Answering, as_of: str | None) -> dict[str, Any]:
    body = {"ruleset": "generated", "assessment": CLIENT, **({} if as_of is None else {"as_of": as_of})}
    answered = answering.evaluate(body)
    assert not isinstance(answered, Refused), answered
    return answered


@pytest.mark.parametrize(
    ("as_of", "fired"),
    [
        ("2026-12-31", {"cold"}),
        ("2027-02-28", {"cold", "dark"}),
        ("2027-03-01", set()),
        ("2027-05-31", set()),
        ("2027-06-01", {"sun"}),
        ("2027-08-31", {"sun"}),
        ("2027-09-01", set()),
    ],
)
def test_the_month_of_the_day_for_which_is_asked_decides(
    answering: Answering, as_of: str, fired: set[str]
) -> None:
    answered = asked(answering, as_of)
    assert {hit["rule"] for hit in answered["fired"]} & {"sun", "cold", "dark"} == fired
    assert asked(answering, as_of)["sessions"] == answered["sessions"], "also from a plan that was kept"


def test_an_answer_says_which_month_it_was(answering: Answering) -> None:
    matched = {hit["rule"]: hit["matched"] for hit in asked(answering, "2027-01-15")["fired"]}
    assert matched["cold"] == {"as_of.month": 1, "goal": "some"}
    assert matched["dark"] == {}, "nothing from inside not"


def test_the_month_is_in_the_key_under_which_plans_are_kept(answering: Answering) -> None:
    assert "as of.month" in facts_of_plans(answering.snapshot.served["generated"].ruleset)


def test_a_month_is_no_question_of_an_assessment(answering: Answering) -> None:
    for name in ("as of.month", "as of", "as_of.month"):
        body = {"ruleset": "generated", "assessment": {**CLIENT, name: 7}, "as_of": "2027-01-15"}
        answered = answering.evaluate(body)
        assert isinstance(answered, Refused)
        assert [error.code for error in answered.errors] == ["unknown-input"]


def test_a_ruleset_with_seasons_can_not_be_asked_without_a_month(answering: Answering) -> None:
    with pytest.raises(KeyError):
        answering.snapshot.served["generated"].decide(CLIENT)


def test_what_if_asks_for_the_same_day(answering: Answering) -> None:
    def changes(as_of: str) -> Any:
        said = what_if(answering, {"ruleset": "generated", "assessment": CLIENT, "as_of": as_of})
        assert not isinstance(said, Refused)
        return said["now"]["verdict"], [one["sessions"] for one in said["changes"]]

    assert changes("2027-07-01") == ("defer", [])
    assert changes("2027-04-01") == ("several_sessions", [])
    assert len(changes("2027-01-15")[1]) == 1, "in winter another goal needs a session less"


def test_today_is_the_day_in_the_time_zone_of_the_ruleset(tmp_path: Path) -> None:
    for zone, day in (("Pacific/Kiritimati", date(2027, 6, 1)), ("Pacific/Pago_Pago", date(2027, 5, 30))):
        opened = open_folder(write(seasonal(**{"time zone": zone}), tmp_path / zone.replace("/", "-")))
        ruleset = opened.snapshot.served["generated"].ruleset
        assert ruleset.today(datetime(2027, 5, 31, 10, 30, tzinfo=UTC)) == day
        before = ruleset.today(datetime.now(UTC)).isoformat()
        answered = asked(opened, None)["as_of"]
        assert before <= answered <= ruleset.today(datetime.now(UTC)).isoformat()
        opened.snapshot.close()


def test_a_scenario_names_its_day_and_coverage_suggests_one_for_a_season(tmp_path: Path) -> None:
    files = seasonal()
    winter = {"as of": "2027-01-15", "expect": {"fired": ["cold", "dark"], "not fired": ["sun"]}}
    files["scenarios/1"] = [{"name": "In winter", "assessment": CLIENT, **winter}]
    folder = write(files, tmp_path) / "generated"
    assert picoplan("test", folder).code == 0
    assert picoplan("test", folder, "--suggest").code == 0
    suggested = yaml.load(
        (folder / "scenarios" / "suggested.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    assert all("as of" in one and "as of" not in one["assessment"] for one in suggested)
    again = picoplan("test", folder, "--coverage")
    assert again.code == 0, again.out + again.err


@pytest.mark.parametrize("command", [("check", "--no-proofs"), ("test",)])
def test_a_scenario_that_hangs_on_the_month_and_names_no_day_is_a_mistake_all_year(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    files = seasonal()
    client = {"assessment": CLIENT, "expect": {"deferrals": []}}
    files["scenarios/1"] = [
        {"name": "Not in summer", **client},
        {"name": "Always", "assessment": CLIENT, "expect": {"stops": []}},
        {"name": "In spring", "as of": "2027-04-01", **client},
    ]
    root = write(files, tmp_path)
    said = picoplan(*command, root, folder=tmp_path)
    told = [
        line.partition(": error ")[2] for line in (said.out + said.err).splitlines() if ": error " in line
    ]
    assert told == [
        'scenario-invalid "Not in summer": what it gets depends on the month. '
        "Add as of, with a day in one of the months 1, 2, 3, 4, 5, 9, 10, 11, 12."
    ]
    assert said.code == 1


def test_explain_shows_the_month(answering: Answering, tmp_path: Path) -> None:
    root = write(seasonal(), tmp_path)
    (tmp_path / "client.yaml").write_text("goal: some\nsessions_done: 0\n", encoding="utf-8")
    said = picoplan(
        "explain", "generated", tmp_path / "client.yaml", "--rulesets", root, "--as-of", "2027-07-01"
    )
    assert said.code == 0, said.err
    assert re_spaced("as of.month: 6 to 8 is 7") in re_spaced(said.out)


def re_spaced(text: str) -> str:
    return " ".join(text.split())


PROMISES = [
    ({"always": "defer", "when": {"as of.month": SUMMER}}, True),
    ({"always": "defer", "when": {"as of.month": "5 to 8"}}, False),
    ({"never": "defer", "when": {"as of.month": "not [6, 7, 8]"}}, True),
    ({"never": "defer"}, False),
    ({"never": "sessions above 7", "when": {"as of.month": SUMMER}}, True),
    ({"never": "sessions above 6"}, False),
]


@pytest.mark.parametrize(("says", "holds"), PROMISES, ids=str)
def test_guarantees_are_proven_over_all_twelve_months(
    says: dict[str, Any], holds: bool, tmp_path: Path
) -> None:
    files = seasonal()
    files["guarantees"] = {"guarantees": [{"id": "promised", "title": "Promised", **says}]}
    said = picoplan("check", write(files, tmp_path) / "generated")
    assert ("guarantee-broken" in said.out) is not holds, said.out


def test_every_rule_of_a_season_is_reached_and_one_of_no_month_is_not(tmp_path: Path) -> None:
    files = seasonal()
    both = {"all": [{"as of.month": SUMMER}, {"as of.month": "1 to 3"}]}
    files["factors"]["1-concern.yaml"]["rules"].append(rule("never", {"advise": "Never."}, both))
    said = picoplan("check", write(files, tmp_path) / "generated")
    assert [line for line in said.out.splitlines() if "unreachable" in line and "never" in line]
    assert not [line for line in said.out.splitlines() if "unreachable" in line and "sun" in line]


def test_every_month_is_decided_as_the_rules_say(answering: Answering) -> None:
    compiled: CompiledRuleset = answering.snapshot.served["generated"]
    seen = {
        (given["as of"], hit.rule.id)
        for given, decision in everything(compiled, NUMBERS).decisions
        for hit in decision.fired
    }
    assert {int(month) for month, name in seen if name == "sun"} == {6, 7, 8}
    assert {int(month) for month, name in seen if name == "cold"} == {12, 1, 2}
    assert {int(month) for month, name in seen if name == "dark"} == {1, 2}


def test_a_longer_season_is_told_with_its_months(tmp_path: Path) -> None:
    longer = seasonal()
    longer["factors"]["1-concern.yaml"]["rules"][-3]["when"] = {"as of.month": "5 to 8"}
    old, new = (
        write(files, tmp_path / name) / "generated" for name, files in (("a", seasonal()), ("b", longer))
    )
    said = picoplan("diff", old, new)
    assert "No change in meaning" not in said.out
    assert "as of: 5" in said.out, said.out
    page = picoplan("docs", new, "--since", old.parent, "-o", "-").out
    assert "“The month” 5:" in html.unescape(re.sub(r"<[^>]+>", "", page))


def test_an_editor_takes_the_month_in_a_rule_and_not_where_a_question_is_asked(tmp_path: Path) -> None:
    folder = write(seasonal(), tmp_path) / "generated"
    whens, asked_for = (
        json.loads(picoplan("schema", folder, "--kind", kind).out)["$defs"][name]["properties"]
        for kind, name in (("factors", "when"), ("assessment", "only-if"))
    )
    assert "as of.month" in whens
    assert "as of.month" not in asked_for
