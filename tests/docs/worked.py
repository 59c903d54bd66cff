"""Worked examples on a page: an assessment as YAML, and the table of the steps that it comes to."""

from __future__ import annotations

import re
from typing import Any

from service.reading.scenarios import as_assessment
from tests.docs.answers import answer_to, answering, steps_rows
from tests.docs.pages import Block, Page


def assessment_of(page: Page, name: str) -> tuple[str, dict[str, Any]]:
    """The ruleset and the assessment (as JSON data) that the page calls by this name."""
    block = next(block for block in page.marked("assessment", "for") if block.marks["assessment"] == name)
    ruleset = block.marks["for"]
    said: dict[str, Any] = dict(line.split(": ", 1) for line in block.text.splitlines())
    for key, value in said.items():
        if listed := re.fullmatch(r"\[(.*)\]", value):
            said[key] = [item.strip() for item in listed.group(1).split(",") if item.strip()]
    return ruleset, as_assessment(answering().snapshot.served[ruleset].ruleset.inputs, said)


def shown_steps(page: Page, table: Block) -> list[list[str]]:
    """The rows of steps that the service gives for the example of the table."""
    ruleset, assessment = assessment_of(page, table.marks["steps"])
    request = {"ruleset": ruleset, "assessment": assessment, "as_of": "2026-12-01"}
    return steps_rows(answer_to(request))


def worked_rows(table: Block) -> list[list[str]]:
    """The rows as the page has them, without the marks of code."""
    return [[cell.strip("`") for cell in row] for row in table.rows]
