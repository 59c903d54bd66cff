"""Compiled rules: fire them on facts, as often as wanted, from any thread; then free them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary, finalize

import durable_rules_engine as rules_engine

from service.engine.chunks import FACT_ID, MOST_ATOMS, MOST_LEAVES, MOST_SLOTS, Chunk, Lowered
from service.engine.faults import EngineFault, EngineLimit, refused
from service.model.condition import Value

_UNMATCHED = 1
_LOCKED = 307
_SESSION = "0"
_PRIMING_RULE = '"P":{"all":[{"m":{"q":2}}]}'
_PRIMING_FACT = '{"id":"P","q":2}'
_RETRACT_PRIMING = '{"id":"P"}'
_RETRACT = f'{{"id":"{FACT_ID}"}}'
_OWN_NAMES = ("id", "sid", "$s", "$forward", "$time", "$timerName", "$baseTime", "$pulse", "q", "m")


class Program:
    """A ruleset's chunks inside the engine.

    ``fire`` is safe from every thread: one at a time fires a chunk, and leaves it as it was found. Chunks
    that read alike are in the engine once, however many programs have them. ``close`` frees what no other
    program has and nobody is firing; a closed program fires no more.
    """

    def __init__(self, lowered: Lowered) -> None:
        """Compile.

        Raises:
            EngineLimit: a chunk is past the engine's bounds.
            EngineRefused: the engine does not take a chunk.
        """
        self._stages: tuple[tuple[_Compiled, ...], ...] | None = tuple(
            tuple(_Compiled(chunk) for chunk in stage) for stage in lowered.stages
        )

    @property
    def stages(self) -> int:
        """How many stages of rules there are."""
        return len(self._stages or ())

    def fire(self, stage: int, facts: Mapping[str, Value]) -> set[int]:
        """The rules (by index) of one stage that fire on the facts.

        Raises:
            EngineFault: the program is closed, or the engine refused; it is as new afterwards.
        """
        stages = self._stages  # held until all of it has fired, though the program be closed meanwhile
        if stages is None:
            raise EngineFault("the program is closed")
        fired: set[int] = set()
        for compiled in stages[stage]:
            guard = compiled.guard
            if guard is None or facts.get(guard[0]) in guard[1]:
                compiled.fire(facts, fired)
        return fired

    def close(self) -> None:
        """Let go of what the engine holds. Safe to call twice."""
        self._stages = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Compiled:
    """A chunk of a program: its facts written for the engine, and the engine's firings as its rules."""

    __slots__ = ("_encoder", "_rules", "_shared", "guard")

    def __init__(self, chunk: Chunk) -> None:
        _within_bounds(chunk)
        self.guard = chunk.guard
        self._encoder = chunk.encoder
        self._rules = chunk.rules
        self._shared = _shared(f"{{{chunk.definition},{_PRIMING_RULE}}}")

    def fire(self, facts: Mapping[str, Value], fired: set[int]) -> None:
        message = self._encoder.message(facts)
        if message:
            with self._shared.lock:
                self._shared.session.fire(message, self._rules, fired)


class _Shared:
    """The session of all chunks with one text. It is freed with the last use of this."""

    __slots__ = ("__weakref__", "lock", "session")

    def __init__(self, text: str) -> None:
        self.lock = threading.Lock()
        self.session = _Session(text)
        finalize(self, self.session.free).atexit = False


_BY_TEXT: WeakValueDictionary[str, _Shared] = WeakValueDictionary()


def _shared(text: str) -> _Shared:
    """What is there, or else a new one; where two threads make it at once, each has a right one."""
    shared = _BY_TEXT.get(text)
    if shared is None:
        shared = _BY_TEXT[text] = _Shared(text)
    return shared


class _Session:
    """A ruleset handle of the engine with one session.

    ``primed`` is false only while the session is being made anew, and where that was cut short: such a
    session can neither be used nor freed, so the next firing takes a new ruleset.
    """

    __slots__ = ("handle", "primed", "text")

    def __init__(self, text: str) -> None:
        self.primed = False
        self.text = text
        self.handle = self._create()
        try:
            self._reset()
        except BaseException:
            self.free()
            raise

    def _create(self) -> int:
        try:
            handle: int = rules_engine.create_ruleset("picoplan", self.text)
        except Exception as error:
            raise refused("compiling", error) from error
        return handle

    def _renew(self) -> None:
        """Leave a session that can't be trusted for a new ruleset (the old one's memory is not got back)."""
        self.handle, old = self._create(), self.handle
        rules_engine.delete_ruleset(old)
        self._reset()

    def _reset(self) -> None:
        """Make the session anew; a first firing sets what ``delete_state`` frees later."""
        try:
            if self.primed:
                self.primed = False
                rules_engine.delete_state(self.handle, _SESSION)
            code, offset = rules_engine.assert_fact(self.handle, _PRIMING_FACT)
            if code or rules_engine.start_action_for_state(self.handle, offset) is None:
                raise refused("preparing a session", code)
            rules_engine.complete_and_start_action(self.handle, offset)
            rules_engine.retract_fact(self.handle, _RETRACT_PRIMING)
        except EngineFault:
            raise
        except Exception as error:
            raise refused("preparing a session", error) from error
        self.primed = True

    def fire(self, message: str, rules: Sequence[int], fired: set[int]) -> None:
        """Add to ``fired`` those of ``rules`` (by the leaf) that fire on a message."""
        if not self.primed:
            self._renew()
        try:
            code, offset = rules_engine.assert_fact(self.handle, message)
            if code == _UNMATCHED:
                return
            started = None if code else rules_engine.start_action_for_state(self.handle, offset)
            if started is None:
                # A match that does not start is a session locked by another firing: never "nothing fired".
                raise refused("firing", code or _LOCKED)
            result = started[1]
            while result is not None:
                fired.add(rules[int(result[2 : result.index('"', 2)])])
                result = rules_engine.complete_and_start_action(self.handle, offset)
            rules_engine.retract_fact(self.handle, _RETRACT)
        except EngineFault:
            self._reset()
            raise
        except BaseException as error:
            self._reset()
            if isinstance(error, Exception):
                raise refused("firing", error) from error
            raise

    def free(self) -> None:
        if self.primed:
            rules_engine.delete_state(self.handle, _SESSION)
            self.primed = False
        rules_engine.delete_ruleset(self.handle)


def _within_bounds(chunk: Chunk) -> None:
    for what, count, most in (
        ("rules", len(chunk.rules), MOST_LEAVES),
        ("conditions in a rule", chunk.atoms, MOST_ATOMS),
        ("properties", len(chunk.slots), MOST_SLOTS),
    ):
        if count > most:
            raise EngineLimit(f"{count} {what} in one chunk, where the engine safely holds {most}")
    hashes = {_name_hash(name) for name in (*_OWN_NAMES, *chunk.slots)}
    if len(hashes) < len(_OWN_NAMES) + len(chunk.slots):
        raise EngineLimit("two names that the engine can't tell apart")


@lru_cache(maxsize=1024)
def _name_hash(name: str) -> int:
    """The 32-bit FNV-1a hash by which alone the engine compares names."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value
