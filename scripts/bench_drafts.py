#!/usr/bin/env python3
"""What drafts cost: from a save to what is wrong, and what live answers lose while drafts are proved.

    scripts/bench_drafts.py [--rounds 15]

It starts a service over the shipped rulesets, on a free port, with the workers that are usual, and saves
drafts of ``pico-laser`` in its database. Prints medians in milliseconds, and evaluates a second.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.bench_load import load, write_requests  # noqa: E402 - the checkout must be on the path
from scripts.bench_service import served  # noqa: E402 - the checkout must be on the path

RULESET = "pico-laser"
_PROVED = 10
_CONNECTIONS = 4
_LOAD_S = 5.0
_TURNS = 3


def main() -> None:
    """Measure, and print a line for each."""
    parsed = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsed.add_argument("--rounds", type=int, default=15, help="how many saves are measured")
    rounds = parsed.parse_args().rounds
    with served() as (port, data):
        drafts = _Drafts(port, data)
        draft = drafts.begin()
        drafts.report(draft, "checked")
        checked, proved = zip(*(drafts.saved(draft) for _ in range(rounds)), strict=True)
        print(f"from a save to problems and clients: {statistics.median(checked) * 1e3:.0f} ms")
        print(f"from a save to all proofs: {statistics.median(proved) * 1e3:.0f} ms")
        live = _median(lambda: drafts.ask("POST", "/v1/evaluate", drafts.body), rounds)
        tried = _median(lambda: drafts.ask("POST", f"/v1/drafts/{draft}/evaluate", drafts.body), rounds)
        print(f"one evaluate: {live * 1e3:.1f} ms; under a draft: {tried * 1e3:.1f} ms")
        _print_beside(drafts, f"http://127.0.0.1:{port}/v1/evaluate", data)
        completion = _median(lambda: drafts.completed(draft), rounds)
        print(f"a completion: {completion * 1e3:.0f} ms")


def _print_beside(drafts: _Drafts, url: str, folder: Path) -> None:
    """What live answers lose beside drafts, in turns without and with them."""
    script = write_requests([drafts.body], folder / "post.lua")
    ids = [drafts.begin() for _ in range(_PROVED)]
    for what, meanwhile in (
        ("being proved", _being_proved),
        ("saved as soon as they are proved", _saved_over_and_over),
    ):
        alone, beside = [], []
        for _ in range(_TURNS):
            alone.append(load(url, script, _CONNECTIONS, _LOAD_S))
            with meanwhile(drafts, ids):
                beside.append(load(url, script, _CONNECTIONS, _LOAD_S))
        ratio = statistics.median(one.rate / other.rate for one, other in zip(beside, alone, strict=True))
        slower = statistics.median(
            one.median_ms / other.median_ms for one, other in zip(beside, alone, strict=True)
        )
        print(
            f"evaluates beside {_PROVED} drafts {what}: {ratio:.2f} of their rate alone, "
            f"{slower:.2f} of their median time"
        )


class _Drafts:
    """The drafts of a service, by its database and over HTTP."""

    def __init__(self, port: int, data: Path) -> None:
        from service.store.drafts import open_drafts
        from service.store.folders import read_shelf, shipped

        self._port = port
        self._folder = shipped() / RULESET
        ruleset = read_shelf(shipped()).read[RULESET].ruleset
        assert ruleset is not None
        scenario = next(one for one in ruleset.scenarios if one.expected.get("verdict") == "several_sessions")
        self.body = {"ruleset": RULESET, "assessment": dict(scenario.assessment)}
        self._store = open_drafts(shipped(), {"PICOPLAN_DATA_DIR": str(data)})
        self._numbers = itertools.count(1)

    def begin(self) -> str:
        """A new draft."""
        files = {
            str(path.relative_to(self._folder)): path.read_bytes() for path in self._folder.rglob("*.yaml")
        }
        return self._store.begin(RULESET, None, None, None, files, datetime.now(UTC)).id

    def save(self, draft: str) -> None:
        """Save a new version of the ruleset."""
        from service.model.draft import file_tag

        state = self._store.state(draft)
        assert state is not None
        file = "ruleset.yaml"
        text = re.sub(rb"(?m)^version: .*$", b"version: 9.9.%d" % next(self._numbers), state.files[file])
        tag = file_tag(state.files[file])
        self._store.save(draft, {file: text}, {file: tag}, None, datetime.now(UTC))

    def saved(self, draft: str) -> tuple[float, float]:
        """Seconds from a save until the draft is checked, and until it is proved."""
        began = time.perf_counter()
        self.save(draft)
        self.report(draft, "checking")
        checked = time.perf_counter() - began
        self.report(draft, "checked")
        return checked, time.perf_counter() - began

    def report(self, draft: str, after: str) -> None:
        """Wait until the newest state is checked further than that."""
        while True:
            told = self.ask("GET", f"/v1/drafts/{draft}/problems?wait=30&after={after}")
            if told["is_final"] or (after == "checking" and told["stage"] != "checking"):
                return

    def completed(self, draft: str) -> None:
        """Ask what may stand where a rule tests something."""
        path = next(iter(sorted((self._folder / "factors").glob("*.yaml"))))
        text = path.read_text(encoding="utf-8")
        line = next(at for at, one in enumerate(text.splitlines(), 1) if "when:" in one)
        asked = {"file": f"factors/{path.name}", "text": text, "line": line, "column": 5}
        self.ask("POST", f"/v1/drafts/{draft}/complete", asked)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """JSON of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        sent = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, json.dumps(body) if body else None, sent)
        response = connection.getresponse()
        told = json.loads(response.read())
        connection.close()
        if response.status >= 400:
            raise SystemExit(f"{method} {path}: {response.status} {told}")
        return dict(told)


def _median(asked: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        asked()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


@contextmanager
def _being_proved(drafts: _Drafts, ids: list[str]) -> Iterator[None]:
    """Drafts whose newest states are checked, and being proved."""
    for draft in ids:
        drafts.save(draft)
    for draft in ids:
        drafts.report(draft, "checking")
    yield
    for draft in ids:
        drafts.report(draft, "checked")


@contextmanager
def _saved_over_and_over(drafts: _Drafts, ids: list[str]) -> Iterator[None]:
    """Drafts that are saved again as soon as they are proved."""
    over = threading.Event()

    def prove(draft: str) -> None:
        while not over.is_set():
            drafts.save(draft)
            drafts.report(draft, "checked")

    threads = [threading.Thread(target=prove, args=(draft,)) for draft in ids]
    for thread in threads:
        thread.start()
    time.sleep(2)
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
