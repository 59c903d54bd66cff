"""``picoplan check --fix``: mends are shown, and made where a person agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commandline.console import CommandOutput, picoplan
from tests.commandline.samples import CONCERN, RESPONSE, edit, write_small


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    """A ruleset with two words misspelt, each in a file of its own, and a file that ends in yml."""
    root = write_small(tmp_path)
    edit(root / "small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    edit(root / "small/factors/2-response.yaml", "phototype: V\n", "fototype: V\n")
    return root


def fixed(rulesets: Path, *more: str, answers: str = "") -> CommandOutput:
    return picoplan("check", "rulesets", "--fix", "--no-proofs", *more, folder=rulesets.parent, stdin=answers)


def text(rulesets: Path, name: str) -> str:
    return (rulesets / "small/factors" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answers", "concern", "response", "made"),
    [
        ("y\ny\n", CONCERN, RESPONSE, "2 mends made."),
        ("all\n", CONCERN, RESPONSE, "2 mends made."),
        ("n\ny\n", None, RESPONSE, "1 mend made."),
        ("y\nquit\n", CONCERN, None, "1 mend made."),
        ("a\n", CONCERN, RESPONSE, "2 mends made."),
        ("Yes\nq\n", CONCERN, None, "1 mend made."),
        ("quit\n", None, None, "Nothing was mended."),
        ("\n\n", None, None, "Nothing was mended."),
    ],
)
def test_what_a_person_agrees_to_is_mended_and_the_rest_left(
    rulesets: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    concern: str | None,
    response: str | None,
    made: str,
) -> None:
    before = [text(rulesets, name) for name in ("1-concern.yaml", "2-response.yaml")]
    monkeypatch.setattr("service.commandline.check.need_a_person", lambda _mend: None)
    said = fixed(rulesets, answers=answers)
    assert text(rulesets, "1-concern.yaml") == (concern or before[0])
    assert text(rulesets, "2-response.yaml") == (response or before[1])
    assert made in said.out.splitlines()
    assert said.code == (0 if made.startswith("2") else 1)
    assert "    - when: {concern: scar}\n    + when: {concern: scars}\n" in said.out


def test_where_nobody_is_there_to_ask_nothing_is_mended_without_yes(rulesets: Path) -> None:
    before = text(rulesets, "1-concern.yaml")
    said = fixed(rulesets)
    assert (said.code, text(rulesets, "1-concern.yaml")) == (2, before)
    assert said.err.startswith("picoplan: nobody is there to ask. ")
    assert said.err.endswith('then mend with "--fix --yes".\n')
    said = fixed(rulesets, "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("2 mends made.\n1 ruleset, no problems.\n")


def test_a_ruleset_without_problems_is_left_as_it_is(rulesets: Path) -> None:
    fixed(rulesets, "--yes")
    assert fixed(rulesets, "--yes").out == "Nothing was mended.\n1 ruleset, no problems.\n"


def test_each_of_two_equal_lines_is_asked_about(rulesets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rulesets / "small/factors/1-concern.yaml"
    edit(path, "{concern: given}", "{concern: scar}")
    monkeypatch.setattr("service.commandline.check.need_a_person", lambda _mend: None)
    said = fixed(rulesets, answers="n\ny\nn\n")
    assert said.out.count("    - when: {concern: scar}\n") == 2
    assert path.read_text(encoding="utf-8").count("{concern: scars}") == 1


def test_a_file_with_another_name_is_renamed_and_never_over_another(rulesets: Path) -> None:
    factors = rulesets / "small/factors"
    (factors / "2-response.yaml").rename(factors / "2-response.yml")
    fixed(rulesets, "--yes")
    assert sorted(path.name for path in factors.iterdir()) == ["1-concern.yaml", "2-response.yaml"]


@pytest.mark.parametrize("arguments", [("--fix", "--format", "json"), ("--yes",)])
def test_fix_talks_to_a_person_and_yes_goes_with_it(rulesets: Path, arguments: tuple[str, ...]) -> None:
    said = picoplan("check", "rulesets", *arguments, folder=rulesets.parent)
    assert (said.code, said.out) == (2, "")


def test_no_shipped_ruleset_is_mended_unasked(tmp_path: Path) -> None:
    said = picoplan("check", "--fix", "--yes", folder=tmp_path)
    assert (said.code, said.err) == (
        2,
        'picoplan: there is no folder "rulesets" here: name the one to mend\n',
    )
