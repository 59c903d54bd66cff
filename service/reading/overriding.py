"""A clinic's rules laid over those of the ruleset that it extends."""

from __future__ import annotations

from dataclasses import replace

from service.model.problem import shown
from service.reading.findings import Findings
from service.reading.rules import Draft
from service.reading.spot import Spot


def without_doubles(found: Findings, drafts: list[Draft]) -> list[Draft]:
    """The rules of one ruleset, those whose id stands a second time without it."""
    first: dict[str, Draft] = {}
    nameless: list[Draft] = []
    for draft in drafts:
        if not draft.rule_id:
            nameless.append(draft)
        elif draft.rule_id in first:
            where = first[draft.rule_id].spot.child("id").at()
            message = f'Rule "{shown(draft.rule_id)}" stands already at {where}. Give this one its own id.'
            found.error(draft.spot.child("id").at(), "duplicate-id", message)
            nameless.append(replace(draft, rule_id=""))
        else:
            first[draft.rule_id] = draft
    return [*first.values(), *nameless]


def in_force(found: Findings, inherited: list[Draft], own: list[Draft], disable: Spot | None) -> list[Draft]:
    """The rules that are in force: inherited but for those disabled or replaced, then a clinic's own."""
    by_id = {draft.rule_id: draft for draft in inherited if draft.rule_id}
    gone = _disabled(found, by_id, disable) if disable else set()
    kept = []
    for draft in own:
        above = by_id.get(draft.rule_id) if draft.rule_id else None
        if draft.replaces and above is None:
            mend = found.near(draft.rule_id, by_id) or ' Remove "replaces".'
            message = f'"{shown(draft.rule_id)}" replaces no rule of an extended ruleset.{mend}'
            found.error(draft.spot.child("replaces").key(), "replaces-nothing", message)
        elif not draft.replaces and above is not None:
            name = shown(draft.rule_id)
            message = f'The extended ruleset has a rule "{name}". Add replaces: yes, or rename this one.'
            found.error(draft.spot.child("id").at(), "missing-replaces", message)
        if above is not None:
            gone.add(draft.rule_id)
        kept.append(replace(draft, standing=above.standing) if draft.replaces and above else draft)
    return [draft for draft in inherited if draft.rule_id not in gone] + kept


def _disabled(found: Findings, by_id: dict[str, Draft], disable: Spot) -> set[str]:
    disabled: set[str] = set()
    for item in disable.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            found.error(item.at(), "wrong-type", "A rule is disabled by its id: [rule-a, rule-b].")
        elif word in disabled:
            found.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in by_id:
            disabled.add(word)
        else:
            mend = found.near(word, by_id) or " Remove it."
            message = f'"{shown(word)}" is not a rule of an extended ruleset.{mend}'
            found.error(item.at(), "unknown-rule", message)
    return disabled
