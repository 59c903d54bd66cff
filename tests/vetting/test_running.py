from __future__ import annotations

import pytest

from service.vetting import running
from service.vetting.running import LONGEST_BURST_S, LOOK_AGAIN_S, SETTLED_S, _Pace


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(running, "monotonic", found)
    return found


@pytest.fixture
def pace(clock: Clock) -> _Pace:
    """A pace at which everything was just looked at."""
    found = _Pace()
    assert found.is_due()
    found.has_looked()
    return found


def test_an_edit_is_looked_at_once_it_has_settled(pace: _Pace, clock: Clock) -> None:
    for _ in range(3):
        pace.saw_an_edit()
        clock.now += SETTLED_S / 2
        assert not pace.is_due()
    clock.now += SETTLED_S
    assert pace.is_due()
    pace.has_looked()
    assert not pace.is_due()


def test_a_burst_without_end_is_looked_at_all_the_same(pace: _Pace, clock: Clock) -> None:
    began = clock.now
    while not pace.is_due():
        pace.saw_an_edit()
        clock.now += SETTLED_S / 2
    assert clock.now - began == pytest.approx(LONGEST_BURST_S, abs=SETTLED_S)


def test_without_an_edit_it_is_looked_at_now_and_then(pace: _Pace, clock: Clock) -> None:
    clock.now += LOOK_AGAIN_S - 0.1
    assert not pace.is_due()
    clock.now += 0.2
    assert pace.is_due()


def test_a_check_that_ends_does_not_have_a_burst_looked_at_in_its_midst(pace: _Pace, clock: Clock) -> None:
    pace.saw_an_edit()
    pace.looks_soon()
    assert not pace.is_due()
    clock.now += SETTLED_S
    assert pace.is_due()
    pace.has_looked()
    pace.looks_soon()
    assert pace.is_due()
