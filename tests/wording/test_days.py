"""Days as people of a language write them."""

from __future__ import annotations

from datetime import date

import pytest

from service.wording.phrases import day_in_words

DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "December 1, 2026"),
        ("en-GB", "1 December 2026"),
        ("es", "1 de diciembre de 2026"),
        ("zh-Hans", "2026年12月1日"),
        ("zh-CN", "2026年12月1日"),
        ("de", "1. Dezember 2026"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language: str, words: str) -> None:
    assert day_in_words(DAY, language) == words


@pytest.mark.parametrize("language", ["x-private", "tlh", "qaa-Latn", "en-a-bbb"])
def test_a_day_of_a_language_that_is_not_known_is_written_in_figures(language: str) -> None:
    assert day_in_words(DAY, language) == "2026-12-01"
