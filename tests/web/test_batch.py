"""Many assessments in one request, in process: each is answered as if it had come alone."""

from __future__ import annotations

import io
import json
from sys import getrecursionlimit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.faults import EngineRefused
from service.model.exact_json import UnreadableJson, read_json
from service.serving.evaluate import Answering
from service.web.batch import MOST_ARRAY_BYTES, MOST_ITEMS, not_array, parse_array
from service.web.body import MOST_BYTES, MOST_DEPTH, UnreadableBody
from tests.web.batches import (
    BATCH,
    NDJSON,
    SCAR,
    SPOTS,
    UNKNOWN,
    WRONG,
    as_array,
    as_lines,
    comparable,
    numbered,
    raw,
)
from tests.web.client import Client

TWICE = b'{"ruleset": "small", "assessment": {"gold": true, "gold": false}}'
DEEP = b'{"assessment": ' + b"[" * MOST_DEPTH + b"]" * MOST_DEPTH + b"}"
LARGE = json.dumps({**SCAR, "more": "x" * MOST_BYTES}).encode()
COMMAS = rb'{"ruleset": "a,b]}\"[{", "assessment": {"\\": [1, "]"]}}'
MIXED = raw(SCAR, WRONG, TWICE, SPOTS, DEEP, UNKNOWN, 1, None, COMMAS, [SCAR], LARGE, {}, SCAR)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**29), 10**29) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def alone(client: Client, body: bytes, member: str, number: int) -> bytes:
    """What is told of a body that is sent alone, as a batch should tell it."""
    response = client.post("/v1/evaluate", data=body, content_type="application/json")
    content = comparable(response.data)
    return content if response.status_code == 200 else numbered(content, member, number)


def test_each_item_of_an_array_is_answered_in_its_place_with_the_bytes_that_it_gets_alone(
    client: Client,
) -> None:
    response = client.post(BATCH, data=as_array(MIXED), content_type="application/json")
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.headers["Cache-Control"] == "no-store"
    wanted = [alone(client, body, "index", index) for index, body in enumerate(MIXED)]
    assert comparable(response.data) == b"[" + b",".join(wanted) + b"]"
    statuses = [one.get("status", 200) for one in response.json]
    assert statuses == [200, 422, 400, 200, 400, 404, 422, 422, 404, 422, 413, 422, 200]


def read(body: bytes) -> list[object] | UnreadableBody:
    """What a body is as an array, read to its end."""
    reading = parse_array(body)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return not_array(body) if end.value is None else end.value


def test_an_item_that_no_parser_takes_is_told_of_in_its_place() -> None:
    deep = b"[" * 2 * getrecursionlimit() + b"]" * 2 * getrecursionlimit()
    items = read(as_array([b"{}", deep, b"1"]))
    assert isinstance(items, list)
    assert (items[0], items[2]) == ({}, 1)
    assert isinstance(items[1], UnreadableBody)
    assert items[1].code == "too-deep"
    for body, code in (
        (b"[" + deep + b", x]", "not-json"),
        (as_array([deep] + [b"{}"] * MOST_ITEMS), "too-many"),
    ):
        refused = read(body)
        assert isinstance(refused, UnreadableBody)
        assert refused.code == code


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b'[{}, {"a": x}]', 1, 12),
        (b'\xef\xbb\xbf[{},\n {"a":\n\n  x}]', 4, 3),
        ('["\u00e9", "\u00e9", {"a" 1}]'.encode(), 1, 17),
        (b"[{},\n{},,{}]", 2, 4),
        (b"[1\n,2\n}", 3, 1),
        (b"[1]\n]", 2, 1),
        (b'[1,\n "\xff"]', 2, 3),
        (b'[1,\n "a\\ud800"]', 2, 4),
        (b'{"a":\n NaN}', 2, 2),
    ],
)
def test_where_the_whole_is_no_json_is_told_by_line_and_column_of_what_was_sent(
    body: bytes, line: int, column: int
) -> None:
    refused = read(body)
    assert isinstance(refused, UnreadableBody)
    assert (refused.code, refused.message) == (
        "not-json",
        f"The body is not JSON at line {line}, column {column}.",
    )


