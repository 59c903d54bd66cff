"""JSON data in flow style reads back as what it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.flow import flow
from service.reading.yaml_reader import compose

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))) | st.sampled_from(
    [
        "null",
        "~",
        "yes",
        "012",
        "a: b",
        "a #b",
        "- a",
        "{a}",
        "[a",
        "a,b",
        "'a'",
        '"a"',
        "&a",
        "*a",
        "!a",
        "a:",
        "@",
    ]
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"concern": "acne_scar", "reactions": ["pih"]}, "{concern: acne_scar, reactions: [pih]}"),
        ({"gold": False, "age": 40, "seen": 62.5, "x": None}, "{gold: no, age: 40, seen: 62.5, x: null}"),
        (
            {"note": "Look, then wait.", "empty": {}, "none": []},
            '{note: "Look, then wait.", empty: {}, none: []}',
        ),
        (["1.5 to 2 (or so)", "null", ""], '[1.5 to 2 (or so), "null", ""]'),
        (0.1234567, "0.1234567"),
        ({"min": "-1", "day": "-5-2"}, '{min: -1, day: "-5-2"}'),
        (1 / 3, "0.333333"),
    ],
)
def test_data_is_written_as_an_author_would(data: Any, text: str) -> None:
    assert flow(data) == text


@given(st.dictionaries(WORDS.filter(bool), WORDS | st.lists(WORDS), max_size=4))
def test_texts_read_back_as_they_were(data: dict[str, Any]) -> None:
    tree = compose("flow.yaml", f"data: {flow(data)}\n".encode())
    assert list(tree.problems) == []
    assert tree.data == {"data": data}
