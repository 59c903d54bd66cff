from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from tests.reference.powers import compared_with_one
from tests.reference.samples import answer, parts, referred, three

PROGRESS = {"improvement": "seen", "sessions": "sessions_done", "target": 75}
EVEN = {"gains": "even", "expected": {"adds": 6}, "target": 25}


def progress(
    seen: Any,
    done: int,
    base: Any = (3, 5, 8),
    rules: dict[str, Any] | None = None,
    given: dict[str, Any] | None = None,
    **written: Any,
) -> dict[str, Any]:
    """The answer for a base and progress, with whatever else is written of it and other rules."""
    made = {
        "base": {"sessions": parts(*base), "interval weeks": 4},
        "replan": {"remaining from progress": {**PROGRESS, **written}},
        **(rules or {}),
    }
    return answer(made, {"sessions_done": done, **({} if seen is None else {"seen": seen}), **(given or {})})


def moves(answered: dict[str, Any], of: str = "sessions") -> list[tuple[Any, ...]]:
    """The steps of a quantity: what, by whom, and the three numbers."""
    return [
        (step["does"], step["rule"], step["min"], step["typical"], step["max"])
        for step in answered["steps"]
        if step["of"] == of
    ]


def test_the_worked_example_of_gains_that_shrink() -> None:
    # q = 0.25^(1/4), so q^2 = 0.5; r = (0.5 x 0.6)^(1/5) = 0.786; 0.6 r^3 = 0.291, 0.6 r^4 = 0.229 <= 0.25.
    answered = progress(40, 3, base=(2, 4, 6), expected={"clears": 75})
    assert three(answered, "remaining") == (4, 4, 4)
    assert three(answered) == (7, 7, 7)
    assert moves(answered) == [("base", "base", 2, 4, 6), ("replan", "replan", 7, 7, 7)]


def test_the_worked_example_of_even_gains() -> None:
    # g = (16 + 2 x 6) / (4 + 2) = 28/6; 16 + g = 20.7, 16 + 2 g = 25.3 >= 25.
    answered = progress(16, 4, **EVEN)
    assert (three(answered, "remaining"), three(answered)) == ((2, 2, 2), (6, 6, 6))


def test_the_margin_moves_what_was_seen_in_the_gain_too() -> None:
    # At 20: g = (20 + 12) / 6, one more leads to 25.3; at 12: g = 4, 12 + 4 x 4 = 28, 3 x 4 + 12 = 24.
    assert three(progress(16, 4, margin=4, **EVEN), "remaining") == (1, 2, 4)


def test_an_expectation_may_be_an_attribute_and_have_a_weight() -> None:
    even = {**EVEN, "expected": {"adds": "goal.adds"}}
    assert three(progress(16, 4, given={"goal": "clear"}, **even), "remaining") == (2, 2, 2)
    # Weight 8: g = (16 + 8 x 10) / 12 = 8, so 16 + 2 x 8 = 32; weight 0.01: g = 16.1 / 4.01 = 4.01, so 3.
    some = {"given": {"goal": "some"}, **even}
    assert three(progress(16, 4, weight=8, **some), "remaining") == (2, 2, 2)
    assert three(progress(16, 4, weight=Decimal("0.01"), **some), "remaining") == (3, 3, 3)


@pytest.mark.parametrize("given", [{}, {"goal": "complete"}])
def test_an_expectation_that_is_not_given_or_left_out_acts_as_no_numbers(given: dict[str, Any]) -> None:
    answered = progress(16, 4, given=given, **{**EVEN, "expected": {"adds": "goal.adds"}})
    assert (three(answered), three(answered, "remaining"), referred(answered)) == (None, None, ["replan"])


def test_without_an_expectation_what_was_seen_alone_counts() -> None:
    # 0.6^(2+m) <= 0.25^2 = 0.0625: 0.6^5 = 0.078, 0.6^6 = 0.047, so m = 4.
    # At 50 %: 0.5^4 = 0.0625 exactly, m = 2. At 30 %: 0.7^7 = 0.082, 0.7^8 = 0.058, m = 6.
    assert three(progress(40, 2, margin=10), "remaining") == (2, 4, 6)
    assert three(progress(40, 2), "remaining") == (4, 4, 4)
    # Even: g = 8 a session, 16 + 2 x 8 = 32 >= 30.
    assert three(progress(16, 2, gains="even", target=30), "remaining") == (2, 2, 2)


def test_equality_is_exact() -> None:
    # (1 - 0.5)^(1 + 1) = 0.25 = 1 - 0.75, so one more session is just enough.
    assert three(progress(50, 1), "remaining") == (1, 1, 1)
    # q = 0.25^(1/2) = 0.5, so r = (0.5^2 x 0.5)^(1/3) = 0.5 and 0.5 x 0.5 = 0.25.
    assert three(progress(50, 1, base=(1, 2, 3), expected={"clears": 75}), "remaining") == (1, 1, 1)
    assert three(progress(15, 3, gains="even", target=20), "remaining") == (1, 1, 1)


