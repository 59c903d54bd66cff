"""docs/operate.md: it names every command about the database, and those of its schedules run."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import click
import pytest

from service.commandline import database, rulesets
from service.commandline.decisions import KEPT
from service.store.decisions.log import PAGE as AT_ONCE
from tests.commandline.console import picoplan
from tests.docs.pages import DOCS, ROOT, Page, in_code
from tests.replaying.past import Past

PAGE = Page("operate.md")


def sample(name: str) -> str:
    (found,) = [block for block in PAGE.blocks if block.marks.get("file") == name]
    return found.text


def commands(text: str) -> list[str]:
    return re.findall(r"picoplan (?:database|decisions) .*", text)


@pytest.mark.parametrize(("name", "group"), [("database", database.command), ("rulesets", rulesets.command)])
def test_every_command_of_the_group_is_described(name: str, group: click.Group) -> None:
    said = " ".join(in_code(PAGE.text))
    assert [one for one in group.commands if f"picoplan {name} {one}" not in said] == []


@pytest.mark.parametrize(
    "line", [*commands(sample("backup")), *commands(sample("cron")), *commands(sample("purge.service"))]
)
def test_the_commands_of_schedules_run_and_run_again(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", Past(tmp_path).url)
    there = line.replace("/var/backups", str(tmp_path)).replace(
        "/etc/picoplan/rulesets", str(ROOT / "rulesets")
    )
    arguments = shlex.split(there)[1:]
    for _ in range(2):
        said = picoplan(*arguments)
        assert (said.code, said.err) == (0, "")


def test_the_timer_starts_the_service_that_purges_every_night() -> None:
    service, timer = configparser.ConfigParser(), configparser.ConfigParser()
    service.optionxform = timer.optionxform = str  # type: ignore[assignment, method-assign]
    service.read_string(sample("purge.service"))
    timer.read_string(sample("purge.timer"))
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["OnCalendar"] == "*-*-* 03:17:00"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_schedules_look_after_the_database_of_the_unit_of_systemd() -> None:
    served = (DOCS / "deploy" / "picoplan.service").read_text()
    for setting in re.findall(
        r"^(?:EnvironmentFile|User)=.*|^Environment=PICOPLAN_DATA_DIR=.*", served, re.M
    ):
        assert setting in sample("purge.service").splitlines()
    (program, folder) = re.findall(r"^ExecStart=(.*/picoplan) serve (--rulesets .*)$", served, re.M)[0]
    (directory,) = re.findall(r"^Environment=(PICOPLAN_DATA_DIR=.*)$", served, re.M)
    assert f"ExecStart={program} decisions purge" in sample("purge.service")
    paths, where, *lines = sample("cron").splitlines()
    assert (where, program.rpartition("/")[0] in paths) == (directory, True)
    assert [one for one in [*lines, *commands(sample("purge.service"))] if not one.endswith(folder)] == []


def test_what_is_kept_where_nothing_is_said_and_how_many_go_at_once_are_those_of_the_code() -> None:
    assert f"purge --keep {KEPT.number}{KEPT.unit}`" in PAGE.text
    assert f"It deletes {AT_ONCE} at a time" in PAGE.text
