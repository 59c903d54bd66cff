"""Going back in a process of its own, forked off by the bench: it takes as long as the check of a ruleset."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from service.drafting import messages
from service.drafting.draft_process import be_apart
from service.drafting.messages import packed
from service.vetting.process import FAULTY
from service.vetting.publisher import EventLog

MOST_AT_ONCE = 4
"""So many rulesets go back at once."""

KEPT = 64
"""Of so many it is known what became of them, the newest."""

WITHIN_S = 180.0
"""Seconds after which one is ended; its check has an end of its own long before."""

GoBack = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Goes back to the ``digest`` of a ``ruleset`` that is asked for; what became of it, as JSON data."""


@dataclass(slots=True, eq=False)
class GoingBack:
    """An edition that goes back into the folder; ``result``: what became of that.

    ``asked`` names the ruleset, the digest, what was published last as far as was seen, and the key.
    """

    id: str
    asked: Mapping[str, Any]
    stage: str = "running"
    result: Mapping[str, Any] | None = None

    def as_data(self) -> dict[str, Any]:
        """As it is told to whoever asks."""
        named = {name: self.asked[name] for name in ("ruleset", "digest")}
        return {"going_back": self.id, **named, "stage": self.stage, "result": self.result}


class GoingsBack:
    """Those that go on, and what became of the newest; one goes on at a time for a ruleset."""

    def __init__(self, go_back: GoBack, log: EventLog) -> None:
        self._go_back = go_back
        self._log = log
        self._all: OrderedDict[str, GoingBack] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, going_back: str) -> GoingBack | None:
        """The one of that id; None: there is none, or it is not known any more."""
        return self._all.get(going_back)

    def begun(self, asked: Mapping[str, Any]) -> GoingBack | None:
        """One that begins, or goes on already; None: another of the ruleset goes on, or as many as may."""
        running = [one for one in self._all.values() if one.stage == "running"]
        for one in running:
            if one.asked["ruleset"] == asked["ruleset"]:
                return one if one.asked["digest"] == asked["digest"] else None
        if len(running) >= MOST_AT_ONCE:
            return None
        one = GoingBack(secrets.token_hex(8), asked)
        self._all[one.id] = one
        while len(self._all) > KEPT:
            self._all.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._go(one))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return one

    async def _go(self, one: GoingBack) -> None:
        ours, theirs = socket.socketpair()
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            _go_apart(self._go_back, one.asked, theirs, parent)
        theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            async with asyncio.timeout(WITHIN_S):
                message = await messages.read(reader)
        except TimeoutError:
            message = None
        finally:
            writer.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        one.result = None if message is None else message.head
        one.stage = "failed" if message is None else "done"
        told = {name: one.asked[name] for name in ("ruleset", "digest", "by")}
        if one.result is None:
            self._log.error("going back to an edition came to no end", **told)
        elif "why" not in one.result:
            self._log.info("went back to an edition", **told)


def _go_apart(go_back: GoBack, asked: Mapping[str, Any], tells: socket.socket, parent: int) -> NoReturn:
    """In a process that was just forked: go back, tell what became of it, and end."""
    code = 0
    try:
        be_apart(parent, (tells,))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # how its check ends is asked for
        tells.sendall(packed(go_back(asked)))
    except SystemExit:
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as the bench
        code = FAULTY
    finally:
        os._exit(code)
