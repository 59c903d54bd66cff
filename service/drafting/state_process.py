"""The process of one state of a draft, as the bench has it: started, listened to, asked, ended."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from service.drafting import messages
from service.drafting.draft_limits import DraftLimits
from service.drafting.draft_process import DraftWork, work_on
from service.drafting.draft_report import DraftReport
from service.drafting.held_draft import MakeAnswers
from service.drafting.messages import Message, packed
from service.model.draft import DraftState
from service.vetting.process import why_ended
from service.vetting.report import Served

_MOST_WAITING = 64


@dataclass(frozen=True, slots=True)
class Start:
    """With what a state is checked; see ``DraftWork``.

    ``beside``: equal while the same serves, ``seen``: while the draft's clinic sees the same rulesets.
    """

    extended: Mapping[str, Path]
    served: Served
    rulesets: Path
    beside: Hashable
    seen: Hashable
    limits: DraftLimits
    make_answers: MakeAnswers


@dataclass(slots=True, eq=False)
class StateProcess:
    """A state of a draft, and the process that checks and holds it.

    ``address`` is where that listens, ``folder`` where its files are written. ``compiles``: it answers for
    the draft, until ``is_over``. ``knows``: so much of a state that does not it can tell whoever edits it.
    """

    state: DraftState
    address: Path
    folder: Path
    report: DraftReport
    start: Start | None = None
    life: asyncio.Task[None] | None = None
    compiles: bool = False
    knows: Literal["nothing", "some names", "all names"] = "nothing"
    is_over: bool = False
    over_at: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _pid: int = 0
    _prover: int = 0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    @property
    def can_answer(self) -> bool:
        """Whether it answers for the draft."""
        return self.compiles and not self.is_over

    @property
    def is_held(self) -> bool:
        """Whether its process stays once it is checked."""
        return self.compiles or self.knows != "nothing"

    def note(self, **members: Any) -> None:
        """Note something new in its report, and wake all that wait for that."""
        self.report = replace(self.report, **members)
        self._wake()

    async def check(self, start: Start) -> None:
        """Start the process, and take in what it finds until the check is over."""
        await self._fork(start)
        check, too_slow = start.limits.check, False
        try:
            async with asyncio.timeout(check.seconds):
                while not self.is_held and (told := await self._next_message()) is not None:
                    self.compiles = told.head.pop("compiles", False)
                    self.knows = told.head.pop("knows", self.knows)
                    self.note(stage="checked", **told.head)
        except TimeoutError:
            too_slow = True
        if self.is_held:
            return
        code = self._reap()
        if self.report.is_final:
            return
        if too_slow or code != 0 or self.report.stage == "checking":
            _, message = why_ended(code or 1, check, too_slow=too_slow)
            self.note(stage="failed", message=message, is_final=True)
        else:
            self.note(is_final=True)

    async def prove(self) -> None:
        """Have it proved, by a process forked off from it."""
        async for found in self.asked({"does": "prove"}, self._note_prover):
            self.note(**found)
        if not self.report.is_final:
            message = "Proofs came to no end. They are made again with the next save."
            self.note(is_final=True, message=message)

    def stop_proving(self) -> None:
        """End the process that proves, if one does."""
        kill(self._prover)

    async def asked(
        self, head: Mapping[str, Any], began: Callable[[int], object]
    ) -> AsyncIterator[dict[str, Any]]:
        """What a process tells that is forked off for this; ``began`` is called with its id, and 0 at last.

        Where it tells nothing, or no more, it has ended.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.address))
        except OSError:
            return
        pid = 0
        try:
            writer.write(packed(head))
            await writer.drain()
            while (message := await messages.read(reader)) is not None:
                if pid:
                    yield message.head
                else:
                    pid = message.head["process"]
                    began(pid)
            pid = 0
        except ConnectionError:
            return
        finally:
            kill(pid)
            began(0)
            writer.close()

    async def until_over(self) -> None:
        """Wait until the process has ended."""
        while await self._next_message() is not None:
            pass

    def end(self) -> None:
        """End the process with all that it forked off, and take away what it has written."""
        if self.is_over:
            return
        self.is_over, self.over_at = True, asyncio.get_running_loop().time()
        if self.life is not None and self.life is not asyncio.current_task():
            self.life.cancel()
        self._reap()
        if self._writer is not None:
            self._writer.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.address.unlink(missing_ok=True)
        self._wake()

    def _wake(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def _note_prover(self, pid: int) -> None:
        self._prover = pid

    async def _next_message(self) -> Message | None:
        assert self._reader is not None
        return await messages.read(self._reader)

    async def _fork(self, start: Start) -> None:
        ours, theirs = socket.socketpair()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.address))
        listener.listen(_MOST_WAITING)
        self.folder.mkdir(mode=0o700)
        work = DraftWork(
            self.state,
            self.folder,
            start.extended,
            start.served,
            start.rulesets,
            start.limits,
            theirs,
            listener,
            start.make_answers,
        )
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            work_on(work, parent)
        self.start, self._pid = start, pid
        with suppress(OSError):
            os.setpgid(pid, pid)  # it does so itself, too: whoever is first
        theirs.close()
        listener.close()
        self._reader, self._writer = await asyncio.open_unix_connection(sock=ours)

    def _reap(self) -> int:
        """Its exit code, negative for a signal, once it has ended: it has, or is killed with its group."""
        if not self._pid:
            return 0
        pid, self._pid = self._pid, 0
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        code = 0
        with suppress(ChildProcessError):
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            while True:  # what it had forked off has become this process's
                os.waitpid(-pid, 0)
        return code


def kill(pid: int) -> None:
    """End a process; 0: there is none."""
    if pid > 0:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
