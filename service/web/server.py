"""The server: gunicorn inside this process, its workers forked once everything is compiled."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

from service.web.log import open_log
from service.web.settings import Settings
from service.web.sharing import Shares
from service.web.supervising import Supervisor, Work
from service.web.worker import ProblemWorker, ServerLog


def _nothing(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class EachWorker:
    """What is called for each worker.

    ``starts`` in it when it starts; ``ends`` in it when it ends in good order; ``gone``, however it ended, in
    the process that started it, with its id.
    """

    starts: Callable[[], None] = _nothing
    ends: Callable[[], None] = _nothing
    gone: Callable[[int], None] = _nothing


def run(
    settings: Settings,
    app: Flask,
    listener: socket.socket,
    each_worker: EachWorker | None = None,
    *,
    work: Work | None = None,
) -> NoReturn:
    """Run the server for an app on a bound socket, until told to stop.

    ``work`` is done in a process beside the workers.

    Raises:
        SystemExit: at the end, with the exit code.
    """
    gc.collect()
    gc.freeze()  # what is compiled stays shared between the workers
    _Server(settings, app, listener.detach(), each_worker or EachWorker(), work).run()
    raise SystemExit(0)


class _Server(BaseApplication):
    """gunicorn, told everything here: no configuration file, no variable of its own is read."""

    def __init__(
        self,
        settings: Settings,
        app: Flask,
        descriptor: int,
        each_worker: EachWorker,
        work: Work | None,
    ) -> None:
        self._settings = settings
        self._app = app
        self._descriptor = descriptor
        self._each_worker = each_worker
        self._work = work
        self._shares = Shares(2 * settings.workers + 8)
        super().__init__()

    def load_config(self) -> None:
        settings, each_worker = self._settings, self._each_worker
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
            "post_worker_init": lambda _worker: each_worker.starts(),
            "worker_exit": lambda _server, _worker: each_worker.ends(),
            "pre_fork": self._starting,
            "child_exit": self._gone,
        }
        if os.access("/dev/shm", os.W_OK):
            told["worker_tmp_dir"] = "/dev/shm"  # the heartbeat: not on a disk that may be slow or read-only
        for name, value in told.items():
            self.cfg.set(name, value)

    def _starting(self, _server: object, worker: ProblemWorker) -> None:
        worker.share = self._shares.give()

    def _gone(self, _server: object, worker: ProblemWorker) -> None:
        self._shares.take_back(worker.share)
        self._each_worker.gone(int(worker.pid))

    def load(self) -> Any:
        return self._app

    def run(self) -> None:
        Supervisor(self, self._work, open_log()).run()
