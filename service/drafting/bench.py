"""The bench: keeps the processes of drafts, each of one state, and says where a draft is held.

It is one process beside the workers, on an event loop of its own and without threads, with everything loaded
that drafts need: so a draft begins to be read at once, in a process that is forked off. Drafts are read from
the database here alone; what they hold is looked into in their own processes alone.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from service.drafting import messages
from service.drafting.draft_process import DraftLimits, DraftWork, work_on
from service.drafting.draft_report import DraftReport, Stage
from service.drafting.held_draft import MakeAnswers
from service.drafting.jobs import KINDS
from service.drafting.messages import Message, NoAnswer, packed
from service.model.draft import DraftState
from service.store.faults import DatabaseFault
from service.vetting.process import adopt_orphans, die_with_parent, is_orphan, why_ended
from service.vetting.publisher import EventLog
from service.vetting.report import Served

MOST_HELD = 8
"""So many drafts are held; who wants another lets go of the one that was asked for longest ago."""

MOST_AT_ONCE = 4
"""So many checks run at once, and beside them so many proofs and jobs; others wait in turn."""

MOST_JOBS = 32
"""So many jobs may go on or wait in all."""

KEPT_JOBS = 64
"""Of so many jobs it is kept what they came to, the newest."""

AGAIN_S = 30.0
"""Seconds until a check that failed is made again where it is asked for."""

LOOKS_BACK = 8
"""Among so many states before a broken one a good one is looked for, where none is known."""

LONGEST_WAIT_S = 30.0
"""So long whoever asks may wait."""

_LOOKS_EVERY_S = 1.0
_LOADED = (
    "service.analysis.proofs.prove",
    "service.analysis.proofs.suggestions",
    "service.analysis.compare.breaking",
    "service.analysis.compare.compare",
)
"""What processes of drafts need that is loaded only when it is needed elsewhere."""

_STAGES: tuple[Stage, ...] = ("checking", "checked", "proved", "failed")


class States(Protocol):
    """Where drafts are kept."""

    def state(self, draft_id: str, number: int | None = None) -> DraftState | None:
        """The newest state of a draft, or one of its states; None: there is none.

        Raises:
            DatabaseFault: the database can't be used.
        """


class Surroundings(Protocol):
    """What a draft is read and checked beside."""

    @property
    def rulesets(self) -> Path:
        """The folder that is served."""

    def folders(self) -> Mapping[str, Path]:
        """The folders that a draft may extend, by id, as they serve now; shipped ones need not be named."""

    def served(self, ruleset: str) -> Served:
        """What an edit of a ruleset is held against."""


@dataclass(slots=True, eq=False)
class _StateProcess:
    """A state of a draft, and the process that checks and holds it."""

    state: DraftState
    address: Path
    folder: Path
    report: DraftReport
    pid: int = 0
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    life: asyncio.Task[None] | None = None
    prover: int = 0
    compiles: bool = False
    is_over: bool = False
    over_at: float = 0.0

    def tell(self, **members: Any) -> None:
        """Note something new, for all that wait."""
        self.report = replace(self.report, **members)
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def can_answer(self) -> bool:
        """Whether it answers for the draft."""
        return self.compiles and not self.is_over


@dataclass(slots=True)
class _HeldDraft:
    """The processes of a draft: of its newest state, and of the last good one where that is another."""

    newest: _StateProcess
    good: _StateProcess | None = None
    last_good: int | None = None
    reviving: asyncio.Task[None] | None = None

    @property
    def can_answer(self) -> bool:
        """Whether the good state is held."""
        return self.good is not None and self.good.can_answer

    @property
    def processes(self) -> list[_StateProcess]:
        """Both, or the one."""
        return [self.newest] if self.good in (None, self.newest) else [self.newest, self.good]


@dataclass(slots=True, eq=False)
class _Job:
    """A job and what it came to."""

    id: str
    draft: str
    key: tuple[int, str, bytes]
    stage: str = "running"
    result: dict[str, Any] | None = None
    message: str | None = None
    pid: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Bench:
    """Answers what workers ask of drafts; see ``bench_client`` for what that is."""

    def __init__(
        self,
        states: States,
        surroundings: Surroundings,
        folder: Path,
        make_answers: MakeAnswers,
        log: EventLog,
        limits: DraftLimits,
    ) -> None:
        """``folder``: a private one, for what is written and where processes listen."""
        self._states = states
        self._surroundings = surroundings
        self._folder = folder
        self._make_answers = make_answers
        self._log = log
        self._limits = limits
        self._held: OrderedDict[str, _HeldDraft] = OrderedDict()
        self._last_good: OrderedDict[str, int] = OrderedDict()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._checks = asyncio.Semaphore(MOST_AT_ONCE)
        self._long = asyncio.Semaphore(MOST_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    async def serve(self, listener: socket.socket, stopping: asyncio.Event) -> None:
        """Answer whoever connects until told to stop; then nothing that was begun goes on."""
        server = await asyncio.start_unix_server(self._connected, sock=listener)
        try:
            await stopping.wait()
        finally:
            server.close()
            for held in self._held.values():
                for one in held.processes:
                    self._end(one)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            message = await messages.read(reader)
            if message is not None:
                answer = await self._answered(message)
                writer.write(packed(answer))
                await writer.drain()
        except (NoAnswer, ConnectionError):
            pass  # whoever asked is gone, or no worker of ours
        finally:
            writer.close()

    async def _answered(self, message: Message) -> Mapping[str, Any]:
        head = message.head
        try:
            if head["asks"] == "job":
                return await self._job(head)
            held = await self._at(head["draft"], head["state"])
        except DatabaseFault as fault:
            return {"why": "database", "message": str(fault)}
        if held is None:
            return {"why": "gone"}
        if head["asks"] == "problems":
            return await self._problems(held, min(head["wait"], LONGEST_WAIT_S), head["after"])
        if head["asks"] == "begin":
            return await self._begin(held, head)
        return await self._holder(held, min(head["wait"], LONGEST_WAIT_S), head["wait_good"])

    async def _at(self, draft_id: str, number: int) -> _HeldDraft | None:
        """The draft, its newest state being checked or checked; None: it is gone."""
        held = self._held.get(draft_id)
        if held is None or held.newest.report.state < number or self._is_to_be_made_again(held.newest):
            state = self._states.state(draft_id)
            if state is None:
                self._let_go(draft_id)
                return None
            held = self._begun(draft_id, held, state)
        self._held.move_to_end(draft_id)
        return held

    def _is_to_be_made_again(self, one: _StateProcess) -> bool:
        """Whether its process is gone though it should answer, or failed some time ago."""
        if not one.is_over or (one.report.is_final and one.report.stage == "checked" and not one.compiles):
            return False  # a broken state has no process, and needs none
        failed = one.report.stage == "failed"
        return not failed or asyncio.get_running_loop().time() > one.over_at + AGAIN_S

    def _begun(self, draft_id: str, held: _HeldDraft | None, state: DraftState) -> _HeldDraft:
        """The draft with a process for this state; a check of one before it is ended."""
        last_good = self._last_good.get(draft_id)
        one = self._process(state, last_good)
        if held is None:
            held = self._held[draft_id] = _HeldDraft(one, last_good=last_good)
            while len(self._held) > MOST_HELD:
                self._let_go(next(iter(self._held)))
        else:
            before, held.newest = held.newest, one
            if before is not held.good:
                self._end(before)
            elif before.is_over:
                held.good = None
            else:
                _kill(before.prover)
            self._end_jobs(draft_id)
        one.life = self._task(self._live(draft_id, held, one))
        return held

    def _process(self, state: DraftState, last_good: int | None) -> _StateProcess:
        self._count += 1
        name = self._folder / f"{self._count}"
        report = DraftReport(state.number, "checking", last_good=last_good)
        return _StateProcess(state, name.with_suffix(".sock"), name, report)

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _live(self, draft_id: str, held: _HeldDraft, one: _StateProcess) -> None:
        """Check a state, and where it compiles prove it and keep its process until that ends."""
        try:
            async with self._checks:
                await self._check(one)
            if one.compiles:
                self._note_good(draft_id, held, one)
                proving = self._task(self._prove(held, one))
                try:
                    await self._until_over(one)
                finally:
                    proving.cancel()
                self._log.warning("process of a draft ended, it starts again when asked", draft=draft_id)
        except DatabaseFault as fault:
            one.tell(stage="failed", message=f"The database can't be used: {fault}", is_final=True)
        except Exception as error:  # noqa: BLE001 - it must not end the bench
            self._log.error("fault at the bench", fault=type(error).__qualname__, says=str(error)[:200])
            one.tell(stage="failed", message="The check met a fault of ours, which is logged.", is_final=True)
        finally:
            self._end(one)

    async def _check(self, one: _StateProcess) -> None:
        """Start the process, and take in what it finds until the check is over."""
        await self._fork(one)
        too_slow = False
        try:
            async with asyncio.timeout(self._limits.check.seconds):
                while not one.compiles and (told := await self._told(one)) is not None:
                    one.compiles = told.head.pop("compiles", False)
                    one.tell(stage="checked", **told.head)
        except TimeoutError:
            too_slow = True
            _kill_group(one.pid)
        if one.compiles:
            return
        code = _reaped(one)
        if too_slow or code != 0 or one.report.stage == "checking":
            _, message = why_ended(code or 1, self._limits.check, too_slow=too_slow)
            one.tell(stage="failed", message=message, is_final=True)
        elif not one.report.is_final:
            one.tell(is_final=True)

    async def _told(self, one: _StateProcess) -> Message | None:
        assert one.reader is not None
        return await messages.read(one.reader)

    async def _fork(self, one: _StateProcess) -> None:
        draft = one.state.draft
        ours, theirs = socket.socketpair()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(one.address))
        listener.listen(64)
        one.folder.mkdir(mode=0o700)
        folders = {name: path for name, path in self._surroundings.folders().items() if name != draft.ruleset}
        work = DraftWork(
            one.state,
            one.folder,
            folders,
            self._surroundings.served(draft.ruleset),
            self._surroundings.rulesets,
            self._limits,
            theirs,
            listener,
            self._make_answers,
        )
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            work_on(work, parent)
        one.pid = pid
        with suppress(OSError):
            os.setpgid(pid, pid)  # it does so itself, too: whoever is first
        theirs.close()
        listener.close()
        one.reader, one.writer = await asyncio.open_unix_connection(sock=ours)

    async def _prove(self, held: _HeldDraft, one: _StateProcess) -> None:
        """Have a state proved, in turn, if it is still the newest then."""
        message = "Proofs came to no end. They are made again with the next save."
        async with self._long:
            if held.newest is not one:
                return
            told = self._from_child(one, {"does": "prove"}, lambda pid: setattr(one, "prover", pid))
            async for found in told:
                one.tell(**found)
            one.prover = 0
        if not one.report.is_final:
            one.tell(is_final=True, message=message)

    async def _from_child(
        self, one: _StateProcess, head: Mapping[str, Any], began: Callable[[int], object]
    ) -> Any:
        """What a process tells that the one of a draft forks off for this; nothing more: it has ended."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(one.address))
        except OSError:
            return
        pid = 0
        try:
            writer.write(packed(head))
            await writer.drain()
            while (message := await messages.read(reader)) is not None:
                if not pid:
                    pid = message.head["process"]
                    began(pid)
                else:
                    yield message.head
            pid = 0
        finally:
            _kill(pid)
            writer.close()

    async def _until_over(self, one: _StateProcess) -> None:
        while await self._told(one) is not None:
            pass

    def _note_good(self, draft_id: str, held: _HeldDraft, one: _StateProcess) -> None:
        before, held.good = held.good, one
        held.last_good = one.report.state
        self._last_good[draft_id] = one.report.state
        self._last_good.move_to_end(draft_id)
        while len(self._last_good) > 1_000:
            self._last_good.popitem(last=False)
        one.tell(last_good=one.report.state)
        if before is not None and before is not one:
            self._end(before)

    def _let_go(self, draft_id: str) -> None:
        held = self._held.pop(draft_id, None)
        if held is not None:
            self._end_jobs(draft_id)
            for one in held.processes:
                self._end(one)

    def _end(self, one: _StateProcess) -> None:
        """End a process with all that it forked off, and take away what it has written."""
        if one.is_over:
            return
        one.is_over, one.over_at = True, asyncio.get_running_loop().time()
        if one.life is not None and one.life is not asyncio.current_task():
            one.life.cancel()
        _reaped(one)
        if one.writer is not None:
            one.writer.close()
        shutil.rmtree(one.folder, ignore_errors=True)
        one.address.unlink(missing_ok=True)
        one.changed.set()

    async def _problems(self, held: _HeldDraft, wait: float, after: Stage) -> Mapping[str, Any]:
        """The report of the newest state, once it has come further than ``after``."""

        def is_there() -> bool:
            report = held.newest.report
            return report.is_final or _STAGES.index(report.stage) > _STAGES.index(after)

        await self._wait(held, is_there, wait)
        return {"report": replace(held.newest.report, last_good=held.last_good).as_data()}

    async def _wait(self, held: _HeldDraft, is_there: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not is_there():
                    await held.newest.changed.wait()

    async def _holder(self, held: _HeldDraft, wait: float, wait_good: float) -> Mapping[str, Any]:
        """Where the newest good state is held: the newest of all, if it is checked soon enough."""

        def is_checked() -> bool:
            return held.newest.report.stage != "checking"

        await self._wait(held, is_checked, wait_good)
        if not held.can_answer:
            await self._wait(held, is_checked, wait)
        if is_checked() and not held.can_answer and held.newest.report.stage == "checked":
            await self._revive(held)
        report = replace(held.newest.report, last_good=held.last_good).as_data()
        if held.good is None or not held.good.can_answer:
            return {"report": report}
        state = held.good.state
        return {
            "report": report,
            "address": str(held.good.address),
            "state": state.number,
            "saved": state.draft.changed.isoformat(),
        }

    async def _revive(self, held: _HeldDraft) -> None:
        """Hold the last good state again, which has no process now; where it is not known, look for it."""
        draft_id, newest = held.newest.state.draft.id, held.newest.report.state
        known = (
            [held.last_good] if held.last_good is not None else range(newest - 1, newest - 1 - LOOKS_BACK, -1)
        )
        if held.reviving is None:
            held.reviving = self._task(self._look_back(draft_id, held, [one for one in known if one > 0]))
        await asyncio.shield(held.reviving)
        held.reviving = None

    async def _look_back(self, draft_id: str, held: _HeldDraft, numbers: list[int]) -> None:
        for number in numbers:
            state = self._states.state(draft_id, number)
            if state is None or self._held.get(draft_id) is not held:
                return
            one = self._process(state, held.last_good)
            one.life = self._task(self._live(draft_id, held, one))
            while one.report.stage == "checking" and not one.is_over:
                await one.changed.wait()
            if one.can_answer:
                return

    async def _begin(self, held: _HeldDraft, head: Mapping[str, Any]) -> Mapping[str, Any]:
        """A job of a draft, begun or found; what it came to, if that is soon known."""
        where = await self._holder(held, min(head["wait"], LONGEST_WAIT_S), LONGEST_WAIT_S)
        good = held.good
        if "address" not in where or good is None or head["kind"] not in KINDS:
            return where
        key = (good.report.state, head["kind"], messages.canonical(head["given"]))
        job = next((one for one in self._jobs.values() if (one.draft, one.key) == (head["draft"], key)), None)
        if job is None or job.stage == "failed":
            if sum(one.stage == "running" for one in self._jobs.values()) >= MOST_JOBS:
                return {"why": "full"}
            job = _Job(secrets.token_hex(8), head["draft"], key)
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT_JOBS:
                self._jobs.popitem(last=False)
            self._task(self._do(job, good, head["given"]))
        return await self._job({"job": job.id, "draft": head["draft"], "wait": head["wait"]})

    async def _do(self, job: _Job, one: _StateProcess, given: Mapping[str, Any]) -> None:
        async with self._long:
            if job.stage == "running":
                head = {"does": "job", "kind": job.key[1], "given": given}
                async for found in self._from_child(one, head, lambda pid: setattr(job, "pid", pid)):
                    job.result, job.message = (None, found["cannot"]) if "cannot" in found else (found, None)
        if job.stage == "running":
            job.stage = "done" if job.result is not None else "failed"
            if job.result is None and job.message is None:
                job.message = "It took too long, or too much memory."
        job.pid = 0
        job.done.set()

    async def _job(self, head: Mapping[str, Any]) -> Mapping[str, Any]:
        job = self._jobs.get(head["job"])
        if job is None or job.draft != head["draft"]:
            return {"why": "no job"}
        with suppress(TimeoutError):
            async with asyncio.timeout(min(head["wait"], LONGEST_WAIT_S)):
                await job.done.wait()
        members = {"stage": job.stage, "result": job.result, "message": job.message}
        return {"job": job.id, "kind": job.key[1], "state": job.key[0], **members}

    def _end_jobs(self, draft_id: str) -> None:
        """A newer state overtakes the jobs of a draft."""
        for job in self._jobs.values():
            if job.draft == draft_id and job.stage == "running":
                job.stage, job.message = "failed", "The draft was changed meanwhile. Ask again."
                _kill(job.pid)
                job.done.set()


def _kill(pid: int) -> None:
    if pid > 0:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    if pid > 0:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _reaped(one: _StateProcess) -> int:
    """Its exit code, negative for a signal, once it has ended: it has, or was killed, with its group."""
    if not one.pid:
        return 0
    pid, one.pid = one.pid, 0
    _kill_group(pid)
    code = 0
    with suppress(ChildProcessError):
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        while True:  # what it had forked off has become this process's
            os.waitpid(-pid, 0)
    return code


def bench_until_stopped(
    bench: Callable[[], Bench],
    listener: socket.socket,
    folder: Path,
    beat: Callable[[], None],
    parent: int,
) -> None:
    """Be the bench until told to stop, or the process ``parent`` is gone; ``beat`` says that it works."""
    die_with_parent(parent)
    adopt_orphans()
    for module in _LOADED:
        import_module(module)
    for left in folder.iterdir():  # by a bench that was killed
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif left.suffix == ".sock":
            left.unlink(missing_ok=True)
    asyncio.run(_until_stopped(bench, listener, beat, parent))


async def _until_stopped(
    bench: Callable[[], Bench], listener: socket.socket, beat: Callable[[], None], parent: int
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    serving = loop.create_task(bench().serve(listener, stopping))
    while not serving.done():
        beat()
        if is_orphan(parent):
            stopping.set()
        await asyncio.wait([serving], timeout=_LOOKS_EVERY_S)
    await serving
