"""Support that was carried over: a rule says something else now, and what it rests on is as it was.

A number then stands over a paper that may give another one. Nobody but a person can say whether it does, so
this is told, and never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from schemas.language import EFFECTS, Effect
from service.analysis.compare.edits import same
from service.model.ruleset import AttributeRef, Rule, Ruleset
from service.wording.effects import values_of_effects
from service.wording.phrases import listed

Change = Literal["number", "for whom", "what it does", "words"]


class _Words(NamedTuple):
    """That it changed, and what is asked where papers stay, or the reason alone."""

    changed: str
    of_papers: str
    of_reason: str


_WORDS: dict[Change, _Words] = {
    "number": _Words("The number of {} changed", "is the new number in {}?", "the new number"),
    "for whom": _Words("For whom {} is changed", "is it in {} for them, too?", "them, too"),
    "what it does": _Words("What {} does changed", "is that in {}, too?", "that, too"),
    "words": _Words("The words of {} changed", "are they in {}, too?", "them, too"),
}
_NO_NUMBERS = ("text", "moments", "ids", "choice", "level")
_TEXTS = ("text", "moments")
_FIGURES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """A rule that says something else than before, with what it still rests on.

    ``changes``: what is another, the gravest first; ``words``: a text alone, with the same figures.
    ``papers``: those that it named before and names still. ``same_support`` and ``same_reason``: whether
    these are as they were.
    """

    rule: Rule
    changes: tuple[Change, ...]
    papers: tuple[str, ...]
    same_support: bool
    same_reason: bool

    @property
    def rests_on_the_same(self) -> bool:
        """Whether a paper of before still stands under it, or the reason under a number."""
        return bool(self.papers) or (self.same_reason and self.rule.support is not None)

    @property
    def is_to_be_read(self) -> bool:
        """Whether it may claim more than it can. Judgement claims no paper: a reason of its own is enough."""
        if self.changes == ("words",):
            return False
        return self.same_reason if self.rule.support == "judgement" else bool(self.papers)

    @property
    def says(self) -> str:
        """It in a sentence, with the question that is to be answered."""
        words, several = _WORDS[self.changes[0]], len(self.papers) > 1
        papers = "papers" if several else "paper"
        stays = [f"support ({self.rule.support})"] if self.same_support else []
        stays += [f"{papers} ({', '.join(self.papers)})"] if self.papers else []
        stays += ["reason"] if self.same_reason else []
        are = "are" if several or len(stays) > 1 else "is"
        asks = (
            words.of_papers.format(f"the {papers}")
            if self.papers
            else f"does the reason hold for {words.of_reason}?"
        )
        same = listed(stays, "and")
        changed = words.changed.format(f"“{self.rule.title}”")
        return f"{changed}, and its {same} {are} the same as before: {asks}"


def to_be_read(old: Ruleset, new: Ruleset) -> tuple[CarriedOver, ...]:
    """Every rule that says something else than in the older ruleset, over support that was for what it said.

    A rule that replaces one of an extended ruleset is held against that where the older ruleset lacks it.
    """
    before = {rule.id: rule for rule, _ in new.set_aside} | {rule.id: rule for rule in old.rules}
    moved = frozenset(_moved_attributes(old, new))
    found = (carried_over(before[rule.id], rule, moved) for rule in new.rules if rule.id in before)
    return tuple(one for one in found if one is not None and one.is_to_be_read)


def carried_over(old: Rule, new: Rule, moved: frozenset[str] = frozenset()) -> CarriedOver | None:
    """What a rule carries over from what it was; None: it says the same.

    ``moved``: attributes of answers, such as ``goal.times``, with other values than they had.
    """
    changes = _changes(old, new, moved)
    if not changes:
        return None
    return CarriedOver(
        new,
        tuple(one for one in _WORDS if one in changes),
        papers=tuple(one for one in new.evidence if one in old.evidence),
        same_support=new.support is not None and new.support == old.support,
        same_reason=new.because.split() == old.because.split(),
    )


def _changes(old: Rule, new: Rule, moved: frozenset[str]) -> set[Change]:
    was, now = values_of_effects(old.then), values_of_effects(new.then)
    differing = [one for one in EFFECTS.values() if not same(was.get(one.key), now.get(one.key))]
    found = {_change(one, was.get(one.key), now.get(one.key)) for one in differing}
    if moved & {one.key for _, one in new.then.references() if isinstance(one, AttributeRef)}:
        found.add("number")
    return found if same(old.when, new.when) else {*found, "for whom"}


def _change(effect: Effect, was: object, now: object) -> Change:
    if effect.value not in _NO_NUMBERS:
        return "number"
    if was is None or now is None or effect.value not in _TEXTS:
        return "what it does"
    return "words" if _FIGURES.findall(repr(was)) == _FIGURES.findall(repr(now)) else "number"


def _moved_attributes(old: Ruleset, new: Ruleset) -> Iterator[str]:
    """Each attribute that has another value now for an answer that was there before."""
    for question in new.inputs.values():
        before = old.inputs.get(question.id)
        was = {} if before is None else {one.id: one.attributes for one in before.options}
        for option in question.options:
            known = was.get(option.id, {})
            for name, value in option.attributes.items():
                if name in known and not same(known[name], value):
                    yield f"{question.id}.{name}"
