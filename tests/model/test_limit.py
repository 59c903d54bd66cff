"""A limit is read as people write it, and written as it is read."""

import pytest

from service.model.limit import BadLimit, Limit, read_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("600/minute", Limit(600, 60)),
        ("1/second", Limit(1, 1)),
        ("5000/hour", Limit(5000, 3600)),
        ("100000/day", Limit(100_000, 86_400)),
        (" 10 / Minutes ", Limit(10, 60)),
    ],
)
def test_a_limit_is_a_number_of_requests_in_a_unit(text: str, limit: Limit) -> None:
    assert read_limit(text) == limit
    assert read_limit(str(limit)) == limit


@pytest.mark.parametrize(
    "text",
    ["", "600", "0/minute", "-1/minute", "1.5/minute", "600/week", "600/s", "six/minute", "9" * 12 + "/day"],
)
def test_anything_else_is_none_and_the_message_shows_how(text: str) -> None:
    with pytest.raises(BadLimit, match="such as 600/minute"):
        read_limit(text)
