"""What was expected and what is the case, side by side: a row for each part. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from service.analysis.checks.scenarios import Difference, differences, paired
from service.model.flow import flow

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
            held = _said(got[key]) if key in got else _NOTHING
            yield Row(f"{name}.{key}", _said(value), held, not differences({key: value}, got))
    elif isinstance(expected, list) and isinstance(got, list) and (expected or got):
        yield from _items(name, expected, got)
    else:
        yield Row(name, _said(expected), _said(got), same=False)


def _items(name: str, expected: Sequence[Any], got: Sequence[Any]) -> Iterator[Row]:
    """Items that belong together in one row, then what is missing, then what is too much."""
    taken = {item: held for held, item in paired(expected, got).items()}
    rows = [(_said(expected[item]), _said(got[held]), True) for item, held in sorted(taken.items())]
    rows += [(_said(item), _NOTHING, False) for at, item in enumerate(expected) if at not in taken]
    rows += [(_NOTHING, _said(item), False) for at, item in enumerate(got) if at not in taken.values()]
    for number, (wanted, held, same) in enumerate(rows):
        yield Row(name if number == 0 else "", wanted, held, same)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else flow(value)
