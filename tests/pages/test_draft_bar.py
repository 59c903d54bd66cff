"""The bar above every page of a draft says no more of it than is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from service.pages.draft_bar import DraftBar, draft_bar_from

BAR = DraftBar(
    id="d-aaaaaaaaaaaa",
    ruleset="north-pico",
    at="/workbench/north-pico/d-aaaaaaaaaaaa",
    clinic="north",
    base="version 2, 5d41402abc4b",
    live=None,
    gone="2027-02-28",
    may_edit=True,
    may_publish=False,
)
PROVED: dict[str, Any] = {"stage": "proved", "is_final": True}


@pytest.mark.parametrize(
    ("told", "words", "look"),
    [
        ({}, "Its check can’t be asked for at the moment", "open"),
        ({"stage": "checking"}, "Being checked", "open"),
        ({"stage": "failed", "is_final": True}, "The check came to no end", "wrong"),
        ({"stage": "checked", "errors": 1, "is_final": True}, "1 error", "wrong"),
        ({"stage": "checked", "errors": 2, "warnings": 1, "unexpected": 1},
         "2 errors, 1 client not as expected and 1 warning", "wrong"),
        ({"stage": "checked", "warnings": 2}, "No errors and 2 warnings; proofs go on", "open"),
        ({"stage": "checked", "is_final": True}, "No errors; proofs came to no end", "open"),
        ({**PROVED, "unexpected": 2}, "2 clients not as expected", "wrong"),
        ({**PROVED, "proven": 3, "promised": 4}, "No errors; 3 of 4 guarantees proven", "open"),
        ({**PROVED, "proven": 1, "promised": 1}, "No errors; 1 of 1 guarantee proven", "good"),
        ({**PROVED}, "No errors; proofs done", "good"),
        ({**PROVED, "warnings": 1}, "No errors and 1 warning; proofs done", "open"),
    ],
)  # fmt: skip
def test_a_state_is_told_in_words(told: dict[str, Any], words: str, look: str) -> None:
    bar = replace(BAR, **told)
    assert (bar.state_words, bar.look) == (words, look)


def test_it_is_the_same_after_it_was_passed_on() -> None:
    assert draft_bar_from(orjson.loads(orjson.dumps(BAR.as_data()))) == BAR
