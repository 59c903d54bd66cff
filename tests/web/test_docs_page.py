"""``/docs`` over HTTP, and in a real browser against a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.web.openapi.document import POLICY
from tests.web.client import Client
from tests.web.serving import ROOT, Served

pytestmark = pytest.mark.long

STATIC = ROOT / "service/web/static/docs"
FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


def test_the_page_may_load_nothing_from_elsewhere_and_nothing_that_stands_in_it(client: Client) -> None:
    page = client.get("/docs")
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    policy = page.headers["Content-Security-Policy"]
    assert policy == POLICY
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(rb"<script>|<style|style=|https?://", page.data)


@pytest.mark.parametrize(("file", "content_type"), FILES.items())
def test_a_file_of_the_page_comes_with_its_type_and_is_kept_by_its_etag(
    client: Client, file: str, content_type: str
) -> None:
    answer = client.get(f"/docs/{file}")
    assert (answer.status_code, answer.content_type) == (200, content_type)
    assert answer.data == (STATIC / file).read_bytes()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"/docs/{file}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_loads_these_files_and_no_other(client: Client) -> None:
    loaded = re.findall(r'(?:src|href)="docs/([^"]+)"', client.get("/docs").text)
    assert {*loaded} == {*FILES}


@pytest.mark.parametrize(
    "file", ["page.html", "README.md", "swagger-ui-bundle.js.map", "..", "%2e%2e%2fapp.py"]
)
def test_no_other_file_is_given(client: Client, file: str) -> None:
    answer = client.get(f"/docs/{file}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_what_is_taken_from_others_has_its_licence_its_version_and_no_source_maps() -> None:
    said = (STATIC / "README.md").read_text(encoding="utf-8")
    version = re.search(r"swagger-ui-dist (5\.\d+\.\d+)", said)
    assert version is not None
    assert version[1] in (STATIC / "swagger-ui-bundle.js").read_text(encoding="utf-8")
    assert "Apache License" in (STATIC / "swagger-ui.LICENSE.txt").read_text(encoding="utf-8")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert "sourceMappingURL" not in (STATIC / name).read_text(encoding="utf-8")
    assert {path.name for path in STATIC.iterdir()} == {
        *FILES,
        "README.md",
        "page.html",
        "swagger-ui-bundle.js.LICENSE.txt",
        "swagger-ui.LICENSE.txt",
        "swagger-ui.NOTICE.txt",
    }


class Opened:
    """The page in the browser, and what went wrong: errors on the console, requests to elsewhere."""

    def __init__(self, browser: Browser, server: Served, width: int) -> None:
        self.origin = f"http://127.0.0.1:{server.port}"
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.wrong: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', one => console.error(one.violatedDirective))"
        )
        self.page.goto(f"{self.origin}/docs")
        self.page.wait_for_selector(".opblock")

    def _said(self, message: object) -> None:
        kind, text = str(getattr(message, "type", "")), str(getattr(message, "text", ""))
        if kind in ("error", "warning"):
            self.wrong.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.origin, "data:")):
            self.wrong.append(url)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_shows_every_operation_fits_and_asks_nobody_else(
    browser: Browser, shipped_server: Served, width: int, tmp_path: Path
) -> None:
    opened = Opened(browser, shipped_server, width)
    document = json.loads(shipped_server.ask("GET", "/openapi.json")[2])
    operations = sum(map(len, document["paths"].values()))
    expect(opened.page.locator(".opblock")).to_have_count(operations)
    for path in document["paths"]:
        assert opened.page.locator(f'[data-path="{path}"]').count() > 0
    opened.page.locator("#operations-Decisions-evaluate .opblock-summary-control").click()
    opened.page.wait_for_selector("#operations-Decisions-evaluate .responses-table")
    opened.page.wait_for_timeout(300)
    opened.page.screenshot(path=str(tmp_path / "docs.png"), full_page=True)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.wrong == []
    opened.page.close()


def test_trying_it_out_gets_a_real_answer(browser: Browser, shipped_server: Served) -> None:
    opened = Opened(browser, shipped_server, 1280)
    page = opened.page
    operation = page.locator("#operations-Decisions-evaluate")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    answer.wait_for()
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    shown = answer.locator(".highlight-code").first.inner_text()
    decision = re.search(r'"decision_id": "([0-9a-f-]{36})"', shown)
    assert decision is not None
    assert shipped_server.ask("GET", f"/v1/decisions/{decision[1]}")[0] == 200
    assert opened.wrong == []
    page.close()
