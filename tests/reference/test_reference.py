from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.reference.samples import answer, parts, referred, three

BASE = {"sessions": parts(3, 5, 8)}


def test_the_middle_of_a_range_of_sessions_is_rounded_half_up() -> None:
    assert three(answer({"a": {"sessions": "1 to 4"}})) == (1, 3, 4)
    assert three(answer({"a": {"sessions": "2\u20135"}})) == (2, 4, 5)


def test_of_two_bases_alike_in_typical_the_greater_max_wins_before_the_greater_min() -> None:
    assert three(answer({"a": {"sessions": parts(3, 4, 5)}, "b": {"sessions": parts(1, 4, 6)}})) == (1, 4, 6)


def test_one_number_stands_for_all_three_and_max_is_widened() -> None:
    assert three(answer({"a": {"sessions": 3}})) == (3, 3, 4)


def test_the_base_that_needs_most_wins_by_typical_then_max_then_min_then_id() -> None:
    rules = {
        "d": {"sessions": parts(1, 4, 5)},
        "c": {"sessions": parts(2, 4, 5)},
        "b": {"sessions": parts(3, 3, 9)},
    }
    answered = answer({**rules, "e": {"sessions": parts(2, 4, 5)}})
    assert three(answered) == (2, 4, 5)
    steps = [(step["does"], step["rule"]) for step in answered["steps"] if step["of"] == "sessions"]
    assert steps == [
        ("base", "c"),
        ("base_not_used", "e"),
        ("base_not_used", "d"),
        ("base_not_used", "b"),
    ]


def test_factors_multiply_part_by_part_and_their_middle_is_exact() -> None:
    # 3 x 1.1 = 3.3, 5 x 1.205 = 6.025, 8 x 1.31 = 10.48: down, half up, up.
    assert three(answer({"a": BASE, "b": {"sessions times": "1.1 to 1.31"}})) == (3, 6, 11)


def test_all_factors_multiply_together_before_anything_is_added_or_rounded() -> None:
    # 5 x 1.15 x 1.3 = 7.475, 3 x 1.495 = 4.485, 8 x 1.495 = 11.96; then 1 to 2 adds 1, 2 (1.5 half up), 2.
    rules = {
        "a": BASE,
        "b": {"sessions times": 1.15},
        "c": {"sessions times": 1.3},
        "d": {"add sessions": "1 to 2"},
    }
    assert three(answer(rules)) == (5, 9, 14)


def test_decimals_are_exact_so_a_half_is_a_half() -> None:
    # 5 x 0.7 = 3.5 exactly, and 3.5 becomes 4; 3 x 0.7 = 2.1 and 8 x 0.7 = 5.6.
    assert three(answer({"a": BASE, "b": {"sessions times": Decimal("0.7")}})) == (2, 4, 6)
    assert three(answer({"a": BASE, "b": {"sessions times": 0.7}})) == (2, 4, 6)


def test_a_goal_multiplies_by_its_attribute() -> None:
    # 3 x 2.16 = 6.48, 5 x 2.16 = 10.8, 8 x 2.16 = 17.28.
    assert three(answer({"a": BASE, "b": {"sessions times": "goal.times"}}, {"goal": "complete"})) == (
        6,
        11,
        18,
    )


def test_negative_additions_never_lead_below_one_and_an_unvouched_one_becomes_two() -> None:
    assert three(answer({"a": {"sessions": 2}, "b": {"add sessions": -5}})) == (1, 2, 2)
    assert three(answer({"a": {"sessions": 2}, "b": {"add sessions": -5, "one session": "may suffice"}})) == (
        1,
        1,
        2,
    )


def test_a_middle_below_zero_is_rounded_half_up_too() -> None:
    # The middle of -2 to 1 is -0.5 and becomes 0: 3 - 2, 5 + 0, 8 + 1; min 1, so max stays.
    assert three(answer({"a": BASE, "b": {"add sessions": "-2 to 1"}})) == (1, 5, 9)


def test_will_not_suffice_beats_may_suffice_and_lifts_each_to_two() -> None:
    rules = {
        "a": {"sessions": parts(1, 1, 1), "one session": "may suffice"},
        "b": {"one session": "will not suffice"},
    }
    answered = answer(rules)
    assert three(answered) == (2, 2, 3)
    assert (answered["one_session"], answered["verdict"]) == ("will_not_suffice", "several_sessions")


def test_one_session_may_suffice_before_the_first_session_where_a_rule_says_so() -> None:
    rules = {"a": {"sessions": 1, "one session": "may suffice"}}
    before, after = answer(rules), answer(rules, {"sessions_done": 1})
    assert (three(before), before["verdict"]) == ((1, 1, 2), "one_session_may_suffice")
    assert (three(after, "remaining"), after["verdict"]) == ((0, 0, 1), "several_sessions")
    assert after["one_session"] == "undecided"


