"""The nearest word, also among very many."""

from __future__ import annotations

import pytest

from schemas.nearest import nearest
from service.model.problem import did_you_mean, suggested, to_write


def test_the_nearest_of_a_few_and_of_many_is_the_same() -> None:
    few = ["acne_scar", "melasma", "tattoo"]
    many = [*few, *(f"word_{number}" for number in range(5_000))]
    for word in ("acne_scars", "Melasma", "tatoo", "tat too"):
        assert did_you_mean(word, few) == did_you_mean(word, many) != ""


def test_where_none_is_near_nothing_is_said() -> None:
    assert did_you_mean("weather", ["acne_scar"]) == ""
    assert did_you_mean("x" * 1_000, ["acne_scar"]) == ""
    assert did_you_mean("", ["acne_scar"]) == ""
    assert did_you_mean("a", []) == ""


def test_spaces_and_underscores_are_alike() -> None:
    assert did_you_mean("interval_weeks", ["interval weeks", "sessions"]) == ' Did you mean "interval weeks"?'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("acne_scars", "acne_scar"),
        ("colagen", "collagen"),
        ("phi", "pih"),
        ("EV-ACN-1", "EV-ACN-01"),
        ("Review_Weeks", "review weeks"),
        ("Madird", "Madrid"),
    ],
)
def test_a_letter_or_two_are_a_slip(written: str, meant: str) -> None:
    assert suggested(did_you_mean(written, [meant])) == to_write(written, meant)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("EV-ACN-02", "EV-ACN-01"),
        ("1046", "1064"),
        ("IV", "I"),
        ("IIII", "III"),
        ("dermal", "epidermal"),
        ("acne", "acne_scar"),
        ("ab", "ac"),
        ("melanoma", "melasma"),
        ("x" * 10_000, "x" * 9_999),
    ],
)
def test_another_number_or_word_is_asked_about_at_most(written: str, other: str) -> None:
    assert suggested(did_you_mean(written, [other])) is None


@pytest.mark.parametrize("word", ["II", "vii", "X"])
def test_another_roman_number_is_another_thing(word: str) -> None:
    assert nearest(word, ["I", "III", "IV", "V", "VI"]) is None


def test_a_roman_number_in_other_capitals_is_that_number() -> None:
    assert nearest("iii", ["I", "II", "III"]) == "III"
    assert nearest("mil", ["mild", "severe"]) == "mild"
