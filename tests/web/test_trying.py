"""What would be answered, to one client and to many side by side: over HTTP, under the shipped rulesets."""

from __future__ import annotations

import json
from itertools import combinations
from math import prod
from typing import Any

import pytest

from tests.web.described import Described
from tests.web.serving import JSON, Served
from tests.web.test_what_if import SPOTS

BODY = {"ruleset": "pico-laser", "assessment": SPOTS, "as_of": "2026-12-01"}
TABLE = {**BODY, "rows": "concern", "columns": ["severity", "goal"]}


def told(server: Served, path: str, body: Any) -> Any:
    """The document that the endpoint gives."""
    status, _, content = server.ask("POST", path, body)
    assert status == 200, content
    return json.loads(content)


@pytest.fixture(scope="module")
def table(shipped_server: Served) -> dict[str, Any]:
    """The table of all concerns by severity and goal."""
    document: dict[str, Any] = told(shipped_server, "/v1/table", TABLE)
    return document


def test_what_is_tried_is_the_answer_without_an_id(shipped_server: Served) -> None:
    tried, decided = (told(shipped_server, path, BODY) for path in ("/v1/try", "/v1/evaluate"))
    assert tried["decision_id"] is None
    own = ("decision_id", "evaluated_at")
    assert {name: tried[name] for name in tried if name not in own} == {
        name: decided[name] for name in decided if name not in own
    }


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/try", BODY), ("/v1/table", {**TABLE, "rows": "severity", "columns": ["goal"]})]
)
def test_what_is_tried_is_neither_kept_nor_in_the_service_log(
    shipped_server: Served, path: str, body: Any
) -> None:
    _, headers, _ = shipped_server.ask("POST", path, body)
    assert headers["cache-control"] == "no-store"
    shipped_server.wait_for("request", route=path)
    assert all("solar_lentigo" not in json.dumps(line) for line in shipped_server.events())


def test_a_table_has_each_combination_once(table: dict[str, Any]) -> None:
    axes = [table["rows"], *table["columns"]]
    assert [axis["input"] for axis in axes] == ["concern", "severity", "goal"]
    expected = [
        {"concern": row["option"], "severity": first["option"], "goal": second["option"]}
        for row in axes[0]["options"]
        for first in axes[1]["options"]
        for second in axes[2]["options"]
    ]
    assert [cell["at"] for cell in table["cells"]] == expected


def test_a_cell_says_what_would_be_answered_there(shipped_server: Served, table: dict[str, Any]) -> None:
    spots = [cell for cell in table["cells"] if cell["at"]["concern"] in ("solar_lentigo", "freckles")]
    assert len(spots) == 24
    for cell in spots:
        alone = told(shipped_server, "/v1/try", {**BODY, "assessment": {**SPOTS, **cell["at"]}})
        assert {**alone, "evaluated_at": None} == {**cell["answer"], "evaluated_at": None}


def test_cells_that_differ_only_in_what_is_not_asked_are_one(table: dict[str, Any]) -> None:
    naevus = [cell for cell in table["cells"] if cell["at"]["concern"] == "other_dermal"]
    assert [cell["at"]["severity"] for cell in naevus if "answer" in cell] == ["mild"] * 4
    for cell in naevus[4:]:
        assert cell["same_as"] == {**cell["at"], "severity": "mild"}


def test_a_cell_that_lacks_an_answer_says_which(table: dict[str, Any]) -> None:
    first = next(cell for cell in table["cells"] if cell["at"]["concern"] == "tattoo")
    assert [one["input"] for one in first["needs"]] == ["inks", "tattoo_made"]
    assert first["needs"][0]["label"] == "Which ink colours are in it?"


def test_a_cell_where_answers_contradict_each_other_says_so(shipped_server: Served) -> None:
    scale = {"kd_location": "distal_extremity", "kd_scarring": "none", "kd_layering": "absent"}
    client = {"phototype": "III", "device": "picosure", "inks": ["red"], "tattoo_made": "professional"}
    document = told(
        shipped_server,
        "/v1/table",
        {
            "ruleset": "tattoo-kirby-desai",
            "rows": "kd_colour",
            "columns": ["kd_ink"],
            "assessment": {**scale, **client},
        },
    )
    refused = [cell for cell in document["cells"] if "refused" in cell]
    assert refused
    assert {error["code"] for cell in refused for error in cell["refused"]} == {"contradiction"}


