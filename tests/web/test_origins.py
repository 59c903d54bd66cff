"""Pages of other origins: let in by a list, in a real browser and by their headers."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from service.model.limit import Limit
from service.store.api_keys import Token
from service.web.origins import checked_origins
from service.web.settings import CannotServe
from tests.web.clinics import SCAR, Clinics, added, clinics, store_in
from tests.web.test_server import launch

pytestmark = pytest.mark.long

BOOKING = "https://booking.example"
ASK = """async ([url, token, body]) => {
  try {
    const answer = await fetch(url, {method: 'POST', body: JSON.stringify(body), headers: {
      'Content-Type': 'application/json', 'Authorization': `Bearer ${token}`, 'Idempotency-Key': 'one'}});
    return [answer.status, (await answer.json()).one_session ?? null, answer.headers.get('RateLimit'),
      answer.headers.get('X-Request-Id') !== null, answer.headers.get('Idempotency-Replayed')];
  } catch (error) {
    return [error.name];
  }
}"""


@contextmanager
def page_server() -> Iterator[str]:
    """An empty page at an origin of its own."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>A booking system</title>")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Empty)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def pages() -> Iterator[tuple[str, str]]:
    """The origins of a page that is let in, and of one that is not."""
    with page_server() as listed, page_server() as other:
        yield listed, other


@pytest.fixture(scope="module")
def served(
    pages: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Clinics, Token]]:
    folder = tmp_path_factory.mktemp("origins")
    store = store_in(folder)
    token = added(store, "zeta", clinic="zeta", limit=Limit(1_000, 86_400))
    store.close()
    with clinics(folder, workers=1, allow_origins=[BOOKING, pages[0]]) as server:
        yield server, token


def fetched(
    browser: Browser, origin: str, served: tuple[Clinics, Token], key: str | None = None
) -> list[Any]:
    """What a page of the origin gets."""
    server, token = served
    page = browser.new_page()
    try:
        page.goto(origin)
        url = f"http://127.0.0.1:{server.server.port}/v1/evaluate"
        found: list[Any] = page.evaluate(ASK, [url, key or token.text, {"assessment": SCAR}])
        return found
    finally:
        page.close()


def test_a_page_that_is_listed_asks_from_a_browser_and_reads_our_headers(
    browser: Browser, pages: tuple[str, str], served: tuple[Clinics, Token]
) -> None:
    status, one_session, limit, has_id, replayed = fetched(browser, pages[0], served)
    assert (status, one_session, has_id, replayed) == (200, "will_not_suffice", True, None)
    assert limit.startswith('"key";r=')
    assert fetched(browser, pages[0], served)[4] == "true"
    assert fetched(browser, pages[0], served, "wrong")[0] == 401, "a refusal can be read, too"


def test_a_page_that_is_not_listed_gets_nothing(
    browser: Browser, pages: tuple[str, str], served: tuple[Clinics, Token]
) -> None:
    assert fetched(browser, pages[1], served) == ["TypeError"]


def test_a_preflight_needs_no_key_and_says_what_may_be_sent(served: tuple[Clinics, Token]) -> None:
    asks = {
        "Origin": BOOKING,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key, x-other",
    }
    status, headers, _ = served[0].server.ask("OPTIONS", "/v1/evaluate", None, asks)
    assert status == 204
    assert headers["access-control-allow-origin"] == BOOKING
    assert headers["access-control-allow-headers"] == "authorization, content-type, idempotency-key"
    assert headers["access-control-allow-methods"] == "DELETE, GET, POST, PUT"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_preflight_takes_the_headers_of_caches_and_of_traces(
    served: tuple[Clinics, Token], method: str
) -> None:
    asks = {
        "Origin": BOOKING,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, if-none-match, traceparent, tracestate",
    }
    _, headers, _ = served[0].server.ask("OPTIONS", "/v1/rulesets", None, asks)
    assert headers["access-control-allow-headers"] == asks["Access-Control-Request-Headers"]


def test_a_page_reads_the_etag_and_is_told_that_nothing_has_changed(served: tuple[Clinics, Token]) -> None:
    server, token = served
    _, headers, _ = server.ask(token, "GET", "/v1/rulesets", Origin=BOOKING)
    assert "ETag" in headers["access-control-expose-headers"]
    asks = {"Origin": BOOKING, "If-None-Match": headers["etag"]}
    status, headers, _ = server.ask(token, "GET", "/v1/rulesets", **asks)
    assert (status, headers["access-control-allow-origin"]) == (304, BOOKING)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://booking.example.evil.example",
        "https://booking.example:444",
        "https://bookingxexample",
        "http://booking.example",
        "https://booking.example/",
        "null",
        None,
    ],
)
def test_any_other_origin_gets_no_header_of_ours_for_it(
    served: tuple[Clinics, Token], origin: str | None
) -> None:
    server, token = served
    sent = {} if origin is None else {"Origin": origin}
    for method, path in (("GET", "/v1/rulesets"), ("OPTIONS", "/v1/evaluate"), ("GET", "/nothing")):
        asks = {**sent, "Access-Control-Request-Method": "POST", "Authorization": f"Bearer {token.text}"}
        _, headers, _ = server.server.ask(method, path, None, asks)
        assert [name for name in headers if name.startswith("access-control")] == []


def test_every_kind_of_answer_has_the_headers_once(served: tuple[Clinics, Token]) -> None:
    server, token = served
    for key in (token, None):
        for method, path in (("GET", "/v1/rulesets"), ("GET", "/nothing"), ("DELETE", "/v1/evaluate")):
            _, headers, _ = server.ask(key, method, path, Origin=BOOKING)
            assert headers["access-control-allow-origin"] == BOOKING
            assert headers["vary"] == "Origin"
            assert "RateLimit-Policy" in headers["access-control-expose-headers"]


def test_without_a_list_there_is_nothing(tmp_path: Path) -> None:
    with clinics(tmp_path, workers=1) as server:
        _, headers, _ = server.ask(None, "GET", "/v1/rulesets", Origin=BOOKING)
        assert [name for name in headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("*", "would let every web page ask"),
        ("null", "Write it as https://booking.example."),
        ("booking.example", "Write it as https://booking.example."),
        ("https://*.example", "Write it as https://booking.example."),
        ("https://booking.example/", "Write https://booking.example."),
        ("https://booking.example/path?q", "Write https://booking.example."),
        ("https://booking.example:443", "Write https://booking.example."),
        ("HTTPS://Booking.Example", "Write https://booking.example."),
        ("https://user@booking.example", "Write it as"),
        ("https://büro.example", "Write it as"),
        ("ftp://booking.example", "Write it as"),
        ("https://booking.example:99999", "Write it as"),
        ("https://", "Write it as"),
        ("", "Write it as"),
        ("https://a.example https://b.example", "Write it as"),
    ],
)
def test_what_is_no_origin_is_refused_at_the_start_with_the_mend(
    rulesets: Path, origin: str, says: str
) -> None:
    with pytest.raises(CannotServe) as raised:
        checked_origins([BOOKING, origin])
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_it_is_said_in_one_line(rulesets: Path) -> None:
    told = launch(rulesets=str(rulesets), port=0, allow_origins=["*"])
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    "origin", [BOOKING, "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:3000"]
)
def test_an_origin_as_a_browser_sends_it_is_taken(origin: str) -> None:
    assert checked_origins([origin, origin]) == (origin,)
