"""Whom the recorder of decisions works with: what writes them, what it tells, and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.store.decisions.logged import Row


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