def test_labels_and_answers_are_in_the_language_that_is_asked_for(shipped_server: Served) -> None:
    body = {**TABLE, "rows": "severity", "columns": ["goal"], "language": "es"}
    document = told(shipped_server, "/v1/table", body)
    assert document["language"] == "es"
    assert document["cells"][0]["answer"]["language"] == "es"
    assert (
        document["rows"]["label"]
        != told(shipped_server, "/v1/table", {**body, "language": "en"})["rows"]["label"]
    )


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"rows": "concrn"}, [("/rows", "unknown-input", 'Did you mean "concern"?')]),
        ({"columns": ["age"]}, [("/columns/0", "wrong-type", "")]),
        ({"columns": ["concern"]}, [("/columns", "wrong-type", "")]),
        ({"columns": ["goal", "goal"]}, [("/columns", "wrong-type", 'Send ["severity", "goal"].')]),
        ({"columns": "goal"}, [("/columns", "wrong-type", 'Send ["severity"].')]),
        (
            {"columns": ["goal", "device"]},
            [("/columns", "out-of-bounds", "Name questions with fewer options.")],
        ),
        ({"assessment": {**SPOTS, "age": 3000}}, [("/assessment/age", "out-of-bounds", None)]),
        ({"row": "concern"}, [("/row", "unknown-member", 'Did you mean "rows"?')]),
    ],
)
def test_what_keeps_a_table_from_being_made_is_told_at_its_place(
    shipped_server: Served, changed: dict[str, Any], errors: list[tuple[str, str, str | None]]
) -> None:
    status, headers, content = shipped_server.ask("POST", "/v1/table", {**TABLE, **changed})
    assert (status, headers["content-type"]) == (422, "application/problem+json")
    found = json.loads(content)["errors"]
    assert [(one["pointer"], one["code"]) for one in found] == [error[:2] for error in errors]
    for one, (_, _, hint) in zip(found, errors, strict=True):
        assert hint is None or one["hint"].startswith(hint)


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({"border": "no-such"}, "/assessment/border", "unknown-option"),
        ({"concern": 7}, "/assessment/concern", "wrong-type"),
        ({"light_risk": [None]}, "/assessment/light_risk/0", "wrong-type"),
    ],
    ids=["a-question-that-does-not-apply", "a-question-of-the-table", "null-in-an-array"],
)
def test_an_answer_that_is_none_is_told_even_where_it_does_not_count(
    shipped_server: Served, answers: dict[str, Any], pointer: str, code: str
) -> None:
    body = {**TABLE, "rows": "concern", "columns": ["goal"], "assessment": {**SPOTS, **answers}}
    status, _, content = shipped_server.ask("POST", "/v1/table", body)
    (error,) = json.loads(content)["errors"]
    assert (status, error["pointer"], error["code"]) == (422, pointer, code)
    if answers == {"light_risk": [None]}:
        assert error["message"] == "light_risk must be an array of strings; it holds null."


@pytest.mark.parametrize(("columns", "code"), [(None, "wrong-type"), (["gaol"], "unknown-input")])
def test_mistakes_of_a_table_are_told_at_once_and_answers_that_it_needs_not_are_not_missing(
    shipped_server: Served, columns: list[str] | None, code: str
) -> None:
    assessment = {"phototype": "III", "age": 3000}
    body = {**TABLE, "rows": "concern", "columns": columns, "assessment": assessment}
    errors = json.loads(shipped_server.ask("POST", "/v1/table", body)[2])["errors"]
    at = "/columns" if columns is None else "/columns/0"
    assert [(one["pointer"], one["code"]) for one in errors] == [
        ("/assessment/age", "out-of-bounds"),
        (at, code),
    ]


def test_the_document_allows_the_tables_that_are_made_and_no_others(shipped_server: Served) -> None:
    document = Described(json.loads(shipped_server.ask("GET", "/openapi.json")[2]))
    schema = {"$ref": "#/components/schemas/TableRequest_pico_laser"}
    wholly = document.document["components"]["schemas"]["TableRequest_pico_laser"]["properties"]
    axes = wholly["rows"]["enum"]
    assert axes == wholly["columns"]["items"]["enum"]
    ways = [(rows, [*columns]) for rows in axes for size in (1, 2) for columns in combinations(axes, size)]
    allowed = [way for way in ways if not document.mistakes(schema, tabled(*way))]
    options = {name: len(ask["enum"]) for name, ask in answers_of(document).items() if name in axes}
    assert allowed == [
        (rows, columns)
        for rows, columns in ways
        if rows not in columns and prod(options[name] for name in (rows, *columns)) <= 1_000
    ]
    assert len(allowed) < len(ways)
    for rows, columns in (
        ("age", ["goal"]),
        ("concern", ["light_risk"]),
        ("concern", ["goal", "goal"]),
        ("goal", ["concern", "device"]),
        ("goal", ["severity", "goal"]),
    ):
        assert document.mistakes(schema, tabled(rows, columns))
        assert shipped_server.ask("POST", "/v1/table", tabled(rows, columns))[0] == 422


def tabled(rows: str, columns: list[str]) -> dict[str, Any]:
    return {**TABLE, "rows": rows, "columns": columns}


def answers_of(document: Described) -> dict[str, Any]:
    """What may be answered to each question, without null."""
    asked = document.document["components"]["schemas"]["Answers_pico_laser"]["properties"]
    return {name: one["anyOf"][0] if "anyOf" in one else one for name, one in asked.items()}


@pytest.mark.parametrize("path", ["/v1/try", "/v1/table"])
@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(400, b"{", JSON), (404, {**TABLE, "ruleset": "nothing"}, {}), (405, None, {}), (415, b"{}", {})],
)
def test_other_mistakes_are_answered_in_the_one_shape(
    shipped_server: Served, path: str, status: int, body: Any, headers: dict[str, str]
) -> None:
    if isinstance(body, dict) and path == "/v1/try":
        body = {name: body[name] for name in ("ruleset", "assessment")}
    got, sent, content = shipped_server.ask("GET" if body is None else "POST", path, body, headers)
    assert (got, sent["content-type"]) == (status, "application/problem+json")
    assert json.loads(content)["status"] == status
