"""A clinic's rules laid over those of the ruleset that it extends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import combinations

from service.model.problem import Place, shown
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import Draft


def without_doubles(problems: ProblemCollector, drafts: list[Draft]) -> list[Draft]:
    """The rules of one ruleset, those whose id stands a second time without it."""
    first: dict[str, Draft] = {}
    nameless: list[Draft] = []
    copies = _copies(problems, drafts)
    for draft in drafts:
        if draft.node.tree.file in copies:
            continue
        if not draft.rule_id:
            nameless.append(draft)
        elif draft.rule_id in first:
            where = first[draft.rule_id].node.child("id").at()
            message = f'Rule "{shown(draft.rule_id)}" stands already at {where}. Give this one its own id.'
            problems.error(draft.node.child("id").at(), "duplicate-id", message)
            nameless.append(replace(draft, rule_id=""))
        else:
            first[draft.rule_id] = draft
    return [*first.values(), *nameless]


def _copies(problems: ProblemCollector, drafts: list[Draft]) -> set[str]:
    """The files whose rules stand all in another one, two or more of them: a problem for each such pair."""
    ids: dict[str, set[str]] = {}
    for draft in drafts:
        ids.setdefault(draft.node.tree.file, set()).add(draft.rule_id)
    copies: set[str] = set()
    for one, other in combinations(ids, 2):
        less, more = (one, other) if ids[one] < ids[other] else (other, one)
        if ids[less] <= ids[more] and len(ids[less]) > 1 and copies.isdisjoint((one, other)):
            copy, kept = (one, other) if len(one) > len(other) else (other, one)
            name = kept.rpartition("/")[2]
            message = f"This file has the rules of {name} a second time. Keep one of the two."
            problems.error(Place(copy), "duplicate-id", message)
            copies.add(less)
    return copies


def in_force(
    problems: ProblemCollector,
    inherited: list[Draft],
    own: list[Draft],
    disable: Node | None,
    guarantees: Collection[str] = (),
) -> list[Draft]:
    """The rules that are in force: inherited but for those disabled or replaced, then a clinic's own.

    ``guarantees``: ids of those that are taken over.
    """
    by_id = {draft.rule_id: draft for draft in inherited if draft.rule_id}
    gone = _disabled(problems, by_id, disable, guarantees) if disable else set()
    kept = []
    for draft in own:
        above = by_id.get(draft.rule_id) if draft.rule_id else None
        if draft.replaces and above is None:
            mend = problems.near(draft.rule_id, by_id) or ' Remove "replaces".'
            message = f'"{shown(draft.rule_id)}" replaces no rule of an extended ruleset.{mend}'
            problems.error(draft.node.child("replaces").key(), "replaces-nothing", message)
        elif not draft.replaces and above is not None:
            name = shown(draft.rule_id)
            message = f'The extended ruleset has a rule "{name}". Add replaces: yes, or rename this one.'
            problems.error(draft.node.child("id").at(), "missing-replaces", message)
        if above is not None:
            gone.add(draft.rule_id)
        kept.append(replace(draft, standing=above.standing) if draft.replaces and above else draft)
    return [draft for draft in inherited if draft.rule_id not in gone] + kept


def _disabled(
    problems: ProblemCollector, by_id: dict[str, Draft], disable: Node, guarantees: Collection[str]
) -> set[str]:
    disabled: set[str] = set()
    for item in disable.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            problems.error(item.at(), "wrong-type", "A rule is disabled by its id: [rule-a, rule-b].")
        elif word in disabled:
            problems.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in by_id:
            disabled.add(word)
        elif word in guarantees:
            message = f'"{shown(word)}" is a guarantee; those can\'t be disabled. Remove it here.'
            problems.error(item.at(), "unknown-rule", message)
        else:
            mend = problems.near(word, by_id) or " Remove it."
            message = f'"{shown(word)}" is not a rule of an extended ruleset.{mend}'
            problems.error(item.at(), "unknown-rule", message)
    return disabled
