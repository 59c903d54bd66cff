"""``limits``: the bounds of every plan."""

from __future__ import annotations

from service.model.problem import shown
from service.model.ruleset import Limits
from service.reading.findings import Findings
from service.reading.ranges import read_bounds
from service.reading.spot import Spot

MOST_SESSIONS = 100
MOST_WEEKS = 520
_BOUNDED = {"sessions": (MOST_SESSIONS, "1 to 20"), "interval weeks": (MOST_WEEKS, "2 to 26")}


def read_limits(found: Findings, spot: Spot, extended: Limits | None) -> Limits | None:
    """The limits at the spot; one that a clinic does not name is taken over from the extended ruleset."""
    for key, below in spot.entries():
        if key not in _BOUNDED:
            mend = found.near(key, _BOUNDED) or " Remove it."
            found.error(below.key(), "unknown-key", f'"{shown(key)}" is not known here.{mend}')
    sessions = _bounds(found, spot, "sessions", extended.sessions if extended else None)
    weeks = _bounds(found, spot, "interval weeks", extended.interval_weeks if extended else None)
    return Limits(sessions, weeks) if sessions and weeks else None


def _bounds(
    found: Findings, spot: Spot, key: str, extended: tuple[int, int] | None
) -> tuple[int, int] | None:
    below = spot.child(key)
    most, such_as = _BOUNDED[key]
    if not spot.has(key):
        if extended is None:
            found.missing(spot, key, list(_BOUNDED), such_as)
        return extended
    read = read_bounds(found, below, such_as=such_as)
    if read is None:
        return None
    low, high = read
    if not isinstance(low, int) or not isinstance(high, int):
        found.error(below.at(), "not-whole", f"The limits of {key} are whole numbers.")
        return None
    if low < 1 or high > most:
        found.error(below.at(), "out-of-bounds", f"The limits of {key} lie between 1 and {most}.")
        return None
    return low, high