def test_what_was_expected_is_of_the_base_before_any_factor_or_addition() -> None:
    rules = {"more": {"sessions times": 2, "add sessions": 3}}
    assert three(progress(40, 3, base=(2, 4, 6), rules=rules, expected={"clears": 75})) == (7, 7, 7)


def test_without_improvement_at_p_less_the_margin_max_is_the_cap_less_those_done() -> None:
    # 0.9^(1+m) <= 0.25: 0.9^13 = 0.254, 0.9^14 = 0.229, so m = 13; at 20 %: 0.8^7 = 0.210, m = 6; cap 20 - 1.
    answered = progress(10, 1, margin=10)
    assert (three(answered, "remaining"), three(answered)) == ((6, 13, 19), (7, 14, 20))


def test_at_a_hundred_and_more_with_the_margin_nothing_remains() -> None:
    assert three(progress(40, 2, margin=60), "remaining") == (0, 4, 18)


def test_the_cap_is_held_against_the_new_total_alone() -> None:
    # At 40 % after 2: typical 4 and max 6; a cap of 7 cuts max to 5, a cap of 5 leaves no numbers.
    cut = progress(40, 2, margin=10, rules={"cap": {"most sessions": 7}})
    assert (three(cut, "remaining"), three(cut)) == ((2, 4, 5), (4, 6, 7))
    assert moves(cut)[1:] == [("replan", "replan", 4, 6, 8), ("most", "cap", 4, 6, 7)]
    none = progress(40, 2, margin=10, rules={"cap": {"most sessions": 5}})
    assert (three(none), three(none, "remaining"), referred(none)) == (None, None, ["cap"])
    # A base above the cap takes nothing away; min may be the cap.
    above = progress(70, 2, base=(9, 10, 12), rules={"cap": {"most sessions": 3}})
    assert (three(above), three(above, "remaining"), referred(above)) == ((3, 3, 3), (1, 1, 1), [])


def test_the_upper_limit_is_a_cap_and_the_lower_lifts_nothing() -> None:
    limits = {"sessions": "5 to 7", "interval weeks": "2 to 26"}
    rules = {"denies": {"one session": "will not suffice"}}
    made = {"base": {"sessions": 6}, "replan": {"remaining from progress": PROGRESS}, **rules}
    answered = answer(made, {"sessions_done": 1, "seen": 50}, limits=limits)
    assert three(answered) == (2, 2, 2)
    over = answer(made, {"sessions_done": 2, "seen": 30}, limits=limits)
    assert (three(over), referred(over), over["verdict"]) == (None, [None], "clinician_review")


def test_the_goal_is_reached_where_improvement_itself_meets_the_target_whatever_the_cap() -> None:
    met = progress(75, 9, margin=10, rules={"cap": {"most sessions": 4}})
    assert (three(met, "remaining"), three(met), met["verdict"]) == ((0, 0, 0), (9, 9, 9), "goal_reached")
    assert three(met, "interval_weeks") == (4, 4, 4)
    assert progress(Decimal("74.9"), 2, margin=10)["verdict"] == "several_sessions"


def test_with_several_targets_the_one_that_needs_most_wins_and_all_must_be_met() -> None:
    # Target 95 at 80 % after 2: 0.2^3 = 0.008, 0.2^4 = 0.0016 <= 0.05^2 = 0.0025, so 2 more.
    more = {"more": {"remaining from progress": {**PROGRESS, "target": 95}}}
    answered = progress(80, 2, rules=more)
    assert (three(answered, "remaining"), answered["verdict"]) == ((2, 2, 2), "several_sessions")
    assert moves(answered) == [("base", "base", 3, 5, 8), ("replan", "more", 4, 4, 4)]


@pytest.mark.parametrize("seen", [0, -5])
def test_no_improvement_acts_as_no_numbers_with_a_referral(seen: int) -> None:
    answered = progress(seen, 2)
    assert (three(answered), three(answered, "remaining"), referred(answered)) == (None, None, ["replan"])


def test_progress_does_nothing_before_the_first_session_or_without_an_improvement() -> None:
    assert three(progress(None, 0), "remaining") == (3, 5, 8)
    assert (three(progress(None, 2)), three(progress(None, 2), "remaining")) == ((3, 5, 8), (1, 3, 6))


def test_without_a_base_there_are_no_sessions_and_nothing_remains() -> None:
    rules = {"replan": {"remaining from progress": PROGRESS}}
    for seen in (40, 80):
        answered = answer(rules, {"sessions_done": 2, "seen": seen})
        assert (three(answered), three(answered, "remaining")) == (None, None)
        assert (answered["verdict"], answered["warnings"]) == ("clinician_review", ["no-base"])


