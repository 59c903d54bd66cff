"""Editions that are not the newest: read from the archive and compiled when one is asked for, a few kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol

from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.serving.answer import AnswerWriter
from service.store.editions import Edition, EditionKey, readable
from service.store.faults import Damaged

MOST_KEPT = 8
"""So many older editions are kept compiled; the one that was not asked for the longest goes first."""


class Editions(Protocol):
    """Where editions are kept: the archive."""

    def edition(self, digest: str, language_version: int | None = None) -> Edition:
        """The edition of a digest, under a version of the language; raises ``DatabaseFault``."""


class Ready:
    """An edition ready to answer: compiled, with its writer. The engine's part is freed with the last use."""

    __slots__ = ("compiled", "writer")

    def __init__(self, compiled: CompiledRuleset) -> None:
        self.compiled = compiled
        self.writer = AnswerWriter(compiled)


class OlderEditions:
    """Older editions, for all threads of a process."""

    def __init__(self, editions: Editions | None, most: int = MOST_KEPT) -> None:
        self._editions = editions
        self._most = most
        self._kept: OrderedDict[EditionKey, Ready | Damaged] = OrderedDict()
        self._looking = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: EditionKey) -> Ready:
        """The edition, compiled now if need be: once, however many ask for it at the same time.

        Raises:
            Damaged: what the archive holds can't be read or compiled any more.
            DatabaseFault: the archive can't be used, or never had it.
        """
        found = self._look(key)
        if found is None:
            with self._making:
                found = self._look(key)
                if found is None:
                    found = self._made(key)
                    self._keep(key, found)
        if isinstance(found, Damaged):
            raise Damaged(*found.args)
        return found

    def forget_damaged(self) -> None:
        """Try damaged editions again: the archive may have been mended."""
        with self._looking:
            for key in [key for key, found in self._kept.items() if isinstance(found, Damaged)]:
                del self._kept[key]

    def _look(self, key: EditionKey) -> Ready | Damaged | None:
        with self._looking:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: EditionKey, made: Ready | Damaged) -> None:
        with self._looking:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def _made(self, key: EditionKey) -> Ready | Damaged:
        if self._editions is None:
            return Damaged("there is no archive of older editions")
        try:
            ruleset = readable(self._editions.edition(*key))
        except Damaged as damaged:
            return Damaged(*damaged.args)  # without its traceback, which would keep what was read
        try:
            return Ready(CompiledRuleset(ruleset))
        except EngineFault as fault:
            return Damaged(f"the engine does not take {ruleset.id} {ruleset.version} any more: {fault}")
