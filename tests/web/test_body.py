from __future__ import annotations

import io
from typing import Any

import pytest

from service.web.body import MOST_BYTES, MOST_DEPTH, UnreadableBody, parse, read_json


def code(body: object) -> str | None:
    return body.code if isinstance(body, UnreadableBody) else None


def environ(raw: bytes = b"{}", **members: Any) -> dict[str, Any]:
    usual = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(raw))}
    return {**usual, "wsgi.input": io.BytesIO(raw), **members}


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
    "raw",
    [
        b'{"gold": true, "gold": false}',
        b'{"assessment": {"gold": true, "gold": true}}',
        b'{"a": [{"b": 1, "\\u0062": 2}]}',
        b'{"a:b": 1, "a:b": 1}',
    ],
)
def test_a_member_named_twice_is_refused_wherever_it_stands(raw: bytes) -> None:
    assert code(parse(raw)) == "duplicate-member"


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
    assert read_json(environ(CONTENT_TYPE=content_type)) == {}


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
    assert code(read_json(environ(CONTENT_TYPE=content_type))) == "unsupported-media-type"


def test_a_compressed_body_is_refused() -> None:
    assert code(read_json(environ(HTTP_CONTENT_ENCODING="gzip"))) == "unsupported-media-type"


def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    fits = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert code(read_json(environ(fits))) is None
    assert code(read_json(environ(fits + b" "))) == "too-large"


def test_a_body_without_a_length_is_read_up_to_the_limit_and_no_further() -> None:
    stream = io.BytesIO(b" " * 10 * MOST_BYTES)
    members = {"CONTENT_LENGTH": "", "wsgi.input": stream, "wsgi.input_terminated": True}
    assert code(read_json(environ(**members))) == "too-large"
    assert stream.tell() == MOST_BYTES + 1


def test_a_body_that_is_shorter_than_announced_is_refused() -> None:
    assert code(read_json(environ(b"{}", CONTENT_LENGTH="3"))) == "not-whole"


def test_a_client_that_stops_sending_is_told_so() -> None:
    class Stalled(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise BlockingIOError

    body = read_json(environ(**{"wsgi.input": Stalled()}))
    assert isinstance(body, UnreadableBody)
    assert body.status == 408
