"""docs/operate.md: what it tells an operator to do is done as written; its settings are all there are."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import rich_click as click

from scripts.fill_log import filled
from service.commandline import serve
from service.commandline.main import picoplan
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.folders import shipped
from service.store.migrations import versions
from service.web.starting import STARTS_WITHIN_S
from tests.commandline import console
from tests.docs.pages import ROOT, Block, Page
from tests.ports import free_port
from tests.replaying.past import CLIENTS, Past
from tests.store.decided import tamper
from tests.store.postgres import programs

PAGE = Page("operate.md")
POSTGRES = "postgresql://picoplan@db/picoplan"
INSTALLED = Path(sys.executable).parent


def walk(name: str) -> str:
    (found,) = [block for block in PAGE.blocks if block.marks.get("walk") == name]
    return found.text


def table(name: str) -> Block:
    (found,) = [block for block in PAGE.blocks if block.marks.get("table") == name]
    return found


def run(commands: str, folder: Path, **environ: str) -> str:
    """What they print, all of which must succeed; backups lie in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PICOPLAN_")}
    found = programs()
    path = f"{INSTALLED}:{found}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-c", commands.replace("/var/backups", str(folder))],
        cwd=folder,
        env={**kept, "HOME": str(folder), "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def logged(url: str) -> int:
    log = DecisionLog(Database(url))
    try:
        return log.count()
    finally:
        log.close()


@pytest.mark.long
def test_from_nothing_to_a_service_that_answers_whoever_has_a_key(tmp_path: Path) -> None:
    shutil.copytree(shipped() / "pico-laser", tmp_path / "my-rulesets" / "pico-laser")
    port = free_port()
    commands = walk("first").replace(":8000/", f":{port}/").replace(" &\n", f" --port {port} &\n")
    said = run(f"trap 'kill %1 && wait %1' EXIT\n{commands}", tmp_path)
    assert said.rstrip().endswith("]}")
    assert '"id":"pico-laser"' in said


@pytest.mark.long
def test_it_installs_as_the_page_says(tmp_path: Path) -> None:
    source = tmp_path / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    installed = run(
        f"cd source\n{walk('install').replace('/opt/picoplan', f'{tmp_path}/installed')}", tmp_path
    )
    assert re.search(r"^picoplan \d+\.\d+\.\d+", installed, re.M)


def test_a_backup_is_put_back_as_the_page_says_and_what_was_there_is_kept(tmp_path: Path) -> None:
    past = Past(tmp_path / "past")
    file = Path(past.url.removeprefix("sqlite:///"))
    (backup,) = [block for block in PAGE.blocks if block.marks.get("file") == "backup"]
    run(backup.text, tmp_path, PICOPLAN_DATABASE_URL=past.url)
    file.write_bytes(b"What a disk made of it.\n" * 1_000)
    said = subprocess.run(
        [INSTALLED / "picoplan", "database", "check"],
        env={**os.environ, "PICOPLAN_DATABASE_URL": past.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert str(file) in "".join((said.stdout + said.stderr).split())
    commands = walk("restore").replace("/var/lib/picoplan/picoplan.sqlite3", str(file))
    assert commands != walk("restore")
    assert "ok     decisions are as they were logged" in run(
        commands, tmp_path, PICOPLAN_DATABASE_URL=past.url
    )
    assert logged(past.url) == len(CLIENTS)
    assert (tmp_path / "aside" / file.name).read_bytes().startswith(b"What a disk")
    assert "ok     integrity of the file" in run(walk("rehearse"), tmp_path)


def test_a_postgresql_is_backed_up_and_put_back_as_the_page_says(tmp_path: Path, postgres_url: str) -> None:
    Past(tmp_path / "past", url=postgres_url)
    dump, restore, check = walk("postgresql").replace(POSTGRES, f"'{postgres_url}'").splitlines()
    run(dump, tmp_path)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DELETE FROM decisions")
    assert logged(postgres_url) == 0
    assert "ok     decisions are as they were logged" in run(f"{restore}\n{check}", tmp_path)
    assert logged(postgres_url) == len(CLIENTS)


@pytest.mark.long
def test_an_upgrade_begins_as_the_page_says(tmp_path: Path) -> None:
    past = Past(tmp_path / "past")
    (tmp_path / "my-rulesets").symlink_to(past.root)
    said = run(walk("upgrade"), tmp_path, PICOPLAN_DATABASE_URL=past.url)
    newest = max(path.name[1:5] for path in Path(versions.__file__).parent.glob("v0*.py"))
    assert f"is up to date, at {newest}." in said
    assert logged(f"sqlite:///{tmp_path / 'before-upgrade.sqlite3'}") == len(CLIENTS)


@pytest.mark.long
def test_a_replay_on_a_scheduler_is_started_as_the_page_says(tmp_path: Path) -> None:
    past = Past(tmp_path / "past")
    (tmp_path / "my-rulesets").symlink_to(past.root)
    port = free_port()
    commands = walk("dask").replace("8786", str(port)).replace(" --port", " --dashboard-address :0 --port")
    said = run(f"trap 'kill $(jobs -p); wait' EXIT\n{commands}", tmp_path, PICOPLAN_DATABASE_URL=past.url)
    assert said.startswith(f"{len(CLIENTS)} decisions replayed under small")


def test_an_earlier_picoplan_refuses_the_database_of_a_later_one_in_the_words_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path / "past")
    tamper(past.url, "UPDATE alembic_version SET version_num = ?", "9999")
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", past.url)
    (words,) = [block.text.strip() for block in PAGE.blocks if block.marks.get("message") == "later"]
    for command in (["database", "check"], ["database", "migrate"], ["decisions", "list"], ["keys", "list"]):
        said = console.picoplan(*command)
        assert (said.code, words in said.err) == (2, True), said.err
    serving = subprocess.run(
        [INSTALLED / "picoplan", "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (serving.returncode, words in serving.stderr) == (2, True), serving.stderr


def options() -> dict[str, click.Option]:
    return {one.opts[0]: one for one in serve.command.params if isinstance(one, click.Option)}


def variables() -> set[str]:
    """Every variable of ours that the code names."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py")]
    return {name for text in texts for name in re.findall(r"\bPICOPLAN_[A-Z_]+\b", text)}


def without_it(option: click.Option) -> str:
    """What the page shows for an option that is not given."""
    if option.is_flag:
        return "no"
    if option.name == "rulesets":
        return "those that come along"
    return "none" if option.multiple or option.default is None else f"`{option.default}`"


def test_every_option_of_serve_is_in_the_table_with_its_variable_and_default_and_no_other() -> None:
    said = {row[0].strip("`"): (row[1].strip("`"), row[2]) for row in table("settings").rows if row[0]}
    known = {name: (str(one.envvar or ""), without_it(one)) for name, one in options().items()}
    known.pop("--help", None)
    assert said == known


def test_every_variable_is_in_the_table_once_and_no_other() -> None:
    said = [row[1].strip("`") for row in table("settings").rows if row[1]]
    assert sorted(said) == sorted(variables())


def commands() -> list[list[str]]:
    """What the page runs of picoplan in its fenced blocks, without its name."""
    names = picoplan.list_commands(click.Context(picoplan))
    found = []
    for block in PAGE.blocks:
        if block.language in ("sh", "text", "ini"):
            for line in block.text.splitlines():
                words = shlex.split(line, comments=True) if block.language == "sh" else line.split()
                at = [n for n, word in enumerate(words[:-1]) if word.rpartition("/")[2] == "picoplan"]
                found += [words[n + 1 :] for n in at if words[n + 1] in names]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_each_command_of_picoplan_on_the_page_is_one_that_it_takes(words: list[str]) -> None:
    ends = [at for at, word in enumerate(words) if word in (">", "&", "|") or word.startswith("|")]
    words = [word.rstrip(")") for word in words[: min(ends, default=len(words))]]
    name, command = "picoplan", picoplan
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(click.Context(command), words)
    command.make_context(name, words)


def kilobytes(cell: str) -> float:
    return float(cell.removesuffix(" KB"))


def test_a_decision_takes_as_many_bytes_as_the_page_says(tmp_path: Path, postgres_url: str) -> None:
    decision, _ = table("sizing").rows
    in_sqlite = filled(f"sqlite:///{tmp_path / 'log.sqlite3'}", 3_000) / 1_000
    in_postgresql = filled(postgres_url, 3_000) / 1_000
    assert in_sqlite == pytest.approx(kilobytes(decision[1]), rel=0.1)
    assert in_postgresql == pytest.approx(kilobytes(decision[2]), rel=0.1)


def test_what_three_years_take_follows_from_it() -> None:
    decision, years = table("sizing").rows
    for one, all_of_them in zip(decision[1:], years[1:], strict=True):
        gigabytes = kilobytes(one) * 1_000 * 1_000 * 3 * 365 / 1e9
        assert float(all_of_them.removesuffix(" GB")) == pytest.approx(gigabytes, abs=0.05)


def test_how_long_the_first_checks_are_waited_for_is_as_the_page_says() -> None:
    assert f"or after {STARTS_WITHIN_S} seconds" in PAGE.text


def test_for_each_alert_the_page_says_what_to_do() -> None:
    (sample,) = [block for block in PAGE.blocks if block.marks.get("file") == "alerts"]
    alerts = re.findall(r"- alert: (\w+)", sample.text)
    assert [row[0].strip("`") for row in table("alerts").rows] == alerts
