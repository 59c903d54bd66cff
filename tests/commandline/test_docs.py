"""``picoplan docs`` as a person runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from service.store.archive import open_archive
from service.store.editions import edition_of
from service.store.folders import read_shelf
from tests.commandline.console import picoplan
from tests.commandline.samples import edit, write_small


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the small ruleset below ``rulesets`` and an archive of its own."""
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    return write_small(tmp_path).parent


def test_the_page_lies_beside_and_is_said_to(folder: Path) -> None:
    said = picoplan("docs", "small", folder=folder)
    assert (said.code, said.out, said.err) == (0, "Wrote small.html. Open it in a browser.\n", "")
    page = (folder / "small.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert '<h1 dir="auto">Small plan</h1>' in page


def test_it_can_go_elsewhere_or_to_standard_output(folder: Path) -> None:
    to_file = picoplan("docs", "small", "-o", "out/page.html", folder=folder)
    assert to_file.out == "Wrote out/page.html. Open it in a browser.\n"
    to_stdout = picoplan("docs", "small", "-o", "-", folder=folder)
    assert to_stdout.code == 0
    assert to_stdout.out == (folder / "out" / "page.html").read_text(encoding="utf-8")
    assert not (folder / "small.html").exists()


def test_one_rulesets_folder_will_do(folder: Path) -> None:
    said = picoplan("docs", "small", "--rulesets", "rulesets/small", folder=folder)
    assert said.code == 0


def test_what_changed_since_a_folder_is_on_the_page(folder: Path) -> None:
    write_small(folder / "old")
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 7")
    for since in ("old/rulesets", "old/rulesets/small"):
        picoplan("docs", "small", "--since", since, folder=folder)
        page = (folder / "small.html").read_text(encoding="utf-8")
        assert "now “Sessions: 5 to 7 sessions, typically 6”" in page


def test_what_changed_since_the_version_that_served_is_on_the_page(folder: Path) -> None:
    none = picoplan("docs", "small", "--since", "served", folder=folder)
    assert (none.code, none.err) == (2, "picoplan: no other version of small has served from rulesets\n")
    archive = open_archive(folder / "rulesets")
    archive.publish(
        edition_of(read_shelf(folder / "rulesets").read["small"]), datetime(2026, 1, 1, tzinfo=UTC)
    )
    archive.close()
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 7")
    said = picoplan("docs", "small", "--since", "served", folder=folder)
    assert said.code == 0
    assert "now “Sessions: 5 to 7 sessions, typically 6”" in (folder / "small.html").read_text(
        encoding="utf-8"
    )


def test_a_failed_scenario_is_said_beside(folder: Path) -> None:
    edit(folder / "rulesets/small/scenarios/1-all.yaml", "{min: 4, typical: 5", "{min: 4, typical: 7")
    said = picoplan("docs", "small", folder=folder)
    assert said.code == 0
    assert said.err.startswith("1 scenario failed. The page says so;")
    assert "sessions.typical is 5, expected 7" in (folder / "small.html").read_text(encoding="utf-8")


def test_errors_leave_no_page(folder: Path) -> None:
    edit(folder / "rulesets/small/factors/1-concern.yaml", "concern: scars}", "concern: scar}")
    said = picoplan("docs", "small", folder=folder)
    assert said.code == 1
    assert "error unknown-option" in said.err
    assert said.err.endswith("1 error, so there is no page.\n")
    assert not (folder / "small.html").exists()


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["smal"], 'there is no ruleset "smal". Did you mean "small"?'),
        (["small", "--rulesets", "nowhere"], "nowhere is not a folder"),
        (["small", "--since", "nowhere"], "nowhere is not a folder"),
        (["small", "--since", "other"], 'other has no ruleset "small" to compare with'),
        (["small", "--since", "bad"], 'the rules in bad have errors: "picoplan check bad" shows them'),
        (["small", "-o", "rulesets"], "rulesets can't be written: Is a directory"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(folder: Path, arguments: list[str], wrong: str) -> None:
    write_small(folder / "made")
    (folder / "made/rulesets/small").rename(folder / "made/rulesets/another")
    (folder / "made/rulesets").rename(folder / "other")
    edit(folder / "other/another/ruleset.yaml", "id: small", "id: another")
    (folder / "bad/small").mkdir(parents=True)
    (folder / "bad/small/ruleset.yaml").write_text("id: small\n")
    said = picoplan("docs", *arguments, folder=folder)
    assert (said.code, said.err) == (2, f"picoplan: {wrong}\n")


def test_what_edits_mean_is_said_by_labels_and_titles(tmp_path: Path) -> None:
    old = write_small(tmp_path).rename(tmp_path / "old")
    new = write_small(tmp_path)
    edit(new / "small" / "factors" / "1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 6")
    edit(new / "small" / "factors" / "2-response.yaml", "when: {gold: yes}", "when: {sensitive: yes}")
    said = picoplan("docs", "small", "--rulesets", new, "--since", old, "-o", tmp_path / "page.html")
    assert said.code == 0, said.err
    page = unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
    _, _, meaning = page.partition("What it means for clients")
    meaning, _, _ = meaning.partition("</section>")
    assert "“What should be treated?” Scars" in meaning
    assert "stopped by “Gold” now" in meaning
    assert "Gold therapy ever? no" in meaning
    for name in ("concern", "phototype", "sensitive"):
        assert name not in meaning, meaning
