"""Small rulesets for the reference's own tests."""

from __future__ import annotations

from typing import Any

from tests.reference import decide

GOAL = {
    "some": {"times": 0.5, "pct": 50, "adds": 10},
    "clear": {"times": 1, "pct": 75, "adds": 6},
    "complete": {"times": 2.16, "pct": 95},
}
INPUTS: dict[str, Any] = {
    "severity": {"label": "Severity", "levels": ["mild", "moderate", "severe"]},
    "goal": {"label": "Goal", "levels": GOAL},
    "device": {
        "label": "Laser",
        "one of": {
            "picosure": {"waves": [755, 532], "pulse": "pico", "fractional": True, "cooling": "air"},
            "qs": {"waves": [1064], "pulse": "nano", "fractional": "no"},
        },
    },
    "sensitive": {"label": "Sensitive", "kind": "yes or no"},
    "reactions": {"label": "Reactions", "any of": {"pih": "Dark marks", "blister": "Blisters"}},
    "sessions_done": {"label": "Done", "whole number": "0 to 40", "default": 0},
    "seen": {"label": "Improvement", "number": "-20 to 100", "only if": {"sessions_done": "at least 1"}},
    "gain": {"label": "Gain", "number": "-100 to 100", "only if": {"sessions_done": "at least 1"}},
    "gold": {"label": "Gold", "kind": "yes or no", "must ask": True},
}
ALWAYS = {"sessions_done": "given"}
ASKED: dict[str, Any] = {"gold": False}


def ruleset(rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ruleset of rules by id: what a rule always does, or its `when`, `then` and perhaps `support`."""
    written = []
    for rule_id, rule in rules.items():
        body = rule if "then" in rule else {"when": ALWAYS, "then": rule}
        written.append({"id": rule_id, "support": "published", **body})
    raw = {
        "limits": {"sessions": "1 to 20", "interval weeks": "2 to 26"},
        "factors": {"concern": "Concern"},
        **more,
    }
    return {
        "ruleset": raw,
        "assessment": {"inputs": INPUTS},
        "factors": {"1-concern.yaml": {"factor": "concern", "rules": written}},
    }


def answer(rules: dict[str, Any], assessment: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The answer of such a ruleset, with the question that must be asked answered."""
    return decide(ruleset(rules, **more), {**ASKED, **(assessment or {})})


def three(answered: dict[str, Any], member: str = "sessions") -> tuple[int, int, int] | None:
    """Min, typical and max of a member of an answer."""
    found = answered[member]
    return None if found is None else (found["min"], found["typical"], found["max"])


def parts(low: Any, typical: Any, high: Any) -> dict[str, Any]:
    """A range written as min, typical and max."""
    return {"min": low, "typical": typical, "max": high}


def referred(answered: dict[str, Any]) -> list[str | None]:
    """The rules of the referrals."""
    return [item["rule"] for item in answered["referrals"]]