def test_a_factor_that_is_not_given_still_acts_as_no_numbers() -> None:
    answered = progress(40, 2, rules={"factor": {"sessions times": "goal.times"}})
    assert (three(answered), referred(answered)) == (None, ["factor"])


def test_one_session_after_the_first_is_what_was_seen() -> None:
    vouched = {"says": {"one session": "may suffice"}}
    denied = {"says": {"one session": "will not suffice"}}
    assert progress(75, 1, rules=denied)["one_session"] == "may_suffice"
    assert progress(75, 2, rules=vouched)["one_session"] == "will_not_suffice"
    assert progress(50, 1, rules=vouched)["one_session"] == "will_not_suffice"
    # At 60 % with a margin of 20 nothing remains at least: min is 1.
    assert progress(60, 1, margin=20, rules=vouched)["one_session"] == "undecided"
    assert progress(0, 1, rules=denied)["one_session"] == "undecided"
    assert progress(0, 2, rules=vouched)["one_session"] == "will_not_suffice"


SLOW = {"gain": "gain", "over": 2, "share": 33, "text": "Slow"}


def slow(gain: Any, seen: int = 40, done: int = 3, **more: Any) -> bool:
    """Whether the last sessions are too slow for a base of 4 that clears 75 %."""
    written = {"expected": {"clears": 75}, "base": (2, 4, 6), "given": {} if gain is None else {"gain": gain}}
    rules = {"slow": {"refer when slow": {**SLOW, **more.pop("slow", {})}}}
    return "slow" in referred(progress(seen, done, rules=rules, **{**written, **more}))


def test_the_worked_example_of_a_referral_when_slow() -> None:
    # 65 x 0.5 = 32.5 were to be expected of the last two, 33 % of it are 10.725.
    assert slow(5)
    # 10: 33 % of 70 x 0.5 = 11.55; 12: 33 % of 72 x 0.5 = 11.88.
    assert slow(10)
    assert not slow(12)


def test_it_is_exact_and_only_below_the_share() -> None:
    # A third of 0.5 x (60 + gain): gain = 20 at 50 % of 80 x 0.5.
    assert not slow(20, slow={"share": 50})
    assert slow(Decimal("19.999"), slow={"share": 50})


def test_it_takes_an_expectation_a_gain_and_more_sessions_than_it_looks_at() -> None:
    assert not slow(None)
    assert not slow(5, done=2)
    assert not slow(5, seen=75)
    assert not slow(5, expected={"clears": 75}, slow={"over": 3})
    even = {"gains": "even", "expected": {"adds": 6}}
    # 33 % of 2 x 6 are 3.96.
    assert slow(Decimal("3.95"), **even)
    assert not slow(Decimal("3.96"), **even)
    rules = {"slow": {"refer when slow": SLOW}}
    assert referred(progress(40, 3, rules=rules, given={"gain": 1})) == []


def test_where_nothing_improved_it_takes_the_expectation_of_a_rule_of_which_it_is_known() -> None:
    unknown = {"remaining from progress": {**PROGRESS, **EVEN, "expected": {"adds": "goal.adds"}}}
    rules = {"slow": {"refer when slow": SLOW}, "aside": unknown}
    even = {"gains": "even", "expected": {"adds": 6}, "target": 25}
    assert referred(progress(-20, 3, rules=rules, given={"gain": -5}, **even)) == ["slow", "aside"]
    assert referred(progress(-20, 3, rules=rules, given={"gain": 5}, **even)) == ["aside"]


def test_bounds_of_powers_come_to_what_the_powers_come_to() -> None:
    dice = Random(5)
    for _ in range(300):
        powers = [
            (Fraction(dice.randint(1, 60), dice.choice((1, 8, 60))), Fraction(dice.randint(-30, 30), 6))
            for _ in range(3)
        ]
        product = Fraction(1)
        for base, exponent in powers:
            product *= base ** int(6 * exponent)
        assert compared_with_one(powers) == (product > 1) - (product < 1)


def test_equal_powers_are_equal_and_a_hair_beside_is_beside() -> None:
    half, quarter, third = Fraction(1, 2), Fraction(1, 4), Fraction(1, 3)
    assert compared_with_one([(half, Fraction(2, 7)), (quarter, Fraction(-1, 7))]) == 0
    assert compared_with_one([(Fraction(6), third), (half, third), (third, third)]) == 0
    hair = Fraction(1, 10**90)
    assert compared_with_one([(half + hair, Fraction(2, 7)), (quarter, Fraction(-1, 7))]) == 1
    assert compared_with_one([(half - hair, Fraction(10**6)), (quarter, Fraction(-(10**6), 2))]) == -1
