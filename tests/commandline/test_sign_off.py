"""``picoplan sign-off`` as a person runs it, and what it changes for clients."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from service.web.app import create_app
from service.web.settings import Settings
from tests.commandline.console import COMMAND, TIMEOUT_S, environment, picoplan
from tests.commandline.samples import edit, write_small
from tests.web.client import client_of

ASSESSMENT = {"concern": "scars", "phototype": "I", "gold": False}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the small ruleset below ``rulesets`` and an archive of its own."""
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    return write_small(tmp_path).parent


def today() -> str:
    return datetime.now().astimezone().date().isoformat()


def written(folder: Path) -> str:
    path = folder / "rulesets/small/sign-off.yaml"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def signs(folder: Path, *more: str, role: str = "Medical director") -> tuple[int, str, str]:
    said = picoplan("sign-off", "small", "--role", role, *more, folder=folder)
    return said.code, said.out, said.err


def test_it_shows_what_is_signed_and_records_role_date_and_digest(folder: Path) -> None:
    code, out, err = signs(folder, "--yes", "--date", "2026-01-02")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    digest = lines[1].split()[-1]
    assert lines == [
        "Small plan (small 1.2.0)",
        f"  Digest          {digest}",
        "  Rules           4, on 2 factors",
        "  Guarantees      none",
        "  Scenarios       2, all as expected",
        lines[5],
        '  Changes         not compared; "--since" names the rules as they were',
        "  Signed before   by nobody",
        'Signed as "Medical director" on 2026-01-02, in rulesets/small/sign-off.yaml.',
    ]
    assert f'- digest: {digest}\n  role: "Medical director"\n  date: 2026-01-02\n' in written(folder)


def test_the_day_is_today_where_none_is_named(folder: Path) -> None:
    signs(folder, "--yes")
    assert f"date: {today()}" in written(folder)


def test_a_second_role_comes_after_the_first_and_each_signs_once(folder: Path) -> None:
    signs(folder, "--yes", "--date", "2026-01-02")
    code, out, _ = signs(folder, "--yes", "--date", "2026-01-03", role="Clinic lead")
    assert code == 0
    assert "Signed before   Medical director on 2026-01-02" in out
    before = written(folder)
    code, out, _ = signs(folder, role="medical director")
    said = '"Medical director" signed version 1.2.0 of small as it stands, on 2026-01-02.'
    assert (code, out) == (0, f"{said} Nothing was written.\n")
    assert written(folder) == before
    assert before.count("- digest:") == 2


def test_a_signed_ruleset_says_so_until_it_is_edited(folder: Path) -> None:
    assert served(folder) == (False, True)
    signs(folder, "--yes")
    assert picoplan("check", "rulesets", folder=folder).code == 0
    assert served(folder) == (True, False)
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 4 to 7")
    assert served(folder) == (False, True)
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 7", "sessions: 4 to 6")
    assert served(folder) == (True, False)


def served(folder: Path) -> tuple[bool, bool]:
    """Whether a service says that the ruleset is signed off, and whether an answer warns that it is not."""
    client = client_of(create_app(Settings(rulesets=folder / "rulesets", watch=False)))
    listed = client.get("/v1/rulesets").get_json()["rulesets"]
    answer = client.post("/v1/evaluate", json={"ruleset": "small", "assessment": ASSESSMENT}).get_json()
    warnings = [warning["code"] for warning in answer["warnings"]]
    return listed[0]["signed_off"], "not-signed-off" in warnings


def test_edits_since_the_older_rules_are_counted(folder: Path) -> None:
    write_small(folder / "old")
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 6")
    edit(folder / "rulesets/small/scenarios/1-all.yaml", "{min: 4, typical: 5", "{min: 5, typical: 6")
    _, out, _ = signs(folder, "--yes", "--since", "old/rulesets")
    assert "Changes         2 since version 1.2.0" in out


def test_errors_failed_scenarios_and_broken_guarantees_are_refused(folder: Path) -> None:
    edit(folder / "rulesets/small/scenarios/1-all.yaml", "{min: 4, typical: 5", "{min: 4, typical: 7")
    assert signs(folder, "--yes") == (
        1,
        "",
        '1 scenario not as expected: "picoplan test rulesets" shows how.\n'
        "small can't be signed like this. Nothing was written.\n",
    )
    (folder / "rulesets/small/guarantees.yaml").write_text(
        "guarantees: [{id: never, title: Never any, when: {concern: scars}, never: numbers}]\n"
    )
    code, _, err = signs(folder, "--yes")
    assert code == 1
    assert '1 error: "picoplan check rulesets" shows each with its mend.' in err
    edit(folder / "rulesets/small/factors/1-concern.yaml", "concern: scars}", "concern: scar}")
    code, _, err = signs(folder, "--yes")
    assert code == 1
    assert err.startswith('1 error: "picoplan check rulesets" shows each with its mend.\n')
    assert written(folder) == ""


