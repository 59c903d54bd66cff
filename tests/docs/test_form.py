"""The example of a form: made from the schema alone, in a real browser at an origin of its own."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from tests.docs.pages import ROOT
from tests.waiting import PATIENCE_S
from tests.web.serving import Served

EXAMPLES = ROOT / "docs" / "examples"
MOST_LINES = 200


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the example is served."""
    handler = functools.partial(Files, directory=str(EXAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def service(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("form"), workers=1, allow_origins=[origin]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, origin: str, service: Served) -> Iterator[Page]:
    """The form in Spanish."""
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE_S * 1000)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(f"{origin}/form.html?language=es&url=http://127.0.0.1:{service.port}")
    opened.wait_for_selector("form")
    yield opened
    opened.close()
    assert faults == []


@functools.cache
def pico_laser() -> CompiledRuleset:
    return take_snapshot(read_shelf(shipped())).served["pico-laser"]


def shown(page: Page) -> set[str]:
    """The questions that can be seen."""
    asked: list[str] = page.eval_on_selector_all(
        "fieldset", "all => all.filter(one => !one.hidden).map(one => one.name)"
    )
    return set(asked)


def answer(page: Page, name: str, value: Any) -> None:
    """Answer as a person does."""
    field = page.locator(f'fieldset[name="{name}"]')
    if field.locator('input[type="number"]').count():
        field.locator("input").fill(str(value))
    elif isinstance(value, list):
        for one in value or [""]:
            field.locator(f'input[value="{one}"]').check()
    else:
        field.locator(f'input[value="{json.dumps(value).strip(chr(34))}"]').check()


def clients() -> list[dict[str, Any]]:
    """Of the ruleset's scenarios some that differ: by concern, by sessions done."""
    found: dict[tuple[Any, bool], dict[str, Any]] = {}
    for scenario in pico_laser().ruleset.scenarios:
        client = dict(scenario.assessment)
        if not pico_laser().refusals(client):
            found.setdefault((client["concern"], bool(client.get("sessions_done"))), client)
    return [found[key] for key in sorted(found, key=str)][::4]


def test_it_is_short_and_takes_nothing_from_elsewhere() -> None:
    text = (EXAMPLES / "form.js").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert "import " not in text


@pytest.mark.long
def test_it_asks_what_applies_in_the_language_that_is_asked_for_and_shows_the_answer(
    page: Page, service: Served
) -> None:
    assert page.locator('fieldset[name="concern"] legend').inner_text() == "¿Qué se quiere tratar? *"
    asked = clients()
    assert len(asked) >= 3
    for client in asked:
        page.reload()
        page.wait_for_selector("form")
        for name in pico_laser().ruleset.inputs:
            if name in client:
                answer(page, name, client[name])
        assert shown(page) == pico_laser().applicable(client), client
        page.locator("button").click()
        page.wait_for_function("document.querySelector('#answer').textContent !== ''")
        body = {"ruleset": "pico-laser", "assessment": client, "language": "es"}
        expected = json.loads(service.ask("POST", "/v1/try", body)[2])
        assert page.locator("#answer").inner_text().startswith(expected["verdict_text"])


@pytest.mark.long
def test_mistakes_stand_at_their_questions(page: Page) -> None:
    page.locator("button").click()
    mistake = page.locator('fieldset[name="concern"] .mistake')
    page.wait_for_function("document.querySelector('fieldset[name=concern] .mistake').textContent !== ''")
    assert "concern" in mistake.inner_text()
    assert page.locator("#answer").inner_text() == ""
