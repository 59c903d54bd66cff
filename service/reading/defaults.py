"""What an input takes when nothing is given."""

from __future__ import annotations

from schemas.ruleset_fields import yes_or_no
from service.model.condition import Scalar
from service.model.number import parse_number, written
from service.model.problem import quoted, shown
from service.model.ruleset import Input
from service.reading.findings import Findings
from service.reading.ranges import mend_of
from service.reading.spot import Spot


def read_default(found: Findings, one: Input, spot: Spot) -> Scalar | frozenset[str] | None:
    """The default of the input at the spot, or None where it has none (or a wrong one, noted)."""
    below = spot.child("default")
    if below.data is None:
        return None
    for word, holds in (("required", one.required), ("must ask", one.must_ask)):
        if holds:
            message = f'"{one.id}" has both "{word}" and "default". Keep one of them.'
            found.error(below.key(), "default-and-" + word.replace(" ", "-"), message)
            return None
    if one.domain.shape == "set":
        return _set(found, one, below)
    if not isinstance(below.data, str):
        found.error(below.at(), "wrong-type", f'The default of "{one.id}" must be one value.')
        return None
    if one.domain.shape == "choice":
        return _option(found, one, below)
    value, wanted = _yes_or_no(below) if one.domain.shape == "yes_no" else _number(one, below)
    if value is None:
        found.error(below.at(), "bad-default", f'The default "{shown(below.data)}" is not {wanted}')
    return value


def _yes_or_no(spot: Spot) -> tuple[Scalar | None, str]:
    return yes_or_no(spot.data), "yes or no."


def _number(one: Input, spot: Spot) -> tuple[Scalar | None, str]:
    value = parse_number(spot.data)
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    if value is None:
        return None, f"a number. {mend_of(spot.data)}"
    fits = low <= value <= high and (isinstance(value, int) or not one.domain.whole)
    return (value if fits else None), f"a {one.kind} from {written(low)} to {written(high)}."


def _set(found: Findings, one: Input, spot: Spot) -> frozenset[str] | None:
    if not isinstance(spot.data, list):
        found.error(spot.at(), "wrong-type", f'The default of "{one.id}" must be a list: [] or [a, b].')
        return None
    members = [_option(found, one, item) for item in spot.items()]
    return None if None in members else frozenset(member for member in members if member is not None)


def _option(found: Findings, one: Input, spot: Spot) -> str | None:
    names = [option.id for option in one.options]
    if isinstance(spot.data, str) and spot.data.strip() in names:
        return spot.data.strip()
    word = shown(str(spot.data)) if isinstance(spot.data, str) else "This"
    mend = found.near(word, names) or f" Write {quoted(names)}."
    code = "unknown-level" if one.domain.ordered else "unknown-option"
    what = "a level" if one.domain.ordered else "an option"
    found.error(spot.at(), code, f'"{word}" is not {what} of {one.id}.{mend}')
    return None
