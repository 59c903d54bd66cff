"""``picoplan evaluate``: the plan as a person reads it, the answer as JSON, every mistake at its place."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from service.commandline.plan import plan_lines
from service.serving.evaluate import Answering
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from tests.commandline.console import CommandOutput, in_a_pipe, on_a_terminal, picoplan
from tests.commandline.samples import edit, write_small
from tests.evaluation.worked import cases
from tests.properties.serving import write

PLAN = """\
Small plan (small 1.2.0) on 2026-12-01

Verdict           A clinician looks at this first. (clinician_review)
Is one enough?    One session will not be enough.
Sessions          4 to 7, typically 6
Between sessions  6 to 8 weeks, typically 7
Still needed      4 to 7, typically 6
Support           judgement, the weakest of the rules that gave numbers

Advice
  - We begin gently. [darker]

What the sessions can be expected to bring
  - Scars soften. [scars]

What further sessions bring
  - Collagen goes on rebuilding.

Not asked yet
  - Gold therapy ever? (gold)

How the sessions come about (min, typical, max)
  base       4, 5, 6      scars
  x 1.2      4.8, 6, 7.2  darker (phototype.times of V)
  rounded    4, 6, 8      min down, typical half up, max up, none under 1
  at most 7  4, 6, 7      longest (concern.most of scars)

How the weeks between sessions come about (min, typical, max)
  base  4, 5, 6  scars
  + 2   6, 7, 8  darker

Why: the rules that fired
  Scars (scars)
    factor      Skin concern
    because     Trials gave four to six.
    matched     concern scars
    support     published, EV-1
    defined at  factors/1-concern.yaml:3
  The longest course (longest)
    factor      Skin concern
    because     No study went further.
    matched     concern scars
    support     judgement
    defined at  factors/1-concern.yaml:11
  Darker skin (darker)
    factor      Skin response
    because     Darker skin is given more time.
    matched     phototype V
    support     judgement, EV-1, EV-2
    defined at  factors/2-response.yaml:3

Papers
  EV-1  A trial of scars, J Scars, 2020, https://doi.org/10.1000/scars
  EV-2  Darker skin, https://example.org/skin

Warnings
  - not-signed-off: Nobody has signed off version 1.2.0 of small as it stands.

Decision ID of TIME, DIGEST
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


def evaluate(clinic: Path, text: str, *options: str, name: str = "client.yaml") -> CommandOutput:
    (clinic / name).write_text(text, encoding="utf-8")
    return picoplan("evaluate", "small", name, "--as-of", "2026-12-01", *options, folder=clinic)


