from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.engine.chunks import MOST_ATOMS, MOST_LEAVES, MOST_SLOTS, Chunk, Lowered, lower
from service.engine.faults import EngineFault, EngineLimit
from service.engine.program import Program
from tests.engine.failing import with_engine
from tests.engine.rules import among, ruleset, yes_no


class Unreachable:
    """An engine that nobody may call."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of the engine was reached")


def a_chunk() -> Chunk:
    """A chunk that the engine takes."""
    return lower(ruleset([among("sensitive", True)], [yes_no("sensitive")])).stages[0][0]


def many(count: int) -> tuple[str, ...]:
    """So many names of slots."""
    return tuple(f"s{i}" for i in range(count))


@pytest.mark.parametrize(
    ("fake", "says"),
    [
        ({"rules": tuple(range(MOST_LEAVES + 1))}, "61 rules in one chunk, where the engine safely holds 60"),
        ({"atoms": MOST_ATOMS + 1}, "401 conditions in a rule in one chunk"),
        ({"slots": many(MOST_SLOTS + 1)}, "231 properties in one chunk"),
        ({"slots": ("liquid", "costarring")}, "two names that the engine can't tell apart"),
        ({"slots": ("s0", "s0")}, "two names that the engine can't tell apart"),
        ({"slots": ("sid",)}, "two names that the engine can't tell apart"),
    ],
    ids=["rules", "conditions", "properties", "hash", "twice", "reserved"],
)
def test_what_is_past_a_bound_is_refused_before_the_engine_is_reached(
    fake: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = replace(a_chunk(), **fake)
    with_engine(monkeypatch, Unreachable())
    with pytest.raises(EngineLimit) as refused:
        Program(Lowered(((chunk,),)))
    assert says in str(refused.value)


def test_a_refused_chunk_frees_those_before_it() -> None:
    good = a_chunk()
    for _ in range(50):
        with pytest.raises(EngineLimit):
            Program(Lowered(((good, good, replace(good, atoms=MOST_ATOMS + 1)),)))
    with Program(Lowered(((good,),))) as program:
        assert program.fire(0, {"sensitive": True}) == {0}


def test_the_names_of_slots_differ_in_the_hash_that_the_engine_compares() -> None:
    chunk = replace(a_chunk(), slots=many(MOST_SLOTS))
    with Program(Lowered(((chunk,),))) as program:
        assert program.stages == 1


def test_a_closed_program_refuses_to_fire_and_may_be_closed_again() -> None:
    program = Program(Lowered(((a_chunk(),),)))
    program.close()
    program.close()
    with pytest.raises(EngineFault, match="the program is closed"):
        program.fire(0, {"sensitive": True})


def test_programs_are_made_and_closed_again_and_again() -> None:
    chunk = a_chunk()
    kept = Program(Lowered(((chunk,),)))
    for _ in range(200):
        with Program(Lowered(((chunk, chunk), (chunk,)))) as program:
            assert program.fire(0, {"sensitive": True}) == {0}
            assert program.fire(1, {"sensitive": False}) == set()
    assert kept.fire(0, {"sensitive": True}) == {0}
    kept.close()


def test_a_program_that_never_fired_is_freed_too() -> None:
    for _ in range(200):
        Program(Lowered(((a_chunk(),),))).close()
