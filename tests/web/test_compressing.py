"""Large answers come in gzip for those who take it, over a real server; small ones and pages never do."""

from __future__ import annotations

import gzip
import json

import pytest

from service.web.transfer import LEAST_BYTES
from tests.web.serving import Served

GZIP = {"Accept-Encoding": "br, gzip;q=0.8"}
CLIENT = {"concern": "solar_lentigo", "severity": "mild", "phototype": "III", "goal": "clear"}
BODY = {"ruleset": "pico-laser", "assessment": {**CLIENT, "device": "picosure"}, "as_of": "2026-12-01"}
LARGE = ("/openapi.json", "/v1/rulesets/pico-laser", "/v1/rulesets/pico-laser/assessment-schema")


@pytest.mark.parametrize("path", LARGE)
def test_a_document_comes_compressed_for_who_takes_that(shipped_server: Served, path: str) -> None:
    status, headers, plain = shipped_server.ask("GET", path)
    assert (status, "content-encoding" in headers) == (200, False)
    status, told, content = shipped_server.ask("GET", path, headers=GZIP)
    assert (status, told["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(content) == plain
    assert len(content) < len(plain) / 2
    assert told["etag"] != headers["etag"], "other bytes"
    for tag in (headers["etag"], told["etag"]):
        for more in ({}, GZIP):
            status, _, content = shipped_server.ask("GET", path, headers={"If-None-Match": tag, **more})
            assert (status, content) == (304, b"")


def test_what_may_come_compressed_varies_by_that(shipped_server: Served) -> None:
    for headers in ({}, GZIP):
        for more in ({}, {"If-None-Match": "*"}):
            told = shipped_server.ask("GET", "/openapi.json", headers={**headers, **more})[1]
            assert told["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("header", ["identity", "br", "gzip;q=0", "gzip;q=0, *", "gzipped"])
def test_who_does_not_take_gzip_gets_none(shipped_server: Served, header: str) -> None:
    _, headers, content = shipped_server.ask("GET", "/openapi.json", headers={"Accept-Encoding": header})
    assert "content-encoding" not in headers
    json.loads(content)


def test_a_small_answer_goes_as_it_is_and_a_large_one_is_compressed(shipped_server: Served) -> None:
    _, headers, content = shipped_server.ask("POST", "/v1/evaluate", BODY, GZIP)
    assert len(content) < LEAST_BYTES
    assert "content-encoding" not in headers
    answer = json.loads(content)
    _, headers, content = shipped_server.ask("POST", "/v1/evaluate", {**BODY, "explain": True}, GZIP)
    assert headers["content-encoding"] == "gzip"
    explained = json.loads(gzip.decompress(content))
    assert explained["fired"] == answer["fired"]
    assert explained["not_fired"]


def test_a_page_that_repeats_what_was_sent_is_never_compressed(shipped_server: Served) -> None:
    status, headers, content = shipped_server.ask("GET", "/workbench/pico-laser/live/try", headers=GZIP)
    assert (status, len(content) > LEAST_BYTES) == (200, True)
    assert "content-encoding" not in headers
