"""The server: gunicorn inside this process, its workers forked once everything is compiled."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

from service.library.archive import Archive, open_archive
from service.library.faults import DatabaseFault
from service.library.keys.key import Ring
from service.library.keys.store import open_keys
from service.publishing.publisher import Publisher
from service.publishing.running import publish_first, publish_until_stopped
from service.web.app import app_over, live_over
from service.web.counting import Counting, NoRedis
from service.web.decisions import open_records
from service.web.guard import Guard
from service.web.incoming import SLOWEST_CLIENT_S
from service.web.keys import LiveKeys
from service.web.log import Log, open_log
from service.web.measuring import Pulse
from service.web.metrics import Metrics
from service.web.origins import allow_origins, checked_origins
from service.web.settings import CannotServe, Settings
from service.web.shared_values import forget_process, shared_folder
from service.web.supervising import Supervisor, Work
from service.web.telemetry import Telemetry
from service.web.tracing import open_spans
from service.web.worker import ProblemWorker, ServerLog

STARTS_WITHIN_S = 20
"""Seconds that the service waits at its start for checks of rulesets that were never published."""

STARTS_WITHIN_WITHOUT_WATCHING_S = 120
"""The same where it does not watch: what is not checked then does not go live."""


def serve(settings: Settings) -> NoReturn:
    """Serve until told to stop. SIGTERM lets requests in flight finish; then the exit code is 0.

    Raises:
        CannotServe: the address is taken, can't be had, or is open to other machines and no API key lives; or
            settings are wrong.
        NotARulesetsFolder: there is no folder of rulesets.
        SystemExit: at the end, with the exit code.
    """
    if min(settings.workers, settings.threads) < 1:
        raise CannotServe("at least one worker with one thread is needed")
    settings.source.ids()  # where there is no folder, say so before a database is made for it
    checked_origins(settings.allow_origins)
    log = open_log()
    counting = _counting(settings, log)
    try:
        keys = LiveKeys(open_keys(settings.source.root), log)
        listener = listen(settings, keys.ring)
        archive = open_archive(settings.source.root)
        _default_is_known(settings, archive)
        publisher = _first_published(settings, archive, log)
        live = live_over(archive, settings, log)
        with ExitStack() as kept:
            values = _shared_values(kept)
            telemetry = Telemetry(Metrics(values), open_spans(os.environ, log))
            records = open_records(settings.source.root, settings.log_mode, archive, log, telemetry.metrics)
            pulse = Pulse(telemetry.metrics, records.recorder.standing)
            guard = Guard(keys, counting)
            app = app_over(
                live,
                settings.default_ruleset,
                log,
                records,
                guard=guard,
                telemetry=telemetry,
                pulse=pulse,
            )
            if settings.allow_origins:
                allow_origins(app, settings.allow_origins)
            _log_where(log, listener, settings)
            _log_limits(settings, keys.ring, counting, log)
            run(
                settings,
                app,
                listener,
                work=_watching(publisher) if settings.watch else None,
                follow=partial(_each, live.follow, guard.follow, telemetry.start, pulse.start),
                leave=partial(_each, records.recorder.close, pulse.stop, telemetry.close),
                gone=partial(forget_process, values),
            )
    except DatabaseFault as fault:
        raise CannotServe(str(fault)) from fault


def run(
    settings: Settings,
    app: Flask,
    listener: socket.socket,
    *,
    work: Work | None = None,
    follow: Callable[[], None] | None = None,
    leave: Callable[[], None] | None = None,
    gone: Callable[[int], None] | None = None,
) -> NoReturn:
    """Run the server for an app on a bound socket, until told to stop.

    ``work`` is done in a process beside the workers; ``follow`` is called in each worker when it starts,
    ``leave`` when it ends in good order; ``gone``, however it ended, in the process that started it, with its
    id.

    Raises:
        SystemExit: at the end, with the exit code.
    """
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the workers
    _Server(settings, app, listener.detach(), work, follow, leave, gone).run()
    raise SystemExit(0)


def _counting(settings: Settings, log: Log) -> Counting:
    try:
        return Counting(settings.limit, settings.redis_url, log)
    except NoRedis as error:
        raise CannotServe(str(error)) from error


def _log_limits(settings: Settings, ring: Ring | None, counting: Counting, log: Log) -> None:
    """Say where limits are not what they seem."""
    if counting.is_shared:
        if not counting.reaches_redis:
            log.error("Redis can't be reached, each worker counts requests by itself until it can")
    elif ring is not None and ring.asked_for and settings.workers > 1:
        log.warning(
            "each worker counts requests by itself, so up to workers times the limit get through",
            workers=settings.workers,
            limit=None if settings.limit is None else str(settings.limit),
            mend="name a Redis as PICOPLAN_REDIS_URL, where all count together",
        )


def _each(*those: Callable[[], None]) -> None:
    for one in those:
        one()


def _shared_values(kept: ExitStack) -> Path:
    """The folder in which the workers share what metrics count, until the end."""
    try:
        return kept.enter_context(shared_folder())
    except OSError as error:
        raise CannotServe(f"no folder can be made for metrics: {error.strerror}") from error


def _log_where(log: Log, listener: socket.socket, settings: Settings) -> None:
    host, port = listener.getsockname()[:2]
    where = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    log.info("listening", at=where, workers=settings.workers, threads=settings.threads)


def _default_is_known(settings: Settings, archive: Archive) -> None:
    default = settings.default_ruleset
    if default is None or default in settings.source.ids():
        return
    if default not in {one.ruleset for one in archive.timeline()}:
        raise CannotServe(f"the default ruleset {default} is not in {settings.source.root}")


def _first_published(settings: Settings, archive: Archive, log: Log) -> Publisher:
    """The publisher, once what was never published is checked, where that is quick."""
    publisher = Publisher(settings.source, archive, log, only_signed=settings.only_signed)
    seconds = STARTS_WITHIN_S if settings.watch else STARTS_WITHIN_WITHOUT_WATCHING_S
    publish_first(publisher, seconds, everything=not settings.watch)
    return publisher


def _watching(publisher: Publisher) -> Work:
    """What the process beside the workers does. The first goes on from here, a later one begins anew."""
    return lambda parent, first: publish_until_stopped(publisher if first else publisher.anew(), parent)


def listen(settings: Settings, ring: Ring | None = None) -> socket.socket:
    """A socket bound to the address of the settings; the server takes it as it is, so nobody comes between.

    ``ring`` has the API keys (None: there are none).

    Raises:
        CannotServe: the address is taken, can't be had, or is open to other machines and no key lives.
    """
    host, port = settings.host, settings.port
    if not 0 <= port <= 65535:
        raise CannotServe(f"{port} is not a port: ports go from 0 to 65535")
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise CannotServe(f"there is no address {host!r} to listen on") from error
    family, kind, protocol, _, address = found[0]
    if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        _only_if_guarded(settings, ring)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        patience = struct.pack("@ll", SLOWEST_CLIENT_S, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)  # accepted sockets inherit it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotServe(_why_not(host, port, error)) from error
    return listener


class _Server(BaseApplication):
    """gunicorn, told everything here: no configuration file, no variable of its own is read."""

    def __init__(
        self,
        settings: Settings,
        app: Flask,
        descriptor: int,
        work: Work | None,
        follow: Callable[[], None] | None,
        leave: Callable[[], None] | None,
        gone: Callable[[int], None] | None,
    ) -> None:
        self._settings = settings
        self._app = app
        self._descriptor = descriptor
        self._work = work
        self._follow = follow
        self._leave = leave
        self._gone = gone
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        told: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "workers": settings.workers,
            "worker_class": ProblemWorker,
            "threads": settings.threads,
            "keepalive": settings.keepalive,
            "graceful_timeout": settings.graceful_timeout,
            "preload_app": True,
            "control_socket_disable": True,
            "forwarded_allow_ips": "127.0.0.1,::1",
            "accesslog": None,
            "logger_class": ServerLog,
            "proc_name": "picoplan",
        }
        follow = self._follow
        if follow is not None:
            told["post_worker_init"] = lambda _worker: follow()
        leave = self._leave
        if leave is not None:
            told["worker_exit"] = lambda _server, _worker: leave()
        gone = self._gone
        if gone is not None:
            told["child_exit"] = lambda _server, worker: gone(worker.pid)
        if os.access("/dev/shm", os.W_OK):
            told["worker_tmp_dir"] = "/dev/shm"  # the heartbeat: not on a disk that may be slow or read-only
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app

    def run(self) -> None:
        Supervisor(self, self._work, open_log()).run()


def _only_if_guarded(settings: Settings, ring: Ring | None) -> None:
    if settings.open_beyond_loopback or (ring is not None and ring.living):
        return
    none = "every API key is revoked" if ring is not None and ring.asked_for else "there are no API keys yet"
    raise CannotServe(
        f"{settings.host or 'every address'} is open to other machines, and {none}: add one with "
        "picoplan keys add, listen on 127.0.0.1, or say --without-keys where something else guards the port"
    )


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} needs rights that this user lacks: choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine"
    return f"{host} port {port} can't be listened on: {error.strerror}"
