"""Every type and every code of problems has a page that says what it is and how it is mended."""

from __future__ import annotations

import json

import pytest

from schemas.codes import MISTAKE_CODES, PROBLEM_NAMES, PROBLEM_TYPES
from tests.web.serving import Served


@pytest.mark.parametrize("path", [*PROBLEM_TYPES, *(f"/problems/{name}" for name in MISTAKE_CODES)])
def test_a_type_and_a_code_are_told_of(shipped_server: Served, path: str) -> None:
    status, headers, content = shipped_server.ask("GET", path)
    told = json.loads(content)
    assert (status, headers["content-type"], told["type"]) == (200, "application/json", path)
    assert told["title"]
    assert told["says"]
    name = path.rpartition("/")[2]
    if name in MISTAKE_CODES:
        [code] = told["codes"]
        assert (code["code"], code["mend"]) == (name, MISTAKE_CODES[name].mend)
    else:
        status = next(status for status, kind in PROBLEM_NAMES.items() if kind == name)
        assert [one["code"] for one in told["codes"]] == [
            one.name for one in MISTAKE_CODES.values() if status in one.statuses
        ]


def test_the_type_of_a_real_problem_resolves(shipped_server: Served) -> None:
    problem = json.loads(shipped_server.ask("POST", "/v1/evaluate", {"assessment": {}})[2])
    assert shipped_server.ask("GET", problem["type"])[0] == 200


def test_a_browser_gets_a_page_that_loads_nothing(shipped_server: Served) -> None:
    for name in ("unknown-ruleset", "not-found"):
        told = shipped_server.ask("GET", f"/problems/{name}", headers={"Accept": "text/html,*/*;q=0.8"})
        status, headers, content = told
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "Accept" in headers["vary"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert b"<code>unknown-ruleset</code>" in content


def test_an_unknown_name_is_not_found_and_the_nearest_is_named(shipped_server: Served) -> None:
    status, _, content = shipped_server.ask("GET", "/problems/unknown-rulset")
    [mistake] = json.loads(content)["errors"]
    assert (status, mistake["code"]) == (404, "unknown-problem")
    assert mistake["hint"] == 'Did you mean "unknown-ruleset"?'
