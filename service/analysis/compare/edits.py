"""What was edited: every difference between two versions of a ruleset, part by part, by what the parts mean.

``yes`` for ``true``, another order of what has none, another way to write a number or a line's end are no
edits. Order means something for levels and factors alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Literal

from service.model.condition import AllOf, AnyOf, Condition, Not, Test
from service.model.number import Triple
from service.model.problem import Place
from service.model.ruleset import Rule, Ruleset
from service.model.texts import in_words, texts_of
from service.wording.effects import values_of_effects
from service.wording.things import Kind, Ordered, Part, Thing, id_part, things

How = Literal["added", "removed", "changed", "renamed"]


@dataclass(frozen=True, slots=True)
class PartEdit:
    """One part as it was and as it is (None: not there)."""

    key: str
    old: Part | None
    new: Part | None

    @property
    def was(self) -> str | None:
        """What it was, as its author wrote it; None: nothing."""
        return None if self.old is None else self.old.spelled

    @property
    def now(self) -> str | None:
        """What it is, as its author writes it; None: nothing."""
        return None if self.new is None else self.new.spelled


@dataclass(frozen=True, slots=True)
class RulesetEdit:
    """One thing of a ruleset that is not as it was, and which of its parts.

    ``name``: its id; ``title``: its name in a sentence. ``place``: where it stands now; of what is gone,
    where it stood.
    """

    kind: Kind
    name: str
    title: str
    how: How
    place: Place | None
    parts: tuple[PartEdit, ...]


def edits(old: Ruleset, new: Ruleset) -> tuple[RulesetEdit, ...]:
    """All edits, in the order: the ruleset itself, questions, contradictions, rules and so on."""
    return tuple(_edits(old, new))


def _edits(old: Ruleset, new: Ruleset) -> Iterator[RulesetEdit]:
    before, after = things(old), things(new)
    names = renamed(old, new)
    for kind in dict.fromkeys((*after, *before)):
        was, now = before.get(kind, {}), after.get(kind, {})
        if kind == "rule":
            for name, other in names.items():
                parts = (PartEdit("id", id_part(name), id_part(other)),)
                yield RulesetEdit(kind, other, now[other].title, "renamed", now[other].place, parts)
            was = {names.get(name, name): thing for name, thing in was.items()}
        if kind == "translation":
            was = {name: _without(thing, _gone(old, new), now.get(name)) for name, thing in was.items()}
        yield from _compared(was, now)


def _gone(old: Ruleset, new: Ruleset) -> set[str]:
    """The texts that are no more, or others now, in words: their translations went with them."""
    kept = {one.path: one.text for one in texts_of(new)}
    return {in_words(one.path) for one in texts_of(old) if kept.get(one.path) != one.text}


def _without(translation: Thing, gone: set[str], now: Thing | None) -> Thing:
    """The translation without what went because its original did, and has nothing in its place."""
    left = now.parts if now is not None else {}
    parts = {key: part for key, part in translation.parts.items() if key in left or key not in gone}
    return replace(translation, parts=parts)


def _compared(old: Mapping[str, Thing], new: Mapping[str, Thing]) -> Iterator[RulesetEdit]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        here = after or before
        assert here is not None
        parts = tuple(_parts(before.parts if before else {}, after.parts if after else {}))
        how: How = "removed" if after is None else "added" if before is None else "changed"
        if parts or how != "changed":
            yield RulesetEdit(here.kind, here.name, here.title, how, here.place, parts)


def _parts(old: Mapping[str, Part], new: Mapping[str, Part]) -> Iterator[PartEdit]:
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None:
            edited = not (_left_in_order(was, now) if now.order else same(was.value, now.value))
        else:
            here = was or now
            edited = here is not None and not here.order
        if edited:
            yield PartEdit(key, was, now)


def _left_in_order(old: Part, new: Part) -> bool:
    """Whether nothing moved and nothing came between; what went is told elsewhere."""
    assert isinstance(old.value, Ordered)
    assert isinstance(new.value, Ordered)
    now = new.value.values
    return tuple(one for one in old.value.values if one in now) == now


def renamed(old: Ruleset, new: Ruleset) -> dict[str, str]:
    """Rules that have another id and are the same for the rest, by the old id."""
    kept = {rule.id for rule in old.rules} & {rule.id for rule in new.rules}
    gone = [rule for rule in old.rules if rule.id not in kept]
    come = [rule for rule in new.rules if rule.id not in kept]
    found: dict[str, str] = {}
    for rule in gone:
        like_it = [other.id for other in come if _alike(rule, other) and other.id not in found.values()]
        if like_it:
            found[rule.id] = like_it[0]
    return found


def _alike(rule: Rule, other: Rule) -> bool:
    effects = (values_of_effects(one.then) for one in (rule, other))
    return rule.factor == other.factor and same(*effects) and same(rule.when, other.when)


# -- by value -------------------------------------------------------------------------------------------


def same(old: object, new: object) -> bool:
    """Whether two values mean the same, however and in whichever order they are written."""
    if isinstance(old, Condition) and isinstance(new, Condition):
        return _same_condition(old, new)
    return _normal(old) == _normal(new)


def _same_condition(old: Condition, new: Condition) -> bool:
    """The parts of a group may stand in any order.

    A test whose words are the same is the same, though a question has more options now and so more of them
    pass: that is an edit of the question.
    """
    match old, new:
        case (Test(), Test()):
            return _comparable(old) == _comparable(new) or old.written == new.written
        case (Not(), Not()):
            return _same_condition(old.part, new.part)
        case (AllOf(), AllOf()):
            return _same_parts(old.parts, new.parts)
        case (AnyOf(), AnyOf()):
            return _same_parts(old.parts, new.parts)
        case _:
            return False


def _comparable(test: Test) -> tuple[object, ...]:
    target = test.target and (test.target.key, test.target.verb)
    return test.subject, test.op, _normal(test.values), test.interval, target


def _same_parts(old: Sequence[Condition], new: Sequence[Condition]) -> bool:
    left = list(new)
    for part in old:
        at = next((at for at, other in enumerate(left) if _same_condition(part, other)), None)
        if at is None:
            return False
        del left[at]
    return not left


def _normal(value: object) -> object:
    """The value as plain data, equal where it means the same: yes is not 1, and no list has an order."""
    match value:
        case bool():
            return ("yes or no", value)
        case Triple():
            return ("range", *value)
        case Ordered():
            return ("in order", *map(_normal, value.values))
        case tuple() | frozenset():
            return ("together", *sorted(map(_normal, value), key=repr))
        case Mapping():
            return ("named", *sorted(((name, _normal(one)) for name, one in value.items()), key=repr))
        case None | str() | int() | Fraction():
            return value
        case _ if is_dataclass(value) and not isinstance(value, type):
            parts = (_normal(getattr(value, member.name)) for member in fields(value))
            return (type(value).__name__, *parts)
        case _:
            raise TypeError(f"{type(value).__name__} is not compared")
