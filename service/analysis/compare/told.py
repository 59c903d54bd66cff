"""What else clients are told: advice, expectations, conclusions and texts, that change no plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.analysis.compare.facets import unlike
from service.analysis.compare.pair import Pair, Side
from service.analysis.proofs.logic import Formula, both, either, no
from service.model.ruleset import Rule, Ruleset
from service.wording.effects import spelled_effects

_FOLLOWING = ("advise", "expect", "benefits", "conclude", "points")
"""What an answer has anew, or has no longer, where a rule fires that did not, or the other way round."""

_WORDING = ("refer", "no numbers", "defer", "until", "stop", "title", "because", "support", "evidence")
"""What else an answer says of a rule that fires."""

_GATES = ("refer", "no numbers", "defer", "stop")
"""Where one of these comes or goes it is a change of plan."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said otherwise, in words, and to whom."""

    says: tuple[str, ...]
    holds: Formula


def text_changes(pair: Pair) -> Iterator[Told]:
    """Every such difference that some assessment may meet; whether one does is still to be seen."""
    before, after = _by_name(pair, pair.old), _by_name(pair, pair.new)
    for name in dict.fromkeys((*after, *before)):
        was, was_said = before.get(name, (False, {}))
        now, now_said = after.get(name, (False, {}))
        changed = _changed(name, was_said, now_said) if was is not False and now is not False else ()
        if changed:
            yield Told(changed, both((was, now)))
        for here, there, said, how in ((now, was, now_said, "now"), (was, now, was_said, "no longer")):
            only = _only(here, there)
            following = tuple(
                f"{how}: {_said_by(name, kind)} {said[kind]}" for kind in _FOLLOWING if kind in said
            )
            if following and only is not False:
                yield Told(following, only)
    yield from _common(pair)


def _changed(name: str, was: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """What a rule says otherwise that fires in both."""
    return tuple(
        f"{_said_by(name, kind)} {was.get(kind, 'nothing')} -> {now.get(kind, 'nothing')}"
        for kind in (*_FOLLOWING, *_WORDING)
        if was.get(kind) != now.get(kind) and (kind not in _GATES or (kind in was and kind in now))
    )


def _said_by(name: str, kind: str) -> str:
    return f"{kind} of {name}:"


def _common(pair: Pair) -> Iterator[Told]:
    """Texts that are not those of one rule: of benefits, to those who get them."""
    old, new = pair.old.ruleset, pair.new.ruleset
    for name in sorted(old.benefits.keys() & new.benefits.keys()):
        if old.benefits[name] != new.benefits[name]:
            gets = either(fires for fires, rule in pair.new.rules() if name in rule.then.benefits)
            yield Told((f"benefit {name}: {old.benefits[name]} -> {new.benefits[name]}",), gets)


def verdict_texts(old: Ruleset, new: Ruleset) -> tuple[str, ...]:
    """The verdicts that are told in other words."""
    return tuple(
        f"text of {verdict}: {old.verdicts[verdict]} -> {text}"
        for verdict, text in new.verdicts.items()
        if old.verdicts[verdict] != text
    )


def _only(here: Formula, there: Formula) -> Formula:
    """It fires here and not there."""
    return False if unlike(here, there) is False else both((here, no(there)))


def _by_name(pair: Pair, side: Side) -> dict[str, tuple[Formula, dict[str, str]]]:
    return {
        pair.name_of(side, rule): (fires, _said(rule)) for fires, rule in side.rules() if fires is not False
    }


def _said(rule: Rule) -> dict[str, str]:
    said = spelled_effects(rule.then) | {"title": rule.title, "because": rule.because}
    if rule.support is not None:
        said["support"] = rule.support
    if rule.evidence:
        said["evidence"] = ", ".join(rule.evidence)
    return {kind: said[kind] for kind in (*_FOLLOWING, *_WORDING) if kind in said}