@given(st.lists(JSON_VALUES, max_size=4), st.data())
def test_the_items_of_an_array_are_those_of_the_whole_and_what_is_spoilt_is_no_json(
    values: list[object], data: st.DataObject
) -> None:
    whole = json.dumps(values, indent=data.draw(st.sampled_from([None, 1]))).encode()
    assert read(whole) == values
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = (
        whole[:at] + data.draw(st.sampled_from([b"", b",", b"]", b"[", b"}", b'"', b"x"])) + whole[at + 1 :]
    )
    try:
        wanted = read_json(spoilt)
    except UnreadableJson:
        assert isinstance(read(spoilt), UnreadableBody)
    else:
        assert read(spoilt) == wanted or not isinstance(wanted, list)


def test_each_line_is_answered_in_its_place_with_the_bytes_that_it_gets_alone(client: Client) -> None:
    bodies = [*MIXED, b"{", b"\xff", b'{"a": NaN}']
    response = client.post(BATCH, data=as_lines(bodies), headers=NDJSON)
    assert (response.status_code, response.content_type) == (200, "application/x-ndjson")
    wanted = [
        alone(client, body, "line", number).replace(b"at line 1,", b"at line %d," % number)
        for number, body in enumerate(bodies, 1)
    ]
    assert comparable(response.data).splitlines() == wanted
    assert response.data.endswith(b"}\n")


def test_items_are_told_apart_by_ids_of_their_own_and_problems_bear_the_id_of_the_request(
    client: Client,
) -> None:
    response = client.post(BATCH, data=as_array(raw(SCAR, SCAR, WRONG)), content_type="application/json")
    one, other, problem = response.json
    assert one["decision_id"] != other["decision_id"]
    assert problem["instance"] == response.headers["X-Request-Id"]
    assert [error["pointer"] for error in problem["errors"]] == ["/assessment/concern", "/assessment/gold"]


def test_blank_lines_are_passed_over_and_counted(client: Client) -> None:
    body = b"\n" + as_lines(raw(WRONG)) + b"\r\n \t\n" + raw(WRONG)[0] + b"\r\n\n\n" + raw(WRONG)[0]
    lines = client.post(BATCH, data=body, headers=NDJSON).data.splitlines()
    assert [json.loads(line)["line"] for line in lines] == [2, 5, 8]


@pytest.mark.parametrize("body", [b"", b"\n", b" \n\r\n"])
def test_no_lines_get_no_answers(client: Client, body: bytes) -> None:
    response = client.post(BATCH, data=body, headers=NDJSON)
    assert (response.status_code, response.data) == (200, b"")


def test_an_array_may_be_empty(client: Client) -> None:
    for body in (b"[]", b" [ ] "):
        response = client.post(BATCH, data=body, content_type="application/json")
        assert (response.status_code, response.data) == (200, b"[]")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not-json"),
        (b"[", 400, "not-json"),
        (b"[{}, {]", 400, "not-json"),
        (b"[{},]", 400, "not-json"),
        (b"[{}] {}", 400, "not-json"),
        (b"[" * (MOST_DEPTH + 1), 400, "not-json"),
        (b'[{"a": NaN}]', 400, "not-json"),
        (b'[{"a": "' + b'\\"' * 50_000, 400, "not-json"),
        (b"[" + DEEP + b", x]", 400, "not-json"),
        (b"{}", 422, "wrong-type"),
        (b"null", 422, "wrong-type"),
        (as_array([b"{}"] * (MOST_ITEMS + 1)), 422, "too-many"),
        (as_array([DEEP] + [b"{}"] * MOST_ITEMS), 422, "too-many"),
        (b"[" + b" " * MOST_ARRAY_BYTES + b"]", 413, "too-large"),
    ],
    ids=range(14),
)
def test_what_is_no_array_of_a_thousand_at_most_is_refused_as_a_whole(
    client: Client, body: bytes, status: int, code: str
) -> None:
    response = client.post(BATCH, data=body, content_type="application/json")
    assert (response.status_code, response.json["errors"][0]["code"]) == (status, code)
    if code in ("too-many", "too-large"):
        assert "application/x-ndjson" in response.json["errors"][0]["hint"]


