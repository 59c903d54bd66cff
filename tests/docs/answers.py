"""Requests on a page -> what the service really answers, with ids, times and digests left open."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from typing import Any

import orjson

from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from service.web.app import create_app
from service.web.log import open_log
from service.web.settings import Settings
from tests.web.client import Client, client_of

ELLIPSIS = "..."
_OPEN = ("decision_id", "evaluated_at", "digest", "instance")


@cache
def answering() -> Answering:
    """The shipped rulesets, ready to answer."""
    return Answering(take_snapshot(read_shelf(shipped())))


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request that the service takes, as a page shows it."""
    answer = answering().evaluate(request)
    assert not isinstance(answer, Refused), answer
    shown: dict[str, Any] = masked(orjson.loads(orjson.dumps(answer)))
    return shown


@cache
def client() -> Client:
    """A client of the service, as it serves the shipped rulesets."""
    return client_of(create_app(Settings(), open_log(BytesIO())))


def refusal_of(request: dict[str, Any]) -> dict[str, Any]:
    """The problem document for a request that the service does not take, as a page shows it."""
    response = client().post("/v1/evaluate", json=request)
    assert response.status_code >= 400, "the service takes this request"
    shown: dict[str, Any] = masked(orjson.loads(response.data))
    return shown


def part_of(request: dict[str, Any], members: str) -> dict[str, Any]:
    """These members (``a,b``) of the answer to a request."""
    answer = answer_to(request)
    return {member: answer[member] for member in members.split(",")}


def possible_in(request: dict[str, Any]) -> dict[str, Any]:
    """How things are, and the first of the changes that would make one session enough."""
    response = client().post("/v1/what-if", json=request)
    assert response.status_code == 200, response.data
    told = orjson.loads(response.data)
    enough = told["one_session"]
    return {"now": told["now"], "one_session": {**enough, "changes": enough["changes"][:1]}}


def cells_of(request: dict[str, Any], members: str) -> list[dict[str, Any]]:
    """The cells of a table, of each answer only these members (``a,b``)."""
    response = client().post("/v1/table", json=request)
    assert response.status_code == 200, response.data
    shown = members.split(",")
    return [
        {**cell, "answer": {name: cell["answer"][name] for name in shown}} if "answer" in cell else cell
        for cell in orjson.loads(response.data)["cells"]
    ]


def masked(data: Any) -> Any:
    """The data with an ellipsis for every id, time and digest."""
    if isinstance(data, dict):
        return {key: ELLIPSIS if key in _OPEN else masked(value) for key, value in data.items()}
    return [masked(item) for item in data] if isinstance(data, list) else data


def pretty(data: Any, depth: int = 0, width: int = 116) -> str:
    """JSON with short values on one line, as the pages show it."""
    flat = re.sub(r"(?<=[\[{])\s+|\s+(?=[\]}])", "", _flat(data))
    if len(flat) + 2 * depth <= width and (depth or len(flat) < 60):
        return flat
    pad = "  " * (depth + 1)
    if isinstance(data, dict) and data:
        parts = [f"{pad}{_flat(key)}: {pretty(value, depth + 1, width)}" for key, value in data.items()]
        return "{\n" + ",\n".join(parts) + "\n" + "  " * depth + "}"
    if isinstance(data, list) and data:
        parts = [pad + pretty(item, depth + 1, width) for item in data]
        return "[\n" + ",\n".join(parts) + "\n" + "  " * depth + "]"
    return flat


def _flat(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(_flat(item) for item in data) + "]"
    return orjson.dumps(data).decode()


def steps_rows(answer: dict[str, Any]) -> list[list[str]]:
    """The steps of an answer as the rows of a table: of, does, rule, min, typical, max."""
    numbers = ("min", "typical", "max")
    return [
        [one["of"], one["does"], one["rule"] or "(built in)", *(f"{one[part]:g}" for part in numbers)]
        for one in answer["steps"]
    ]
