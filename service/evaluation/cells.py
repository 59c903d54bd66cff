"""Numbers as cells: all numbers of a cell pass the same tests, so that one of them stands for all.

The points that conditions compare an input with cut its range into points and the gaps between them. A gap
of whole numbers that holds none is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from service.model.condition import Condition, Test, tests_of
from service.model.number import Number, exact
from service.model.ruleset import FromProgress, Input, Ruleset


def points_of(conditions: Iterable[Condition]) -> dict[str, set[Number]]:
    """The numbers with which conditions compare each subject, by the subject's key."""
    found: dict[str, set[Number]] = {}
    for condition in conditions:
        for test in tests_of(condition):
            found.setdefault(test.subject, set()).update(points_in(test))
    return found


def points_in(test: Test) -> Iterator[Number]:
    """The numbers with which one test compares."""
    yield from (value for value in test.values if not isinstance(value, str | bool))
    if test.interval is not None:
        yield from (end for end in (test.interval.low, test.interval.high) if end is not None)


def points_that_matter(ruleset: Ruleset, also: Iterable[Condition] = ()) -> dict[str, set[Number]]:
    """The numbers at which something may change, by question; ``also``: further conditions that matter."""
    conditions = [rule.when for rule in ruleset.rules]
    conditions += [one.only_if for one in ruleset.inputs.values() if one.only_if is not None]
    points = points_of([*conditions, *also])
    for one in ruleset.inputs.values():
        if isinstance(one.default, int | Fraction) and not isinstance(one.default, bool):
            points.setdefault(one.id, set()).add(one.default)
    for rule in ruleset.rules:
        for _, base in rule.then.present("base"):
            if isinstance(base, FromProgress):
                points.setdefault(base.improvement, set()).add(0)
                points.setdefault(base.sessions, set()).add(0)
    return points


def cells(one: Input, points: Iterable[Number]) -> tuple[Number, ...]:
    """One number of each cell of the input's range, ascending; the bounds are cells of their own."""
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    whole = one.domain.whole
    inside = sorted({low, high, *(point for point in points if low <= point <= high)})
    found: list[Number] = []
    for index, point in enumerate(inside):
        if not whole or point == math.floor(point):
            found.append(point)
        if index + 1 < len(inside):
            between = _between(point, inside[index + 1], whole=whole)
            found += [] if between is None else [between]
    return tuple(found)


def _between(low: Number, high: Number, *, whole: bool) -> Number | None:
    """A number above ``low`` and below ``high``, whole where there is such a one."""
    first = math.floor(low) + 1
    if first < high:
        return first
    return None if whole else exact(Fraction(low + high) / 2)
