"""The API keys as they are now, in the memory of each process."""

from __future__ import annotations

from mmap import mmap
from struct import Struct

from service.store.keys.key import KeyRing
from service.store.keys.store import KeyStore
from service.web.follower import Follower
from service.web.log import Log

_NUMBER = Struct("@q")

LOOK_AGAIN_S = 0.5
"""Seconds between questions whether any key has changed: no request asks the database."""


class LiveKeys:
    """The keys as they live now. Requests read ``ring``; None: this process can't know them yet.

    While the database is gone the last known keys hold. A process that starts in that time takes those of its
    parent where no other process of the service has seen later ones. Else it knows none and lets nobody in: a
    key may have been revoked since, or the first one added.
    """

    def __init__(self, store: KeyStore, log: Log) -> None:
        """Read them.

        Raises:
            DatabaseFault: the database can't be used.
        """
        self._store = store
        self._log = log
        self._follower = Follower(self._catch_up, self._tell, every_s=LOOK_AGAIN_S)
        self._seen = mmap(-1, _NUMBER.size)  # shared with the processes that are forked
        self.ring: KeyRing | None = None
        self._read()

    def follow(self) -> None:
        """Read the keys now, and from now on in a thread of its own. Call it after a fork."""
        if self.ring is not None and _NUMBER.unpack(self._seen[:]) != (self.ring.changed,):
            self.ring = None
        self._follower.follow()

    def catch_up(self) -> None:
        """Know what the database says. Where it can't be had, what is known holds, and the log says so."""
        self._follower.catch_up()

    def _catch_up(self) -> None:
        if self.ring is None or self._store.changed() != self.ring.changed:
            self._read()

    def _read(self) -> None:
        self.ring = self._store.ring()
        self._seen[:] = _NUMBER.pack(self.ring.changed)

    def _tell(self, trouble: str) -> None:
        if trouble:
            self._log.error("keys are not followed, those known hold", says=trouble)
        else:
            self._log.info("keys are followed again")