def test_a_thousand_items_are_answered(client: Client) -> None:
    response = client.post(BATCH, data=as_array(raw(SCAR) * MOST_ITEMS), content_type="application/json")
    assert [one["verdict"] for one in response.json] == ["clinician_review"] * MOST_ITEMS


@pytest.mark.parametrize("kind", ["application/ndjson", "application/jsonl", "application/x-jsonlines"])
def test_lines_have_four_names(client: Client, kind: str) -> None:
    response = client.post(BATCH, data=as_lines(raw(SCAR)), content_type=f"{kind}; charset=utf-8")
    assert json.loads(response.data)["verdict"] == "clinician_review"


def test_other_content_types_are_refused_with_those_that_are_taken(client: Client) -> None:
    for kind in ("text/plain", "application/x-ndjson; charset=latin-1", ""):
        response = client.post(BATCH, data=b"[]", content_type=kind)
        assert response.status_code == 415
        assert response.headers["Accept"] == "application/json, application/x-ndjson"


def test_a_bad_idempotency_key_is_refused_as_a_whole(client: Client) -> None:
    response = client.post(BATCH, data=b"{}", headers={**NDJSON, "Idempotency-Key": " "})
    assert response.json["errors"][0]["code"] == "bad-idempotency-key"


class Sore(Exception):
    """A fault that nobody foresaw."""


@pytest.mark.parametrize("fault", [EngineRefused("durable_rules refused while firing"), Sore("secret")])
def test_a_fault_at_one_item_is_its_own_and_is_logged_with_its_number(
    client: Client, lines: io.BytesIO, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    asked = Answering.asked

    def sore(self: Answering, body: Any, *more: Any, **named: Any) -> Any:
        if body.get("as_of") == "2026-12-01":
            raise fault
        return asked(self, body, *more, **named)

    monkeypatch.setattr(Answering, "asked", sore)
    bodies = raw(SCAR, {**SCAR, "as_of": "2026-12-01"}, SCAR)
    for body, headers, member, number in (
        (as_array(bodies), {"Content-Type": "application/json"}, "index", 1),
        (as_lines(bodies), NDJSON, "line", 2),
    ):
        lines.seek(0)
        lines.truncate()
        response = client.post(BATCH, data=body, headers=headers)
        told = [json.loads(line) for line in response.data.splitlines()]
        told = told if member == "line" else told[0]
        assert [one.get("status", 200) for one in told] == [200, 500, 200]
        assert told[1][member] == number
        logged = [json.loads(line) for line in lines.getvalue().splitlines()]
        assert [one[member] for one in logged if one["level"] == "error"] == [number]
        assert b"secret" not in lines.getvalue() + response.data


def test_the_log_has_one_line_for_the_request_and_one_with_the_counts_at_its_end(
    client: Client, lines: io.BytesIO
) -> None:
    bodies = raw(SCAR, WRONG, SCAR)
    for body, kind in (
        (as_lines(bodies), "application/x-ndjson"),
        (as_array(bodies), "application/json"),
    ):
        response = client.post(BATCH, data=body, content_type=kind)
        assert response.data
        response.close()  # as the server does at the end of a stream
        logged = {one["event"]: one for one in map(json.loads, lines.getvalue().splitlines()[-2:])}
        request, batch = logged["request"], logged["batch"]
        assert (request["event"], request["route"], request["status"]) == ("request", BATCH, 200)
        assert batch.pop("duration_ms") > 0
        del batch["timestamp"], batch["process"]
        assert batch == {
            "event": "batch",
            "level": "info",
            "request_id": response.headers["X-Request-Id"],
            "lines": 3,
            "refused": 1,
            "whole": True,
        }
        assert "scar" not in str(logged)
