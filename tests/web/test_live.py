"""Edits that go live in a real server, and what is killed under it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.vetting.bursts import Saves
from tests.vetting.desk import at_once
from tests.waiting import PATIENCE_S, until, until_all
from tests.web.serving import ROOT, Served
from tests.web.small import write_small

pytestmark = pytest.mark.long

SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
CONCERN = "small/factors/1-concern.yaml"
STATE = "picoplan-ruleset-state"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A folder of rulesets with one in it."""
    folder = tmp_path / "rulesets"
    at_once(write_small(folder))
    return folder


@contextmanager
def serving(clinic: Path, **told: Any) -> Iterator[Served]:
    """A server of two workers over the folder."""
    settings = {"rulesets": str(clinic), "rulesets_shown_as": "clinic", "workers": 2, **told}
    with Served(clinic.parent, **settings) as served:
        yield served


def write(clinic: Path, old: str, new: str, path: str = CONCERN) -> None:
    file = clinic / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def reasons(served: Served) -> set[str]:
    """Why the rule says so, in answers on 16 connections: those of every worker (see ``until_all``)."""
    answers = [json.loads(served.ask("POST", "/v1/evaluate", SPOTS)[2]) for _ in range(16)]
    return {answer["fired"][0]["because"] for answer in answers}


def ready(served: Served) -> tuple[int, dict[str, Any]]:
    status, _, body = served.ask("GET", "/readyz")
    return status, {one["id"]: one for one in json.loads(body)["rulesets"]}


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]


def workers(served: Served) -> list[int]:
    began = served.began()
    return [pid for pid in children(served.process.pid) if pid in began]


def publisher(served: Served) -> int:
    """The process that looks after the folder: it begins after the bench, also when it is started again."""
    _, found = until(lambda: both if len(both := beside_workers(served)) == 2 else None)
    return found


def beside_workers(served: Served) -> list[int]:
    """The processes that are no workers, oldest first: the bench, and the publisher where there is one."""
    began = served.began()
    return [pid for pid in children(served.process.pid) if pid not in began]


def is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_saved_edit_goes_live_in_every_worker_and_a_broken_one_is_told_while_the_last_good_goes_on(
    clinic: Path,
) -> None:
    with serving(clinic) as served:
        status, before = ready(served)
        assert (status, before["small"]["state"], before["small"]["problems"]) == (200, "current", [])
        write(clinic, "One trial saw it.", "Two trials saw it.")
        until(lambda: reasons(served) == {"Two trials saw it."})
        now = ready(served)[1]["small"]
        assert now["digest"] != before["small"]["digest"]
        assert now["since"] >= before["small"]["since"]

        write(clinic, "concern: scar\n", "concern: scarr\n")
        until_all(lambda: ready(served)[1]["small"]["state"] == "stale")
        status, stale = ready(served)
        assert (status, stale["small"]["digest"]) == (200, now["digest"])
        assert stale["small"]["stale_since"] >= now["since"]
        assert stale["small"]["problems"] == [
            'clinic/small/factors/1-concern.yaml:13:16: error unknown-option "scarr" is not an option of '
            'concern. Did you mean "scar"?'
        ]
        assert reasons(served) == {"Two trials saw it."}
        for method, path, body, code in (
            ("POST", "/v1/evaluate", SPOTS, 200),
            ("POST", "/v1/evaluate", {**SPOTS, "assessment": {}}, 422),
            ("GET", "/v1/rulesets/small", None, 200),
        ):
            status, headers, _ = served.ask(method, path, body)
            assert (status, headers.get(STATE)) == (code, "stale"), path
        waits = served.wait_for("edit waits", ruleset="small")
        assert "unknown-option" in waits["problems"][0]

        write(clinic, "concern: scarr\n", "concern: scar\n")
        until_all(lambda: ready(served)[1]["small"]["state"] == "current")
        assert STATE not in served.ask("POST", "/v1/evaluate", SPOTS)[1]


