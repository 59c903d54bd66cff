"""lone-value: a value of an attribute that stands alone, and is nearly one that others have.

Summary
    Warning. One option alone has this value of an attribute, no rule tests it, and another value is nearly
    the same. It is most likely misspelt.

Avoid
    ::

        laser:
          label: Laser
          one of:
            one: {label: One, pulse: picosecond}
            two: {label: Two, pulse: nanosecond}
            three: {label: Three, pulse: picosecond}
            four: {label: Four, pulse: nanosecnd}

Prefer
    ::

        laser:
          label: Laser
          one of:
            one: {label: One, pulse: picosecond}
            two: {label: Two, pulse: nanosecond}
            three: {label: Three, pulse: picosecond}
            four: {label: Four, pulse: nanosecond}

Why
    No rule sees a misspelt value. A new laser with a pulse that nobody knows gets the plans of one that has
    none. Words are near as in "did you mean"; numbers of three digits or more where one digit differs, or two
    stand in the wrong order, and those of which another is a thousandfold, as 0.532 beside 532.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from schemas.nearest import is_slip, nearest
from service.model.condition import Scalar, spelled_value, tests_of
from service.model.number import exact
from service.model.problem import Problem, advice
from service.model.ruleset import AttributeValue, Input, Option, Ruleset

CODE = "lone-value"

_WORD = re.compile(r"[^\s,:\[\]{}]+")


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each such value, at its option."""
    tested = _tested(ruleset)
    for one in ruleset.inputs.values():
        for attribute in one.attributes:
            yield from _of_attribute(one, attribute, tested.get(f"{one.id}.{attribute}", set()))


def _of_attribute(one: Input, attribute: str, tested: set[str]) -> Iterator[Problem]:
    counts = Counter(value for option in one.options for value in _values(option, attribute))
    told: set[Scalar] = set()
    for option in reversed(one.options):
        for value in _values(option, attribute):
            if counts[value] > 1 or spelled_value(value) in tested:
                continue
            others = [other for other in counts if other != value and other not in told]
            near = _nearest(value, others) or _in_thousandths(value, {*map(spelled_value, others), *tested})
            if near is not None:
                told.add(value)
                mend = f' Did you mean "{near}"?'
                written = f"{attribute}: {spelled_value(value)}"
                if is_slip(spelled_value(value), near):
                    mend = advice(mend, written, f"{attribute}: {near}")
                message = f'"{option.id}" alone has {written}, and no rule tests it.' + mend
                yield Problem(option.places.get((attribute,), option.places[()]), CODE, message, "warning")


def _values(option: Option, attribute: str) -> tuple[Scalar, ...]:
    value: AttributeValue | None = option.attributes.get(attribute)
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _nearest(value: Scalar, others: list[Scalar]) -> str | None:
    """The nearest of the other values, as it is written; None where none is near."""
    written = spelled_value(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return nearest(written, [other for other in others if isinstance(other, str)])
    numbers = (spelled_value(other) for other in others if not isinstance(other, str | bool))
    return next((number for number in numbers if _is_slip(written, number)), None)


def _in_thousandths(value: Scalar, others: set[str]) -> str | None:
    """The other value that is a thousand times as much, as of micrometres written for nanometres."""
    if isinstance(value, str | bool):
        return None
    meant = spelled_value(exact(Fraction(value) * 1000))
    return meant if meant in others else None


def _is_slip(one: str, other: str) -> bool:
    """Whether two numbers of three digits or more differ in one digit, or by two that are swapped."""
    if len(one) != len(other) or sum(map(str.isdigit, one)) < _FEWEST_DIGITS:
        return False
    differing = [at for at, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(differing) == 1:
        return one[differing[0]].isdigit() and other[differing[0]].isdigit()
    swapped = len(differing) == 2 and differing[1] == differing[0] + 1
    return swapped and one[differing[0] : differing[1] + 1] == other[differing[0] : differing[1] + 1][::-1]


_FEWEST_DIGITS = 3


def _tested(ruleset: Ruleset) -> dict[str, set[str]]:
    """By subject, every word of the tests of it."""
    found: dict[str, set[str]] = {}
    for condition in ruleset.conditions:
        for test in tests_of(condition):
            found.setdefault(test.subject, set()).update(_WORD.findall(test.written))
    return found
