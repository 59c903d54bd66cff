"""The table of endpoints, and what is to go of them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from service.web.app import create_app
from service.web.endpoints import CLIENT_PAGES, CLINICAL, DEPRECATED, ENDPOINTS, PAGES, Deprecated
from service.web.settings import Settings
from tests.web.client import client_of
from tests.web.small import write_small


def test_no_two_endpoints_have_the_same_name() -> None:
    names = Counter(one.name for one in (*ENDPOINTS, *PAGES, *CLINICAL, *CLIENT_PAGES))
    assert [name for name, number in names.items() if number > 1] == []


def test_no_two_endpoints_are_one_method_of_one_path() -> None:
    asked = Counter((one.method, one.rule) for one in (*ENDPOINTS, *PAGES, *CLINICAL, *CLIENT_PAGES))
    assert [one for one, number in asked.items() if number > 1] == []


def test_each_answer_of_what_is_to_go_says_so_and_so_does_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Deprecated(date(2026, 11, 11), date(2027, 11, 11))
    for name in ("ruleset", "evaluate"):
        monkeypatch.setitem(DEPRECATED, name, going)
    write_small(tmp_path)
    client = client_of(create_app(Settings(rulesets=tmp_path)))
    told = [
        client.get("/v1/rulesets/small"),
        client.head("/v1/rulesets/small"),
        client.get("/v1/rulesets/nothing"),
        client.post("/v1/evaluate", json={}),
    ]
    assert [one.status_code for one in told] == [200, 200, 404, 422]
    assert {one.headers["Deprecation"] for one in told} == {"@1794355200"}
    assert {one.headers["Sunset"] for one in told} == {"Thu, 11 Nov 2027 00:00:00 GMT"}
    assert "Deprecation" not in client.get("/v1/rulesets").headers
    paths = client.get("/openapi.json").get_json()["paths"]
    deprecated = {
        (path, method) for path, one in paths.items() for method in one if one[method].get("deprecated")
    }
    assert deprecated == {("/v1/rulesets/{id}", "get"), ("/v1/evaluate", "post")}
    assert {"Deprecation", "Sunset"} <= {*paths["/v1/evaluate"]["post"]["responses"]["200"]["headers"]}


def test_what_is_deprecated_stays_for_a_year() -> None:
    with pytest.raises(ValueError, match="within twelve months"):
        Deprecated(date(2026, 11, 11), date(2027, 11, 10))


def test_what_is_deprecated_is_an_endpoint_of_programs() -> None:
    assert {*DEPRECATED} <= {one.name for one in (*ENDPOINTS, *CLINICAL)}
