"""``factors/*.yaml``: the rules, first their effects, then (once all facts are known) their conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from schemas.ruleset_files import FactorFile, RuleEntry
from service.model.condition import AllOf, AnyOf, Condition, Not, Subject
from service.model.problem import did_you_mean, shown
from service.model.ruleset import Effects, Paper, Rule
from service.reading.conditions import read_condition
from service.reading.effects import Vocabulary, read_effects
from service.reading.spot import Findings, Spot

MOST_RULES = 2_000
MOST_ALTERNATIVES = 1_000
MOST_TESTS_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule whose ``when`` is not read yet; ``standing`` orders rules as answers list them."""

    spot: Spot
    rule_id: str
    factor: str
    title: str
    because: str
    support: str | None
    evidence: tuple[str, ...]
    replaces: bool
    then: Effects
    standing: tuple[int, str, int, int]
    defined_at: str


def read_drafts(
    found: Findings,
    words: Vocabulary,
    file: Spot,
    *,
    factors: Mapping[str, str],
    evidence: Mapping[str, Paper],
    layer: int,
    name: str,
    prefix: str,
) -> list[Draft]:
    """The rules of one factor file: all but their conditions. ``name`` is the file's own name."""
    loaded = found.load(FactorFile(), file)
    factor = loaded.get("factor", "")
    if factor and factor not in factors:
        mend = did_you_mean(factor, factors) or " Add it under factors in ruleset.yaml."
        found.error(file.child("factor").at(), "unknown-factor", f'"{shown(factor)}" is not a factor.{mend}')
    drafts = []
    for index, below in file.child("rules").children() if "rules" in loaded else ():
        line = below.at().line
        standing = (layer, name, line, index)
        draft = _draft(found, words, below, factor, evidence, standing, f"{prefix}factors/{name}:{line}")
        if draft is not None:
            drafts.append(draft)
    return drafts


def _draft(
    found: Findings,
    words: Vocabulary,
    spot: Spot,
    factor: str,
    evidence: Mapping[str, Paper],
    standing: tuple[int, str, int, int],
    defined_at: str,
) -> Draft | None:
    if not isinstance(spot.data, dict):
        found.error(
            spot.at(), "wrong-type", "A rule is a mapping with id, title, when, then, because and support."
        )
        return None
    entry = found.load(RuleEntry(), spot)
    then = read_effects(found, words, spot.child("then")) if "then" in entry else Effects()
    support = entry.get("support")
    cited = _evidence(found, spot.child("evidence"), evidence)
    if support is None and then.gives_a_number and "support" not in spot.data:
        message = '"support" is missing: the rule gives a number. Add published, derived, interpolated or judgement.'
        found.error(spot.at(), "missing-support", message)
    if support not in (None, "judgement") and not spot.data.get("evidence"):
        message = f'Support "{support}" needs evidence: cite a paper of evidence.yaml, or write judgement.'
        found.error(spot.child("support").at(), "missing-evidence", message)
    return Draft(
        spot=spot,
        rule_id=entry.get("id", ""),
        factor=factor,
        title=entry.get("title", ""),
        because=entry.get("because", ""),
        support=support,
        evidence=cited,
        replaces=bool(entry.get("replaces")),
        then=then,
        standing=standing,
        defined_at=defined_at,
    )


def _evidence(found: Findings, spot: Spot, known: Mapping[str, Paper]) -> tuple[str, ...]:
    cited = []
    for _, item in spot.children() if isinstance(spot.data, list) else ():
        if isinstance(item.data, str) and item.data in known:
            cited.append(item.data)
            continue
        word = shown(str(item.data))
        mend = did_you_mean(word, known) or " Add the paper to evidence.yaml."
        found.error(item.at(), "unknown-evidence", f'"{word}" is not in evidence.yaml.{mend}')
    return tuple(cited)


