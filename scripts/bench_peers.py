"""Peers of the engine on the bench's workload: from an assessment to the ids of the rules that fire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scripts.bench_workload import Compared, Rules

_SIGNS = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<"}
_FIELDS = (
    "site",
    "concern",
    "severity",
    "phototype",
    "sensitive",
    "goal",
    "device",
    "depth_mm",
    "sessions_done",
    "improvement",
)

Fires = Callable[[dict[str, Any]], Any]


def _by_field(parts: list[Compared]) -> dict[str, list[Compared]]:
    grouped: dict[str, list[Compared]] = {}
    for part in parts:
        grouped.setdefault(part.name, []).append(part)
    return grouped


def clips(made: Rules) -> Fires:
    """CLIPS through clipspy: a template with a slot for each input, a defrule for each rule."""
    import clips as library

    environment = library.Environment()
    environment.build(f"(deftemplate assessment {' '.join(f'(slot {name})' for name in _FIELDS)})")
    fired: list[str] = []
    environment.define_function(lambda rule_id: fired.append(str(rule_id)), name="fired")
    for rule_id, parts in made:
        slots = " ".join(f"({name} {_clips_slot(name, group)})" for name, group in _by_field(parts).items())
        environment.build(f'(defrule {rule_id} (assessment {slots}) => (fired "{rule_id}"))')
    template = environment.find_template("assessment")

    def fires(assessment: dict[str, Any]) -> list[str]:
        fired.clear()
        fact = template.assert_fact(**assessment)
        environment.run()
        fact.retract()
        return list(fired)

    return fires


def _clips_slot(name: str, group: list[Compared]) -> str:
    first = group[0]
    if first.op == "eq":
        return _clips_literal(first.value)
    if first.op == "in":
        return "|".join(_clips_literal(value) for value in first.value)  # type: ignore[attr-defined]
    return f"?{name}" + "".join(f"&:({_SIGNS[part.op]} ?{name} {part.value})" for part in group)


def _clips_literal(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value)


def zen(made: Rules) -> Fires:
    """zen-engine: one decision table with a row for each rule, hit policy collect."""
    import zen as library

    rows = []
    for rule_id, parts in made:
        row = {"_id": rule_id, "out": json.dumps(rule_id)} | {f"in_{name}": "" for name in _FIELDS}
        for name, group in _by_field(parts).items():
            row[f"in_{name}"] = _zen_cell(group)
        rows.append(row)
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": f"in_{name}", "name": name, "field": name} for name in _FIELDS],
        "outputs": [{"id": "out", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    at = {"x": 0, "y": 0}
    graph = {
        "nodes": [
            {"id": "request", "type": "inputNode", "name": "request", "position": at},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": at, "content": table},
            {"id": "response", "type": "outputNode", "name": "response", "position": at},
        ],
        "edges": [
            {"id": "1", "sourceId": "request", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "response", "type": "edge"},
        ],
    }
    decision = library.ZenEngine().create_decision(json.dumps(graph))
    return lambda assessment: [hit["rule"] for hit in decision.evaluate(assessment)["result"]]


def _zen_cell(group: list[Compared]) -> str:
    if len(group) == 2:
        return f"[{group[0].value}..{group[1].value}]"
    part = group[0]
    if part.op == "in":
        return ", ".join(json.dumps(value) for value in part.value)  # type: ignore[attr-defined]
    return json.dumps(part.value) if part.op == "eq" else f"{_SIGNS[part.op]} {part.value}"


PEERS: dict[str, Callable[[Rules], Fires]] = {"clips": clips, "zen": zen}
