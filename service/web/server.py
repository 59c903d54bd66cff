"""The server: gunicorn inside this process, its workers forked once everything is compiled."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

from service.library.archive import Archive, open_archive
from service.library.faults import DatabaseFault
from service.publishing.publisher import Publisher
from service.publishing.running import publish_first, publish_until_stopped
from service.web.app import app_over, live_over
from service.web.decisions import open_records
from service.web.incoming import SLOWEST_CLIENT_S
from service.web.log import Log, open_log
from service.web.settings import CannotServe, Settings
from service.web.supervising import Supervisor, Work
from service.web.worker import ProblemWorker, ServerLog

STARTS_WITHIN_S = 20
"""Seconds that the service waits at its start for checks of rulesets that were never published."""

STARTS_WITHIN_WITHOUT_WATCHING_S = 120
"""The same where it does not watch: what is not checked then does not go live."""


def serve(settings: Settings) -> NoReturn:
    """Serve until told to stop. SIGTERM lets requests in flight finish; then the exit code is 0.

    Raises:
        CannotServe: the address is taken, can't be had or is open to other machines; or settings are wrong.
        NotARulesetsFolder: there is no folder of rulesets.
        SystemExit: at the end, with the exit code.
    """
    if min(settings.workers, settings.threads) < 1:
        raise CannotServe("at least one worker with one thread is needed")
    settings.source.ids()  # where there is no folder, say so before a database is made for it
    listener = listen(settings)
    log = open_log()
    try:
        archive = open_archive(settings.source.root)
        _default_is_known(settings, archive)
        publisher = _first_published(settings, archive, log)
        live = live_over(archive, settings, log)
        records = open_records(settings.source.root, settings.log_mode, archive, log)
    except DatabaseFault as fault:
        raise CannotServe(str(fault)) from fault
    app = app_over(live, settings.default_ruleset, log, records)
    host, port = listener.getsockname()[:2]
    where = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    log.info("listening", at=where, workers=settings.workers, threads=settings.threads)
    run(
        settings,
        app,
        listener,
        work=_watching(publisher) if settings.watch else None,
        follow=live.follow,
        leave=records.recorder.close,
    )


def run(
    settings: Settings,
    app: Flask,
    listener: socket.socket,
    *,
    work: Work | None = None,
    follow: Callable[[], None] | None = None,
    leave: Callable[[], None] | None = None,
) -> NoReturn:
    """Run the server for an app on a bound socket, until told to stop.

    ``work`` is done in a process beside the workers; ``follow`` is called in each worker when it starts,
    ``leave`` when it ends in good order.

    Raises:
        SystemExit: at the end, with the exit code.
    """
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the workers
    _Server(settings, app, listener.detach(), work, follow, leave).run()
    raise SystemExit(0)


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


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address of the settings; the server takes it as it is, so nobody comes between.

    Raises:
        CannotServe: the address is taken, can't be had or is open to other machines.
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
        _only_if_open(settings)
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
    ) -> None:
        self._settings = settings
        self._app = app
        self._descriptor = descriptor
        self._work = work
        self._follow = follow
        self._leave = leave
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
        if os.access("/dev/shm", os.W_OK):
            told["worker_tmp_dir"] = "/dev/shm"  # the heartbeat: not on a disk that may be slow or read-only
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app

    def run(self) -> None:
        Supervisor(self, self._work, open_log()).run()


def _only_if_open(settings: Settings) -> None:
    if not settings.open_beyond_loopback:
        raise CannotServe(
            f"{settings.host or 'every address'} is open to other machines, and there are no API keys yet. "
            "Listen on 127.0.0.1, or say --without-keys where something else guards the port."
        )


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} needs rights that this user lacks: choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine"
    return f"{host} port {port} can't be listened on: {error.strerror}"
