from __future__ import annotations

from typing import Any

import pytest

from tests.web.client import Client


@pytest.fixture
def schema(client: Client) -> Any:
    response = client.get("/v1/rulesets/small/assessment-schema")
    assert response.content_type == "application/schema+json"
    return response.json


def extras(kind: str, **others: Any) -> dict[str, Any]:
    usual = {"kind": kind, "required": False, "must_ask": False, "changeable": False}
    return usual | {"only_if": None, "only_if_written": None} | others


def test_it_is_a_closed_object_that_requires_only_what_everybody_must_answer(schema: Any) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["concern"]


def test_the_questions_stand_in_the_order_to_ask_them(schema: Any) -> None:
    assert list(schema["properties"]) == [
        "concern",
        "severity",
        "marks",
        "sensitive",
        "gold",
        "sessions_done",
        "improvement",
    ]


def test_options_with_labels_and_attributes(schema: Any) -> None:
    attributes = {
        "sun_spots": {"deep": False, "times": 0.5, "colours": ["brown"]},
        "scar": {"deep": True, "times": 1, "colours": []},
    }
    assert schema["properties"]["concern"] == {
        "title": "What should be treated?",
        "description": "What a clinician has diagnosed.",
        "type": "string",
        "oneOf": [{"const": "sun_spots", "title": "Sun spots"}, {"const": "scar", "title": "Scar"}],
        "x-picoplan": extras("one of", required=True, attributes=attributes),
    }


def test_levels_without_labels_that_are_asked_of_some(schema: Any) -> None:
    assert schema["properties"]["severity"] == {
        "title": "How severe?",
        "type": ["string", "null"],
        "enum": ["mild", "severe", None],
        "x-picoplan": extras(
            "levels",
            required=True,
            only_if={"input": "concern", "in": ["scar"]},
            only_if_written=["concern: scar"],
        ),
    }


def test_a_set_of_options(schema: Any) -> None:
    options = [{"const": "dark", "title": "Dark"}, {"const": "pale", "title": "Pale"}]
    assert schema["properties"]["marks"] == {
        "title": "Which marks?",
        "type": ["array", "null"],
        "items": {"type": "string", "oneOf": options},
        "uniqueItems": True,
        "x-picoplan": extras("any of"),
    }


def test_yes_or_no_with_a_default_and_one_that_must_be_asked(schema: Any) -> None:
    assert schema["properties"]["sensitive"] == {
        "title": "Sensitive skin?",
        "type": ["boolean", "null"],
        "default": False,
        "x-picoplan": extras("yes or no", changeable=True),
    }
    assert schema["properties"]["gold"]["x-picoplan"] == extras("yes or no", must_ask=True)


def test_numbers_with_bounds_and_unit(schema: Any) -> None:
    assert schema["properties"]["sessions_done"] == {
        "title": "Sessions done",
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 40,
        "default": 0,
        "x-picoplan": extras("whole number"),
    }
    only_if = {
        "any": [
            {"input": "sessions_done", "at least": 1},
            {"not": {"all": [{"input": "sensitive", "in": [True]}, {"input": "concern", "in": ["scar"]}]}},
        ]
    }
    written = ["any: [{sessions_done: at least 1}, {not: {sensitive: yes, concern: scar}}]"]
    assert schema["properties"]["improvement"] == {
        "title": "Improvement seen",
        "type": ["number", "null"],
        "minimum": -0.5,
        "maximum": 100,
        "x-picoplan": extras("number", only_if=only_if, only_if_written=written, unit="%"),
    }