def finished(
    found: Findings, subjects: Mapping[str, Subject], scores: frozenset[str], draft: Draft
) -> Rule | None:
    """The rule with its condition read, or None with its problems noted."""
    from_score = draft.then.sessions_from_score
    if from_score and from_score.score not in scores:
        spot = draft.spot.child("then").child("sessions from score").child("score")
        mend = did_you_mean(from_score.score, scores)
        found.error(spot.at(), "unknown-score", f'No rule adds points to "{shown(from_score.score)}".{mend}')
    spot = draft.spot.child("when")
    if not isinstance(spot.data, dict):
        return None
    when = read_condition(found, subjects, spot)
    if when is None or not draft.rule_id:
        return None
    alternatives, together = _size(when, negated=False)
    if alternatives > MOST_ALTERNATIVES or together > MOST_TESTS_TOGETHER:
        message = (
            f"The rule unfolds into more than {MOST_ALTERNATIVES:,} alternatives. Split it into several rules."
            if alternatives > MOST_ALTERNATIVES
            else f"More than {MOST_TESTS_TOGETHER} tests must hold together. Split the rule with a conclusion."
        )
        found.error(spot.key(), "rule-too-large", message)
        return None
    return Rule(
        id=draft.rule_id,
        factor=draft.factor,
        title=draft.title,
        when=when,
        then=draft.then,
        because=draft.because,
        support=draft.support,  # type: ignore[arg-type]
        evidence=draft.evidence,
        defined_at=draft.defined_at,
        place=draft.spot.child("id").at(),
        places=draft.spot.places(),
    )


def alternatives_of(rule: Rule) -> int:
    """How many alternatives the rule's condition unfolds into."""
    return _size(rule.when, negated=False)[0]


def _size(condition: Condition, *, negated: bool) -> tuple[int, int]:
    """How many alternatives the condition unfolds into, and how many tests the longest has (bounded)."""
    if isinstance(condition, Not):
        return _size(condition.part, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        sizes = [_size(part, negated=negated) for part in condition.parts]
        if isinstance(condition, AnyOf) != negated:
            return min(sum(n for n, _ in sizes), 10**6), max(t for _, t in sizes)
        product = 1
        for n, _ in sizes:
            product = min(product * n, 10**6)
        return product, min(sum(t for _, t in sizes), 10**6)
    return 1, 1


def replaced(found: Findings, inherited: list[Draft], own: list[Draft], disable: Spot) -> list[Draft]:
    """The rules that are in force: inherited but for those disabled or replaced, then a clinic's own."""
    by_id = {draft.rule_id: draft for draft in inherited if draft.rule_id}
    for _, item in disable.children() if isinstance(disable.data, list) else ():
        if isinstance(item.data, str) and item.data in by_id:
            inherited = [draft for draft in inherited if draft.rule_id != item.data]
            continue
        mend = did_you_mean(str(item.data), by_id) or " Remove it."
        message = f'"{shown(str(item.data))}" is not a rule of the extended ruleset.{mend}'
        found.error(item.at(), "unknown-rule", message)
    standing = {draft.rule_id: draft.standing for draft in inherited}
    kept = []
    for draft in own:
        if draft.replaces and draft.rule_id not in by_id:
            mend = did_you_mean(draft.rule_id, by_id) or ' Remove "replaces".'
            message = f'"{shown(draft.rule_id)}" replaces no rule of an extended ruleset.{mend}'
            found.error(draft.spot.child("replaces").key(), "replaces-nothing", message)
        elif not draft.replaces and draft.rule_id in by_id:
            message = (
                f'The extended ruleset has a rule "{draft.rule_id}". Add replaces: yes, or rename this one.'
            )
            found.error(draft.spot.child("id").at(), "duplicate-id", message)
        kept.append(
            replace(draft, standing=standing.get(draft.rule_id, draft.standing)) if draft.replaces else draft
        )
    taken = {draft.rule_id for draft in own if draft.replaces}
    return [draft for draft in inherited if draft.rule_id not in taken] + kept


def refuse_twice(found: Findings, drafts: list[Draft]) -> list[Draft]:
    """The rules of one ruleset without those whose id stands a second time."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        if draft.rule_id in first and draft.rule_id:
            where = first[draft.rule_id].spot.child("id").at()
            message = f'Rule "{draft.rule_id}" stands already at {where}. Give this one its own id.'
            found.error(draft.spot.child("id").at(), "duplicate-id", message)
        elif draft.rule_id:
            first[draft.rule_id] = draft
    return list(first.values())
