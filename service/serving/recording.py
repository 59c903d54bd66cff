"""The group commit: every decision goes into the log, many in one transaction, before its answer is given.

Requests hand their rows in to the one writer thread of their process, which commits all that came meanwhile
in one transaction. Each request is called back as soon as its rows are on the disk, or are not: see ``Mode``.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Literal, Protocol

from service.store.decisions.logged import Logged, Row
from service.store.faults import DatabaseFault


class LogWriter(Protocol):
    """What puts rows into the log."""

    def write(self, rows: Sequence[Row]) -> bool:
        """Log them, all or none, safely, and whether each is new there; raises ``DatabaseFault``."""

    def probe(self) -> None:
        """Raise ``DatabaseFault`` where the log can't be written."""

    def close(self) -> None:
        """Let go of the log."""


class Events(Protocol):
    """Takes what happened, an event with its details."""

    def info(self, event: str, **details: object) -> object:
        """As it should be."""

    def error(self, event: str, **details: object) -> object:
        """Something failed."""


@dataclass(frozen=True, slots=True)
class LogHealth:
    """How the log does in this process: why it can't be written (None: it can), and counts of rows."""

    trouble: str | None
    logged: int
    waiting: int
    lost: int


class Ticket:
    """The rows of one request on their way into the log.

    It is settled once, by whoever comes first: its rows are ``safe`` on the disk, or nobody may count on it,
    and ``fault`` says why. Where they are ``new``, too, the log kept none in place of them.
    """

    __slots__ = ("_first", "_then", "fault", "new", "rows", "safe", "settled")

    def __init__(self, rows: Sequence[Row], then: Callable[[Ticket], None]) -> None:
        """``then`` is called with it once it is settled, in the thread that settles it."""
        self.rows = rows
        self.safe = self.new = self.settled = False
        self.fault: Exception | None = None
        self._then: Callable[[Ticket], None] | None = then
        self._first = threading.Lock()

    def settle(self, fault: Exception | None = None, *, new: bool = False) -> bool:
        """Its rows are safe, unless there is a fault; False: it was settled before."""
        if not self._first.acquire(blocking=False):
            return False
        self.safe, self.new, self.fault, self.settled = fault is None, new, fault, True
        then, self._then = self._then, None  # whoever waits holds the ticket, too: no circle is left
        assert then is not None
        then(self)
        return True


Mode = Literal["required", "best-effort"]
"""``required``: no answer without a safe row. ``best-effort``: the answer is given, and the row is kept in
memory until the log takes it; where too many wait, the oldest are lost."""

PATIENCE_S = 5.0
"""Seconds that a request waits for its rows; a commit that takes longer is not waited for by others."""

SHORT_PATIENCE_S = 0.25
"""The same where the answer does not depend on it."""

PROBE_AGAIN_S = 0.5
"""Seconds until a log that could not be written is tried again."""

PROBE_IDLE_S = 10.0
"""Seconds without a decision after which it is tried whether the log can be written."""

TELL_AGAIN_S = 10.0
"""Seconds until the same trouble is logged again."""

GATHERING_S = 0.0005
"""Seconds that a commit waits for each request that came with the one before, as it may well come again."""

CROWD = 16
"""For so many requests a commit waits at most: beyond it each costs little, however many there are."""

MOST_WAITING = 10_000
"""So many rows wait for a log that can't be written."""

MOST_AT_ONCE = 500
"""So many rows are committed in one transaction, unless one request has more."""

_SLOW = "the log takes too long"


class NotLogged(Exception):
    """The decision is not safely in the log, so no answer may be given. It may get there all the same."""


