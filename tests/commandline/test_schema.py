"""``picoplan schema`` prints a schema, or puts all of them where an editor looks, with its settings."""

import json
from pathlib import Path

import pytest

from service.store.folders import shipped
from tests.commandline.console import in_a_pipe, picoplan
from tests.commandline.samples import edit, write_small

KINDS = [
    "assessment",
    "client-page",
    "evidence",
    "factors",
    "guarantees",
    "ruleset",
    "scenarios",
    "sign-off",
    "texts",
]


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def test_the_schema_of_rules_is_printed(rulesets: Path) -> None:
    said = in_a_pipe("schema", "rulesets/small", folder=rulesets.parent)
    assert (said.err, said.code) == ("", 0)
    schema = json.loads(said.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "factors/*.yaml of small"
    assert "concern" in schema["$defs"]["when"]["properties"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_has_one(kind: str, rulesets: Path) -> None:
    said = picoplan("schema", rulesets / "small", "--kind", kind)
    assert said.code == 0
    assert json.loads(said.out)["title"].endswith(" of small")


def test_the_only_ruleset_of_a_folder_need_not_be_named(rulesets: Path) -> None:
    assert picoplan("schema", folder=rulesets.parent).code == 0


def test_one_of_several_has_to_be_named() -> None:
    said = picoplan("schema", shipped())
    assert (said.out, said.code) == ("", 2)
    assert (
        said.err
        == f"picoplan: {shipped()} holds 3 rulesets: name one, such as {shipped() / 'example-clinic'}\n"
    )


def test_all_are_written_beside_the_files_and_vs_code_is_told(rulesets: Path) -> None:
    said = picoplan("schema", "rulesets", "--write", folder=rulesets.parent)
    assert (said.err, said.code) == ("", 0)
    assert said.out == (
        f"rulesets/small: schemas for {len(KINDS)} kinds of file in .schemas\n"
        "rulesets/.vscode/settings.json: written\n"
        f"rulesets/.vscode/extensions.json: written\nIn VS Code open this folder: {rulesets}\n"
    )
    assert sorted(path.name for path in (rulesets / "small" / ".schemas").iterdir()) == [
        f"{k}.json" for k in KINDS
    ]
    settings = json.loads((rulesets / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert settings["yaml.schemas"]["./small/.schemas/factors.json"] == ["/small/factors/*.yaml"]
    assert (
        picoplan("check", "--no-proofs", "rulesets", folder=rulesets.parent).out
        == "1 ruleset, no problems.\n"
    )


def test_written_again_nothing_changes(rulesets: Path) -> None:
    picoplan("schema", rulesets, "--write")
    before = {path: path.stat().st_mtime_ns for path in rulesets.rglob("*") if path.is_file()}
    said = picoplan("schema", rulesets, "--write")
    assert ": written" not in said.out
    assert {path: path.stat().st_mtime_ns for path in rulesets.rglob("*") if path.is_file()} == before


def test_the_folder_above_is_told_where_that_is_a_checkout_or_is_named(rulesets: Path) -> None:
    (rulesets.parent / ".git").mkdir()
    picoplan("schema", rulesets, "--write")
    settings = json.loads((rulesets.parent / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert "./rulesets/small/.schemas/factors.json" in settings["yaml.schemas"]
    assert not (rulesets / ".vscode").exists()
    assert picoplan("schema", rulesets, "--write", "--workspace", rulesets).code == 0
    assert (rulesets / ".vscode" / "settings.json").is_file()


def test_settings_that_are_there_stay(rulesets: Path) -> None:
    folder = rulesets / ".vscode"
    folder.mkdir()
    (folder / "settings.json").write_text(
        '{\n  // big letters\n  "editor.fontSize": 18,\n}\n', encoding="utf-8"
    )
    (folder / "extensions.json").write_text("{}", encoding="utf-8")
    assert picoplan("schema", rulesets, "--write").code == 0
    text = (folder / "settings.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  // big letters\n  "editor.fontSize": 18,\n  "yaml.schemas": {\n')
    assert (folder / "extensions.json").read_text(encoding="utf-8") == "{}"


def test_settings_that_cannot_be_read_are_left_and_what_to_add_is_said(rulesets: Path) -> None:
    (rulesets / ".vscode").mkdir()
    settings = rulesets / ".vscode" / "settings.json"
    settings.write_text("{ half", encoding="utf-8")
    said = picoplan("schema", "rulesets", "--write", folder=rulesets.parent)
    assert said.code == 2
    assert said.err.startswith(
        "picoplan: rulesets/.vscode/settings.json is left as it is, for it is not JSON. "
        'Mend it, or add this by hand:\n{\n  "yaml.schemas": {\n'
    )
    assert settings.read_text(encoding="utf-8") == "{ half"


def test_a_ruleset_with_mistakes_gets_schemas_from_what_can_be_read(rulesets: Path) -> None:
    (rulesets / "small" / "factors" / "2-response.yaml").write_text("rules: [", encoding="utf-8")
    edit(rulesets / "small" / "ruleset.yaml", "version: 1.2.0", "version: one")
    said = in_a_pipe("schema", "rulesets/small", folder=rulesets.parent)
    assert (said.err, said.code) == ("", 0)
    assert "phototype" in json.loads(said.out)["$defs"]["when"]["properties"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "picoplan: nowhere is not a folder\n"),
        ([""], 'picoplan: "" is not a folder\n'),
        (["."], "picoplan: . holds no ruleset: a ruleset is a folder with ruleset.yaml in it\n"),
        ([], 'picoplan: there is no folder "rulesets" here: name a ruleset, such as rulesets/pico-laser\n'),
    ],
)
def test_what_is_no_ruleset_is_refused_in_one_line(
    arguments: list[str], complaint: str, tmp_path: Path
) -> None:
    said = picoplan("schema", *arguments, folder=tmp_path)
    assert (said.out, said.err, said.code) == ("", complaint, 2)


def test_a_workspace_goes_with_write_and_holds_the_ruleset(rulesets: Path, tmp_path: Path) -> None:
    said = picoplan("schema", rulesets / "small", "--workspace", rulesets)
    assert (said.err.startswith("picoplan schema: --workspace goes with --write."), said.code) == (True, 2)
    (tmp_path / "else").mkdir()
    said = picoplan("schema", rulesets, "--write", "--workspace", tmp_path / "else")
    assert said.code == 2
    assert said.err.endswith(": name a folder that holds it\n")
