"""Numbers of cells at which one thing holds already, and another still does, are found."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from service.analysis.proofs.within_cells import Span, meeting

WHOLE = [Span(low, high, whole=True) for low, high in ((0, 0), (0, 1), (2, 3), (2, 4), (0, 6))]
PARTS = [Span(low, high, whole=False) for low, high in ((0, 1), (Fraction(5, 2), 3), (Fraction(1, 10), 6))]


@pytest.mark.parametrize("spans", [[], *([one] for one in WHOLE), *map(list, product(WHOLE, WHOLE))], ids=str)
def test_whole_numbers_meet_exactly_where_some_of_their_spans_do(spans: list[Span]) -> None:
    every = list(product(*(range(int(one.first), int(one.last) + 1) for one in spans)))
    for least, most in product(range(-1, 14), repeat=2):
        found = meeting(spans, lambda *at: sum(at) >= least, lambda *at: sum(at) <= most)  # noqa: B023
        some = any(least <= sum(at) <= most for at in every)
        assert (found is not None) is some, (least, most)
        assert found is None or (found in every and least <= sum(found) <= most)


@pytest.mark.parametrize("spans", [*([one] for one in PARTS), *map(list, product(WHOLE, PARTS))], ids=str)
def test_numbers_in_parts_meet_wherever_there_is_room_and_at_both_ends(spans: list[Span]) -> None:
    low, high = (sum(Fraction(end) for end in ends) for ends in zip(*((s.first, s.last) for s in spans)))  # noqa: B905
    for least, most in (
        (low, low),
        (high, high),
        (low, high),
        (low + (high - low) / 3, low + (high - low) / 2),
    ):
        found = meeting(spans, lambda *at: sum(at) >= least, lambda *at: sum(at) <= most)  # noqa: B023
        assert found is not None
        assert least <= sum(found) <= most
        assert all(one.first <= at <= one.last for one, at in zip(spans, found, strict=True))
    assert meeting(spans, lambda *at: sum(at) > high, lambda *_: True) is None
    assert meeting(spans, lambda *_: True, lambda *at: sum(at) < low) is None
