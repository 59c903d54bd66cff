"""Decisions made and logged by a test that waits for them, as a server's loop does for many at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from service.model.caller import INTERNAL, Caller
from service.serving.deciding import Deciding, PendingDecision
from service.serving.evaluate import Answering
from service.serving.outcome import Decided
from service.serving.recording import PATIENCE_S, NotLogged, Recorder, Ticket
from service.store.decisions.logged import Logged


def record(recorder: Recorder, decisions: Iterable[Logged]) -> Ticket:
    """Log the decisions of one request, and wait; raises ``NotLogged`` where no answer may be given."""
    settled = threading.Event()
    ticket = recorder.hand_in(decisions, lambda _: settled.set())
    while not settled.wait(recorder.patience):
        recorder.give_up(ticket)
    if recorder.mode == "required" and not ticket.safe:
        raise NotLogged(str(ticket.fault)) from ticket.fault
    return ticket


def settled(pending: PendingDecision, patience: float = PATIENCE_S) -> Ticket | None:
    """The ticket of a decision, once it is settled, or after so many seconds."""
    done = threading.Event()
    ticket = pending.hand_in(lambda _: done.set())
    while ticket is not None and not done.wait(patience):
        pending.give_up(ticket)
    return ticket


def decide(
    deciding: Deciding,
    answering: Answering,
    bodies: Sequence[object],
    caller: Caller = INTERNAL,
    retry_keys: Sequence[str] | None = None,
) -> Decided:
    """What comes of many bodies of one request."""
    pending = deciding.begin(answering, caller)
    if retry_keys is not None:
        pending.look_up(bodies, retry_keys)
    for body in bodies:
        pending.decide(body)
    return pending.decided(settled(pending, deciding.patience))
