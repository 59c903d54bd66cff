#!/usr/bin/env python3
"""What the workbench costs beside one evaluate: pages over HTTP, and a click in a browser.

    scripts/bench_workbench.py [--port 8000]

Needs chromium. Without ``--port`` it starts a service over the shipped rulesets, on a free port, with the
workers that are usual. Prints times and their ratios to one ``POST /v1/evaluate`` on the same connection.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.bench_load import load, write_requests  # noqa: E402 - the checkout must be on the path
from scripts.bench_service import served  # noqa: E402 - the checkout must be on the path

RULESET = "pico-laser"
_TRY = f"/workbench/{RULESET}/live/try"
_TABLE = f"/workbench/{RULESET}/live/table"
_ROUNDS = 30
_PEOPLE = 10
_CONNECTIONS = (1, 4)
_LOAD_S = 5.0
_TURNS = 3


def main() -> None:
    """Measure, and print a line for each."""
    parsed = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsed.add_argument("--port", type=int, help="the port of a service that runs on this machine")
    port = parsed.parse_args().port
    with served() if port is None else _there(port) as (at, _):
        visit = _Visit(at)
        evaluate = _median(
            lambda: visit.ask("POST", "/v1/evaluate", json.dumps(visit.body), "application/json")
        )
        print(f"one evaluate: {evaluate * 1e3:.1f} ms")
        print(f"first page, gzipped, with what it loads: {_first_page(visit) / 1024:.0f} KiB")
        shown = _median(lambda: visit.ask("GET", visit.tried))
        print(f"a page with its answer: {shown * 1e3:.1f} ms, {shown / evaluate:.1f} of an evaluate")
        table, cells = _median(lambda: visit.ask("GET", visit.table), 5), visit.cells()
        each = table / cells / evaluate
        print(f"a table of {cells} cells: {table:.2f} s, a cell {each:.2f} of an evaluate")
        click = _click(f"http://127.0.0.1:{at}{visit.tried}")
        print(f"from a click to the answer in the browser: {click * 1e3:.0f} ms, the median of {_ROUNDS}")
        _print_beside(at, visit)


class _Visit:
    """One connection to the service, with a client who has every answer."""

    def __init__(self, port: int) -> None:
        from service.pages.client_form import filled_by
        from service.store.folders import read_shelf, shipped

        ruleset = read_shelf(shipped()).read[RULESET].ruleset
        assert ruleset is not None
        scenario = next(one for one in ruleset.scenarios if one.expected.get("verdict") == "several_sessions")
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.origin = f"http://127.0.0.1:{port}"
        self.body = {"ruleset": RULESET, "assessment": dict(scenario.assessment)}
        self.fields = {f"{name}.": list(one) for name, one in filled_by(ruleset, scenario.assessment).items()}
        self.tried = self.sent(_TRY)
        self.table = self.sent(_TABLE)

    def ask(self, method: str, path: str, body: str | None = None, kind: str = "") -> str:
        """The body of an answer, whatever its status but a fault."""
        headers = (
            {"Content-Type": kind, "Origin": self.origin, "Sec-Fetch-Site": "same-origin"} if body else {}
        )
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:
            raise SystemExit(f"{method} {path.partition('?')[0][:60]}: {response.status} {text[:300]}")
        return response.getheader("Location") or text

    def sent(self, path: str) -> str:
        """The address that comes of a form."""
        token = unescape(re.findall(r'name="\.token" value="([^"]*)"', self.ask("GET", path))[0])
        fields = urlencode({".token": token, **self.fields}, doseq=True)
        return self.ask("POST", path, fields, "application/x-www-form-urlencoded")

    def cells(self) -> int:
        """How many answers the table has."""
        page = self.ask("GET", self.table)
        return sum(int(one) for one in re.findall(r'<td colspan="(\d+)"', page))


def _median(asked: Callable[[], object], rounds: int = _ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        asked()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _first_page(visit: _Visit) -> int:
    """The bytes of an empty form and all that it loads, each compressed by gzip."""
    page = visit.ask("GET", _TRY)
    loaded = re.findall(r'(?:src|href)="(/workbench/static/[^"]+)"', page)
    return sum(
        len(gzip.compress(text.encode())) for text in [page, *(visit.ask("GET", one) for one in loaded)]
    )


def _click(address: str) -> float:
    """The time from a click to the answer that follows it, as the browser shows it."""
    from playwright.sync_api import sync_playwright

    wait = """(radio) => new Promise((done) => {
      const began = performance.now();
      const shown = () => requestAnimationFrame(() => done(performance.now() - began));
      document.addEventListener("htmx:afterSettle", shown, { once: true });
      radio.click();
    })"""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        times = []
        for number in range(_ROUNDS):
            radio = page.locator("#field-goal input[type=radio]").nth(number % 2)
            times.append(radio.evaluate(wait))
        browser.close()
    return statistics.median(times) / 1e3


@contextmanager
def _people(port: int, visit: _Visit) -> Iterator[None]:
    """People who change an answer once a second each, and see the page that comes of it."""
    over = threading.Event()

    def clicks() -> None:
        own = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not over.wait(1):
            own.request("GET", visit.tried)
            own.getresponse().read()

    threads = [threading.Thread(target=clicks) for _ in range(_PEOPLE)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _print_beside(port: int, visit: _Visit) -> None:
    """What single answers of the API lose beside people, in turns without and with them."""
    url = f"http://127.0.0.1:{port}/v1/evaluate"
    with tempfile.TemporaryDirectory() as folder:
        script = write_requests([visit.body], Path(folder) / "post.lua")
        for connections in _CONNECTIONS:
            alone, beside = [], []
            for _ in range(_TURNS):
                alone.append(load(url, script, connections, _LOAD_S))
                with _people(port, visit):
                    beside.append(load(url, script, connections, _LOAD_S))
            ratios = [one.rate / other.rate for one, other in zip(beside, alone, strict=True)]
            slower = [one.median_ms / other.median_ms for one, other in zip(beside, alone, strict=True)]
            print(
                f"{connections} connections beside {_PEOPLE} people who click once a second: "
                f"{statistics.median(slower):.2f} of the median time, "
                f"{statistics.median(ratios):.2f} of the rate"
            )


@contextmanager
def _there(port: int) -> Iterator[tuple[int, None]]:
    yield port, None


if __name__ == "__main__":
    main()
