"""Parts of a ruleset as its authors spell them, on one line."""

from __future__ import annotations

from dataclasses import fields

from service.model.condition import AllOf, AnyOf, Condition, Not, Test
from service.model.number import Number, Triple, written
from service.model.ruleset import (
    AttributeRef,
    Effects,
    FromProgress,
    FromScore,
    Guarantee,
    Input,
    Limits,
    Option,
    Paper,
)


def condition(one: Condition | None) -> str | None:
    """``concern: tattoo, any of (goal: clear | goal: complete)``."""
    if one is None:
        return None
    return ", ".join(map(_part, one.parts)) if isinstance(one, AllOf) else _part(one)


def _part(one: Condition) -> str:
    if isinstance(one, Test):
        return one.written
    if isinstance(one, Not):
        return f"not ({condition(one.part)})"
    if isinstance(one, AnyOf):
        return f"any of ({' | '.join(condition(part) or '' for part in one.parts)})"
    return f"all of ({condition(one)})"


def effects(then: Effects) -> dict[str, str]:
    """Each effect of a rule, by its name in the language."""
    spelled: dict[str, str] = {}
    for member in fields(then):
        value = getattr(then, member.name)
        if value is None or value == ():
            continue
        name = member.name.replace("_", " ")
        if member.name == "points":
            spelled[name] = ", ".join(f"{score} {_several(points)}" for score, points in value)
        elif member.name == "conclude":
            spelled[name] = ", ".join(f"{what} {'yes' if level is True else level}" for what, level in value)
        elif member.name == "one_session":
            spelled[name] = value.replace("_", " ")
        else:
            spelled[name] = amount(value)
    return spelled


def amount(value: object) -> str:
    """A number, range, attribute, text, or what a base or what remains is worked out from."""
    if isinstance(value, Triple):
        return a_range(value)
    if isinstance(value, AttributeRef):
        return value.key
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Number):
        return written(value)
    if isinstance(value, FromScore | FromProgress):
        parts = ((one.name.replace("_", " "), getattr(value, one.name)) for one in fields(value))
        return ", ".join(f"{name} {amount(part)}" for name, part in parts)
    if isinstance(value, tuple | frozenset):
        return ", ".join(map(amount, value if isinstance(value, tuple) else sorted(value)))
    return str(value)


def a_range(value: Triple) -> str:
    """``4 to 6, typically 5``; one number where all three are the same."""
    low, typical, high = map(written, value)
    return low if low == high else f"{low} to {high}, typically {typical}"


def _several(points: tuple[Number | AttributeRef, ...]) -> str:
    return " + ".join(map(amount, points))


def question(one: Input) -> dict[str, str | None]:
    """All that a question says but its options, by the keys of assessment.yaml."""
    low, high = one.domain.low, one.domain.high
    return {
        "kind": one.kind,
        "label": one.label,
        "help": one.help,
        "unit": one.unit,
        "bounds": f"{written(low)} to {written(high)}" if low is not None and high is not None else None,
        "required": "yes" if one.required else None,
        "must ask": "yes" if one.must_ask else None,
        "default": None if one.default is None else amount(one.default),
        "only if": condition(one.only_if),
        "changeable": "yes" if one.changeable else None,
    }


def option(one: Option) -> dict[str, str]:
    """What an option says: its label and its attributes."""
    return {"label": one.label} | {name: amount(value) for name, value in one.attributes.items()}


def guarantee(one: Guarantee) -> dict[str, str | None]:
    """What a guarantee says, by its keys."""
    return {
        "title": one.title,
        "when": condition(one.when),
        "always": one.always,
        "never": one.never,
        "raising": one.raising,
        "never lowers": one.never_lowers,
    }


def limits(one: Limits) -> dict[str, str]:
    """The limits, by their keys."""
    return {
        "limits, sessions": " to ".join(map(str, one.sessions)),
        "limits, interval weeks": " to ".join(map(str, one.interval_weeks)),
    }


def paper(one: Paper) -> dict[str, str | None]:
    """What is said of a paper, by its keys."""
    return {member.name: getattr(one, member.name) for member in fields(one) if member.name != "id"}
