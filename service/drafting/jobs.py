"""What takes long with a draft: each job is done in a process of its own, and comes to JSON data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from service.analysis.checks.coverage import Covered, Gap
from service.analysis.compare.compare import compare
from service.analysis.compare.meaning import comparison_document
from service.analysis.proofs.results import Proofs
from service.drafting.comparing import live_side, meaning_data
from service.drafting.draft_report import scenario_data
from service.drafting.held_draft import HeldDraft
from service.evaluation.compiled import CompiledRuleset
from service.pages.worked_clients import gap_words
from service.replaying.comparing import replay_document
from service.replaying.replay import ReplayOrder, replay
from service.serving.trying import covering
from service.store.decisions.selection import FOR_CLIENTS
from service.store.editions import edition_of, read_edition, renewed
from service.store.faults import DatabaseFault
from service.store.whereabouts import database_url
from service.wording.labels import Labels

Given = Mapping[str, Any]

MOST_REPLAYED = 1_000
"""So many decisions are replayed, the newest."""


class CannotDo(Exception):
    """A job can't be done; says why in one line."""


def run_job(kind: str, held: HeldDraft, given: Given, seconds: float) -> Mapping[str, Any]:
    """What a job comes to, in about so many seconds.

    Raises:
        CannotDo: there is nothing to do it with.
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
    cover, labels = found.coverage, Labels(held.ruleset)
    return {
        "percent": cover.percent,
        "rules": _covered_data(cover.rules),
        "conditions": _covered_data(cover.outcomes),
        "gaps": [_gap_data(labels, gap, found.undecided) for gap in cover.gaps],
        "suggested": list(found.ready),
    }


def _meaning(held: HeldDraft, _given: Given, seconds: float) -> Mapping[str, Any]:
    """Whose answers change, by labels; nothing where there is nothing to compare it with."""
    edition = held.beside()
    return {} if edition is None else meaning_data(live_side(edition), held.compiled, seconds=seconds / 2)


def _covered_data(covered: Covered) -> dict[str, Any]:
    return {"seen": covered.seen, "all": covered.all, "impossible": covered.impossible}


def _gap_data(labels: Labels, gap: Gap, undecided: frozenset[Any]) -> dict[str, Any]:
    return {
        "rule": gap.outcome.rule,
        "title": labels.rule(gap.outcome.rule),
        "condition": gap.written,
        "says": gap_words(labels, gap),
        "holds": gap.outcome.holds,
        "file": gap.place.file,
        "line": gap.place.line,
        "decided": gap.outcome not in undecided,
    }


def _diff(held: HeldDraft, _given: Given, seconds: float) -> Mapping[str, Any]:
    """What was edited since the newest edition, and whose answers change."""
    edition = held.served.edition
    read = None if edition is None else read_edition(edition)
    if read is None or read.ruleset is None:
        raise CannotDo("Nothing serves that the draft could be compared with.")
    old = CompiledRuleset(renewed(read.ruleset))
    compared = compare(old, held.compiled, seconds=seconds / 2)
    return comparison_document(old.ruleset, held.ruleset, compared)


def _replay(held: HeldDraft, given: Given, _seconds: float) -> Mapping[str, Any]:
    """The newest decisions for clients, made again: those of a clinic, or of all for the house."""
    selection = replace(FOR_CLIENTS, ruleset=held.ruleset.id, clinic=given["clinic"])
    edition = edition_of(held.read)
    order = ReplayOrder(database_url(held.rulesets), {edition.ruleset: edition}, selection)
    try:
        return replay_document(replay(order, most=MOST_REPLAYED), [edition], selection)
    except DatabaseFault as fault:
        raise CannotDo(f"The database can't be used: {fault}") from fault


_JOBS: Mapping[str, Callable[[HeldDraft, Given, float], Mapping[str, Any]]] = {
    "test": _test,
    "coverage": _coverage,
    "meaning": _meaning,
    "diff": _diff,
    "replay": _replay,
}
KINDS = tuple(_JOBS)
"""Every kind of job."""
