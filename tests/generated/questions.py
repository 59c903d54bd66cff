"""`assessment.yaml`: inputs of every kind, with attributes, defaults and only-ifs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

from schemas.language import KINDS, InputKind, Shape
from tests.generated.choosing import Choices, tidy
from tests.generated.conditions import condition
from tests.generated.subjects import Subject, value_test_of

NAMES = (
    "concern",
    "region",
    "device",
    "severity",
    "phototype",
    "goal",
    "depth",
    "age",
    "colour",
    "tan",
    "gold",
)
LEVELS = (
    ("mild", "moderate", "severe"),
    ("I", "II", "III", "IV", "V", "VI"),
    (1, 2, 3, 4),
    ("some", "complete"),
)
OPTIONS = ("acne_scar", "melasma", "tattoo", "nevus-of-ota", "Hori", "freckles")
MEMBERS = ("pih", "blister", "scar", "rebound")


def _kinds(*shapes: Shape) -> tuple[InputKind, ...]:
    return tuple(kind for shape in shapes for kind in KINDS.values() if kind.shape == shape)


_DRAWN = (*_kinds("choice", "yes_no", "set", "number"), *_kinds("choice"))
"""The kinds to draw from, those of choices twice as often."""


WAVES = (532, 730, 755, 1064)


@dataclass
class Assessment:
    """The inputs so far, and what rules can do with them.

    `roles` lists attributes by what effects may use them for: times, most, pct, adds, kd and weeks.
    """

    most_sessions: tuple[int, int]
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    subjects: list[Subject] = field(default_factory=list)
    roles: dict[str, list[str]] = field(default_factory=dict)
    progress: bool = False
    contradictions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def raw(self) -> dict[str, Any]:
        """As `assessment.yaml` has it."""
        return {
            "inputs": self.inputs,
            **({"contradictions": self.contradictions} if self.contradictions else {}),
        }


_Maker = Callable[[Choices, Assessment], Any]
_ATTRIBUTES: dict[str, _Maker] = {
    "times": lambda choices, _: tidy(Decimal(choices.whole(50, 220)) / 100),
    "most": lambda choices, made: choices.decimal(*made.most_sessions, places=choices.pick((0, 0, 1))),
    "pct": lambda choices, _: (
        choices.pick((25, 50, 75, 90, 95)) if choices.chance(70) else choices.decimal(1, 99, 1)
    ),
    "adds": lambda choices, _: choices.decimal(1, 20, 1),
    "kd": lambda choices, _: choices.decimal(0, 6, 1),
    "weeks": lambda choices, _: choices.whole(0, 6),
    "soft": lambda choices, _: choices.chance(50),
    "make": lambda choices, _: choices.pick(("pico", "nano", "long-pulse")),
    "waves": lambda choices, _: choices.some(WAVES, 1, 3),
    "tags": lambda choices, _: choices.some(("warm", "cool", "pale"), 1, 3),
    "marks": lambda choices, _: choices.some((True, False), 1, 2),
}
_ROLES = ("times", "most", "pct", "adds", "kd", "weeks")


def assessment(choices: Choices, most_sessions: tuple[int, int], max_inputs: int) -> Assessment:
    """Inputs of any kind; the first always applies and is always given."""
    made = Assessment(most_sessions)
    count = choices.whole(1, max_inputs)
    for place in range(count):
        called = NAMES[place] if place < len(NAMES) else f"question_{place}"
        raw = _of_some_kind(choices, made, called)
        _asked(choices, made, raw, always=place == 0)
        made.inputs[called] = raw
        made.subjects += _subjects(called, raw)
        _note_roles(made, called, raw)
    if choices.chance(70):
        _add_progress(choices, made)
    made.contradictions = _contradictions(choices, made)
    return made


def _of_some_kind(choices: Choices, made: Assessment, called: str) -> dict[str, Any]:
    raw: dict[str, Any] = {"label": f"What about {called}?"}
    kind = choices.pick(_DRAWN)
    match kind.shape:
        case "choice":
            names = list(choices.pick(LEVELS)) if kind.ordered else choices.some(OPTIONS, 2, 4)
            raw[kind.key] = _options(choices, made, names)
        case "set":
            members = choices.some(MEMBERS, 1, 4)
            plain = choices.chance(30)
            raw[kind.key] = members if plain else {member: f"Some {member}" for member in members}
        case "yes_no":
            raw[kind.key] = kind.name
        case "number":
            raw[kind.key] = _bounds(choices)
        case _:
            assert_never(kind.shape)
    if choices.chance(15):
        raw["help"] = "Look closely"
    return raw


def _bounds(choices: Choices) -> str:
    low = choices.pick((0, 0, 1, -10))
    return f"{low}{choices.pick((' to ', '-')) if low >= 0 else ' to '}{low + choices.whole(2, 40)}"


def _options(choices: Choices, made: Assessment, names: list[Any]) -> Any:
    """A bare list, or each option with a label and the same attributes as the others."""
    attributes = choices.some(tuple(_ATTRIBUTES), 0, 3) if choices.chance(70) else []
    if not attributes and choices.chance(60):
        return names
    options = {
        name: {"label": f"Option {name}", **{key: _ATTRIBUTES[key](choices, made) for key in attributes}}
        for name in names
    }
    for key in attributes:
        if choices.chance(15):
            # One option at least keeps it, or it would be no attribute.
            for name in choices.some(names[1:], 1, len(names) - 1):
                del options[name][key]
    return options


def _asked(choices: Choices, made: Assessment, raw: dict[str, Any], always: bool) -> None:
    """Required, must ask, default or optional; and perhaps only if."""
    how = "required" if always else choices.pick(("required", "must ask", "default", "optional"))
    if how in ("required", "must ask"):
        raw[how] = True
    elif how == "default":
        raw["default"] = _default(choices, raw)
    if choices.chance(20) and how != "default":
        raw["changeable"] = True
    if not always and choices.chance(30):
        raw["only if"] = condition(choices, made.subjects, depth=2)


def _contradictions(choices: Choices, made: Assessment) -> list[dict[str, Any]]:
    """Each rests on an answer that can be left out, so that there always are assessments that meet none."""
    optional = [
        one
        for one in made.subjects
        if "." not in one.name and not {"required", "default"} & set(made.inputs[one.name])
    ]
    found = []
    for place in range(choices.pick((0, 0, 1, 2)) if optional else 0):
        rests_on, others = choices.pick(optional), choices.some(made.subjects, 1, 2)
        when = {one.name: value_test_of(choices, one) for one in (*others, rests_on)}
        found.append({"id": f"at-odds-{place}", "when": when, "says": "These do not go together"})
    return found


def _default(choices: Choices, raw: dict[str, Any]) -> Any:
    kind = _kind_of(raw)
    match kind.shape:
        case "choice":
            return choices.pick(list(raw[kind.key]))
        case "set":
            return choices.some(list(raw[kind.key]), 0, 2)
        case "yes_no":
            return choices.chance(40)
        case "number":
            return choices.whole(*_bounds_of(raw[kind.key]))
        case _:
            assert_never(kind.shape)


def _kind_of(raw: dict[str, Any]) -> InputKind:
    """The kind of an input: named, or chosen by the key that is there."""
    named = KINDS.get(str(raw.get("kind")))
    return named or next(kind for kind in KINDS.values() if kind.key in raw)


def _bounds_of(written: str) -> tuple[int, int]:
    low, _, high = written.partition(" to ") if " to " in written else written.partition("-")
    return int(low), int(high)


def _subjects(called: str, raw: dict[str, Any]) -> list[Subject]:
    """The input itself and its attributes."""
    kind = _kind_of(raw)
    options = raw[kind.key]
    match kind.shape:
        case "yes_no":
            return [Subject(called, "flag")]
        case "set":
            return [Subject(called, "set", tuple(options))]
        case "number":
            low, high = _bounds_of(options)
            return [Subject(called, "number", low=low, high=high, whole=kind.whole)]
        case "choice":
            found = [Subject(called, "level" if kind.ordered else "name", tuple(options))]
        case _:
            assert_never(kind.shape)
    if isinstance(options, dict):
        attributes = [key for key in next(iter(options.values())) if key != "label"]
        found += [
            _attribute(f"{called}.{key}", [about[key] for about in options.values() if key in about])
            for key in attributes
        ]
    return found


def _attribute(called: str, values: list[Any]) -> Subject:
    if isinstance(values[0], list):
        return Subject(called, "set", tuple(dict.fromkeys(one for value in values for one in value)))
    if isinstance(values[0], bool):
        return Subject(called, "flag")
    distinct = tuple(dict.fromkeys(values))
    return Subject(called, "name" if isinstance(values[0], str) else "number", distinct)


def _note_roles(made: Assessment, called: str, raw: dict[str, Any]) -> None:
    kind = _kind_of(raw)
    options = raw[kind.key]
    if kind.attributes and isinstance(options, dict):
        for key in next(iter(options.values())):
            if key in _ROLES:
                made.roles.setdefault(key, []).append(f"{called}.{key}")


def _add_progress(choices: Choices, made: Assessment) -> None:
    """Sessions done, improvement seen, and perhaps a target in percent."""
    done: dict[str, Any] = {
        "label": "Sessions done",
        "whole number": f"0 to {choices.pick((3, 6, 8, 20, 40))}",
    }
    how = choices.pick(("default", "required", "optional"))
    if how != "optional":
        done[how] = 0 if how == "default" else True
    seen: dict[str, Any] = {"label": "Improvement seen", "unit": "%"}
    seen["whole number" if choices.chance(20) else "number"] = choices.pick(("0 to 100", "-20 to 100"))
    if choices.chance(75):
        seen["only if"] = {"sessions_done": "at least 1"}
    if choices.chance(40):
        seen["must ask"] = True
    gain: dict[str, Any] = {
        "label": "Gain of the last sessions",
        "number": choices.pick(("-20 to 100", "0 to 50")),
    }
    if choices.chance(50):
        gain["only if"] = {"sessions_done": "at least 2"}
    added = {"sessions_done": done, "improvement_pct": seen, "gain_pct": gain}
    if choices.chance(25):
        added["target_pct"] = {"label": "Wished improvement", "number": "1 to 99"}
        if choices.chance(50):
            added["target_pct"]["required"] = True
        made.roles.setdefault("pct", []).append("target_pct")
    for called, raw in added.items():
        made.inputs[called] = raw
        made.subjects += _subjects(called, raw)
    made.progress = True