def test_a_day_to_come_or_of_long_ago_is_refused(folder: Path) -> None:
    tomorrow = (datetime.now().astimezone().date() + timedelta(days=1)).isoformat()
    code, _, err = signs(folder, "--yes", "--date", tomorrow)
    assert (code, err) == (
        2,
        f"picoplan: {tomorrow} has not come yet. Name the day on which it was read.\n",
    )
    code, _, err = signs(folder, "--yes", "--date", "0001-01-01")
    assert (code, "0001-01-01 is too long ago: is the year right?" in err) == (2, True)
    assert written(folder) == ""


def test_in_a_pipe_nothing_is_signed_by_accident(folder: Path) -> None:
    code, out, err = signs(folder)
    assert (code, out) == (2, "")
    assert err == 'picoplan: nobody is there to ask. Read it through, then sign with "--yes".\n'
    assert written(folder) == ""


@pytest.mark.parametrize("role", ["", "Medical\ndirector", "x" * 100])
def test_what_is_no_role_is_refused(folder: Path, role: str) -> None:
    code, _, err = signs(folder, "--yes", role=role)
    assert (code, err.count("\n")) == (2, 1)
    assert written(folder) == ""


def test_a_file_of_another_kind_is_left_alone(folder: Path) -> None:
    path = folder / "rulesets/small/sign-off.yaml"
    path.write_text("digest: mine\n")
    code, _, err = signs(folder, "--yes")
    assert code == 1
    assert "1 error" in err
    assert path.read_text() == "digest: mine\n"


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_it_asks(folder: Path, answer: str, code: int) -> None:
    ended, said = asked(folder, answer)
    assert 'Sign this as "Medical director", read on 2026-01-02? [y/N]:' in said
    assert ended == code
    assert bool(written(folder)) is (code == 0)
    assert ("Nothing was signed." in said) is (code == 1)


def test_rules_edited_while_it_asks_are_not_signed(folder: Path) -> None:
    def meddle() -> None:
        edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 4 to 7")

    ended, said = asked(folder, "y", meddle)
    assert ended == 1
    assert "small was edited meanwhile. Nothing was written" in said
    assert written(folder) == ""


def asked(folder: Path, answer: str, meanwhile: object = None) -> tuple[int, str]:
    """Run it on a terminal and answer its question; the exit code, and all that was said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "sign-off", "small", "--role", "Medical director", "--date", "2026-01-02"],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment({"NO_COLOR": "1"}),
    )
    os.close(theirs)
    said = read_until(ours, "[y/N]:")
    if callable(meanwhile):
        meanwhile()
    os.write(ours, f"{answer}\n".encode())
    said += read_until(ours, None)
    os.close(ours)
    return process.wait(TIMEOUT_S), said


def read_until(terminal: int, end: str | None) -> str:
    """What the terminal shows up to a text, or to the end of the process."""
    said = ""
    while end is None or end not in said:
        ready, _, _ = select.select([terminal], [], [], TIMEOUT_S)
        assert ready, f"nothing more came after: {said}"
        try:
            said += os.read(terminal, 65_536).decode()
        except OSError:  # how a terminal says that nobody writes to it any more
            assert end is None, f"it ended after: {said}"
            break
    return said.replace("\r\n", "\n")


def test_a_clinic_signs_its_own_ruleset_and_an_edit_below_unsigns_it(folder: Path) -> None:
    own = folder / "rulesets/clinic"
    own.mkdir()
    (own / "ruleset.yaml").write_text("id: clinic\ntitle: Ours\nversion: 1.0.0\nextends: small\n")
    assert picoplan("sign-off", "clinic", "--role", "Clinic lead", "--yes", folder=folder).code == 0
    assert (own / "sign-off.yaml").is_file()
    assert written(folder) == ""
    assert signed(folder) == {"clinic": True, "small": False}
    edit(folder / "rulesets/small/factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 4 to 7")
    assert signed(folder) == {"clinic": False, "small": False}


def signed(folder: Path) -> dict[str, bool]:
    client = client_of(create_app(Settings(rulesets=folder / "rulesets", watch=False)))
    listed = json.loads(client.get("/v1/rulesets").data)["rulesets"]
    return {one["id"]: one["signed_off"] for one in listed}
