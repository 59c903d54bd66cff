"""JSON text is read with exact numbers, and written back with their digits."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal
from fractions import Fraction
from sys import getrecursionlimit
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json_numbers import BEYOND, MOST_DIGITS, MOST_EXPONENT
from service.model.exact_json import NamedTwice, NotJson, TooDeep, json_piece, read_json, write_json
from service.model.number import exact, json_number_of

EXPONENTS = st.integers(-MOST_EXPONENT, MOST_EXPONENT)


@st.composite
def decimals(draw: st.DrawFn) -> Decimal:
    """Any decimal that is taken."""
    digits = draw(st.integers(1, 10**MOST_DIGITS - 1))
    number = Decimal(digits).scaleb(draw(EXPONENTS) - len(str(digits)) + 1)
    return draw(st.sampled_from([number, -number]))


SPELLINGS = st.sampled_from(["{:f}", "{:e}", "{:E}", "{}"])


@given(decimals() | st.just(Decimal(0)), SPELLINGS)
def test_a_decimal_comes_back_with_all_its_digits_however_it_is_spelled(
    number: Decimal, spelling: str
) -> None:
    read = read_json(spelling.format(number).encode())
    assert exact(read) == Fraction(number)
    assert Fraction(write_json(read).decode()) == Fraction(number)
    assert read_json(write_json(read)) == read
    assert type(read_json(write_json(read))) is type(read)


@given(decimals())
def test_a_number_as_a_fraction_is_written_as_it_was_read(number: Decimal) -> None:
    read = read_json(f"{number:f}".encode())
    assert write_json(json_number_of(exact(read))) == write_json(read)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-30, max_value=9e30))
def test_a_double_is_read_and_written_as_it_always_was(number: float) -> None:
    read = read_json(orjson.dumps(number))
    assert exact(read) == exact(number)
    assert isinstance(read, float) == (not number.is_integer())
    assert not isinstance(read, float) or write_json(read) == orjson.dumps(number)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("5.0", 5),
        ("5", 5),
        ("0.50e1", 5),
        ("-0", 0),
        ("-0.0", 0),
        ("0e999999999", 0),
        ("1e3", 1000),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", Decimal(2**63)),
        ("100.00000000000000000001", Decimal("100.00000000000000000001")),
        ("1" + "0" * MOST_EXPONENT, Decimal("1e30")),
        ("1" + "0" * (MOST_EXPONENT + 1), BEYOND),
        ("9" * MOST_DIGITS, Decimal("9" * MOST_DIGITS)),
        ("9" * (MOST_DIGITS + 1), BEYOND),
        ("-" + "9" * (MOST_DIGITS + 1), BEYOND),
        ("1." + "0" * MOST_DIGITS, 1),
        ("1." + "0" * (MOST_DIGITS - 1) + "1", BEYOND),
        ("0." + "0" * 40 + "1e41", 1),
        ("1e-30", 1e-30),
        ("1e-31", BEYOND),
        ("1e31", BEYOND),
        ("1e400", BEYOND),
        ("1e999999999", BEYOND),
        ("1e-999999999", BEYOND),
    ],
)
def test_numbers_are_bounded_by_their_digits_and_their_exponent(written: str, number: Any) -> None:
    read = read_json(f"[{written}]".encode())[0]
    assert read == number
    assert type(read) is type(number)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"", 1, 1),
        (b"{", 1, 2),
        (b'{"a":\n  x}', 2, 3),
        (b'\xef\xbb\xbf{"a":\r\n  x}', 2, 3),
        ('{"\u00e9": "\U0001f600", x'.encode(), 1, 12),
        (b"{} {}", 1, 4),
        (b'{"a": NaN}', 1, 7),
        (b'{"NaN": "\\"NaN",\n"b": -Infinity}', 2, 6),
        (b"[Infinity]", 1, 2),
        (b"[-]", 1, 2),
        (b"[01]", 1, 3),
        (b"[+1]", 1, 2),
        (b"[.5]", 1, 2),
        (b'["\xff"]', 1, 3),
        (b'["\\\\ud800", "\\ud83d\\ude00",\n"\\ud800"]', 2, 2),
        (b'["\\udc00"]', 1, 3),
        (b'["a\x01"]', 1, 4),
        ("[]".encode("utf-16"), 1, 1),
    ],
)
def test_what_is_no_json_is_told_by_its_place(text: bytes, line: int, column: int) -> None:
    with pytest.raises(NotJson) as told:
        read_json(text)
    assert told.value.place == (line, column)


def test_a_byte_order_mark_is_ignored() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_text_that_is_nested_deeper_than_it_may_be_is_not_read() -> None:
    assert read_json(b'[{"[": "{"}]', most_depth=2) == [{"[": "{"}]
    for text in (b"[[[]]]", b'{"a":{"b":{}}}', b'[{"a":[]}]'):
        assert read_json(text, most_depth=3) == json.loads(text)
    for text in (b"[[[1]]]", b"[" * 2 * getrecursionlimit()):
        with pytest.raises(TooDeep):
            read_json(text, most_depth=2)


def test_a_member_that_is_named_twice_is_told_unless_the_text_is_no_json() -> None:
    with pytest.raises(NamedTwice) as told:
        read_json(b'[{"a": 1, "\\u0061": 2}]')
    assert told.value.data == [{"a": 2}]
    for text in (b'{"a": 1, "a": 2', b'{"a": 1, "a": NaN}', b'{"a": 1, "a": "\\ud800"}'):
        with pytest.raises(NotJson):
            read_json(text)


@given(
    st.binary(max_size=40)
    | st.text(alphabet='[]{}",:0123456789eE+-.\\u d8NaInfty\n', max_size=40).map(str.encode)
)
def test_whatever_comes_is_read_as_json_is_or_refused(text: bytes) -> None:
    try:
        data = read_json(text)
    except (NotJson, NamedTwice, TooDeep):
        return
    assert data == BEYOND or str(BEYOND) in str(data) or read_json(write_json(data)) == data


def test_a_kept_piece_takes_about_as_much_memory_as_its_text() -> None:
    """What many answers share is kept by the thousand."""
    data = {"rule": "dark-skin", "text": "Wait."}
    tracemalloc.start()
    try:
        pieces = [json_piece(data) for _ in range(100)]
        each = tracemalloc.get_traced_memory()[0] / len(pieces)
    finally:
        tracemalloc.stop()
    assert orjson.dumps(pieces[0]) == write_json(data)
    assert each < 512
