"""What was edited: every difference between two versions of a ruleset, part by part, old beside new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from service.analysis.compare import spelling
from service.analysis.compare.pairing import renamed
from service.model.flow import flow
from service.model.problem import Place
from service.model.ruleset import Guarantee, Input, Rule, Ruleset, Scenario

How = Literal["added", "removed", "changed", "renamed"]

T = TypeVar("T")
Said = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """One part of a ruleset that is not as it was.

    ``kind``: rule, question, guarantee, scenario, paper or ruleset; ``name``: which. ``parts``: what of it,
    as it was and as it is (None: not there). ``place``: where it stands now; of what is gone, where it stood.
    """

    kind: str
    name: str
    how: How
    place: Place | None
    parts: tuple[tuple[str, str | None, str | None], ...] = ()


def edits(old: Ruleset, new: Ruleset) -> tuple[Edit, ...]:
    """All edits, in the order: the ruleset itself, questions, rules, guarantees, scenarios, papers."""
    return (
        *_header(old, new),
        *_compared("question", old.inputs, new.inputs, _question, lambda one: one.place),
        *_order(old, new),
        *_rules(old, new),
        *_compared("guarantee", _by_id(old.guarantees), _by_id(new.guarantees), spelling.guarantee, _place),
        *_compared("scenario", _by_name(old), _by_name(new), _scenario, _place),
        *_compared("paper", old.evidence, new.evidence, spelling.paper, lambda _: None),
    )


def _header(old: Ruleset, new: Ruleset) -> Iterator[Edit]:
    parts = _parts(_ruleset(old), _ruleset(new))
    if parts:
        yield Edit("ruleset", new.id, "changed", new.place, parts)


def _ruleset(one: Ruleset) -> Said:
    said: dict[str, str | None] = {
        "title": one.title,
        "version": one.version,
        "effective": None if one.effective is None else one.effective.isoformat(),
        "owner": one.owner,
        "extends": one.extends,
        **spelling.limits(one.limits),
        "factors": ", ".join(f"{name}: {title}" for name, title in one.factors.items()),
    }
    said |= {f"conclusions, {name}": ", ".join(levels) for name, levels in one.conclusion_levels.items()}
    said |= {f"verdicts, {name}": text for name, text in one.verdicts.items()}
    return said | {f"benefits, {name}": text for name, text in one.benefits.items()}


def _question(one: Input) -> Said:
    said = spelling.question(one)
    for option in one.options:
        for name, value in spelling.option(option).items():
            said[f"option {option.id}, {name}"] = value
    return said


def _order(old: Ruleset, new: Ruleset) -> Iterator[Edit]:
    """Levels in another order mean something else, though none was added or removed."""
    for name, one in new.inputs.items():
        before = old.inputs.get(name)
        if before is None or one.kind != "levels" or before.kind != "levels":
            continue
        was, now = ([option.id for option in each.options] for each in (before, one))
        if was != now and set(was) == set(now):
            yield Edit("question", name, "changed", one.place, (("levels", ", ".join(was), ", ".join(now)),))


def _rules(old: Ruleset, new: Ruleset) -> Iterator[Edit]:
    names = renamed(old, new)
    before = {names.get(rule.id, rule.id): rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    for was, now in names.items():
        yield Edit("rule", now, "renamed", after[now].place, (("id", was, now),))
    yield from _compared("rule", before, after, _rule, _place)


def _rule(rule: Rule) -> Said:
    said: dict[str, str | None] = {
        "factor": rule.factor,
        "title": rule.title,
        "when": spelling.condition(rule.when),
    }
    said |= {f"then, {name}": text for name, text in spelling.effects(rule.then).items()}
    return said | {
        "because": rule.because,
        "support": rule.support,
        "evidence": ", ".join(rule.evidence) or None,
    }


def _scenario(one: Scenario) -> Said:
    return {
        "assessment": flow(one.assessment),
        "expect": flow(one.expect),
        "fired": ", ".join(one.fired) or None,
        "not fired": ", ".join(one.not_fired) or None,
        "as of": None if one.as_of is None else one.as_of.isoformat(),
    }


def _compared(
    kind: str,
    old: Mapping[str, T],
    new: Mapping[str, T],
    said: Callable[[T], Said],
    place: Callable[[T], Place | None],
) -> Iterator[Edit]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if after is None and before is not None:
            yield Edit(kind, name, "removed", place(before), _parts(said(before), {}))
        elif before is None and after is not None:
            yield Edit(kind, name, "added", place(after), _parts({}, said(after)))
        elif before is not None and after is not None:
            parts = _parts(said(before), said(after))
            if parts:
                yield Edit(kind, name, "changed", place(after), parts)


def _parts(old: Said, new: Said) -> tuple[tuple[str, str | None, str | None], ...]:
    return tuple(
        (part, old.get(part), new.get(part))
        for part in dict.fromkeys((*new, *old))
        if old.get(part) != new.get(part)
    )


def _by_id(guarantees: Iterable[Guarantee]) -> dict[str, Guarantee]:
    return {one.id: one for one in guarantees}


def _by_name(ruleset: Ruleset) -> dict[str, Scenario]:
    return {one.name: one for one in ruleset.scenarios}


def _place(one: Rule | Guarantee | Scenario) -> Place:
    return one.place
