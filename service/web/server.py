"""The server: gunicorn inside this process, its workers forked once everything is compiled."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import socket
import struct
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

from service.web.app import create_app
from service.web.log import open_log
from service.web.settings import CannotServe, Settings
from service.web.worker import ProblemWorker, ServerLog

SLOWEST_CLIENT_S = 15
"""A client that sends nothing for so long in the midst of a request is let go."""


def serve(settings: Settings) -> NoReturn:
    """Serve until told to stop. SIGTERM lets requests in flight finish; then the exit code is 0.

    Raises:
        CannotServe: the address is taken, can't be had or is open to other machines; or settings are wrong.
        NotARulesetsFolder: there is no folder of rulesets.
        SystemExit: at the end, with the exit code.
    """
    if min(settings.workers, settings.threads) < 1:
        raise CannotServe("at least one worker with one thread is needed")
    listener = listen(settings)
    log = open_log()
    app = create_app(settings, log)
    host, port = listener.getsockname()[:2]
    where = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    log.info("listening", at=where, workers=settings.workers, threads=settings.threads)
    run(settings, app, listener)


def run(settings: Settings, app: Flask, listener: socket.socket) -> NoReturn:
    """Run the server for an app on a bound socket, until told to stop.

    Raises:
        SystemExit: at the end, with the exit code.
    """
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the workers
    _Server(settings, app, listener.detach()).run()
    raise SystemExit(0)


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

    def __init__(self, settings: Settings, app: Flask, descriptor: int) -> None:
        self._settings = settings
        self._app = app
        self._descriptor = descriptor
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
        if os.access("/dev/shm", os.W_OK):
            told["worker_tmp_dir"] = "/dev/shm"  # the heartbeat: not on a disk that may be slow or read-only
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


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
