"""The options of an input: their ids and labels, and which attributes each of them carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.language import InputKind
from schemas.ruleset_fields import LONGEST_TEXT, id_mistake, mended_id, text_mistake
from service.model.condition import Domain
from service.model.problem import shown
from service.model.ruleset import Option
from service.reading.attributes import read_attributes
from service.reading.findings import Findings
from service.reading.spot import Spot

MOST_OPTIONS = 300


@dataclass(frozen=True, slots=True)
class Options:
    """The options, and the domain of each attribute; ``unread``: attributes that could not be read."""

    options: tuple[Option, ...] = ()
    domains: Mapping[str, Domain] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()


def read_options(found: Findings, spot: Spot, kind: InputKind) -> Options:
    """The options at the spot, with attributes where the kind of question has them."""
    if not isinstance(spot.data, dict) or not spot.data:
        _no_options(found, spot)
        return Options()
    if len(spot.data) > MOST_OPTIONS:
        found.error(spot.at(), "too-many-options", f"More than {MOST_OPTIONS} options. Split the question.")
        return Options()
    labels: dict[str, str] = {}
    carried: dict[str, dict[str, Spot]] = {}
    for written, below in spot.entries():
        name, mistake = written, id_mistake(written, capitals=True)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(written)}" {mistake}')
            name = mended_id(written, capitals=True)
        labels[name], carried[name] = _option(found, name, below, kind)
    domains, values, unread = read_attributes(found, spot, carried)
    options = tuple(Option(name, labels[name], values[name]) for name in carried)
    return Options(options, domains, unread)


def _no_options(found: Findings, spot: Spot) -> None:
    for item in spot.items():
        if not isinstance(item.data, str):
            message = "An option in a list is one word. For labels write each option as a key with a colon."
            found.error(item.at(), "wrong-type", message)
            return
    message = f"{spot.name()} needs options: a list [a, b], or ids with labels below it."
    found.error(spot.key() if spot.data is None else spot.at(), "wrong-type", message)


def _option(found: Findings, name: str, spot: Spot, kind: InputKind) -> tuple[str, dict[str, Spot]]:
    if spot.data is None:
        return name, {}
    if not isinstance(spot.data, dict):
        return _label(found, name, spot), {}
    label = name
    below: dict[str, Spot] = {}
    for key, value in spot.entries():
        if key == "label":
            label = _label(found, "label", value)
        elif not kind.attributes:
            what = f'an option of "{kind.key}" has only a label'
            message = f'"{shown(key)}" can\'t stand here: {what}. Remove it.'
            found.error(value.key(), "unknown-key", message)
        elif id_mistake(key):
            found.error(value.key(), "bad-id", f'"{shown(key)}" {id_mistake(key)}')
        else:
            below[key] = value
    return label, below


def _label(found: Findings, name: str, spot: Spot) -> str:
    if spot.data is None:
        found.error(spot.key(), "missing-value", f'"{name}" has no value. Write one.')
        return name
    mistake = text_mistake(spot.data)
    if mistake:
        found.error(spot.at(), "wrong-type", f'"{shown(name)}" {mistake}')
        return name
    found.cut_text(spot)
    return str(spot.data).strip()[:LONGEST_TEXT]
