from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.web.body import MOST_BYTES, MOST_DEPTH, Incoming, UnreadableBody, parse, read_json
from service.web.deferred import TimeLimit


def code(found: object) -> str | None:
    return found.code if isinstance(found, UnreadableBody) else None


def read(raw: bytes = b"{}", *, pieces: int = 1_000_000, cut: bool = False, **headers: str) -> object:
    """What is read of a body that comes in pieces of so many bytes; ``cut``: and then breaks off."""
    coming = [raw[begin : begin + pieces] for begin in range(0, len(raw), pieces)] or [b""]

    async def receive() -> dict[str, Any]:
        if not coming:
            return {"type": "http.disconnect"}
        piece = coming.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(coming) or cut}

    usual = {"content-type": "application/json"}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found = asyncio.run(read_json({**usual, **sent}, Incoming(receive, TimeLimit(60))))
    left.append(len(coming))
    return found


left: list[int] = []
"""How many pieces nobody asked for, in the order of the bodies."""


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"{'a': 1}",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"[" * (MOST_DEPTH + 1),
        b'{"a":' * (MOST_DEPTH + 1),
    ],
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    assert code(parse(raw)) == "not-json"


def test_nothing_is_not_json() -> None:
    assert code(parse(b"")) == "not-json"


def test_what_is_nested_too_deep_is_refused_and_one_less_is_not() -> None:
    assert code(parse(b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1))) == "too-deep"
    assert code(parse(b'{"a":' * (MOST_DEPTH + 1) + b"1" + b"}" * (MOST_DEPTH + 1))) == "too-deep"
    assert code(parse(b"[" * (MOST_DEPTH - 1) + b"]" * (MOST_DEPTH - 1))) is None


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"gold": true, "gold": false}', "/gold"),
        (b'{"assessment": {"gold": true, "gold": true}}', "/assessment/gold"),
        (b'{"a": [{"c": 1}, {"b": 1, "\\u0062": 2}]}', "/a/1/b"),
        (b'{"a:b": 1, "a:b": 1}', "/a:b"),
        (b'{"a/~": 1, "c": 1, "a/~": 1, "c": 2}', "/a~1~0"),
        (b'{"x": {"b": 1, "b": 2}, "y": {"a": 1, "a": 2}}', "/x/b"),
        (b'{"%s": 1, "%s": 2}' % (b"long" * 1_000, b"long" * 1_000), ""),
    ],
)
def test_a_member_named_twice_is_refused_wherever_it_stands_and_its_place_told(
    raw: bytes, pointer: str
) -> None:
    told = parse(raw)
    assert isinstance(told, UnreadableBody)
    assert (told.code, told.pointer) == ("duplicate-member", pointer)


def test_colons_inside_texts_are_no_members() -> None:
    assert parse(b'{"digest": "sha256:0", "a:": {"b": "::"}}') == {"digest": "sha256:0", "a:": {"b": "::"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/vnd.clinic+json",
    ],
)
def test_content_types_that_are_json(content_type: str) -> None:
    assert read(content_type=content_type) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/+json",
        "application/xml",
        "application/json; charset=latin-1",
        "application/x-www-form-urlencoded",
    ],
)
def test_content_types_that_are_not_json(content_type: str) -> None:
    assert code(read(content_type=content_type)) == "unsupported-media-type"


def test_a_compressed_body_is_refused() -> None:
    assert code(read(content_encoding="gzip")) == "unsupported-media-type"


def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    fits = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert code(read(fits)) is None
    assert code(read(fits + b" ")) == "too-large"


def test_a_body_that_says_it_is_too_large_is_not_read_at_all() -> None:
    assert code(read(b"{}", content_length=str(MOST_BYTES + 1))) == "too-large"
    assert left[-1] == 1


def test_a_body_without_a_length_is_read_up_to_the_limit_and_no_further() -> None:
    assert code(read(b" " * 10 * MOST_BYTES, pieces=MOST_BYTES)) == "too-large"
    assert left[-1] == 8


def test_a_body_in_many_pieces_is_one() -> None:
    assert read(b'{"a": 1}', pieces=1) == {"a": 1}


def test_a_body_that_breaks_off_is_refused() -> None:
    assert code(read(b"{}", cut=True)) == "not-whole"


def test_a_client_that_sends_too_slowly_is_told_so() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.004)
        return {"type": "http.request", "body": b" ", "more_body": True}

    found = asyncio.run(read_json({"content-type": "application/json"}, Incoming(receive, TimeLimit(0.01))))
    assert isinstance(found, UnreadableBody)
    assert found.status == 408
