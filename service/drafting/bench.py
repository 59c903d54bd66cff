"""The bench: keeps the processes of drafts, each of one state, and says where a draft is held.

It is one process beside the workers, on an event loop of its own and without threads, with everything loaded
that drafts need: so a draft begins to be read at once, in a process that is forked off. Drafts are read from
the database here alone; what they hold is looked into in their own processes alone.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import orjson

from service.drafting import messages
from service.drafting.bench_jobs import BenchJobs
from service.drafting.draft_limits import DraftLimits
from service.drafting.draft_report import DraftReport, Stage
from service.drafting.going_back_apart import GoBack, GoingsBack
from service.drafting.held_draft import MakeAnswers
from service.drafting.messages import Message, NoAnswer, packed
from service.drafting.state_process import Start, StateProcess
from service.model.draft import Draft, DraftState
from service.store.faults import DatabaseFault
from service.vetting.process import adopt_orphans, die_with_parent, is_orphan
from service.vetting.publisher import EventLog
from service.vetting.report import Served

MOST_HELD = 8
"""So many drafts are held; of more the one is let go of that was asked for longest ago."""

MOST_AT_WORK = 16
"""So many there may be while somebody waits for them, or they are being checked or proved."""

MOST_AT_ONCE = 4
"""So many checks run at once, and beside them so many proofs and jobs; others wait in turn."""

AGAIN_S = 30.0
"""Seconds until a check that failed is made again where it is asked for."""

LOOKS_BACK = 8
"""Among so many states before a broken one a good one is looked for, where none is known."""

KNOWN_GOOD = 1_000
"""Of so many drafts it is known which state was the last good one."""

LONGEST_WAIT_S = 30.0
"""So long whoever asks may wait."""

_LOOKS_EVERY_S = 1.0
_LOADED = (
    "service.analysis.proofs.prove",
    "service.analysis.proofs.suggestions",
    "service.analysis.compare.breaking",
)
"""What processes of drafts need that is loaded only when it is needed elsewhere."""

_STAGES: tuple[Stage, ...] = ("checking", "checked", "proved", "failed")


class KeptDrafts(Protocol):
    """Where drafts are kept."""

    def state(self, draft_id: str, number: int | None = None) -> DraftState | None:
        """The newest state of a draft, or one of its states; None: there is none.

        Raises:
            DatabaseFault: the database can't be used.
        """


class Surroundings(Protocol):
    """What a draft is read and checked beside; all raise ``DatabaseFault``."""

    @property
    def rulesets(self) -> Path:
        """The folder that is served."""

    def now(self) -> Hashable:
        """Something that is equal as long as the same serves."""

    def seen_for(self, draft: Draft) -> Hashable:
        """Something that is equal as long as the keys of the draft's clinic see the same rulesets."""

    def folders(self, draft: Draft) -> Mapping[str, Path]:
        """The folders that a draft may extend, by id, as they serve now; shipped ones need not be named."""

    def served(self, ruleset: str) -> Served:
        """What an edit of a ruleset is held against."""


