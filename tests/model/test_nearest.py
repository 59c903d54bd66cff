"""The nearest word, also among very many."""

from __future__ import annotations

from service.model.problem import did_you_mean


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
