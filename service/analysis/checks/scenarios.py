"""What a scenario expects against the answer it gets: each difference with its place. Pure.

An expectation is any part of an answer, as YAML with every scalar as text. Mappings match in part: what is
not named does not matter. Lists match as sets: every expected item must stand in the answer's list, in any
order, and nothing else; a mapping in a list matches in part. A scalar is read as what the answer holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from schemas.json_numbers import JsonNumber
from schemas.ruleset_files import yes_or_no
from service.model.flow import flow
from service.model.number import as_json, exact, parse_number, written
from service.model.problem import Problem, shown
from service.model.ruleset import Scenario

FAILED = "scenario-failed"


_MISSING = object()


_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: its path in ``expect``, and what is the case instead.

    ``expected`` and ``got`` are the whole member of the answer that it is part of, ``got`` as JSON data; for
    ``fired`` and ``not fired`` the rule in question, and None.
    """

    path: _Path
    message: str
    expected: Any = None
    got: Any = None

    @property
    def member(self) -> str:
        """The member of the answer, or ``fired`` and ``not fired``."""
        return str(self.path[0])


@dataclass(frozen=True, slots=True)
class Failure:
    """A difference as a problem at its place in the scenario."""

    problem: Problem
    difference: Difference


def failures(scenario: Scenario, answer: Mapping[str, Any]) -> list[Failure]:
    """Each difference between what the scenario expects and the answer (as JSON data)."""
    fired = [hit["rule"] for hit in answer["fired"]]
    found = differences(scenario.expected, answer) + _rules(scenario, fired)
    name = shown(scenario.name, 80)
    return [
        Failure(
            Problem(
                scenario.places.get(("expect", *one.path), scenario.place), FAILED, f'"{name}": {one.message}'
            ),
            one,
        )
        for one in found
    ]


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[Difference]:
    """Every difference between a part of an answer as YAML and the answer as JSON data."""
    return [
        replace(one, expected=expected[one.member], got=answer.get(one.member))
        for one in _mapping(expected, answer, ())
    ]


def _rules(scenario: Scenario, fired: Collection[str]) -> list[Difference]:
    wanted = [
        Difference(("fired", index), f"{rule} did not fire, expected it to", rule)
        for index, rule in enumerate(scenario.fired)
        if rule not in fired
    ]
    return wanted + [
        Difference(("not fired", index), f"{rule} fired, expected it not to", rule)
        for index, rule in enumerate(scenario.not_fired)
        if rule in fired
    ]


def _mapping(expected: Mapping[str, Any], actual: Mapping[str, Any], path: _Path) -> list[Difference]:
    found: list[Difference] = []
    for key, value in expected.items():
        below = (*path, key)
        held = actual.get(key, _MISSING)
        if held is _MISSING:
            if path == ("conclusions",) and yes_or_no(value) is False:
                continue  # a flag that is no is left out of an answer
            found.append(
                Difference(below, f"{_named(below)} is not in the answer, expected {_spelled(value)}")
            )
        else:
            found += _value(value, held, below)
    return found


def _value(expected: Any, actual: Any, path: _Path) -> list[Difference]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _mapping(expected, actual, path)
    if isinstance(expected, list) and isinstance(actual, list):
        return _list(expected, actual, path)
    if isinstance(expected, list | Mapping) or isinstance(actual, list | Mapping):
        same = False
    else:
        same = same_scalar(expected, actual)
    message = f"{_named(path)} is {_spelled(actual)}, expected {_spelled(expected)}"
    return [] if same else [Difference(path, message)]


def _list(expected: Sequence[Any], actual: Sequence[Any], path: _Path) -> list[Difference]:
    """Each expected item must have an item of its own, and none may be left over."""
    taken = paired(expected, actual)
    found = [
        Difference((*path, index), f"{_named(path)} lacks {_spelled(item)}{_mend(item, actual)}")
        for index, item in enumerate(expected)
        if index not in taken.values()
    ]
    return found + [
        Difference(path, f"{_named(path)} also holds {_spelled(held)}, expected {_spelled(expected)}")
        for index, held in enumerate(actual)
        if index not in taken
    ]


def paired(expected: Sequence[Any], actual: Sequence[Any]) -> dict[int, int]:
    """The most pairs of items that fit, each standing in one: actual index to expected (augmenting paths)."""
    fits = [[not _value(item, held, ()) for held in actual] for item in expected]
    taken: dict[int, int] = {}

    def place(item: int, tried: set[int]) -> bool:
        for held, fit in enumerate(fits[item]):
            if fit and held not in tried:
                tried.add(held)
                if held not in taken or place(taken[held], tried):
                    taken[held] = item
                    return True
        return False

    for item in range(len(fits)):
        place(item, set())
    return taken


def _mend(item: Any, actual: Sequence[Any]) -> str:
    """How to name an item where the answer's items are mappings and the expected one is a word."""
    if isinstance(item, str):
        for held in actual:
            if isinstance(held, Mapping):
                key = next((name for name, value in held.items() if value == item), None)
                if key:
                    return f". Write {{{key}: {item}}}"
    return ""


def same_scalar(expected: str | None, actual: object) -> bool:
    """Whether the text, read as the kind of the answer's value, is that value."""
    if expected is None or actual is None:
        return expected is None and actual is None
    if isinstance(actual, bool):
        return yes_or_no(expected) is actual
    if isinstance(actual, JsonNumber):
        number = parse_number(expected)
        return number is not None and (as_json(number) == actual or expected == written(exact(actual)))
    return expected == actual


def _named(path: _Path) -> str:
    return ".".join(str(part) for part in path)


def _spelled(value: Any, most: int = 80) -> str:
    return shown(value if isinstance(value, str) else flow(value), most)


_NOTHING = "-"


class Row(NamedTuple):
    """One part of an answer: its name, both sides as a scenario would write them, and whether they agree."""

    name: str
    expected: str
    got: str
    same: bool


def beside(difference: Difference) -> tuple[Row, ...]:
    """The whole member of the answer that the difference is part of, row by row."""
    return tuple(_rows(difference.member, difference.expected, difference.got))


def _rows(name: str, expected: Any, got: Any) -> Iterator[Row]:
    if name in ("fired", "not fired"):
        fired, not_fired = f"{expected} fires", f"{expected} does not fire"
        yield Row("", *((fired, not_fired) if name == "fired" else (not_fired, fired)), same=False)
    elif isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key, value in expected.items():
            held = _plainly(got[key]) if key in got else _NOTHING
            yield Row(f"{name}.{key}", _plainly(value), held, not differences({key: value}, got))
    elif isinstance(expected, list) and isinstance(got, list) and (expected or got):
        yield from _items(name, expected, got)
    else:
        yield Row(name, _plainly(expected), _plainly(got), same=False)


def _items(name: str, expected: Sequence[Any], got: Sequence[Any]) -> Iterator[Row]:
    """Items that belong together in one row, then what is missing, then what is too much."""
    taken = {item: held for held, item in paired(expected, got).items()}
    rows = [(_plainly(expected[item]), _plainly(got[held]), True) for item, held in sorted(taken.items())]
    rows += [(_plainly(item), _NOTHING, False) for at, item in enumerate(expected) if at not in taken]
    rows += [(_NOTHING, _plainly(item), False) for at, item in enumerate(got) if at not in taken.values()]
    for number, (wanted, held, same) in enumerate(rows):
        yield Row(name if number == 0 else "", wanted, held, same)


def _plainly(value: Any) -> str:
    return value if isinstance(value, str) else flow(value)
