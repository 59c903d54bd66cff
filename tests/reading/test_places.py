"""Where the parts of a ruleset stand, also once the trees of its files are let go of."""

from __future__ import annotations

import gc

import pytest

from service.model.ruleset import Input, Option, Rule, Ruleset, Scenario
from service.reading.node import Tree
from service.reading.ruleset import pack_places
from service.store.folders import read_shelf, shipped


def _parts(ruleset: Ruleset) -> tuple[Rule | Scenario | Input | Option, ...]:
    inputs = ruleset.inputs.values()
    return (
        *ruleset.rules,
        *ruleset.scenarios,
        *inputs,
        *(option for one in inputs for option in one.options),
    )


@pytest.mark.parametrize("name", ["pico-laser", "example-clinic", "tattoo-kirby-desai"])
def test_places_are_the_same_once_they_are_packed(name: str) -> None:
    ruleset = read_shelf(shipped()).read[name].ruleset
    assert ruleset is not None
    before = [dict(one.places) for one in _parts(ruleset)]
    assert any(("then", "stop") in places for places in before)
    pack_places(ruleset)
    assert [dict(one.places) for one in _parts(ruleset)] == before
    for one in _parts(ruleset):
        assert ("no such part",) not in one.places
        assert (*list(one.places)[-1], 0) not in one.places


def test_a_ruleset_with_packed_places_keeps_no_tree_of_its_files() -> None:
    gc.collect()
    before = {id(one) for one in gc.get_objects() if isinstance(one, Tree)}
    ruleset = read_shelf(shipped()).read["pico-laser"].ruleset
    assert ruleset is not None
    pack_places(ruleset)
    gc.collect()
    assert [one.file for one in gc.get_objects() if isinstance(one, Tree) and id(one) not in before] == []
