"""Circles and stages, by their definition on random graphs and quick on long ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reading.facts import circles, stages

names = st.sampled_from("abcdefgh")
graphs = st.dictionaries(names, st.frozensets(names, max_size=4), max_size=8)


def reach(needs: dict[str, frozenset[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(needs.get(node, ()))
    return seen & needs.keys()


@given(graphs)
def test_each_group_that_needs_itself_has_one_circle(needs: dict[str, frozenset[str]]) -> None:
    groups = {
        frozenset(other for other in reach(needs, node) if node in reach(needs, other)) for node in needs
    }
    found = circles(needs)
    assert {frozenset(group) for group in groups if group} == {
        next(group for group in groups if set(circle) <= group) for circle in found
    }
    assert len(found) == len({group for group in groups if group})


@given(graphs)
def test_a_circle_is_one_and_begins_with_its_first_by_name(needs: dict[str, frozenset[str]]) -> None:
    for circle in circles(needs):
        assert all(after in needs[before] for before, after in pairwise([*circle, circle[0]]))
        assert len(set(circle)) == len(circle)
        assert circle[0] == min(circle)


@given(graphs)
def test_a_thing_is_settled_right_after_all_that_it_needs(needs: dict[str, frozenset[str]]) -> None:
    if circles(needs):
        with pytest.raises(ValueError, match="circle"):
            stages(needs)
        return
    found = stages(needs)
    for name, below in needs.items():
        assert found[name] == max((found[other] + 1 for other in below if other in needs), default=0)


def test_no_chain_is_too_long() -> None:
    chain = {f"{number:06}": [f"{number + 1:06}"] for number in range(50_000)}
    assert circles(chain) == []
    assert max(stages(chain).values()) == 49_999
    ring = chain | {"049999": ["000000"]}
    assert [len(circle) for circle in circles(ring)] == [50_000]


def test_the_shortest_circle_is_named() -> None:
    needs = {"a": "bc", "b": "a", "c": "d", "d": "a"}
    assert circles(needs) == [["a", "b"]]
    assert circles({"a": "a"}) == [["a"]]
    assert circles({"a": "b"}) == []
