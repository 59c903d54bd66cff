"""durable_rules with one call that fails."""

from __future__ import annotations

from typing import Any

import durable_rules_engine

import service.engine.program
from service.engine.program import Program
from service.model.condition import Value


class FailingEngine:
    """The engine's module, in which the nth call of one function raises: before it is made, or after.

    `made` counts the calls of every function.
    """

    def __init__(self, function: str, nth: int, error: BaseException, *, after: bool = False) -> None:
        self._function, self._nth, self._error, self._after = function, nth, error, after
        self.made: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        real = getattr(durable_rules_engine, name)

        def call(*arguments: Any) -> Any:
            self.made[name] = self.made.get(name, 0) + 1
            fails = name == self._function and self.made[name] == self._nth
            if fails and not self._after:
                raise self._error
            result = real(*arguments)
            if fails:
                raise self._error
            return result

        return call


def with_engine(monkeypatch: Any, engine: object) -> None:
    """Let the door open on another engine."""
    monkeypatch.setattr(service.engine.program, "rules_engine", engine)


def fired_with_failure(
    program: Program, facts: dict[str, Value], engine: FailingEngine, monkeypatch: Any
) -> set[int] | BaseException:
    """What fires, or what is raised, while the engine fails."""
    with monkeypatch.context() as patch:
        with_engine(patch, engine)
        try:
            return program.fire(0, facts)
        except BaseException as error:  # noqa: BLE001 - an interrupt is among what is tried here
            return error
