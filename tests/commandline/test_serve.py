"""``picoplan serve`` listens, answers, says what serves, and stops when told."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline.console import COMMAND, environment, picoplan
from tests.commandline.samples import edit, write_small

PATIENCE_S = 30


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


@pytest.fixture
def serving(clinic: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The service on a free port, and its log so far."""
    log = clinic / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--rulesets", "rulesets", "--port", "0", "--workers", "1"],
            cwd=clinic,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            env=environment(),
        )
    yield process, log
    if process.poll() is None:
        process.kill()
        process.wait(PATIENCE_S)


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, once it does."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
        for line in lines:
            if line["event"] == "listening":
                return str(line["at"])
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_it_answers_over_http_until_it_is_told_to_stop(serving: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, log = serving
    body = {"ruleset": "small", "assessment": {"concern": "scars", "phototype": "I", "gold": False}}
    request = urllib.request.Request(
        f"{address(process, log)}/v1/evaluate",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
        assert json.load(response)["verdict"] == "several_sessions"
    assert '"ruleset":"small"' in log.read_text(encoding="utf-8")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_the_problems_of_a_ruleset_that_does_not_serve_are_in_the_log(
    clinic: Path, serving: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, log = serving
    address(process, log)
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)
    assert "does not serve" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rulesets", "nowhere"], "picoplan: nowhere is not a folder\n"),
        (["--host", "0.0.0.0"], "picoplan: 0.0.0.0 is open to other machines"),
        (["--port", "70000"], "picoplan serve: Invalid value for '--port'"),
        (["--workers", "0"], "picoplan serve: Invalid value for '--workers'"),
    ],
)
def test_what_cannot_be_served_is_one_line(clinic: Path, arguments: list[str], said: str) -> None:
    told = picoplan("serve", *arguments, folder=clinic)
    assert told.err.splitlines(keepends=True)[-1].startswith(said)
    assert (told.out, told.code) == ("", 2)