class Recorder:
    """Puts the decisions of one process into the log, from any thread; after a fork, of each process."""

    def __init__(
        self,
        open_writer: Callable[[], LogWriter],
        events: Events,
        mode: Mode = "required",
        *,
        patience: float | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """``open_writer`` is called in the thread that writes; ``patience`` is in seconds."""
        self._open = open_writer
        self._events = events
        self.mode = mode
        usual = PATIENCE_S if mode == "required" else SHORT_PATIENCE_S
        self.patience = usual if patience is None else patience
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._start_afresh()

    def _start_afresh(self) -> None:
        """Without a thread and with nothing to write: as it is made, and in a process that was forked off."""
        self._pid = os.getpid()
        self._thread: threading.Thread | None = None
        self._writes = False
        self._queue: deque[Ticket] = deque()
        self._batch: Sequence[Ticket] = ()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._rings_at = sys.maxsize
        self._closing = self._slow = False
        self._down: DatabaseFault | None = None
        self._commit_began: float | None = None
        self._company = 1
        self._logged = self._lost = 0
        self._told, self._tells, self._tell_again_at = "", False, 0.0

    def start(self) -> None:
        """Begin to write, and to see whether that is possible. Call it after a fork."""
        self._run()

    def hand_in(self, decisions: Iterable[Logged], then: Callable[[Ticket], None]) -> Ticket:
        """Have the decisions of one request logged, without waiting.

        ``then`` is called with the ticket once it is settled: by the writer's thread, which it must not hold
        up, or by this one before this returns. Whoever waits must ``give_up`` after ``patience`` seconds.
        """
        ticket = Ticket([one.row for one in decisions], then)
        if not ticket.rows:
            ticket.settle()
            return ticket
        if not self._writes or self._pid != os.getpid():
            self._run()
        hopeless = self._hopeless()
        if hopeless is None or self.mode == "best-effort":
            self._queue.append(ticket)
        if hopeless is not None:
            ticket.settle(hopeless)
        if self.mode == "best-effort":
            self._make_room()
        if len(self._queue) >= self._rings_at:
            self._rings_at = sys.maxsize
            self._bell.put(None)
        return ticket

    def give_up(self, ticket: Ticket) -> None:
        """Wait no longer. With ``required`` its rows are not logged any more, unless that began already."""
        if ticket.settle(NotLogged(_SLOW)) and not self._slow:
            self._slow = True
            self._events.error("decisions are logged too slowly", seconds=self.patience)

    def standing(self) -> LogHealth:
        """How the log does, as far as this process knows."""
        hopeless = self._hopeless()
        trouble = None if hopeless is None else str(hopeless)
        return LogHealth(trouble, self._logged, self._waiting(), self._lost)

    def close(self, seconds: float = PATIENCE_S) -> None:
        """Stop writing once all that waits is written, or after so many seconds."""
        self._closing = True
        self._bell.put(None)
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(seconds)
            if waiting := self._waiting():
                self._events.error("decisions are lost, the process ends", decisions=waiting)

    def _run(self) -> None:
        with self._lock:
            if self._pid != os.getpid():
                self._start_afresh()
            if not self._writes:
                self._writes = True
                self._thread = threading.Thread(
                    target=self._write_until_closed, name="decision log", daemon=True
                )
                self._thread.start()

    def _hopeless(self) -> Exception | None:
        """Why there is no use in waiting for the log, if there is none."""
        began = self._commit_began
        if self._down is None and began is not None and monotonic() - began > self.patience:
            return NotLogged(_SLOW)
        return self._down

    def _waiting(self) -> int:
        """How many rows are not written yet."""
        return sum(len(ticket.rows) for ticket in [*self._queue.copy(), *self._batch])

    def _make_room(self) -> None:
        """Where too many rows wait the oldest are lost."""
        lost: list[Ticket] = []
        with self._lock:
            while len(self._queue) > 1 and self._waiting() > self._most_waiting:
                if not self._lost:
                    self._events.error(
                        "decisions are lost, too many wait for the log", most=self._most_waiting
                    )
                lost.append(self._queue.popleft())
                self._lost += len(lost[-1].rows)
        self._settle(lost, NotLogged("too many decisions wait for the log"))

    def _write_until_closed(self) -> None:
        """The thread that writes: until ``close``, or with the process."""
        try:
            self._write_on()
        finally:
            self._writes = False

    def _write_on(self) -> None:
        writer = self._open()
        while self._await_some(writer):
            self._batch = [] if self._down is not None else self._next()
            if self._batch:
                self._commit(writer)
            began = monotonic()
            while self._down is not None and not self._closing:
                sleep(PROBE_AGAIN_S)
                self._probe(writer, began)
            if self._down is not None:
                break
        writer.close()

    def _await_some(self, writer: LogWriter) -> bool:
        """Wait until something is to be written, or nothing can be; False: nothing is, and nothing will."""
        if self._company > 1:  # a commit costs nearly the same for one row and for twenty
            self._come(self._company, self._company * GATHERING_S)
        while not self._queue:
            if self._closing:
                return False
            if not self._come(1, PROBE_IDLE_S):
                self._try(writer)
            if self._down is not None:
                return True
        return True

    def _come(self, requests: int, seconds: float) -> bool:
        """Wait until so many requests are in the queue, or told to close; False: not within those seconds."""
        self._rings_at = requests
        try:
            if len(self._queue) < requests:
                self._bell.get(timeout=seconds)
        except Empty:
            return False
        finally:
            self._rings_at = sys.maxsize
        return True

    def _next(self) -> list[Ticket]:
        """What waits, but for rows that nobody waits for and that need not be kept."""
        batch: list[Ticket] = []
        rows = 0
        with suppress(IndexError):  # another thread may have taken what was lost
            while not batch or rows + len(self._queue[0].rows) <= MOST_AT_ONCE:
                ticket = self._queue.popleft()
                if not (ticket.settled and self.mode == "required"):
                    batch.append(ticket)
                    rows += len(ticket.rows)
        return batch

    def _commit(self, writer: LogWriter) -> None:
        batch, fault, new = self._batch, None, False
        self._commit_began = monotonic()
        try:
            new = writer.write([row for ticket in batch for row in ticket.rows])
        except DatabaseFault as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - a fault of ours, whatever it is: the thread must live on
            self._commit_began, self._batch = None, ()
            self._events.error("decisions could not be logged", fault=type(error).__qualname__)
            self._lost += sum(len(ticket.rows) for ticket in batch)
            self._settle(batch, error)
            return
        self._commit_began = None
        if fault is None:
            self._written(batch, new=new)
        else:
            self._failed(batch, fault)

    def _written(self, batch: Sequence[Ticket], *, new: bool) -> None:
        self._batch = ()
        self._company = min(len(batch) + len(self._queue), CROWD)
        self._logged += sum(len(ticket.rows) for ticket in batch)
        self._settle(batch, new=new)
        if self._slow and not self._queue:
            self._slow = False
            self._events.info("decisions are logged in time again")

    def _failed(self, batch: Sequence[Ticket], fault: DatabaseFault) -> None:
        """Nobody waits for a log that can't be written; with ``best-effort`` the rows do."""
        self._down = fault
        self._tell(str(fault))
        with self._lock:
            self._batch = ()
            self._queue.extendleft(reversed(batch))
            kept = [self._queue.popleft() for _ in range(len(self._queue))]
            if self.mode == "best-effort":
                self._queue.extendleft(reversed(kept))
        self._settle(kept, fault)

    def _settle(
        self, tickets: Iterable[Ticket], fault: Exception | None = None, *, new: bool = False
    ) -> None:
        for ticket in tickets:
            try:
                ticket.settle(fault, new=new)
            except Exception as error:  # noqa: BLE001 - one request's fault, whatever it is: the others go on
                self._events.error("an answer was not told", fault=type(error).__qualname__)

    def _tell(self, says: str) -> None:
        """Log why, but not over and over: a full disk fails again with every row that is tried."""
        if says != self._told or monotonic() > self._tell_again_at:
            self._tells, self._told, self._tell_again_at = True, says, monotonic() + TELL_AGAIN_S
            self._events.error("decisions can't be logged", says=says, mode=self.mode)

    def _try(self, writer: LogWriter) -> None:
        """See whether the log could be written, were there something to write."""
        try:
            writer.probe()
        except DatabaseFault as fault:
            self._failed((), fault)
        except Exception as error:  # noqa: BLE001 - the thread must live on: the next decision meets it, too
            self._events.error("the log can't be tried", fault=type(error).__qualname__)

    def _probe(self, writer: LogWriter, began: float) -> None:
        try:
            writer.probe()
        except Exception as error:  # noqa: BLE001 - as above; what is wrong now may be another thing than before
            if isinstance(error, DatabaseFault):
                self._down = error
                if not self._tells:  # what was told last is that it can be written again
                    self._tell(str(error))
            return
        self._down = None
        if not self._tells:
            return
        self._tells = False
        down_s, waiting = round(monotonic() - began, 1), self._waiting()
        self._events.info("decisions can be logged again", down_s=down_s, waiting=waiting, lost=self._lost)
