"""What an editor offers and takes in a rule's ``then``."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from schemas.language import EFFECTS, Effect, Value, covers
from schemas.ruleset_files import EffectsEntry, FromProgressEntry, FromScoreEntry
from service.authoring import hints
from service.authoring.conditions import about_input
from service.authoring.fragments import (
    NUMBER,
    RANGE,
    YES,
    Json,
    any_of,
    chosen,
    id_keys,
    numbers,
    offered,
    ref,
    text_like,
)
from service.authoring.names import Names
from service.authoring.shapes import shape
from service.model.condition import Scalar
from service.model.ruleset import Input
from service.reading.amounts import MOST, MOST_FACTOR, MOST_SESSIONS_DONE
from service.reading.effects import MOST_POINTS


def effect_definitions(names: Names) -> Json:
    """``$defs`` for ``then``."""
    said = {effect.key: effect.help for effect in EFFECTS.values()}
    values = {
        effect.key: piece
        for effect in EFFECTS.values()
        if (piece := _PIECES[effect.value](names, effect)) is not None
    }
    then = shape(EffectsEntry, said, values, "effects")
    then |= {"minProperties": 1, "dependentRequired": _GO_WITH}
    return {
        "then": then,
        "amount": _range(0, MOST, "5, 4 to 6"),
        "change": _range(-MOST, MOST, "1, 1 to 2"),
        "number-attribute": _attributes(names, lambda value: not isinstance(value, str)),
        "factor-attribute": _attributes(names, lambda value: not isinstance(value, str) and value > 0),
    }


_GO_WITH = {
    effect.key: [EFFECTS[effect.goes_with].key] for effect in EFFECTS.values() if effect.goes_with is not None
}


def _or_attribute(piece: Json, effect: Effect, attribute: str) -> Json:
    return any_of(piece, ref(attribute)) if effect.attribute else piece


def _range(low: int, high: int, such_as: str) -> Json:
    wanted = f"Write a number or a range such as {such_as}, or min, typical and max."
    three: Json = {
        "type": "object",
        "title": "min, typical and max",
        "properties": {
            key: {**numbers(low, high), "description": said} for key, said in hints.TRIPLE.items()
        },
        "required": ["min", "typical", "max"],
        "additionalProperties": False,
    }
    return any_of(
        text_like(f"{NUMBER}|{RANGE}", errorMessage=wanted),
        {"type": "number", "minimum": low, "maximum": high},
        three,
    )


def _attributes(names: Names, fits: Callable[[Scalar], bool]) -> Json:
    known = {
        f"{one.id}.{name}": f"`{name}` of the answer to: {one.label}"
        for one in names.inputs.values()
        for name, domain in one.attributes.items()
        if domain.shape == "number" and all(map(fits, domain.values))
    }
    sure = names.knows_all("inputs") and not names.unread
    return chosen(known, "Write a number, or a number attribute such as goal.times.", complete=sure)


def _from_score(names: Names, effect: Effect) -> Json:
    scores = _facts(names, "scores")
    values = {
        "score": chosen(scores, "No rule adds points to this score.", complete=_knows_facts(names)),
        "times": numbers(0, MOST_FACTOR),
        "spread": numbers(0, MOST_FACTOR),
        "at least": numbers(0, MOST_FACTOR),
    }
    return shape(FromScoreEntry, hints.FROM_SCORE, values, effect.key)


def _from_progress(names: Names, effect: Effect) -> Json:
    percents = _inputs(names, lambda one: one.domain.high is not None and one.domain.high <= 100)
    done = _inputs(
        names,
        lambda one: one.domain.whole and (one.domain.high or 0) <= MOST_SESSIONS_DONE,
    )
    sure = names.knows_all("inputs") and not names.unread
    percent = chosen(percents, "Name a number question of at most 100.", complete=sure)
    values = {
        "improvement": percent,
        "sessions": chosen(done, "Name a whole-number question.", complete=sure),
        "target": any_of(ref("number-attribute"), percent, numbers(0, 100)),
        "margin": numbers(0, MOST_FACTOR),
    }
    return shape(FromProgressEntry, hints.FROM_PROGRESS, values, effect.key)


def _inputs(names: Names, fits: Callable[[Input], bool]) -> dict[str, str]:
    numeric = [one for one in names.inputs.values() if one.domain.shape == "number"]
    return {one.id: about_input(one) for one in numeric if fits(one)}


def _conclude(names: Names, _effect: Effect) -> Json:
    yes = any_of(
        text_like(YES, errorMessage="A flag is concluded as yes only.", **offered("yes")),
        {"const": True},
    )
    known: Json = {
        name: {**yes, "description": "A flag."}
        for name in _facts(names, "conclusions")
        if name not in names.conclusion_levels
    }
    known |= {
        name: {
            **chosen(levels, f"Write one of: {', '.join(levels)}."),
            "description": f"A level: {', '.join(levels)}",
        }
        for name, levels in names.conclusion_levels.items()
    }
    other = yes if names.knows_all("conclusions") and "conclusions" not in names.unread else {}
    unsure = [key.removeprefix("conclusions.") for key in names.unread if key.startswith("conclusions.")]
    known |= {name: {} for name in unsure}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": known,
        "propertyNames": id_keys(),
        "additionalProperties": other,
    }


def _points(names: Names, _effect: Effect) -> Json:
    point = any_of(numbers(-MOST_POINTS, MOST_POINTS), ref("number-attribute"))
    points = any_of(point, {"type": "array", "minItems": 1, "items": point})
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {name: {**points, "description": "A score."} for name in _facts(names, "scores")},
        "propertyNames": id_keys(),
        "additionalProperties": points,
    }


def _ids(names: Names, effect: Effect) -> Json:
    key = effect.key
    wanted = f"Not a {key.removesuffix('s')}. Add it under {key} in ruleset.yaml."
    known = chosen(names.ids[effect.name], wanted, complete=names.knows_all(key))
    return {"type": "array", "items": known}


def _facts(names: Names, what: str) -> list[str]:
    return [key.partition(".")[2] for key in names.subjects if key.startswith(f"{what}.")]


def _knows_facts(names: Names) -> bool:
    return names.knows_all("facts") and not any(key.startswith("scores") for key in names.unread)


_FACTOR = _range(0, MOST_FACTOR, "1.2, 1.1 to 1.3, goal.times")
_PIECES: dict[Value, Callable[[Names, Effect], Json | None]] = {
    "text": lambda _names, _: None,
    "choice": lambda _names, _: None,
    "range": lambda _names, _: ref("amount"),
    "bounded range": lambda _names, _: ref("amount"),
    "amount": lambda _names, effect: _or_attribute(ref("change"), effect, "number-attribute"),
    "factor": lambda _names, effect: _or_attribute(_FACTOR, effect, "factor-attribute"),
    "cap": lambda _names, effect: _or_attribute(numbers(whole_only=True), effect, "factor-attribute"),
    "score": _from_score,
    "progress": _from_progress,
    "level": _conclude,
    "sums": _points,
    "ids": _ids,
}
"""What an editor takes for an effect's value; None where the schema of the file knows."""
covers(_PIECES, get_args(Value), "effects in an editor")
