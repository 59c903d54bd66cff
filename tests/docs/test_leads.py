"""The page for clinic leads: what it calls things is what the pages call them."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, Page

OF_THE_PAGE = {"bold", "ruleset", "draft", "guarantee", "digest"}
"""What it explains itself."""


def test_every_name_in_bold_stands_on_a_page_of_the_workbench() -> None:
    templates = (ROOT / "service" / "pages" / "templates").glob("*.html")
    texts = [template.read_text(encoding="utf-8") for template in templates]
    said = " ".join(" ".join(texts).replace("&nbsp;", " ").split())
    named = set(re.findall(r"\*\*([^*]+)\*\*", " ".join(Page("leads.md").text.split()))) - OF_THE_PAGE
    assert len(named) > 15
    assert [name for name in sorted(named) if name not in said and name.lower() not in said.lower()] == []


def test_its_steps_are_numbered_in_their_order() -> None:
    steps = [heading for level, heading in Page("leads.md").headings if level == 2 and heading[0].isdigit()]
    assert [step.partition(". ")[0] for step in steps] == [str(number) for number in range(1, len(steps) + 1)]
