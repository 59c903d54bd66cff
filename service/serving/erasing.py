"""The decisions of one client, by the key that their sender gave them: found, and erased for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Protocol

from schemas.request import EraseRequest, FindRequest
from schemas.responses import DecisionsFoundSchema, ErasedSchema
from service.model.caller import Caller
from service.serving.refused import Refused, asked_by
from service.store.decisions.logged import Listed, headline
from service.store.decisions.selection import FOR_CLIENTS, Selection

SELF_CHECKS_KEPT = timedelta(days=30)
"""How long what clients asked for themselves is kept, where it is kept at all."""

MOST_FOUND = 500
"""So many decisions are told of at once."""

_SUCH_AS = '{"ref": "..."}'
_FIND, _ERASE = FindRequest(), EraseRequest()
_FOUND, _ERASED = DecisionsFoundSchema(), ErasedSchema()


class ErasableDecisions(Protocol):
    """What is needed of the log; each raises ``DatabaseFault``."""

    def newest(self, selection: Selection, most: int) -> list[Listed]:
        """The newest that are meant."""

    def count(self, selection: Selection) -> int:
        """How many are meant."""

    def erase(self, selection: Selection) -> Iterator[int]:
        """Delete those that are meant; yields how many each time."""


def find_decisions(log: ErasableDecisions, body: object, caller: Caller) -> dict[str, Any] | Refused:
    """Those of the decisions that are there for the caller which were made with a ``ref``, in a line each.

    Raises:
        DatabaseFault: the log can't be read.
    """
    asked = asked_by(_FIND, body, _SUCH_AS)
    if isinstance(asked, Refused):
        return asked
    kinds = asked.get("kinds", FOR_CLIENTS.kinds)
    meant = Selection(clinic=caller.clinic, ref=asked["ref"], kinds=kinds)
    found = log.newest(meant, MOST_FOUND)
    more = log.count(meant) - len(found) if len(found) == MOST_FOUND else 0
    data: dict[str, Any] = _FOUND.dump({"decisions": [headline(one) for one in found], "more": max(more, 0)})
    return data


def erase_decisions(log: ErasableDecisions, body: object, caller: Caller) -> dict[str, Any] | Refused:
    """Erase them, whatever their kind; how many there were.

    Raises:
        DatabaseFault: the log can't be written; some may be erased.
    """
    asked = asked_by(_ERASE, body, _SUCH_AS)
    if isinstance(asked, Refused):
        return asked
    gone = sum(log.erase(Selection(clinic=caller.clinic, ref=asked["ref"], kinds=None)))
    data: dict[str, Any] = _ERASED.dump({"erased": gone})
    return data


class SelfChecks(Protocol):
    """What is needed of the log to forget them; raises ``DatabaseFault``."""

    def forget_self_checks(self, before: date) -> Iterator[int]:
        """Delete those made before a day (UTC); yields how many each time."""


def forget_self_checks(log: SelfChecks, today: date) -> int:
    """Delete what clients asked for themselves too long ago; how much there was.

    Raises:
        DatabaseFault: the log can't be written; some may be deleted.
    """
    return sum(log.forget_self_checks(today - SELF_CHECKS_KEPT))