def test_one_session_is_will_not_suffice_from_two_and_undecided_where_nobody_vouches() -> None:
    assert answer({"a": {"sessions": "2 to 4"}})["one_session"] == "will_not_suffice"
    assert answer({"a": {"sessions": "1 to 4"}})["one_session"] == "undecided"


def test_a_cap_cuts_max_only() -> None:
    assert three(answer({"a": BASE, "b": {"most sessions": 5}, "c": {"most sessions": 7}})) == (3, 5, 5)


@pytest.mark.parametrize(("base", "most"), [(parts(3, 5, 8), 4), (parts(4, 4, 8), 4)])
def test_where_typical_is_above_a_cap_or_min_reaches_it_there_are_no_numbers(base: Any, most: int) -> None:
    answered = answer({"a": {"sessions": base, "interval weeks": 4}, "b": {"most sessions": most}})
    assert [three(answered, member) for member in ("sessions", "interval_weeks", "remaining")] == [None] * 3
    assert (referred(answered), answered["verdict"]) == (["b"], "clinician_review")
    assert answered["support"] is None


def test_the_upper_limit_cuts_like_a_cap_and_the_lower_lifts_without_widening_again() -> None:
    assert three(answer({"a": {"sessions": parts(18, 19, 30)}})) == (18, 19, 20)
    above = answer({"a": {"sessions": parts(18, 21, 30)}})
    assert (three(above), referred(above)) == (None, [None])
    limits = {"sessions": "3 to 20", "interval weeks": "2 to 26"}
    assert three(answer({"a": {"sessions": parts(1, 2, 3)}}, limits=limits)) == (3, 3, 3)


def test_intervals_take_the_longest_base_add_round_and_are_cut_plainly() -> None:
    rules = {"a": {**BASE, "interval weeks": parts(4, 4, 6)}, "b": {"interval weeks": parts(3, 5, 5)}}
    assert three(answer(rules), "interval_weeks") == (3, 5, 5)
    more = {**rules, "c": {"add interval weeks": 2}, "d": {"add interval weeks": "20 to 21"}}
    assert three(answer(more), "interval_weeks") == (25, 26, 26)
    less = {**rules, "c": {"add interval weeks": -9}}
    assert three(answer(less), "interval_weeks") == (2, 2, 2)


def test_there_is_no_interval_without_a_session_base() -> None:
    answered = answer({"a": {"interval weeks": 4}})
    assert (three(answered, "interval_weeks"), answered["verdict"]) == (None, "clinician_review")
    assert answered["warnings"] == ["no-base"]


def test_the_earliest_review_wins_by_typical_then_max_then_min() -> None:
    rules = {
        "a": {"review weeks": "8 to 12"},
        "b": {"review weeks": parts(9, 10, 11)},
        "c": {"review weeks": 12},
    }
    assert three(answer(rules), "review_weeks") == (9, 10, 11)
    assert three(answer({**rules, "s": {"stop": "Never"}}), "review_weeks") is None


@pytest.mark.parametrize(
    ("points", "expected"),
    [(10, (5, 8, 11)), (Decimal("1.5"), (2, 2, 4)), (0, (2, 2, 3))],
)
def test_sessions_from_a_score_are_times_and_spread_and_not_under_at_least(
    points: Any, expected: Any
) -> None:
    # 10 x 0.8 = 8 -+ 2.5; 1.5 x 0.8 = 1.2, lifted to 2, and 1.2 + 2.5 = 3.7; 0 + 2.5 = 2.5.
    base = {"score": "kd", "times": 0.8, "spread": 2.5, "at least": 2}
    assert three(answer({"a": {"points": {"kd": points}}, "b": {"sessions from score": base}})) == expected


def test_remaining_without_progress_is_sessions_less_those_done() -> None:
    assert three(answer({"a": BASE}, {"sessions_done": 4}), "remaining") == (0, 1, 4)
    done = answer({"a": BASE}, {"sessions_done": 8})
    assert (three(done, "remaining"), done["verdict"]) == ((0, 0, 0), "clinician_review")
    assert done["warnings"] == ["plan-finished"]


def test_an_attribute_not_given_acts_as_no_numbers_and_is_named_once_a_question() -> None:
    rules = {"a": BASE, "c": {"sessions times": "goal.times"}, "b": {"sessions times": "goal.times"}}
    answered = answer(rules)
    assert (three(answered), referred(answered)) == (None, ["b"])


def test_support_is_the_weakest_of_the_rules_that_gave_numbers_but_for_losing_bases() -> None:
    def rule(then: dict[str, Any], support: str) -> dict[str, Any]:
        return {"when": {"sessions_done": 0}, "then": then, "support": support}

    rules = {
        "a": rule(BASE, "derived"),
        "b": rule({"sessions": 2}, "judgement"),
        "c": rule({"refer": "x"}, "judgement"),
    }
    assert answer(rules)["support"] == "derived"
    assert answer({**rules, "d": rule({"sessions times": 1}, "interpolated")})["support"] == "interpolated"
    assert answer({**rules, "e": rule({"review weeks": 4}, "judgement")})["support"] == "derived"
