"""The page in a real browser: on a screen, on a phone, in the dark, and on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.documenting.page import html
from service.model.ruleset import SignOff
from tests.documenting.hostile import write_hostile
from tests.documenting.samples import SHIPPED, dossier, ruleset, shipped_dossier

A4_PX = 688
"""How wide the text is on A4 paper: 182 mm at 96 dots an inch."""

pytestmark = pytest.mark.long

CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const said = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!said || !element.checkVisibility()) continue;
    const pair = [rgb(getComputedStyle(element).color), behind(element)];
    const [a, b] = pair.map(light).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) pale.add(element.tagName + '.' + element.className);
  }
  return [...pale];
}"""


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page with all that a page can have, one of a clinic, and one with hostile texts."""
    folder = tmp_path_factory.mktemp("pages")
    pico = replace(shipped_dossier("pico-laser"), older=ruleset(SHIPPED, "example-clinic"))
    signed = SignOff(pico.ruleset.digest, "Medical director", "2026-01-01")
    broken = replace(pico.proofs[0], state="broken", examples=('{"concern": "acne_scar"}',))
    gathered = {
        "pico-laser": replace(
            pico, signed=(replace(signed, digest="sha256:old"), signed), proofs=(broken, *pico.proofs[1:])
        ),
        "example-clinic": shipped_dossier("example-clinic"),
        "hostile": dossier(write_hostile(folder), "hostile"),
    }
    for name, one in gathered.items():
        (folder / f"{name}.html").write_text(html(one), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in gathered}


def opened(browser: Browser, file: Path, **settings: Any) -> tuple[Page, list[str]]:
    """The page opened, and what went wrong while it was: words on the console, requests to elsewhere."""
    page = browser.new_page(**settings)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page, wrong


def styles(page: Page, which: str, what: str) -> list[str]:
    """The different values of a style that these elements have."""
    found = page.locator(which).evaluate_all(
        "(elements, what) => elements.map(one => getComputedStyle(one)[what])", what
    )
    return sorted(set(found))


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["pico-laser", "example-clinic", "hostile"])
def test_the_page_fits_and_stays_quiet(
    browser: Browser, documents: dict[str, Path], name: str, width: int
) -> None:
    page, wrong = opened(browser, documents[name], viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_text_stands_out_from_what_is_behind_it(
    browser: Browser, documents: dict[str, Path], scheme: Any, width: int
) -> None:
    page, _ = opened(
        browser, documents["pico-laser"], viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark is (scheme == "dark")
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_on_a_phone_a_row_is_a_card_that_names_its_columns(
    browser: Browser, documents: dict[str, Path]
) -> None:
    page, _ = opened(browser, documents["example-clinic"], viewport={"width": 360, "height": 800})
    row = page.locator("#rule-outdoor-work")
    cells = [cell.bounding_box() for cell in row.locator("> *").all()]
    assert all(cell is not None and cell["width"] > 300 for cell in cells)
    label = row.locator("> td").first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label == '"When"'
    page.close()


def test_on_paper_nothing_is_cut_off_and_rules_stay_whole(
    browser: Browser, documents: dict[str, Path]
) -> None:
    page, _ = opened(browser, documents["pico-laser"], viewport={"width": A4_PX, "height": 1000})
    assert not page.locator(".signatures").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_PX
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert styles(page, "tbody tr", "breakInside") == ["avoid"]
    assert styles(page, "thead", "display") == ["table-header-group"]
    assert page.locator(".signatures").is_visible()
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_it_prints_on_a4_and_every_sheet_bears_the_digest(
    browser: Browser, documents: dict[str, Path], tmp_path: Path
) -> None:
    page, _ = opened(browser, documents["example-clinic"])
    raw = page.pdf(prefer_css_page_size=True)
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", raw))
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    digest = ruleset(SHIPPED, "example-clinic").digest
    assert f'content: "example-clinic {digest[:23]}"' in page.content()
    page.close()