@dataclass(slots=True)
class _BenchDraft:
    """The processes of a draft: of its newest state, of the last good one, and of one that knows names."""

    newest: StateProcess
    good: StateProcess | None = None
    read: StateProcess | None = None
    last_good: int | None = None
    waiting: int = 0
    is_gone: bool = False
    reviving: asyncio.Task[None] | None = None

    @property
    def holder(self) -> StateProcess | None:
        """The process that answers for the draft; None: none does now."""
        good = self.good
        return good if good is not None and good.can_answer and not self._is_outdated(good) else None

    def _is_outdated(self, good: StateProcess) -> bool:
        """Whether the newest, which is broken, was checked beside other rulesets than serve for this one."""
        now, then = self.newest.start, good.start
        is_checked = self.newest.report.stage != "checking"
        return is_checked and now is not None and then is not None and now.beside != then.beside

    @property
    def names(self) -> StateProcess | None:
        """The process that knows best which names the files may use; None: none knows any now."""
        read = self.read if self.read is not None and not self.read.is_over else None
        good = self.holder
        if read is None or good is None:
            return read or good
        is_newer = read.state.number > good.state.number
        return read if is_newer and read.knows == "all names" else good

    @property
    def report(self) -> DraftReport:
        """The report of the newest state."""
        return replace(self.newest.report, last_good=self.last_good)

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for it, and nothing more is found out."""
        return not self.waiting and self.newest.report.is_final

    def end(self) -> None:
        """End its processes."""
        self.is_gone = True
        for one in (self.newest, self.good, self.read):
            if one is not None:
                one.end()

    async def wait(self, is_there: Callable[[], bool], seconds: float) -> None:
        """Until it is there, or the time is over, or the draft is let go of."""
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                while not (is_there() or self.is_gone):
                    await self.newest.changed.wait()
        except TimeoutError:
            return
        finally:
            self.waiting -= 1


class BenchServer:
    """Answers what workers ask of drafts; see ``bench_client`` for what that is."""

    def __init__(
        self,
        states: KeptDrafts,
        surroundings: Surroundings,
        folder: Path,
        make_answers: MakeAnswers,
        log: EventLog,
        limits: DraftLimits,
        go_back: GoBack,
    ) -> None:
        """``folder``: a private one, for what is written and where processes listen."""
        self._states = states
        self._surroundings = surroundings
        self._folder = folder
        self._make_answers = make_answers
        self._log = log
        self._limits = limits
        self._drafts: OrderedDict[str, _BenchDraft] = OrderedDict()
        self._last_good: OrderedDict[str, int] = OrderedDict()
        self._checks = asyncio.Semaphore(MOST_AT_ONCE)
        self._long = asyncio.Semaphore(MOST_AT_ONCE)
        self._jobs = BenchJobs(self._long)
        self._tasks: set[asyncio.Task[None]] = set()
        self._goings_back = GoingsBack(go_back, log)
        self._count = 0

    async def serve(self, listener: socket.socket, stopping: asyncio.Event) -> None:
        """Answer whoever connects until told to stop; then nothing that was begun goes on."""
        server = await asyncio.start_unix_server(self._connected, sock=listener)
        try:
            await stopping.wait()
        finally:
            server.close()
            for draft in self._drafts.values():
                draft.end()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            message = await messages.read(reader)
            if message is not None:
                writer.write(packed(*await self._answered(message)))
                await writer.drain()
        except (NoAnswer, ConnectionError):
            pass  # whoever asked is gone, or no worker of ours
        finally:
            writer.close()

    async def _answered(self, message: Message) -> Message:
        head = message.head
        if head["asks"] in ("go back", "going back"):
            return Message(self._going_back(head))
        wait = min(head["wait"], LONGEST_WAIT_S)
        try:
            if head["asks"] == "job":
                job = self._jobs.of(head["draft"], head["job"])
                if job is None or self._sees_other_rulesets(job.state.draft, job.start):
                    return Message({"why": "no job"})
                return Message(dict(await job.outcome(wait)))
            draft = self._draft(head["draft"], head["state"])
            if draft is None:
                return Message({"why": "gone"})
            if head["asks"] == "problems":
                return await self._problems(draft, wait, head)
            if head["asks"] == "begin":
                return Message(dict(await self._begin(draft, head, wait)))
            if head["asks"] == "names":
                return Message(dict(await self._names(draft, wait)))
            return Message(dict(await self._holder(draft, wait, head["wait_newest"])))
        except DatabaseFault as fault:
            return Message({"why": "database", "message": str(fault)})

    def _going_back(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """An edition that goes back: begun, or how far it has come."""
        if head["asks"] == "going back":
            known = self._goings_back.of(head["going_back"])
            return {"why": "not known"} if known is None else known.as_data()
        begun = self._goings_back.begun(head["asked"])
        return {"why": "full"} if begun is None else begun.as_data()

    def _draft(self, draft_id: str, number: int) -> _BenchDraft | None:
        """The draft, its newest state being checked or checked; None: it is gone."""
        draft = self._drafts.get(draft_id)
        if draft is not None and any(
            one is not None and self._sees_other_rulesets(one.state.draft, one.start)
            for one in (draft.newest, draft.good)
        ):
            self._let_go(draft_id)
            draft = None
        if draft is None or draft.newest.state.number < number or self._is_to_be_made_again(draft.newest):
            state = self._states.state(draft_id)
            if state is None:
                self._let_go(draft_id)
                return None
            draft = self._begun(draft_id, draft, state)
        self._drafts.move_to_end(draft_id)
        return draft

    def _sees_other_rulesets(self, draft: Draft, start: Start | None) -> bool:
        """Whether the keys of a draft's clinic see other rulesets than then: what it extends may be gone."""
        return start is not None and start.seen != self._surroundings.seen_for(draft)

    def _is_to_be_made_again(self, one: StateProcess) -> bool:
        """Whether it has ended and should not, failed some time ago, or what serves is another since."""
        if one.start is not None and one.start.beside != self._surroundings.now():
            return True
        if not one.is_over or (one.report.stage == "checked" and not one.compiles):
            return False  # a broken state has no process, and needs none
        failed = one.report.stage == "failed"
        return not failed or asyncio.get_running_loop().time() > one.over_at + AGAIN_S

    def _begun(self, draft_id: str, draft: _BenchDraft | None, state: DraftState) -> _BenchDraft:
        """The draft with a process for this state; a check of one before it is ended."""
        one = self._process(state)
        if draft is None:
            draft = self._drafts[draft_id] = _BenchDraft(one, last_good=self._last_good.get(draft_id))
            self._let_go_of_some()
        else:
            before, draft.newest = draft.newest, one
            if before is draft.good:
                before.stop_proving()
            elif before is not draft.read:
                before.end()
            self._jobs.overtake(draft_id)
        one.life = self._task(self._live(draft_id, draft, one))
        return draft

    def _process(self, state: DraftState) -> StateProcess:
        self._count += 1
        name = self._folder / f"{self._count}"
        return StateProcess(state, name.with_suffix(".sock"), name, DraftReport(state.number, "checking"))

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _live(self, draft_id: str, draft: _BenchDraft, one: StateProcess) -> None:
        """Check a state, and where it compiles prove it and keep its process until that ends."""
        try:
            async with self._checks:
                await one.check(self._start(one.state.draft))
            if one.compiles:
                self._note_good(draft_id, draft, one)
                proving = self._task(self._prove(draft, one))
                try:
                    await one.until_over()
                finally:
                    proving.cancel()
                self._log.warning("process of a draft ended, it starts again when asked", draft=draft_id)
            elif self._note_read(draft_id, draft, one):
                await one.until_over()
        except DatabaseFault as fault:
            one.note(stage="failed", message=f"The database can't be used: {fault}", is_final=True)
        except Exception as error:  # noqa: BLE001 - it must not end the bench
            self._log.error("fault at the bench", fault=type(error).__qualname__, says=str(error)[:200])
            one.note(stage="failed", message="The check met a fault of ours, which is logged.", is_final=True)
        finally:
            one.end()

    def _start(self, draft: Draft) -> Start:
        beside = self._surroundings
        now, seen = beside.now(), beside.seen_for(draft)  # first: where it changes meanwhile it is seen to
        folders = {name: path for name, path in beside.folders(draft).items() if name != draft.ruleset}
        served = beside.served(draft.ruleset)
        return Start(folders, served, beside.rulesets, now, seen, self._limits, self._make_answers)

    async def _prove(self, draft: _BenchDraft, one: StateProcess) -> None:
        """Have a state proved, in turn, if it is still the newest then."""
        async with self._long:
            if draft.newest is one:
                await one.prove()
        self._let_go_of_some()

    def _note_good(self, draft_id: str, draft: _BenchDraft, one: StateProcess) -> None:
        if self._drafts.get(draft_id) is not draft:
            one.end()  # it was let go of meanwhile
            return
        before, draft.good, draft.last_good = draft.good, one, one.state.number
        self._last_good[draft_id] = one.state.number
        self._last_good.move_to_end(draft_id)
        while len(self._last_good) > KNOWN_GOOD:
            self._last_good.popitem(last=False)
        if before is not None and before is not one:
            before.end()
        if draft.read is not None and draft.read.state.number < one.state.number:
            draft.read.end()

    def _note_read(self, draft_id: str, draft: _BenchDraft, one: StateProcess) -> bool:
        """Keep the process of a broken state for the names that it knows, if no other knows better."""
        before, draft_is_held = draft.names, self._drafts.get(draft_id) is draft
        if one.knows == "nothing" or not draft_is_held:
            return False
        if before is not None and one.knows != "all names" and before.knows != "some names":
            return False
        last, draft.read = draft.read, one
        if last is not None:
            last.end()
        return True

    def _let_go_of_some(self) -> None:
        """Let go of drafts that are too many, those first that were asked for longest ago."""
        idle = [draft_id for draft_id, draft in self._drafts.items() if draft.is_idle]
        for draft_id in idle[: max(len(self._drafts) - MOST_HELD, 0)]:
            self._let_go(draft_id)
        while len(self._drafts) > MOST_AT_WORK:
            self._let_go(next(iter(self._drafts)))

    def _let_go(self, draft_id: str) -> None:
        draft = self._drafts.pop(draft_id, None)
        if draft is not None:
            self._jobs.overtake(draft_id)
            draft.end()

    async def _problems(self, draft: _BenchDraft, wait: float, head: Mapping[str, Any]) -> Message:
        """The report of the newest state, once it has come further than ``after``; ``whole`` as the body."""
        after: Stage = head["after"]

        def is_there() -> bool:
            report = draft.newest.report
            return report.is_final or _STAGES.index(report.stage) > _STAGES.index(after)

        await draft.wait(is_there, wait)
        if head["whole"]:
            return Message({}, orjson.dumps(draft.report.as_data()))
        return Message(_brief(draft))

    async def _holder(self, draft: _BenchDraft, wait: float, wait_newest: float) -> Mapping[str, Any]:
        """Where the newest good state is held: the newest of all, if it is checked soon enough."""
        found = await self._holding(draft, wait, wait_newest)
        told = _brief(draft)
        if found is None:
            return told
        return {**told, **_place(found)}

    async def _names(self, draft: _BenchDraft, wait: float) -> Mapping[str, Any]:
        """Where the names are known that the files of a draft may use, be they broken or not."""
        await draft.wait(lambda: draft.names is not None or draft.newest.report.is_final, wait)
        found = draft.names or await self._holding(draft, wait, 0)
        return _brief(draft) if found is None else {**_brief(draft), **_place(found)}

    async def _holding(self, draft: _BenchDraft, wait: float, wait_newest: float) -> StateProcess | None:
        def is_checked() -> bool:
            return draft.newest.report.stage != "checking"

        await draft.wait(is_checked, wait_newest)
        if draft.holder is None:
            await draft.wait(is_checked, wait)
        if draft.holder is None and draft.newest.report.stage == "checked":
            await self._revive(draft)
        return draft.holder

    async def _revive(self, draft: _BenchDraft) -> None:
        """Hold the last good state again, which has no process now; where it is not known, look for it."""
        newest, good = draft.newest.state.number, draft.last_good
        numbers = [good] if good is not None else range(newest - 1, max(newest - 1 - LOOKS_BACK, 0), -1)
        if draft.reviving is None or draft.reviving.done():
            draft.reviving = self._task(self._look_back(draft.newest.state.draft.id, draft, [*numbers]))
        await asyncio.wait([draft.reviving])

    async def _look_back(self, draft_id: str, draft: _BenchDraft, numbers: list[int]) -> None:
        for number in numbers:
            with suppress(DatabaseFault):
                state = self._states.state(draft_id, number)
                if state is None or self._drafts.get(draft_id) is not draft:
                    return
                one = self._process(state)
                one.life = self._task(self._live(draft_id, draft, one))
                while one.report.stage == "checking" and not one.is_over:
                    await one.changed.wait()
                if one.can_answer:
                    return

    async def _begin(self, draft: _BenchDraft, head: Mapping[str, Any], wait: float) -> Mapping[str, Any]:
        """A job of a draft, begun or found; what it came to, if that is soon known."""
        good = await self._holding(draft, LONGEST_WAIT_S, LONGEST_WAIT_S)
        if good is None:
            return _brief(draft)
        job = self._jobs.begun(good, head["kind"], head["given"])
        return {"why": "full"} if job is None else await job.outcome(wait)


def _place(found: StateProcess) -> dict[str, Any]:
    saved = found.state.draft.changed.isoformat()
    return {"address": str(found.address), "state": found.state.number, "saved": saved}


def _brief(draft: _BenchDraft) -> dict[str, Any]:
    return {"report": draft.report.brief.as_data()}


def bench_until_stopped(
    bench: Callable[[], BenchServer],
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
        else:
            left.unlink(missing_ok=True)
    asyncio.run(_until_stopped(bench, listener, beat, parent))


async def _until_stopped(
    bench: Callable[[], BenchServer], listener: socket.socket, beat: Callable[[], None], parent: int
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
