"""``picoplan serve`` listens, answers, says what serves, and stops when told."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.model.limit import Limit
from service.web.settings import Settings
from tests.commandline.console import COMMAND, environment, picoplan
from tests.commandline.samples import edit, write_small
from tests.waiting import PATIENCE_S, until


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

    def lines() -> list[dict[str, Any]] | None:
        over = process.poll() is not None
        whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        if any(line["event"] == "listening" for line in lines):
            return lines
        assert not over, whole
        return None

    return until(lines, lambda: log.read_text(encoding="utf-8"))


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
        (["--allow-edits", "--port", "0"], "picoplan: the rulesets that come with picoplan can't be edited"),
        (["--port", "70000"], "picoplan serve: Invalid value for '--port'"),
        (["--workers", "0"], "picoplan serve: Invalid value for '--workers'"),
        (["--limit", "often"], "picoplan serve: Invalid value for '--limit'"),
        (["--allow-origin", "*"], 'picoplan: "*" would let every web page ask'),
        (["--without-keys", "--require-keys"], "picoplan serve: say --without-keys or --require-keys"),
    ],
)
def test_what_cannot_be_served_is_one_line(clinic: Path, arguments: list[str], said: str) -> None:
    told = picoplan("serve", *arguments, folder=clinic)
    assert told.err.splitlines(keepends=True)[-1].startswith(said)
    assert (told.out, told.code) == ("", 2)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PICOPLAN_LIMIT": "often"}, "is no limit: write a number of requests"),
        ({"PICOPLAN_ALLOW_ORIGINS": "https://a.example, https://b.example/"}, "Write https://b.example."),
        ({"PICOPLAN_REDIS_URL": "http://secret"}, "write it as redis://host:6379/0"),
        ({"PICOPLAN_REQUIRE_KEYS": "1", "PICOPLAN_DATA_DIR": "data"}, "no API key lives in "),
        ({"PICOPLAN_REQUIRE_KEYS": "perhaps"}, "Invalid value for '--require-keys'"),
        (
            {"PICOPLAN_DATABASE_URL": "sqlite:////secret", "PICOPLAN_DATABASE_URL_FILE": "secret"},
            "both PICOPLAN_DATABASE_URL and PICOPLAN_DATABASE_URL_FILE are set",
        ),
    ],
)
def test_the_environment_says_the_same_and_its_mistakes_are_one_line(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], said: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    told = picoplan("serve", "--rulesets", "rulesets", "--port", "0", folder=clinic)
    assert said in told.err
    assert (told.out, told.code, told.err.count("\n")) == ("", 2, 1)
    assert "secret" not in told.err


def test_what_is_told_comes_to_the_service(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Settings] = []
    monkeypatch.setattr("service.commandline.serve.serve", told.append)
    monkeypatch.setenv("PICOPLAN_ALLOW_ORIGINS", "https://a.example, https://b.example,")
    monkeypatch.setenv("PICOPLAN_REDIS_URL", "redis://127.0.0.1/0")
    monkeypatch.setenv("PICOPLAN_REQUIRE_KEYS", "")
    picoplan("serve", "--limit", "none")
    monkeypatch.setenv("PICOPLAN_REQUIRE_KEYS", "yes")
    picoplan("serve", "--limit", "5/hour", "--allow-origin", "https://c.example")
    picoplan("serve")
    assert [one.limit for one in told] == [None, Limit(5, 3_600), Limit(600, 60)]
    assert [one.allow_origins for one in told] == [
        ("https://a.example", "https://b.example"),
        ("https://c.example",),
        ("https://a.example", "https://b.example"),
    ]
    assert {one.redis_url for one in told} == {"redis://127.0.0.1/0"}
    assert [one.require_keys for one in told] == [False, True, True]
