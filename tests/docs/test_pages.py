"""All of docs/: links lead somewhere, and the pages speak of the project alone."""

from __future__ import annotations

import re

import pytest
from click import Context

from service.commandline.main import picoplan
from tests.docs.pages import DOCS, Page, in_code, pages


def anchor(heading: str) -> str:
    """The anchor that a Markdown page gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(name: str) -> set[str]:
    return {anchor(heading) for _, heading in Page(name).headings}


@pytest.mark.parametrize("name", pages())
def test_every_link_between_the_pages_leads_to_a_heading(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", Page(name).text):
        page, _, below = target.partition("#")
        assert (DOCS / (page or name)).is_file(), target
        assert not below or below in anchors(page or name), target


@pytest.mark.parametrize("name", [name for name in pages() if name != "problems.md"])
def test_a_page_lists_its_headings_at_its_top(name: str) -> None:
    page = Page(name)
    listed = re.findall(r"^- \[[^\]]+\]\(#([^)]+)\)$", page.text, re.M)
    assert listed == [anchor(heading) for level, heading in page.headings if level == 2]


@pytest.mark.parametrize("name", pages())
def test_a_page_is_whole_and_tidy(name: str) -> None:
    text = Page(name).text
    assert text.count("\n```") % 2 == 0, "a fence is open"
    assert text.endswith("\n")
    assert re.findall(r"[ \t]+$|\t(?!sessions)", text, re.M) == []


def test_every_command_is_mentioned() -> None:
    said = " ".join(word for name in pages() for word in in_code(Page(name).text)) + Page("rulesets.md").text
    assert [
        name for name in picoplan.list_commands(Context(picoplan)) if f"picoplan {name}" not in said
    ] == []
