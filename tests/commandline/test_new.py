"""``picoplan new`` makes a ruleset that a clinic lead can begin with."""

import json
from pathlib import Path

import pytest

from tests.commandline.console import in_a_pipe, picoplan
from tests.commandline.samples import write_small


@pytest.mark.parametrize("options", [[], ["--extends", "pico-laser"]])
def test_what_is_made_checks_and_tests_clean(options: list[str], tmp_path: Path) -> None:
    said = in_a_pipe("new", "my-clinic", *options, folder=tmp_path)
    assert (said.err, said.code) == ("", 0)
    assert said.out.splitlines()[0] == "my-clinic/assessment.yaml"
    assert said.out.endswith("see what picoplan thinks of each save: picoplan watch my-clinic\n")
    checked = picoplan("check", "--no-proofs", "--strict", "my-clinic", folder=tmp_path)
    assert (checked.out, checked.code) == ("1 ruleset, no problems.\n", 0)
    tested = picoplan("test", "my-clinic", folder=tmp_path)
    assert tested.code == 0
    assert tested.out.endswith(", all as expected.\n")


def test_its_schemas_are_written_and_vs_code_is_told(tmp_path: Path) -> None:
    picoplan("new", "my-clinic", folder=tmp_path)
    assert (tmp_path / "my-clinic" / ".schemas" / "factors.json").is_file()
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert "./my-clinic/.schemas/factors.json" in settings["yaml.schemas"]


def test_it_lies_among_the_rulesets_that_are_at_hand(tmp_path: Path) -> None:
    rulesets = write_small(tmp_path)
    assert picoplan("new", "ours", "--extends", "small", folder=tmp_path).code == 0
    assert (rulesets / "ours" / "ruleset.yaml").is_file()
    (tmp_path / "else").mkdir()
    assert picoplan("new", "ours", "--in", "else", folder=tmp_path).code == 0
    assert (tmp_path / "else" / "ours" / "ruleset.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["Our Clinic"],
            '"Our Clinic" is not an id: only lower-case letters, digits, - and _. Write "our_clinic".',
        ),
        (["ours", "--in", "nowhere"], "nowhere is not a folder: make it first"),
        (["ours", "--in", ""], '"" is not a folder'),
        (["ours", "--extends", "smal"], 'There is no ruleset "smal" to extend. Did you mean "small"?'),
        (["small"], "rulesets/small is there already. Choose another name, or move it away."),
    ],
)
def test_what_will_not_do_is_refused_in_one_line(
    arguments: list[str], complaint: str, tmp_path: Path
) -> None:
    rulesets = write_small(tmp_path)
    said = picoplan("new", *arguments, folder=tmp_path)
    assert (said.out, said.err, said.code) == ("", f"picoplan: {complaint}\n", 2)
    assert [path.name for path in rulesets.iterdir()] == ["small"]


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "rulesets").symlink_to("/proc")
    said = in_a_pipe("new", "ours", folder=tmp_path)
    assert (said.out, said.code) == ("", 2)
    assert said.err.count("\n") == 1
