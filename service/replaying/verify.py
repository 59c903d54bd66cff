"""Every decision of the log made again under its own edition: how many are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from service.replaying.spreading import STRETCH, Stretch, Task, spread, stretches
from service.serving.verifying import Verified, Verifier
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.selection import Selection


@dataclass(frozen=True, slots=True)
class Order:
    """Which decisions of the database at ``url`` to verify. It may hold a password: don't show it."""

    url: str = field(repr=False)
    selection: Selection


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a part of the log.

    ``but_for_sign_off``: how many of the ``decisions`` are the same but for the sign-off; ``wrong``: all that
    are not the same.
    """

    decisions: int
    but_for_sign_off: int
    wrong: tuple[Verified, ...]


def verify_all(
    order: Order, *, processes: int = 1, told: Callable[[int, int], None] | None = None
) -> Iterator[Counted]:
    """Verify the decisions that are meant, part by part in the log's order; ``told`` as for ``replay``.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
    """
    log = DecisionLog(Database(order.url))
    try:
        until = log.last(order.selection)
        of = log.count(order.selection, until=until) if until is not None else 0
        done = 0
        parts = stretches(log, order.selection, None, until)
        for part in spread(Task(_AtWork, order), parts, 1 if of <= STRETCH else processes):
            done += part.decisions
            if told is not None:
                told(done, of)
            yield part
    finally:
        log.close()


class _AtWork:
    """Verifies stretches of the log."""

    def __init__(self, order: Order) -> None:
        database = Database(order.url)
        self._log = DecisionLog(database)
        self._selection = order.selection
        self._verifier = Verifier(Archive(database), look_once=True)

    def work(self, stretch: Stretch) -> Counted:
        """What comes of one."""
        decisions = but_for_sign_off = 0
        wrong: list[Verified] = []
        for row in self._log.decisions(self._selection, stretch.since, stretch.until):
            verified = self._verifier.verify(row)
            decisions += 1
            but_for_sign_off += verified.same and verified.note is not None
            if not verified.same:
                wrong.append(verified)
        return Counted(decisions, but_for_sign_off, tuple(wrong))

    def close(self) -> None:
        """Let go of the database."""
        self._log.close()
