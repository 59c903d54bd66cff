"""The process that is the bench, put together. Only that loads this: it needs far more than a worker."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from service.drafting.bench import BenchServer, bench_until_stopped
from service.drafting.surroundings import LiveSurroundings
from service.store.api_keys import KeyStore
from service.store.archive import Archive
from service.store.drafts import DraftStore
from service.web.bench.holder_app import make_holder_app
from service.web.log import Log
from service.web.settings import Settings


def be_the_bench(
    settings: Settings,
    archive: Archive,
    store: DraftStore,
    keys: KeyStore,
    public_url: str | None,
    log: Log,
    listener: socket.socket,
    folder: Path,
    beat: Callable[[], None],
    parent: int,
) -> None:
    """Answer what workers ask of drafts until told to stop, or until the process ``parent`` is gone.

    ``folder``: a private one; what is in it goes.
    """

    def bench() -> BenchServer:
        surroundings = LiveSurroundings(archive, keys, settings.source, folder / "live", log)
        make_answers = partial(make_holder_app, public_url=public_url, log=log)
        return BenchServer(store, surroundings, folder, make_answers, log, settings.drafts)

    bench_until_stopped(bench, listener, folder, beat, parent)
