"""The processes of the service, each started again when it ends, and the server of a worker: granian."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from mmap import mmap
from time import monotonic
from typing import Any, NoReturn

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from schemas.language_tags import load as load_languages
from service.vetting.process import die_with_parent
from service.web.asgi import Application
from service.web.listening import Address, drop_stalled
from service.web.log import JsonLines, Log, frames
from service.web.settings import Settings

LAST_S = 5
"""Seconds before a worker has to end at which what still runs breaks off by itself."""

_MOST_HEADER_BYTES = 64 * 1024
_LOOKS_EVERY_S = 1.0
_STOOD_STILL_S = 3 * _LOOKS_EVERY_S
"""Who has not looked for so long stood still, as with a suspended machine: so did those it looks after."""

_LISTENS_SOON_S = 0.001
_COLLECTS_AFTER = 20_000
"""So many objects more than were freed are looked through for circles, of which answers leave none behind."""

_SPARE_FILES = 100
"""Descriptors that a process needs beside those of its connections."""


AGAIN_S = (0.0, 1.0, 5.0, 30.0)
"""Seconds until a process that ended is started again: at once, and later where it ends over and over.

One that was at work, as its heartbeat said, is started again at once, however often it is killed.
"""

STEADY_S = 60
"""A process that has lived so long starts over at once."""

_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_BEAT = struct.Struct("@d")


class Heartbeat:
    """When a process said last that it works, in memory that its parent sees."""

    def __init__(self, late_after_s: float = 30.0) -> None:
        self._late_after_s = late_after_s
        self._memory = mmap(-1, _BEAT.size)
        self.forget()

    def beat(self) -> None:
        """It works now."""
        self._memory[:] = _BEAT.pack(monotonic())

    def forget(self) -> None:
        """It has not said so yet."""
        self._memory[:] = _BEAT.pack(0.0)

    def excuse(self) -> None:
        """It gets its time anew, where it works at all."""
        if self.has_beaten:
            self.beat()

    @property
    def has_beaten(self) -> bool:
        """Whether it has said so at all."""
        return self._last() > 0

    @property
    def is_late(self) -> bool:
        """Whether it should have said so again."""
        return self.has_beaten and monotonic() - self._last() > self._late_after_s

    def _last(self) -> float:
        last: float = _BEAT.unpack(self._memory[:])[0]
        return last


@dataclass(slots=True)
class Child:
    """A process to be kept alive.

    ``work`` is what it does until it is told to stop, given its parent's id and whether it is the first;
    ``ended`` is called in the parent, with its id, however it ended.
    """

    name: str
    work: Callable[[int, bool], None]
    ended: Callable[[int], None] = lambda _: None
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    pid: int = 0
    number: int = 0
    starts: int = 0
    ends: int = 0
    began: float = 0.0
    start_at: float = 0.0


class Supervisor:
    """Keeps processes alive until it is told to stop: SIGTERM lets what they do end, SIGINT does not."""

    def __init__(
        self, children: Sequence[Child], log: Log, stops_within_s: float, started: Callable[[], bool]
    ) -> None:
        """What has not stopped after so many seconds is killed. ``started`` is asked until it says so."""
        self._started = started
        self._children = children
        self._log = log
        self._stops_within_s = stops_within_s

    def run(self) -> None:
        """Until told to stop."""
        awaited = {*_STOPS, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # none is lost between two looks
        told, has_started, looked = None, False, monotonic()
        while told is None:
            if monotonic() - looked > _STOOD_STILL_S:
                for child in self._children:
                    child.heartbeat.excuse()
            looked = monotonic()
            self._bury()
            for child in self._children:
                self._reap(child)
                if child.pid and child.heartbeat.is_late:
                    self._log.error("process hangs, it is killed", name=child.name, pid=child.pid)
                    child.heartbeat.forget()
                    self._signal(child, signal.SIGKILL)
                if not child.pid and monotonic() >= child.start_at:
                    self._start(child)
            has_started = has_started or self._started()
            found = signal.sigtimedwait(awaited, _LOOKS_EVERY_S if has_started else 0.02)
            if found is not None and found.si_signo in _STOPS:
                told = found.si_signo
        self._stop(signal.SIGINT if told == signal.SIGINT else signal.SIGTERM)

    def _start(self, child: Child) -> None:
        parent = os.getpid()
        child.starts += 1
        child.began = monotonic()
        child.heartbeat.forget()
        child.pid = os.fork()
        if child.pid == 0:
            self._work(child, parent)

    def _work(self, child: Child, parent: int) -> NoReturn:
        """In the new process."""
        code = 1
        try:
            for number in (*_STOPS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            child.work(parent, child.starts == 1)
            code = 0
        except SystemExit:
            code = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not go on as a parent
            self._log.error(
                "process fault", name=child.name, fault=type(error).__qualname__, at=frames(error)
            )
        finally:
            os._exit(code)

    def _reap(self, child: Child) -> None:
        if not child.pid or not self._has_ended(child):
            return
        steady = child.heartbeat.has_beaten or monotonic() > child.began + STEADY_S
        child.ends = 0 if steady else child.ends + 1
        pause = AGAIN_S[min(child.ends, len(AGAIN_S) - 1)]
        child.start_at = monotonic() + pause
        self._log.warning("process ended", name=child.name, number=child.number, starts_again_in_s=pause)

    def _bury(self) -> None:
        """Let go of what became this process's when another one ended, as it does in a container."""
        if sys.platform != "linux":
            return
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, ended)) is not None:
                if any(child.pid == found.si_pid for child in self._children):
                    return
                os.waitpid(found.si_pid, 0)

    def _has_ended(self, child: Child) -> bool:
        with suppress(ChildProcessError):
            if os.waitpid(child.pid, os.WNOHANG)[0] == 0:
                return False
        pid, child.pid = child.pid, 0
        child.ended(pid)
        return True

    def _stop(self, number: int) -> None:
        self._log.info("stopping")
        for child in self._children:
            self._signal(child, number)
        until = monotonic() + self._stops_within_s
        while any(child.pid for child in self._children):
            for child in self._children:
                if child.pid and not self._has_ended(child) and monotonic() >= until:
                    self._signal(child, signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)

    def _signal(self, child: Child, number: int) -> None:
        if child.pid:
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _nothing(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Worker:
    """What each worker does: it answers by an application.

    ``starts`` is called in it when it starts; ``ends`` in it when it ends in good order; ``gone``, however it
    ended, in the process that started it, with its id.
    """

    application: Application
    starts: Callable[[], None] = _nothing
    ends: Callable[[], None] = _nothing
    gone: Callable[[int], None] = _nothing


def run(
    settings: Settings,
    address: Address,
    worker: Worker,
    log: Log,
    *,
    beside: Sequence[Child] = (),
) -> None:
    """Keep workers alive until told to stop, and the processes ``beside`` them."""
    load_languages()
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the processes
    gc.set_threshold(_COLLECTS_AFTER)
    children = list(beside)
    for number in range(settings.workers):
        beats = Heartbeat(settings.hangs_after)
        work = partial(_work, settings, address, worker, beats, log)
        children.append(Child("worker", work, worker.gone, beats, number=number + 1))

    def started() -> bool:
        if not address.answers():
            return False
        log.info("listening", at=str(address), workers=settings.workers, threads=settings.threads)
        return True

    Supervisor(children, log, settings.drain + settings.graceful_timeout + LAST_S, started).run()


def _work(
    settings: Settings, address: Address, worker: Worker, beats: Heartbeat, log: Log, parent: int, _: bool
) -> None:
    """Answer requests until told to stop: by SIGTERM, or by the end of the parent process."""
    die_with_parent(parent)
    worker.starts()
    log.info("worker serves")
    uvloop.run(_serve(settings, worker.application, address, beats.beat, log))
    worker.ends()


async def _serve(
    settings: Settings, application: Application, address: Address, beat: Callable[[], None], log: Log
) -> None:
    app: Any = application
    if settings.trust_proxies:
        app = wrap_asgi_with_proxy_headers(application, list(settings.trust_proxies))
    server = Server(
        app,
        address=address.host,
        port=address.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        backpressure=_most_connections(settings.connections),
        http1_settings=HTTP1Settings(
            header_read_timeout=settings.keepalive * 1000, max_buffer_size=_MOST_HEADER_BYTES
        ),
        log_level=LogLevels.error,
        log_dictconfig=_logging(log),
    )
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    serving = asyncio.ensure_future(server.serve())
    while not (drop_stalled(address, settings.stalled) or serving.done()):
        beat()
        await asyncio.sleep(_LISTENS_SOON_S)
    await _until(stopping, serving, beat)
    application.draining.begin(max(settings.drain + settings.graceful_timeout - LAST_S, 0))
    await _beating(asyncio.sleep(settings.drain), beat)
    server.stop()  # type: ignore[no-untyped-call]  # the library's
    await _beating(asyncio.wait([serving], timeout=settings.graceful_timeout), beat)
    application.telemetry.tell()
    await asyncio.sleep(0)  # until the last lines of the log are written


async def _until(stopping: asyncio.Event, serving: asyncio.Future[None], beat: Callable[[], None]) -> None:
    parent = os.getppid()
    while not (stopping.is_set() or serving.done()) and os.getppid() == parent:
        beat()
        try:
            async with asyncio.timeout(_LOOKS_EVERY_S):
                await stopping.wait()
        except TimeoutError:
            pass


async def _beating(waits: Any, beat: Callable[[], None]) -> None:
    task = asyncio.ensure_future(waits)
    while not task.done():
        beat()
        await asyncio.wait([task], timeout=_LOOKS_EVERY_S)


def _most_connections(wanted: int) -> int:
    """So many connections at once, as far as the system lets a process open as many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return max(most - _SPARE_FILES, 1)
    return wanted


def _logging(log: Log) -> dict[str, Any]:
    """What the server itself logs, errors alone, as lines of ours."""
    return {
        "handlers": {"lines": {"()": lambda: JsonLines(log)}},
        "loggers": {"_granian": {"handlers": ["lines"], "propagate": False}},
    }
