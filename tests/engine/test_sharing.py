"""Chunks that read alike are in the engine once, for as long as a program has them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import durable_rules_engine
import pytest

from service.engine.chunks import Lowered, lower
from service.engine.faults import EngineFault, EngineRefused
from service.engine.program import Program
from service.model.condition import Condition, Value
from tests.engine.failing import FailingEngine, fired_with_failure, with_engine
from tests.engine.rules import among, holding, number, ruleset, within, yes_no
from tests.engine.test_threads import switching_often

CONDITIONS: list[Condition] = [among("sensitive", True), within("depth", 3), within("depth", None, 8)]
FACTS: dict[str, Value] = {"sensitive": True, "depth": 5}
LOWERED = lower(ruleset(CONDITIONS, [yes_no("sensitive"), number("depth")]))
FIRED = {0, 1, 2}
REFUSED = '"0":{"all":[{"m":{"$what":{"s0":1}}}]}'


class Counted:
    """The engine, and which rulesets are in it."""

    def __init__(self) -> None:
        self._handles: set[int] = set()

    @property
    def held(self) -> int:
        """How many there are."""
        return len(self._handles)

    def __getattr__(self, name: str) -> Any:
        return getattr(durable_rules_engine, name)

    def create_ruleset(self, name: str, text: str) -> int:
        """Compile, and count."""
        handle: int = durable_rules_engine.create_ruleset(name, text)
        self._handles.add(handle)
        return handle

    def delete_ruleset(self, handle: int) -> None:
        """Free, and count."""
        self._handles.discard(handle)  # of before the count, too
        durable_rules_engine.delete_ruleset(handle)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    counted = Counted()
    with_engine(monkeypatch, counted)
    yield counted
    assert counted.held == 0


def test_what_two_programs_share_is_freed_with_the_last_of_them(engine: Counted) -> None:
    first, second = Program(LOWERED), Program(LOWERED)
    assert engine.held == 1
    first.close()
    first.close()
    assert engine.held == 1
    assert second.fire(0, FACTS) == FIRED
    with pytest.raises(EngineFault, match="the program is closed"):
        first.fire(0, FACTS)
    second.close()
    assert engine.held == 0
    with Program(LOWERED) as again:
        assert again.fire(0, FACTS) == FIRED


def test_a_program_that_nobody_closed_is_freed_with_its_last_use(engine: Counted) -> None:
    program, other = Program(LOWERED), Program(LOWERED)
    del program
    assert engine.held == 1
    assert other.fire(0, FACTS) == FIRED
    del other
    assert engine.held == 0


def test_programs_that_share_have_rules_and_guards_of_their_own(engine: Counted) -> None:
    (chunk,) = LOWERED.stages[0]
    other = replace(chunk, rules=(7, 5, 3), guard=("sensitive", frozenset({True})))
    with Program(LOWERED) as ours, Program(Lowered(((other,),))) as theirs:
        assert engine.held == 1
        assert ours.fire(0, FACTS) == FIRED
        assert theirs.fire(0, FACTS) == {7, 5, 3}
        assert ours.fire(0, {"depth": 9}) == {1}
        assert theirs.fire(0, {"depth": 9}) == set()


@pytest.mark.parametrize("function", ["assert_fact", "start_action_for_state", "retract_fact"])
def test_a_failure_in_one_program_leaves_the_other_right(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = FailingEngine(function, 1, KeyError("0"))
    conditions = [*CONDITIONS, within("depth", 4)]  # of its own, for a traceback may hold on to it
    lowered = lower(ruleset(conditions, [yes_no("sensitive"), number("depth")]))
    with Program(lowered) as first, Program(lowered) as second:
        assert isinstance(fired_with_failure(first, FACTS, failing, monkeypatch), EngineRefused)
        for facts in (FACTS, {"depth": 9}, {"sensitive": False, "depth": 1}):
            assert second.fire(0, facts) == holding(conditions, facts)


def test_a_chunk_that_is_refused_frees_those_before_it_and_none_that_others_have(engine: Counted) -> None:
    (chunk,) = LOWERED.stages[0]
    alone = lower(ruleset([among("sensitive", False)], [yes_no("sensitive")])).stages[0][0]
    with Program(LOWERED) as kept:
        with pytest.raises(EngineRefused):
            Program(Lowered(((chunk, alone), (replace(chunk, definition=REFUSED),))))
        assert engine.held == 1
        assert kept.fire(0, FACTS) == FIRED


def test_programs_are_replaced_by_ones_that_share_with_them_while_threads_fire(engine: Counted) -> None:
    current, over = [Program(LOWERED)], threading.Event()

    def fires() -> bool:
        right = 0
        while not (right and over.is_set()):
            try:
                fired = current[0].fire(0, FACTS)
            except EngineFault:  # it was closed meanwhile
                continue
            assert fired == FIRED
            right += 1
        return right > 0

    with switching_often(), ThreadPoolExecutor(4) as pool:
        running = [pool.submit(fires) for _ in range(4)]
        for turn in range(400):
            old, current[0] = current[0], Program(LOWERED)
            old.close()
            if turn % 20 == 0:  # and, with nobody left that has it, by one that is compiled anew
                current[0].close()
                current[0] = Program(LOWERED)
        over.set()
        assert all(one.result() for one in running)
    assert engine.held == 1
    assert current[0].fire(0, FACTS) == FIRED
    current[0].close()


def test_a_forked_process_frees_its_own_and_leaves_its_parents(engine: Counted) -> None:
    first, second = Program(LOWERED), Program(LOWERED)
    pid = os.fork()
    if pid == 0:
        first.close()
        right = second.fire(0, FACTS) == FIRED
        second.close()
        with Program(LOWERED) as again:
            right = right and again.fire(0, FACTS) == FIRED and engine.held == 1
        os._exit(0 if right and engine.held == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert first.fire(0, FACTS) == second.fire(0, FACTS) == FIRED
    first.close()
    second.close()
