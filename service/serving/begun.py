"""A decision that is made, and is told once it is in the log."""

from __future__ import annotations

from collections.abc import Callable
from time import time_ns

from service.serving.outcome import NOT_LOGGED, Decided, LoggedAnswer, Observer, Outcome, Stages
from service.serving.recording import Recorder
from service.serving.repeating import CANT_BE_KEPT, Repeats
from service.serving.waiting import Ticket
from service.store.decisions.logged import Logged, Retry


class Begun:
    """The decision on one request. Hand it in; what is told stands once its ticket is settled.

    No thread need wait for that.
    """

    def __init__(
        self,
        answer: LoggedAnswer,
        row: Logged,
        retry: Retry | None,
        repeats: Repeats,
        recorder: Recorder,
        observer: Observer | None,
        began: int,
    ) -> None:
        """``began``: when its body was taken up, in nanoseconds since 1970."""
        self.answer = answer
        self._row = row
        self._retry = retry
        self._repeats = repeats
        self._recorder = recorder
        self._observer = observer
        self._began = began
        self._decided = time_ns()

    def hand_in(self, then: Callable[[Ticket], None]) -> Ticket:
        """Have it logged; see ``Recorder.hand_in``."""
        return self._recorder.hand_in([self._row], then)

    def give_up(self, ticket: Ticket) -> None:
        """Wait no longer for the log."""
        self._recorder.give_up(ticket)

    def waited(self) -> Ticket:
        """Have it logged, and wait until its ticket is settled."""
        return self._recorder.waited([self._row])

    def asks_first(self, ticket: Ticket) -> bool:
        """Whether the log has to be asked before it is told: it may have kept a decision made before."""
        return self._retry is not None and ticket.safe and not ticket.new

    def told(self, ticket: Ticket) -> Decided:
        """What is told, now that the ticket is settled."""
        outcome = self._outcome(ticket)
        if self._observer is not None:
            self._observer.decided((outcome,), Stages(self._began, self._decided, time_ns()))
        return Decided((outcome,), ticket.safe)

    def _outcome(self, ticket: Ticket) -> Outcome:
        if not ticket.safe:
            if self._recorder.mode == "required":
                return NOT_LOGGED
            return self.answer if self._retry is None else CANT_BE_KEPT
        if self._retry is None or ticket.new:
            return self.answer
        return self._repeats.kept({0: (self._retry, self._row.decision_id)}).get(0, self.answer)
