"""A clinic's questions laid over those of the ruleset that it extends."""

from __future__ import annotations

import pytest

from service.reading.extending import merged
from service.reading.node import Data, Tree
from service.reading.yaml_reader import compose

BASE = """inputs:
  severity:
    label: How severe?
    levels: [mild, severe]
    required: true
  laser:
    label: Laser
    one of:
      a: {label: A, nm: [755], soft: yes}
      b: B
  age: {label: Age, whole number: 0 to 99}
"""


def both(own: str) -> Tree:
    trees = [compose("base.yaml", BASE.encode()), compose("own.yaml", own.encode())]
    assert [tree.problems for tree in trees] == [[], []]
    return merged(trees)


def inputs(own: str) -> dict[str, Data]:
    data = both(own).data
    assert isinstance(data, dict)
    below = data["inputs"]
    assert isinstance(below, dict)
    return below


def test_an_input_merges_key_by_key() -> None:
    age = inputs("inputs: {age: {label: Age in years, help: Today}}")["age"]
    assert age == {"label": "Age in years", "whole number": "0 to 99", "help": "Today"}


def test_bounds_are_replaced_as_a_whole() -> None:
    age = inputs("inputs: {age: {whole number: 18 to 80}}")["age"]
    assert age == {"label": "Age", "whole number": "18 to 80"}


def test_options_merge_one_by_one_and_new_ones_come_last() -> None:
    laser = inputs("inputs: {laser: {one of: {c: {label: C, nm: [532], soft: no}, a: {soft: no}}}}")["laser"]
    assert laser == {
        "label": "Laser",
        "one of": {
            "a": {"label": "A", "nm": ["755"], "soft": "no"},
            "b": "B",
            "c": {"label": "C", "nm": ["532"], "soft": "no"},
        },
    }


def test_an_option_that_is_only_named_stays_as_it_is() -> None:
    laser = inputs("inputs: {laser: {one of: [a, c]}}")["laser"]
    assert isinstance(laser, dict)
    assert laser["one of"] == {"a": {"label": "A", "nm": ["755"], "soft": "yes"}, "b": "B", "c": None}


def test_a_label_alone_replaces_a_label_alone() -> None:
    laser = inputs("inputs: {laser: {one of: {a: The first, b: {soft: no}}}}")["laser"]
    assert isinstance(laser, dict)
    assert laser["one of"] == {
        "a": {"label": "The first", "nm": ["755"], "soft": "yes"},
        "b": {"label": "B", "soft": "no"},
    }


def levels(own: str) -> list[str]:
    severity = inputs(f"inputs: {{severity: {{levels: {own}}}}}")["severity"]
    assert isinstance(severity, dict)
    found = severity["levels"]
    assert isinstance(found, dict)
    return list(found)


def test_a_list_with_all_levels_says_where_a_new_one_stands() -> None:
    assert levels("[mild, moderate, severe]") == ["mild", "moderate", "severe"]
    assert levels("[mild, severe, awful]") == ["mild", "severe", "awful"]
    assert levels("[mild]") == ["mild", "severe"]


def test_a_new_level_may_name_the_one_that_it_is_beside_and_two_stand_as_written() -> None:
    assert levels("{b: {before: mild}, c: {before: mild}}") == ["b", "c", "mild", "severe"]
    assert levels("{b: {after: mild}, c: {after: mild}}") == ["mild", "b", "c", "severe"]


@pytest.mark.parametrize("own", ["[mild, moderate]", "[awful]", "[severe, mild]", "{x: {after: y}}"])
def test_a_level_of_which_it_is_not_said_where_it_stands_is_noted_once(own: str) -> None:
    assert len(both(f"inputs: {{severity: {{levels: {own}}}}}").misplaced) == 1


def test_every_part_keeps_the_place_in_its_own_file() -> None:
    tree = both("inputs:\n  laser:\n    one of:\n      c: {label: C}\n      a: {soft: no}\n")
    path = ("inputs", "laser", "one of")
    assert str(tree.key((*path, "a"))) == "own.yaml:5:7"
    assert str(tree.at((*path, "a", "nm", 0))) == "base.yaml:9:26"
    assert str(tree.at((*path, "a", "soft"))) == "own.yaml:5:17"
    assert str(tree.at((*path, "b"))) == "base.yaml:10:10"
    assert str(tree.at((*path, "d"))) == "base.yaml:9:7"


def test_a_cut_text_is_found_in_its_own_file() -> None:
    tree = both("inputs:\n  laser:\n    one of:\n      c: Number #1 #2\n      d: Number #1\n")
    place, _ = tree.cut_text(("inputs", "laser", "one of", "d")) or (None, "")
    assert str(place) == "own.yaml:5:17"
    assert tree.cut_text(("inputs", "laser", "one of", "b")) is None


def test_an_option_named_twice_is_kept_once_and_noted() -> None:
    tree = both("inputs: {severity: {levels: [mild, mild]}}")
    assert [(str(tree.place(mark)), name) for mark, name in tree.repeated] == [("own.yaml:1:36", "mild")]


def test_what_is_no_mapping_is_left_for_the_reader_to_name() -> None:
    assert inputs("inputs: {age: 5}")["age"] == "5"
    assert inputs("inputs: {age: }")["age"] is None
    assert both("inputs: 5").data == {"inputs": "5"}
    assert both("").data is None
