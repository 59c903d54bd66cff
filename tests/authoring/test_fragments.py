"""An editor sees some words as numbers or booleans, and schemas know it."""

from __future__ import annotations

import pytest

from service.authoring.fragments import enum, keys, ref, seen, words
from tests.authoring.as_editors_see import as_an_editor_sees


@pytest.mark.parametrize(
    "word",
    ["acne_scar", "IV", "12", "012", "-1", "1e3", "0x1f", "0o17", "yes", "No", "true", "1_000", "1e999"],
)
def test_whatever_an_editor_makes_of_a_word_is_expected(word: str) -> None:
    assert as_an_editor_sees(f"a: {word}")["a"] in [*seen(word), float("inf")]
    assert as_an_editor_sees(f"'{word}'") in seen(word)
    assert next(iter(as_an_editor_sees(f"{word}: a"))) in [*keys(word), word.lower(), "inf"]


def test_words_that_an_editor_sees_alike_are_listed_once() -> None:
    assert enum({"12": "", "012": ""}) == {"enum": ["12", 12, "012"]}


def test_an_id_that_is_none_breaks_neither_a_pattern_nor_a_reference() -> None:
    assert words(["a(b", "c.d", "e-f"]) == r"a\(b|c\.d|e-f"
    assert ref("test-of-a b/c") == {"$ref": "#/$defs/test-of-a_20_b_2f_c"}