def test_the_last_good_serves_again_after_a_restart_with_a_broken_folder_or_none(clinic: Path) -> None:
    with serving(clinic) as served:
        digest = ready(served)[1]["small"]["digest"]
    write(clinic, "concern: scar\n", "concern: scarr\n")
    with serving(clinic) as served:
        status, now = ready(served)
        assert (status, now["small"]["digest"]) == (200, digest)
        until(lambda: ready(served)[1]["small"]["state"] == "stale")
    (clinic / "small").rename(clinic.parent / "away")
    at_once(write_small(clinic, "other"))
    with serving(clinic) as served:
        until_all(lambda: "ruleset-gone" in str(ready(served)[1]["small"]["problems"]))
        status, now = ready(served)
        assert (status, now["small"]["digest"], now["small"]["state"]) == (200, digest, "stale")
        assert reasons(served) == {"One trial saw it."}


def test_edits_through_symbolic_links_that_are_swapped_go_live(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: each ruleset a link through ``..data``, which is swapped."""
    clinic = tmp_path / "rulesets"
    at_once(write_small(clinic / "..1"))
    (clinic / "..data").symlink_to("..1")
    (clinic / "small").symlink_to("..data/small")
    with serving(clinic) as served:
        assert reasons(served) == {"One trial saw it."}
        at_once(write_small(clinic / "..2"))
        write(clinic, "One trial saw it.", "Two trials saw it.", "..2/small/factors/1-concern.yaml")
        (clinic / "..data_tmp").symlink_to("..2")
        (clinic / "..data_tmp").replace(clinic / "..data")
        until(lambda: reasons(served) == {"Two trials saw it."})
        write(clinic, "Two trials saw it.", "Three trials saw it.")
        until(lambda: reasons(served) == {"Three trials saw it."})


def test_many_files_saved_one_after_another_are_one_edit(clinic: Path) -> None:
    root = clinic / "small/factors"
    rule = (
        "factor: concern\nrules:\n"
        "  - {{id: extra-{0}, title: T, when: {{concern: scar}}, then: {{advise: A}}, because: B}}\n"
    )
    with serving(clinic) as served:
        saves = Saves()
        for number in range(12):
            saves.save(root / f"3-{number}.yaml", rule.format(number))
        saves.save(root / "3-0.yaml", "factor: concern\nrules: [")
        saves.save(root / "3-0.yaml", rule.format(0))
        until(lambda: len(json.loads(served.ask("GET", "/v1/rulesets/small")[2])["rules"]) == 16)
        time.sleep(0.6)
        dealt = [line for line in served.events() if line["event"] in ("edition published", "edit waits")]
    assert 2 <= len(dealt) <= 1 + saves.most_bursts


def test_a_killed_worker_comes_back_with_what_is_live(clinic: Path) -> None:
    with serving(clinic) as served:
        write(clinic, "One trial saw it.", "Two trials saw it.")
        until(lambda: reasons(served) == {"Two trials saw it."})
        first = workers(served)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(workers(served)) - set(first)) == 2)
        assert reasons(served) == {"Two trials saw it."}


def test_a_killed_publisher_comes_back_and_sees_what_was_edited_meanwhile(clinic: Path) -> None:
    with serving(clinic) as served:
        write(clinic, "One trial saw it.", "Two trials saw it.")
        until(lambda: reasons(served) == {"Two trials saw it."})
        first = publisher(served)
        os.kill(first, signal.SIGKILL)
        write(clinic, "Two trials saw it.", "One trial saw it.")
        until(lambda: reasons(served) == {"One trial saw it."})
        assert publisher(served) != first
        write(clinic, "One trial saw it.", "Three trials saw it.")
        until(lambda: reasons(served) == {"Three trials saw it."})


def test_sigterm_stops_all_processes_also_a_check(clinic: Path) -> None:
    with serving(clinic) as served:
        watching = publisher(served)
        write(clinic, "One trial saw it.", "Two trials saw it.")
        check = until(lambda: children(watching))
        everybody = [*children(served.process.pid), *check]
        assert served.stop() == 0
    until(lambda: not any(is_there(pid) for pid in everybody))


def test_a_killed_master_leaves_nobody_behind(clinic: Path) -> None:
    settings = {"rulesets": str(clinic), "workers": 1}
    served = Served(clinic.parent, **settings)
    everybody = [publisher(served), *workers(served)]
    served.process.kill()
    served.process.wait(PATIENCE_S)
    until(lambda: not any(is_there(pid) for pid in everybody))


def test_without_its_database_the_service_goes_on_with_what_it_has(clinic: Path, tmp_path: Path) -> None:
    with serving(clinic, log_mode="best-effort") as served:
        [file] = tmp_path.glob("data/*/*.sqlite3")
        away = tmp_path / "away"
        file.rename(away)
        served.wait_for("archive is not followed, what serves goes on")
        write(clinic, "One trial saw it.", "Two trials saw it.")
        assert reasons(served) == {"One trial saw it."}
        assert ready(served)[0] == 200
        away.rename(file)
        until(lambda: reasons(served) == {"Two trials saw it."})
        assert "Traceback" not in served.log_text()


def test_a_database_that_is_kept_busy_holds_up_no_answer(clinic: Path, tmp_path: Path) -> None:
    with serving(clinic, log_mode="best-effort") as served:
        [file] = tmp_path.glob("data/*/*.sqlite3")
        busy = sqlite3.connect(file, isolation_level=None)
        busy.execute("BEGIN EXCLUSIVE")
        write(clinic, "One trial saw it.", "Two trials saw it.")
        for _ in range(20):
            assert served.ask("POST", "/v1/evaluate", SPOTS)[0] == 200
        busy.execute("ROLLBACK")
        busy.close()
        until(lambda: reasons(served) == {"Two trials saw it."})


def test_machines_that_share_a_database_serve_the_same_also_where_one_gets_its_files_late(
    tmp_path: Path, postgres_url: str
) -> None:
    environment = {"PICOPLAN_DATABASE_URL": postgres_url}
    folders = [tmp_path / name / "rulesets" for name in ("first", "second")]
    for folder in folders:
        at_once(write_small(folder))
    first, second = (Served(folder.parent, environment, rulesets=str(folder)) for folder in folders)
    with first, second:
        write(folders[0], "One trial saw it.", "Two trials saw it.")
        until(lambda: reasons(second) == reasons(first) == {"Two trials saw it."})
        write(folders[0], "Two trials saw it.", "Three trials saw it.")
        until(lambda: reasons(second) == reasons(first) == {"Three trials saw it."})
        _, middle, _ = [line["digest"] for line in first.events() if line["event"] == "edition published"]
        write(folders[1], "One trial saw it.", "Two trials saw it.")
        second.wait_for("the folder holds an edition that others have gone on from", digest=middle)
        write(folders[1], "Two trials saw it.", "Three trials saw it.")
        time.sleep(1.5)
        assert reasons(second) == reasons(first) == {"Three trials saw it."}
    events = [*first.events(), *second.events()]
    assert len([line for line in events if line["event"] == "edition published"]) == 3


def test_without_watching_an_edit_waits_for_the_next_start(clinic: Path) -> None:
    with serving(clinic, watch=False) as served:
        assert len(beside_workers(served)) == 1, "nobody looks after the folder"
        write(clinic, "One trial saw it.", "Two trials saw it.")
        time.sleep(1)
        assert reasons(served) == {"One trial saw it."}
    with serving(clinic, watch=False) as served:
        assert reasons(served) == {"Two trials saw it."}


def test_a_database_that_cannot_be_had_is_one_clear_line(clinic: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    command = [sys.executable, "-m", "tests.web.launch", json.dumps({"rulesets": str(clinic), "port": 0})]
    environment = {**os.environ, "PICOPLAN_DATA_DIR": str(tmp_path / "file")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "for picoplan's database can't be made" in done.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_an_edit_under_load_is_in_no_answer_by_halves() -> None:
    """A short run of the script that shows it at full size."""
    command = [sys.executable, "scripts/live_edits.py", "--edits", "12", "--clients", "2", "--within", "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
