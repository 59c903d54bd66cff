"""The options of an input and their attributes."""

from __future__ import annotations

from schemas.ruleset_files import LONGEST_TEXT, id_mistake, yes_or_no
from service.model.condition import Domain, Scalar
from service.model.number import parse_number
from service.model.problem import shown
from service.model.ruleset import AttributeValue, Option
from service.reading.spot import Findings, Spot

MOST_OPTIONS = 300


def read_options(
    found: Findings, spot: Spot, *, attributes: bool
) -> tuple[tuple[Option, ...], dict[str, Domain]]:
    """The options at the spot and, where they may carry attributes, the domain of each attribute."""
    if not isinstance(spot.data, dict) or not spot.data:
        message = f'"{spot.last()}" needs options: a list [a, b] or a mapping of ids with labels.'
        found.error(spot.at(), "wrong-type", message)
        return (), {}
    if len(spot.data) > MOST_OPTIONS:
        found.error(spot.at(), "too-many-options", f"More than {MOST_OPTIONS} options. Split the question.")
        return (), {}
    labels: dict[str, str] = {}
    raw: dict[str, dict[str, Spot]] = {}
    for name, below in spot.children():
        mistake = id_mistake(name, capitals=True)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(name)}" {mistake}')
            continue
        labels[name], raw[name] = _option(found, name, below, attributes=attributes)
    domains, values = _attributes(found, spot, raw)
    return tuple(Option(name, labels[name], values[name]) for name in raw), domains


def _option(found: Findings, name: str, spot: Spot, *, attributes: bool) -> tuple[str, dict[str, Spot]]:
    if spot.data is None:
        return name, {}
    if isinstance(spot.data, str):
        return spot.data.strip()[:LONGEST_TEXT] or name, {}
    if not isinstance(spot.data, dict):
        found.error(spot.at(), "wrong-type", f'"{name}" must be a label, or a mapping with a label.')
        return name, {}
    label = name
    below: dict[str, Spot] = {}
    for key, value in spot.children():
        if key == "label":
            if isinstance(value.data, str) and value.data.strip():
                label = value.data.strip()[:LONGEST_TEXT]
            else:
                found.error(value.at(), "wrong-type", '"label" must be a text.')
        elif not attributes:
            message = f'"{shown(key)}" can\'t stand here: options of "any of" have only a label.'
            found.error(value.key(), "unknown-key", message)
        elif id_mistake(key):
            found.error(value.key(), "bad-id", f'"{shown(key)}" {id_mistake(key)}')
        else:
            below[key] = value
    return label, below


def _attributes(
    found: Findings, spot: Spot, raw: dict[str, dict[str, Spot]]
) -> tuple[dict[str, Domain], dict[str, dict[str, AttributeValue]]]:
    names = list(dict.fromkeys(key for option in raw.values() for key in option))
    domains: dict[str, Domain] = {}
    values: dict[str, dict[str, AttributeValue]] = {option: {} for option in raw}
    for name in names:
        for option, carried in raw.items():
            if name not in carried:
                message = f'"{option}" lacks the attribute "{name}" that other options have. Add it.'
                found.error(spot.child(option).key(), "missing-attribute", message)
        read = _attribute(found, name, {o: carried[name] for o, carried in raw.items() if name in carried})
        if read is not None:
            domains[name] = read[0]
            for option, value in read[1].items():
                values[option][name] = value
    return domains, values


def _attribute(
    found: Findings, name: str, spots: dict[str, Spot]
) -> tuple[Domain, dict[str, AttributeValue]] | None:
    first = next(iter(spots.values()))
    as_list = isinstance(first.data, list)
    kinds: set[str] = set()
    first_kind = ""
    for option, spot in spots.items():
        if isinstance(spot.data, list) != as_list:
            message = f'"{name}" is a list in some options and not in "{option}". Make it the same in all.'
            found.error(spot.at(), "mixed-attribute", message)
            return None
        for item in [below for _, below in spot.children()] if as_list else [spot]:
            kind = _kind(item.data)
            first_kind = first_kind or kind
            if not kind:
                message = f'"{name}" must be a number, yes or no, a name, or a list of these.'
                found.error(item.at(), "wrong-type", message)
                return None
            if kind != first_kind:
                message = (
                    f'"{name}" is {first_kind} in other options and {kind} here. Make it the same in all.'
                )
                found.error(item.at(), "mixed-attribute", message)
                return None
            kinds.add(kind)
    return _typed(first_kind, spots, as_list)


def _kind(data: object) -> str:
    if not isinstance(data, str):
        return ""
    if yes_or_no(data) is not None:
        return "yes or no"
    if parse_number(data) is not None:
        return "a number"
    return "" if id_mistake(data, capitals=True) else "a name"


def _typed(kind: str, spots: dict[str, Spot], as_list: bool) -> tuple[Domain, dict[str, AttributeValue]]:
    def scalar(text: str) -> Scalar:
        value = {"yes or no": yes_or_no, "a number": parse_number}.get(kind, str)(text)
        assert value is not None
        return value

    values: dict[str, AttributeValue] = {
        option: tuple(dict.fromkeys(scalar(item) for item in spot.data)) if as_list else scalar(spot.data)
        for option, spot in spots.items()
    }
    seen = list(
        dict.fromkeys(
            item for value in values.values() for item in (value if isinstance(value, tuple) else (value,))
        )
    )
    if as_list:
        return Domain("set", tuple(seen)), values
    if kind == "yes or no":
        return Domain("yes_no", (False, True)), values
    return Domain("number" if kind == "a number" else "choice", tuple(seen)), values
