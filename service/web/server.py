"""The server of one worker: granian on an event loop of its own, told everything here."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from service.web.log import JsonLines, Log
from service.web.settings import Settings
from service.web.supervising import Child, Heartbeat, Supervisor

LAST_S = 5
"""Seconds before a worker has to end at which what still runs breaks off by itself."""

_MOST_HEADER_BYTES = 64 * 1024
_LOOKS_EVERY_S = 1.0
_LISTENS_SOON_S = 0.001
_COLLECTS_AFTER = 20_000
"""So many objects more than were freed are looked through for circles, of which answers leave none behind."""

_SPARE_FILES = 100
"""Descriptors that a process needs beside those of its connections."""


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
    beside: Callable[[int, bool], None] | None = None,
) -> None:
    """Keep workers alive until told to stop, and a process ``beside`` them, see ``Child``."""
    load_languages()
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the processes
    gc.set_threshold(_COLLECTS_AFTER)
    children = [] if beside is None else [Child("publisher", beside)]
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
