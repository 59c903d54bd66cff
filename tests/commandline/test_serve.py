"""``picoplan serve`` listens, answers, says what serves, and stops when told."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.commandline.console import COMMAND, environment, in_a_pipe
from tests.commandline.samples import edit, write_small

PATIENCE_S = 30


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


@contextmanager
def serving(clinic: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[dict[str, Any]]]]:
    """The service on a free port, once it listens, and its log until then."""
    log = clinic / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--rulesets", "rulesets", "--port", "0", "--workers", "1"],
            cwd=clinic,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            env=environment({"PICOPLAN_DATA_DIR": str(clinic / "data")}),
        )
    try:
        yield process, until_it_listens(process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def until_it_listens(process: subprocess.Popen[bytes], log: Path) -> list[dict[str, Any]]:
    """The lines of the log up to the one that says where the service listens."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        if any(line["event"] == "listening" for line in lines):
            return lines
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_it_answers_over_http_until_it_is_told_to_stop(clinic: Path) -> None:
    body = {"ruleset": "small", "assessment": {"concern": "scars", "phototype": "I", "gold": False}}
    with serving(clinic) as (process, log):
        [where] = [line["at"] for line in log if line["event"] == "listening"]
        assert "small" in [line.get("ruleset") for line in log if line["event"] == "ruleset serves"]
        request = urllib.request.Request(
            f"{where}/v1/evaluate", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            assert json.load(response)["verdict"] == "several_sessions"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_the_problems_of_a_ruleset_that_does_not_serve_are_in_the_log_with_their_places(clinic: Path) -> None:
    edit(clinic / "rulesets/small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    with serving(clinic) as (_, log):
        [broken] = [line for line in log if line["event"] == "ruleset does not serve"]
    assert broken["ruleset"] == "small"
    assert broken["problems"][0].startswith(
        "rulesets/small/factors/1-concern.yaml:5:21: error unknown-option"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rulesets", "nowhere", "--port", "0"], "picoplan: nowhere is not a folder\n"),
        (["--host", "0.0.0.0", "--port", "0"], "picoplan: 0.0.0.0 is open to other machines"),
        (["--port", "70000"], "picoplan serve: Invalid value for '--port'"),
        (["--workers", "0"], "picoplan serve: Invalid value for '--workers'"),
    ],
)
def test_what_cannot_be_served_is_one_line(clinic: Path, arguments: list[str], said: str) -> None:
    told = in_a_pipe("serve", *arguments, folder=clinic)
    assert told.err.splitlines(keepends=True)[-1].startswith(said)
    assert (told.out, told.code) == ("", 2)
