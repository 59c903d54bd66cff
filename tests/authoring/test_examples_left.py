"""What a new ruleset begins with is told until it was changed or taken out, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.authoring.examples_left import examples_left
from service.authoring.new_ruleset import start

EXTENDING = (
    "the question “Does the client work outdoors on most days?”",
    "the rule “Working outdoors”",
    "the client “Few sun spots, complete resolution hoped for: nobody vouches for one session”",
    "the client “The same client works outdoors”",
)
ALONE = {
    "question": 4,
    "contradiction": 1,
    "rule": 5,
    "table of rules": 1,
    "client": 5,
    "guarantee": 2,
}


def own(made: Path) -> dict[str, bytes]:
    """The files of a ruleset's folder."""
    return {path.relative_to(made).as_posix(): path.read_bytes() for path in sorted(made.rglob("*.yaml"))}


def left(files: dict[str, bytes], *, extends: bool = True) -> tuple[str, ...]:
    """What is told of them."""
    return examples_left(files, extends=extends)


@pytest.fixture(scope="module")
def extending(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return own(start("ours", tmp_path_factory.mktemp("extending"), "pico-laser"))


def test_each_thing_of_the_beginning_is_told(extending: dict[str, bytes], tmp_path: Path) -> None:
    assert left(extending) == EXTENDING
    kinds = [
        one.partition(" “")[0].removeprefix("the ") for one in left(own(start("a", tmp_path)), extends=False)
    ]
    assert {kind: kinds.count(kind) for kind in kinds} == ALONE


def test_one_that_was_begun_upon_another_with_the_same_example_is_told_too(tmp_path: Path) -> None:
    start("first", tmp_path, "tattoo-kirby-desai")
    second = own(start("second", tmp_path, "first"))
    assert b"works_outdoors_2:" in second["assessment.yaml"]
    assert left(second)[:2] == EXTENDING[:2]


def test_what_was_changed_or_is_ones_own_is_not_told(extending: dict[str, bytes]) -> None:
    rules, asks = "factors/1-our-rules.yaml", "assessment.yaml"
    other = (
        extending[rules].replace(b"every day, and", b"each day, and").replace(b"  # A new rule", b"  # Ours")
    )
    assert left({**extending, rules: other}) == (EXTENDING[0], *EXTENDING[2:])
    assert left(
        {rules: extending[rules], asks: extending[asks].replace(b"default: no", b"required: yes")}
    ) == (EXTENDING[1],)
    ours = b"- name: Ours\n  assessment: {works_outdoors: yes}\n  expect: {fired: [outdoor-work, sun]}\n"
    assert left({"scenarios/2.yaml": ours}) == ()
    assert (
        left({"assessment.yaml": b"inputs: [a, {b: ", "factors/1.yaml": b"\xff", "scenarios/1.yaml": b"1"})
        == ()
    )
