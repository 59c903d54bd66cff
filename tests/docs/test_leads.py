"""The page for clinic leads: what it calls things is what the pages call them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from service.store.api_keys import open_keys
from tests.commandline.console import picoplan
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


def test_its_lines_for_keys_make_one_that_edits_and_publishes_and_one_that_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "our-rules").mkdir()
    lines = re.findall(r"^picoplan (keys add .*) > \S+$", Page("leads.md").text, re.MULTILINE)
    assert [picoplan(*shlex.split(line), folder=tmp_path).code for line in lines] == [0, 0]
    store = open_keys(tmp_path / "our-rules")
    lead, director = (one.caller for one in store.all_keys())
    store.close()
    assert lead.may_edit("our-laser")
    assert lead.may_publish("our-laser")
    assert director.sees_draft("our-laser", "north")
    assert director.role == "Medical director"
    assert not director.may_edit("our-laser")
