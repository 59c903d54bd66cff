"""Cases worked by hand: read from files, served, and put beside what they must get."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
QUESTIONS_FILE = HERE / "questions.yaml"
ALWAYS = {"sessions_done": "given"}
_RANGES = ("sessions", "interval_weeks", "remaining", "review_weeks", "maintenance_weeks")
_BY_RULE = ("fired", "stops", "deferrals", "referrals", "advice", "expected")


@dataclass(frozen=True)
class Case:
    """One case: its claim, its files, what was asked, and what it must get."""

    name: str
    files: dict[str, Any]
    asked: dict[str, Any]
    expect: dict[str, Any]


def cases() -> list[Case]:
    """Every case of every file."""
    return [case_of(raw) for path in sorted((HERE / "cases").glob("*.yaml")) for raw in _read(path)]


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def case_of(raw: dict[str, Any]) -> Case:
    """A case as its file writes it."""
    unknown = set(raw) - {"name", "why", "rules", "asked", "expect", "limits", "conclusions"}
    assert not unknown, f"{raw['name']}: {unknown}"
    limits = {"sessions": "1 to 20", "interval weeks": "2 to 26", **raw.get("limits", {})}
    ruleset: dict[str, Any] = {
        "id": "generated",
        "title": "Worked by hand",
        "version": "1.0.0",
        "limits": limits,
        "factors": {"concern": "Concern"},
        "benefits": {"cumulative": "It builds up.", "collagen": "It rebuilds."},
    }
    if "conclusions" in raw:
        ruleset["conclusions"] = raw["conclusions"]
    rules = [_rule(name, body) for name, body in raw["rules"].items()]
    files = {
        "ruleset": ruleset,
        "assessment": _read(QUESTIONS_FILE),
        "factors": {"1-concern.yaml": {"factor": "concern", "rules": rules}},
        "evidence": {"EV-AAA-01": {"title": "A study", "year": 2018, "url": "https://example.org/1"}},
    }
    return Case(raw["name"], files, {"gold": False, **raw.get("asked", {})}, raw["expect"])


def _rule(name: str, body: dict[str, Any]) -> dict[str, Any]:
    whole = body if "then" in body else {"then": body}
    return {
        "id": name,
        "title": f"Rule {name}",
        "when": ALWAYS,
        "because": "It was seen.",
        "support": "published",
        "evidence": ["EV-AAA-01"],
        **whole,
    }


def shown(answered: dict[str, Any], member: str) -> Any:
    """A member of an answer as cases write it."""
    if member == "waiting":
        return [[one["until"], one["weeks"]] for one in answered["deferrals"]]
    if member == "by_moment":
        return [[one["rule"], one["at"], one["text"]] for one in answered["advice"]]
    value = answered[member]
    if member in _RANGES:
        return None if value is None else [value["min"], value["typical"], value["max"]]
    if member in _BY_RULE:
        return [item["rule"] for item in value]
    if member == "steps":
        return [_step(step) for step in value]
    if member == "warnings":
        return [code for code in map(_code, value) if code != "not-signed-off"]
    if member == "benefits":
        return [item["id"] if isinstance(item, dict) else item for item in value]
    return value


def _code(warning: Any) -> str:
    return str(warning["code"] if isinstance(warning, dict) else warning)


def _step(step: dict[str, Any]) -> str:
    numbers = f"{step['min']:g} {step['typical']:g} {step['max']:g}"
    return f"{step['rule'] or '-'} {step['does']} {step['of']} {numbers}"
