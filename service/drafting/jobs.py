"""What takes long with a draft: each job is done in a process of its own, and comes to JSON data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.analysis.checks.coverage import Covered, Gap
from service.analysis.proofs.results import Proofs
from service.drafting.draft_report import scenario_data
from service.drafting.held_draft import HeldDraft
from service.serving.trying import covering

Given = Mapping[str, Any]


def run_job(kind: str, held: HeldDraft, given: Given, seconds: float) -> Mapping[str, Any]:
    """What a job comes to, in about so many seconds.

    Raises:
        KeyError: there is no such kind.
    """
    return _JOBS[kind](held, given, seconds)


def guarantees_data(proofs: Proofs) -> list[dict[str, Any]]:
    """The state of each guarantee as JSON data, in their order."""
    return [
        {
            "id": proof.guarantee.id,
            "title": proof.guarantee.title,
            "state": proof.state,
            "file": proof.guarantee.place.file,
            "line": proof.guarantee.place.line,
        }
        for proof in proofs.guarantees
    ]


def _test(held: HeldDraft, _given: Given, _seconds: float) -> Mapping[str, Any]:
    """The scenarios, as expected or not."""
    scenarios = [scenario_data(one) for one in held.tried]
    failed = sum(not one["as_expected"] for one in scenarios)
    return {"scenarios": scenarios, "as_expected": len(scenarios) - failed, "failed": failed}


def _coverage(held: HeldDraft, _given: Given, seconds: float) -> Mapping[str, Any]:
    """What no scenario has seen, each with its place; and clients that would see it."""
    found = covering(held.compiled, held.tried, seconds=seconds / 2)
    cover = found.coverage
    return {
        "percent": cover.percent,
        "rules": _covered_data(cover.rules),
        "conditions": _covered_data(cover.outcomes),
        "gaps": [_gap_data(gap, found.undecided) for gap in cover.gaps],
        "suggested": list(found.ready),
    }


def _covered_data(covered: Covered) -> dict[str, Any]:
    return {"seen": covered.seen, "all": covered.all, "impossible": covered.impossible}


def _gap_data(gap: Gap, undecided: frozenset[Any]) -> dict[str, Any]:
    return {
        "rule": gap.outcome.rule,
        "condition": gap.written,
        "holds": gap.outcome.holds,
        "file": gap.place.file,
        "line": gap.place.line,
        "decided": gap.outcome not in undecided,
    }


_JOBS: Mapping[str, Callable[[HeldDraft, Given, float], Mapping[str, Any]]] = {
    "test": _test,
    "coverage": _coverage,
}
KINDS = tuple(_JOBS)
"""Every kind of job."""
