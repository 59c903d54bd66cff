#!/usr/bin/env python3
"""The picture of the workbench in the README, made anew from a service that runs.

    scripts/picture_workbench.py [--port 8000] [docs/workbench.png]

Needs chromium. A client is filled in as a person would, with a click for each answer.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
_PICKED = {"severity": "mild", "phototype": "Type III", "goal": "Clear improvement"}
_SETS = ("light_risk", "recent_procedure", "healing_risk")


def main() -> None:
    """Fill in a client, and take the picture."""
    parsed = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsed.add_argument("--port", type=int, default=8000)
    parsed.add_argument("file", type=Path, nargs="?", default=ROOT / "docs" / "workbench.png")
    told = parsed.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 680}, color_scheme="light")
        page.goto(f"http://127.0.0.1:{told.port}/workbench/pico-laser/live/try")
        _fill_in(page)
        page.screenshot(path=told.file)
        browser.close()
    print(f"{told.file}: {told.file.stat().st_size / 1024:.0f} KiB")


def _fill_in(page: Page) -> None:
    page.get_by_label("What should be treated?").select_option("solar_lentigo")
    for name, label in _PICKED.items():
        page.locator(f"#field-{name}").get_by_label(label, exact=True).check()
    page.get_by_label("Which laser is used?").select_option("picosure")
    for name in _SETS:
        page.locator(f"#field-{name}").get_by_label("None of these").check()
    page.locator("#field-bleaching").get_by_label("None", exact=True).check()
    page.locator("#field-near_eye").get_by_label("No", exact=True).check()
    page.get_by_label("Age in years").fill("41")
    page.get_by_role("button", name="I asked all others: no").click()
    page.locator("#answer .name").get_by_text("One session may be enough").wait_for()
    page.get_by_role("button", name="Undo: not asked").wait_for()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


if __name__ == "__main__":
    main()
