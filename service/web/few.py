"""Few requests run at a time, however many threads there are.

Threads take turns at Python's one interpreter. The more of them want it, the longer each waits between its
turns, the one that writes the log as well. Those that wait for something else should not keep others out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

AT_ONCE = 2
"""While one gives way, to send for instance, the other goes on. With two, most are answered and logged."""

SLOW_AFTER_S = 0.01
"""Seconds after which a request waits for something else, most likely: its client, or the log."""

Work = Callable[[], None]


class _Turn:
    """A thread that works; ``aside``: it does not count."""

    __slots__ = ("aside", "began")

    def __init__(self) -> None:
        self.began = monotonic()
        self.aside = False


class Few:
    """Has work done in the order in which it comes, by few threads at a time."""

    def __init__(self, submit: Callable[[Callable[[Work], None], Work], object]) -> None:
        """``submit`` has a function called in another thread."""
        self._submit = submit
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._turns: set[_Turn] = set()
        self._counted = 0

    @property
    def some_wait(self) -> bool:
        """Whether some work waits until others have done theirs."""
        return bool(self._waiting)

    def add(self, work: Work) -> None:
        """Have it done as soon as it is its turn."""
        with self._lock:
            if self._counted >= AT_ONCE:
                self._waiting.append(work)
                return
            self._counted += 1
        self._submit(self._work_on, work)

    def look(self) -> None:
        """Let others in where some wait while those that were let in are slow. Call it again and again."""
        if not self._waiting:
            return
        late = monotonic() - SLOW_AFTER_S
        let_in: list[Work] = []
        with self._lock:
            for turn in self._turns:
                if not turn.aside and turn.began < late:
                    turn.aside = True
                    self._counted -= 1
            while self._waiting and self._counted < AT_ONCE:
                self._counted += 1
                let_in.append(self._waiting.popleft())
        for work in let_in:
            self._submit(self._work_on, work)

    def _work_on(self, work: Work) -> None:
        turn = _Turn()
        with self._lock:
            self._turns.add(turn)
        more: Work | None = work
        try:
            while more is not None:
                more()
                more = self._next(turn)
        except BaseException:
            with self._lock:
                self._end(turn)
            raise

    def _next(self, turn: _Turn) -> Work | None:
        """What the same thread does next, where its turn goes on."""
        with self._lock:
            if not self._waiting or (turn.aside and self._counted >= AT_ONCE):
                self._end(turn)
                return None
            self._counted += turn.aside
            turn.aside, turn.began = False, monotonic()
            return self._waiting.popleft()

    def _end(self, turn: _Turn) -> None:
        self._turns.discard(turn)
        self._counted -= not turn.aside
