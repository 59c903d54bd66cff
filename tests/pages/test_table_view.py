"""A table as a page and as a spreadsheet: neighbours that say the same are one, and nothing is a formula."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from service.pages.table_view import as_csv, table_view

ANSWER: dict[str, Any] = {
    "verdict": "several_sessions",
    "sessions": {"min": 2, "typical": 3, "max": 5},
    "fired": [{"defined_at": "parent/factors/1-a.yaml:3"}, {"defined_at": "factors/1-b.yaml:4"}],
}
NO_NUMBER = {"verdict": "do_not_treat", "sessions": None, "fired": []}


def axis(name: str, *options: str) -> dict[str, Any]:
    """A question with options labelled by their ids in capitals."""
    return {
        "input": name,
        "label": name.title(),
        "options": [{"option": one, "label": one.upper()} for one in options],
    }


def at(row: str, outer: str, inner: str) -> dict[str, str]:
    """A place."""
    return {"concern": row, "goal": outer, "severity": inner}


DOCUMENT: dict[str, Any] = {
    "language": "en",
    "rows": axis("concern", "spots", "mole"),
    "columns": [axis("goal", "some", "all"), axis("severity", "low", "high")],
    "cells": [
        {"at": at("spots", "some", "low"), "answer": ANSWER},
        {"at": at("spots", "some", "high"), "needs": [{"input": "inks", "label": "=Inks?"}]},
        {"at": at("spots", "all", "low"), "refused": [{"message": "@Both can't be."}]},
        {"at": at("spots", "all", "high"), "answer": NO_NUMBER},
        {"at": at("mole", "some", "low"), "answer": NO_NUMBER},
        *(
            {"at": at("mole", outer, inner), "same_as": at("mole", "some", "low")}
            for outer, inner in (("some", "high"), ("all", "low"), ("all", "high"))
        ),
    ],
}


def test_heads_stand_over_their_columns() -> None:
    view = table_view(DOCUMENT, lambda _: None, extends=False)
    assert view.heads == ((("SOME", 2), ("ALL", 2)), (("LOW", 1), ("HIGH", 1)) * 2)
    assert [row.label for row in view.rows] == ["SPOTS", "MOLE"]


def test_each_cell_says_what_it_is() -> None:
    spots, mole = table_view(DOCUMENT, lambda place: "/" + place["severity"], extends=False).rows
    assert [(cell.sessions, cell.needs, cell.refused, cell.link) for cell in spots.cells] == [
        ("2 to 5, typically 3", (), (), "/low"),
        ("", ("=Inks?",), (), "/high"),
        ("", (), ("@Both can't be.",), "/low"),
        ("", (), (), "/high"),
    ]
    assert [(cell.columns, cell.verdict) for cell in mole.cells] == [(4, "do_not_treat")]


@pytest.mark.parametrize("extends", [True, False])
def test_what_is_our_own_is_told_where_another_ruleset_is_extended(extends: bool) -> None:
    view = table_view(DOCUMENT, lambda _: None, extends=extends)
    assert view.rows[0].cells[0].own is extends
    assert not view.rows[1].cells[0].own


def test_a_spreadsheet_has_a_line_for_each_cell_and_no_formula() -> None:
    lines = list(csv.reader(as_csv(DOCUMENT).decode("utf-8-sig").splitlines()))
    assert lines[0][:6] == ["concern", "Concern", "goal", "Goal", "severity", "Severity"]
    assert len(lines) == 9
    assert lines[1][-6:] == ["several_sessions", "2", "3", "5", "", ""]
    assert lines[2][-2:] == ["inks", ""]
    assert lines[3][-1] == "'@Both can't be."
    assert lines[8] == ["mole", "MOLE", "all", "ALL", "high", "HIGH", "do_not_treat", "", "", "", "", ""]
