"""What came of replaying, as JSON data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.language import NEWEST_LANGUAGE
from service.replaying.comparing import GONE, NEW, Kind, Tally
from service.store.decisions.selection import Selection
from service.store.editions import Edition

_KINDS: tuple[Kind, ...] = ("same", "plan", "refused", "words", "reasons")
_HOW = ("no_longer", "now", "edited")


def replay_document(tally: Tally, candidate: Iterable[Edition], selection: Selection) -> dict[str, Any]:
    """The outcome as JSON data."""
    return {
        "candidate": [{"id": one.ruleset, "version": one.version, "digest": one.digest} for one in candidate],
        "since": None if selection.since is None else selection.since.isoformat(),
        "until": None if selection.until is None else selection.until.isoformat(),
        "decisions": tally.seen,
        "replayed": tally.replayed,
        "of_other_rulesets": tally.elsewhere,
        "damaged": tally.damaged,
        "language_version": NEWEST_LANGUAGE,
        "made_again": tally.renewed,
        "changed": tally.changed,
        "changed_percent": round(tally.percent, 4),
        "kinds": {kind: tally.kinds[kind] for kind in _KINDS},
        "verdicts": [
            {"before": before, "after": after, "decisions": number}
            for (before, after), number in sorted(tally.verdicts.items())
        ],
        "sessions": _sessions(tally),
        "rules": _rule_documents(tally),
        "refused": _refused(tally),
        "examples": _example_documents(tally),
        "decision_ids": {kind: tally.ids.get(kind, []) for kind in _KINDS if kind != "same"},
    }


def _sessions(tally: Tally) -> dict[str, Any]:
    shifts = {name: number for name, number in tally.shifts.items() if isinstance(name, int)}
    return {
        "shift": [{"sessions": shift, "decisions": number} for shift, number in sorted(shifts.items())],
        "numbers_gone": tally.shifts.get(GONE, 0),
        "numbers_new": tally.shifts.get(NEW, 0),
    }


def _rule_documents(tally: Tally) -> list[dict[str, Any]]:
    """The rules that did it, those with the most decisions first."""
    order = sorted(tally.rules, key=lambda rule: (-tally.rules[rule].total(), rule))
    return [{"rule": rule or None, **{how: tally.rules[rule][how] for how in _HOW}} for rule in order]


def _refused(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "pointer": pointer,
            "code": code,
            "message": one.message,
            "decisions": one.decisions,
            "example": one.decision_id,
        }
        for (pointer, code), one in sorted(tally.mistakes.items())
    ]


def _example_documents(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "kind": label,
            "decision_id": example.decision_id,
            "changes": [{"member": one.member, "was": one.was, "now": one.now} for one in example.changes],
        }
        for label, examples in sorted(tally.examples.items())
        for example in examples
    ]
