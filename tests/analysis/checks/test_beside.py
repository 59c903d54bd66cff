"""What was expected beside what is: a row for each part."""

from typing import Any

import pytest

from service.analysis.checks.scenarios import Row, beside, differences

ANSWER: dict[str, Any] = {
    "verdict": "defer",
    "sessions": {"min": 4, "typical": 5, "max": 6},
    "remaining": None,
    "benefits": [{"id": "a", "text": "A, and more."}, {"id": "b", "text": "B."}],
    "unanswered": [],
}


@pytest.mark.parametrize(
    ("expected", "rows"),
    [
        ({"verdict": "several_sessions"}, [Row("verdict", "several_sessions", "defer", same=False)]),
        (
            {"sessions": {"min": "4", "max": "9"}},
            [Row("sessions.min", "4", "4", same=True), Row("sessions.max", "9", "6", same=False)],
        ),
        ({"sessions": None}, [Row("sessions", "null", "{min: 4, typical: 5, max: 6}", same=False)]),
        ({"remaining": {"min": "1"}}, [Row("remaining", "{min: 1}", "null", same=False)]),
        ({"sessions": {"mean": "5"}}, [Row("sessions.mean", "5", "-", same=False)]),
        (
            {"benefits": [{"id": "c"}, {"id": "b"}]},
            [
                Row("benefits", "{id: b}", "{id: b, text: B.}", same=True),
                Row("", "{id: c}", "-", same=False),
                Row("", "-", '{id: a, text: "A, and more."}', same=False),
            ],
        ),
        ({"unanswered": ["age"]}, [Row("unanswered", "age", "-", same=False)]),
    ],
)
def test_each_part_is_a_row(expected: dict[str, Any], rows: list[Row]) -> None:
    assert list(beside(differences(expected, ANSWER)[0])) == rows
