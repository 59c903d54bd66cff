"""How a process keeps up with a database that others write to, whatever happens to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import time

from service.store.faults import DatabaseFault
from service.web.log import frames


class Follower:
    """Looks into the database again and again. A look that fails ends nothing: the next may do better."""

    def __init__(self, look: Callable[[], object], tell: Callable[[str], object], *, every_s: float) -> None:
        """``look`` takes over what is new. ``tell`` is told what keeps it from that; "" when that is over.

        Between two looks are ``every_s`` seconds.
        """
        self._look = look
        self._tell = tell
        self._every_s = every_s
        self.trouble = ""  # what keeps it from looking now
        self.last_success = 0.0  # when a look last did well, in seconds since 1970; 0: none did yet

    def follow(self) -> None:
        """Look now, and from now on in a thread of its own. Call it after a fork."""
        self.catch_up()
        threading.Thread(target=self._go_on, args=(threading.Event(),), daemon=True).start()

    def catch_up(self) -> None:
        """Look once. What keeps it from that is told once, however often it is met, and so is its end."""
        try:
            self._look()
        except DatabaseFault as fault:
            self._note(str(fault))
        except Exception as error:  # noqa: BLE001 - the thread must live on: what is known is good
            self._note(f"{type(error).__qualname__} at {'; '.join(frames(error)[-3:])}")
        else:
            self.last_success = time()
            self._note("")

    def _go_on(self, never: threading.Event) -> None:
        while not never.wait(self._every_s):
            self.catch_up()

    def _note(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._tell(trouble)