def steady(text: str) -> str:
    """The text without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"sha256:[0-9a-f]{64}", "DIGEST", re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", text))


def test_a_plan_reads_as_a_whole(clinic: Path) -> None:
    said = evaluate(clinic, "concern: scars\nphototype: V\n")
    assert (steady(said.out), said.err, said.code) == (PLAN, "", 0)


@pytest.mark.parametrize("name", ["client.json", "client.txt", "client"])
def test_the_same_assessment_as_json_gets_the_same_plan(clinic: Path, name: str) -> None:
    said = evaluate(clinic, '{"concern": "scars", "phototype": "V", "gold": null}', name=name)
    assert steady(said.out) == PLAN


@pytest.mark.parametrize("text", ["{concern: scars, phototype: V}", '{"concern": "scars", "phototype": "V"}'])
def test_a_dash_reads_standard_input(clinic: Path, text: str) -> None:
    said = in_a_pipe("evaluate", "small", "-", "--as-of", "2026-12-01", folder=clinic, stdin=text)
    assert steady(said.out) == PLAN


def test_json_is_the_answer_of_the_service_indented(clinic: Path) -> None:
    said = evaluate(clinic, "{concern: scars, phototype: V, gold: no}", "--json")
    answer = json.loads(said.out)
    assert said.out == json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    assert list(answer)[:4] == ["decision_id", "evaluated_at", "as_of", "ruleset"]
    assert (answer["verdict"], answer["as_of"]) == ("several_sessions", "2026-12-01")
    assert answer["sessions"] == {"min": 4, "typical": 6, "max": 7}


def test_a_stop_shows_no_numbers_and_says_why(clinic: Path) -> None:
    said = evaluate(clinic, "{concern: scars, phototype: I, gold: yes}")
    assert said.code == 0
    assert (
        "Sessions          no number\nBetween sessions  no number\nStill needed      no number\n" in said.out
    )
    assert "No treatment\n  - Gold therapy rules lasers out. [gold]\n" in said.out
    assert "How the sessions come about" not in said.out


def test_every_mistake_in_a_yaml_assessment_is_named_at_its_place(clinic: Path) -> None:
    said = evaluate(clinic, "concern: scar\ngold: perhaps\ntan: yes\n")
    assert (said.out, said.code) == ("", 1)
    assert said.err == (
        'client.yaml:1:1: error missing phototype is required: "Skin type" Send one of "I", "V".\n'
        'client.yaml:1:10: error unknown-option concern: "scar" is not one of its options. '
        'Did you mean "scars"?\n'
        'client.yaml:2:7: error wrong-type gold: "perhaps" is neither yes nor no. Write one of these.\n'
        'client.yaml:3:1: error unknown-input "tan" is not an input of this ruleset. '
        'Send one of "concern", "phototype", "sensitive", "gold".\n'
    )


def test_every_mistake_in_a_json_assessment_is_named_at_its_place(clinic: Path) -> None:
    text = '{\n "concern": "scars",\n "phototype": 5, "gold": "no",\n "gold": "yes"\n}'
    said = evaluate(clinic, text, name="client.json")
    assert said.code == 1
    assert [line.split(" ", 3)[:3] for line in said.err.splitlines()] == [
        ["client.json:3:15:", "error", "wrong-type"],
        ["client.json:3:26:", "error", "wrong-type"],
        ["client.json:4:2:", "error", "duplicate-key"],
    ]


def test_an_assessment_must_be_a_mapping(clinic: Path) -> None:
    said = evaluate(clinic, "[1, 2]")
    assert said.code == 1
    assert said.err.startswith("client.yaml:1:1: error wrong-type assessment must be a JSON object.")


def test_what_is_neither_json_nor_yaml_is_unreadable_at_its_place(clinic: Path) -> None:
    said = evaluate(clinic, '{"concern": }', name="client.json")
    assert said.err.startswith("client.json:1:13: error not-json From here on this is not JSON.")
    assert (said.err.count("\n"), said.out, said.code) == (1, "", 2)
    said = evaluate(clinic, "concern: [scars")
    assert said.err.startswith("client.yaml:")
    assert (said.err.count("\n"), said.out, said.code) == (1, "", 2)


def test_a_file_that_is_not_there_is_unreadable(clinic: Path) -> None:
    said = picoplan("evaluate", "small", "nobody.yaml", folder=clinic)
    assert said.err == "picoplan: nobody.yaml can't be read: No such file or directory\n"
    assert said.code == 2


def test_an_unknown_ruleset_names_the_nearest(clinic: Path) -> None:
    said = picoplan("evaluate", "smal", "-", folder=clinic)
    assert (said.err, said.code) == ('picoplan: there is no ruleset "smal". Did you mean "small"?\n', 2)


def test_a_ruleset_with_errors_makes_no_plan(clinic: Path) -> None:
    edit(clinic / "rulesets/small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    said = evaluate(clinic, "{concern: scars, phototype: I}")
    assert (said.out, said.code) == ("", 1)
    assert said.err.startswith("rulesets/small/factors/1-concern.yaml:5:21: error unknown-option")


def test_before_a_ruleset_is_in_effect_it_makes_no_plan(clinic: Path) -> None:
    edit(clinic / "rulesets/small/ruleset.yaml", "version: 1.2.0", "version: 1.2.0\neffective: 2027-01-01")
    said = evaluate(clinic, "{concern: scars, phototype: I}")
    assert said.err == "picoplan: No version of small served on 2026-12-01. It serves from 2027-01-01 on.\n"
    assert said.code == 2


def test_a_date_that_is_none_is_wrong_usage(clinic: Path) -> None:
    said = picoplan("evaluate", "small", "-", "--as-of", "1.12.2026", folder=clinic)
    assert (said.err.count("\n"), said.code) == (1, 2)
    assert '"1.12.2026" is not a date such as 2026-12-01.' in said.err


@pytest.mark.parametrize(
    ("named", "month"),
    [("2026-07-04", 7), *((str(month), month) for month in range(1, 13))],
)
def test_an_example_is_taken_with_the_month_that_it_names(clinic: Path, named: str, month: int) -> None:
    said = picoplan(
        "evaluate",
        "small",
        "-",
        "--json",
        folder=clinic,
        stdin=f"{{concern: scars, phototype: I, as of: {named}}}",
    )
    day = date.fromisoformat(json.loads(said.out)["as_of"])
    assert day.month == month
    assert named == str(day) or day >= datetime.now(UTC).date() - timedelta(days=1)


@pytest.mark.parametrize("named", ["13", "0", "July", "2026-13-01"])
def test_a_month_that_is_none_is_a_mistake_at_its_place(clinic: Path, named: str) -> None:
    said = evaluate(clinic, f"{{concern: scars, phototype: I, as of: {named}}}")
    assert said.err.startswith('client.yaml:1:32: error unknown-input "as of"')
    assert said.code == 1


def test_every_label_stands_apart_from_what_it_says(clinic: Path) -> None:
    edit(
        clinic / "rulesets/small/factors/2-response.yaml",
        "advise: We begin gently.",
        "maintenance weeks: 12",
    )
    said = evaluate(clinic, "concern: scars\nphototype: V\n")
    assert "\nTo keep the result  12 weeks" in said.out


def test_rulesets_may_lie_elsewhere(clinic: Path) -> None:
    said = picoplan(
        "evaluate", "small", "-", "--rulesets", clinic / "rulesets", stdin="{concern: scars, phototype: I}"
    )
    assert said.code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "what was expected of sessions counts as much as two of them",
            "b (40 of 75 % after 3: the least m with 0.6 x r^m <= 0.25, "
            "where r = (0.25^(2/4) x 0.6)^(1/(3+2)))",
        ),
        (
            "with gains that are even each session adds as much",
            "b (16 of 25 % after 4: the least m with 16 + m x g >= 25, where g = (16 + 2 x 6) / (4+2))",
        ),
        (
            "what each session adds may be an attribute",
            "b (10 of 51 % after 2: the least m with 10 + m x g >= 51, where g = (10 + 1 x 2) / (2+1))",
        ),
        (
            "even gains that come out exactly are enough",
            "b (12 of 24 % after 4: the least m with 12 + m x g >= 24, where g = 12 / 4)",
        ),
        (
            "of several the one that needs most wins, and all targets must be met",
            "b: another base needs more (80 of 75 % after 2: the least m with 0.2^(2+m) <= 0.25^2)",
        ),
    ],
)
def test_a_plan_made_again_shows_its_formula_with_the_numbers_in(
    name: str, told: str, tmp_path: Path
) -> None:
    case = next(case for case in cases() if case.name == name)
    client = tmp_path / "client.json"
    client.write_text(json.dumps(case.asked), encoding="utf-8")
    said = picoplan("evaluate", "generated", client, "--rulesets", write(case.files, tmp_path))
    assert told in said.out
    assert "made again" in said.out


def test_headings_stand_out_on_a_terminal_only(clinic: Path) -> None:
    (clinic / "client.yaml").write_text("{concern: scars, phototype: V}", encoding="utf-8")
    arguments = ("evaluate", "small", clinic / "client.yaml", "--rulesets", clinic / "rulesets")
    assert "\x1b[1mAdvice\x1b[0m" in on_a_terminal(*arguments).out
    assert "\x1b" not in on_a_terminal(*arguments, environ={"NO_COLOR": "1"}).out


def test_every_shipped_scenario_can_be_told_and_its_trail_ends_in_the_plan() -> None:
    """The last numbers of each trail are those that the plan gives."""
    snapshot = take_snapshot(read_shelf(shipped()))
    answering = Answering(snapshot)
    for name, compiled in snapshot.served.items():
        for scenario in compiled.ruleset.scenarios:
            assessment = dict(scenario.assessment)
            answer = answering.evaluate({"ruleset": name, "assessment": assessment})
            assert isinstance(answer, dict)
            told = "\n".join(plan_lines(compiled.ruleset, assessment, answer))
            assert answer["verdict_text"].split()[0] in told
            sessions = answer["sessions"]
            if sessions is not None and answer["steps"]:
                last = [step for step in answer["steps"] if step["of"] == "sessions"][-1]
                assert {part: last[part] for part in sessions} == sessions
                assert f"{sessions['min']}, {sessions['typical']}, {sessions['max']}" in told
