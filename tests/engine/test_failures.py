from __future__ import annotations

import durable_rules_engine
import pytest

from service.engine.chunks import lower
from service.engine.faults import EngineFault, EngineRefused, refused
from service.engine.program import Program
from service.model.condition import Condition, Value
from tests.engine.failing import FailingEngine, fired_with_failure, with_engine
from tests.engine.rules import among, holding, number, ruleset, within, yes_no

FUNCTIONS = ("assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact")
SUBJECTS = [yes_no("sensitive"), number("depth")]
CONDITIONS: list[Condition] = [
    among("sensitive", True),
    among("sensitive", False),
    within("depth", 3),
    within("depth", None, 8),
]
FACTS: dict[str, Value] = {"sensitive": True, "depth": 5}
OTHERS: tuple[dict[str, Value], ...] = (
    {"sensitive": False},
    {"depth": 9},
    {"sensitive": False, "depth": 1},
    FACTS,
)


def engine_error() -> Exception:
    """What the engine itself raises."""
    error: Exception = durable_rules_engine.error("Could not assert fact, error code: 303")
    return error


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "error",
    [engine_error(), KeyboardInterrupt(), MemoryError(), SystemExit(1)],
    ids=["engine", "interrupt", "memory", "exit"],
)
def test_an_exception_in_the_middle_leaves_the_next_evaluation_right(
    error: BaseException, function: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Program(lower(ruleset(CONDITIONS, SUBJECTS))) as program:
        for nth in range(1, 5):
            engine = FailingEngine(function, nth, error, after=after)
            raised = fired_with_failure(program, FACTS, engine, monkeypatch)
            if isinstance(raised, set):
                assert raised == holding(CONDITIONS, FACTS)
            else:
                assert isinstance(raised, EngineRefused if isinstance(error, Exception) else type(error))
            for facts in OTHERS:
                assert program.fire(0, facts) == holding(CONDITIONS, facts)


@pytest.mark.parametrize("function", ["delete_state", *FUNCTIONS])
def test_a_failure_while_the_session_is_made_anew_leaves_the_next_evaluation_right(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TwiceFailing(FailingEngine):
        """Fails while firing, and again while the session is made anew."""

        def __getattr__(self, name: str) -> object:
            if name == function and self.made.get("retract_fact"):
                raise KeyboardInterrupt
            return super().__getattr__(name)

    with Program(lower(ruleset(CONDITIONS, SUBJECTS))) as program:
        for _ in range(3):
            raised = fired_with_failure(
                program, FACTS, TwiceFailing("retract_fact", 1, engine_error()), monkeypatch
            )
            assert isinstance(raised, KeyboardInterrupt)
            for facts in OTHERS:
                assert program.fire(0, facts) == holding(CONDITIONS, facts)


def test_a_session_that_another_firing_holds_is_a_fault_and_never_nothing_fired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Locked(FailingEngine):
        """Starts no action the first time."""

        def __getattr__(self, name: str) -> object:
            if name == "start_action_for_state" and not self.made.setdefault("locked", 0):
                self.made["locked"] = 1
                return lambda *_: None
            return super().__getattr__(name)

    with Program(lower(ruleset(CONDITIONS, SUBJECTS))) as program:
        raised = fired_with_failure(program, FACTS, Locked("none", 0, KeyError()), monkeypatch)
        assert str(raised) == "durable_rules refused while firing: a firing that another caller took (307)"
        assert program.fire(0, FACTS) == holding(CONDITIONS, FACTS)


@pytest.mark.parametrize("function", ["create_ruleset", *FUNCTIONS])
def test_an_exception_while_compiling_frees_what_was_made(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conditions = [*CONDITIONS, within("depth", 4)]  # which no other program has
    lowered = lower(ruleset(conditions, SUBJECTS))
    with monkeypatch.context() as patch:
        engine = FailingEngine(function, 1, engine_error())
        with_engine(patch, engine)
        with pytest.raises(EngineFault):
            Program(lowered)
        assert engine.made.get("delete_ruleset", 0) == engine.made["create_ruleset"] - (
            function == "create_ruleset"
        )
    with Program(lowered) as program:
        assert program.fire(0, FACTS) == holding(conditions, FACTS)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (303, "more than 64 conditions pending at once (303)"),
        ("Could not assert fact, error code: 302", "more than 254 properties in a message (302)"),
        (durable_rules_engine.error("Could not create ruleset, error code: 202"), "an invalid value (202)"),
        (durable_rules_engine.error("something else"), "an unknown reason (0)"),
        (9999, "an unknown reason (9999)"),
    ],
)
def test_the_engines_codes_become_words(answer: int | BaseException, says: str) -> None:
    assert str(refused("firing", answer)) == f"durable_rules refused while firing: {says}"


def test_a_real_refusal_of_the_engine_is_put_into_words() -> None:
    lowered = lower(ruleset(CONDITIONS, SUBJECTS))
    (chunk,) = lowered.stages[0]
    object.__setattr__(chunk, "definition", '"0":{"all":[{"m":{"$what":{"s0":1}}}]}')
    with pytest.raises(
        EngineRefused, match=r"^durable_rules refused while compiling: an invalid value \(202\)$"
    ):
        Program(lowered)
