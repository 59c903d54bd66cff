"""The process that is the bench, put together. Only that loads this: it needs far more than a worker."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from service.drafting.bench import BenchServer, bench_until_stopped
from service.drafting.going_back import History, as_data
from service.drafting.publishing import Destination
from service.drafting.surroundings import LiveSurroundings
from service.store.api_keys import KeyStore
from service.store.archive import Archive, open_archive
from service.store.drafts import DraftStore
from service.store.faults import DatabaseFault
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
        go_back = partial(_gone_back, settings)
        return BenchServer(store, surroundings, folder, make_answers, log, settings.drafts, go_back)

    bench_until_stopped(bench, listener, folder, beat, parent)


def _gone_back(settings: Settings, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Go back to an edition, in a process that has nothing open yet."""
    source = settings.source
    destination = Destination(source, settings.allow_edits, settings.only_signed)
    history = History(open_archive(source.root), destination)
    try:
        return as_data(
            history.go_back(asked["ruleset"], asked["digest"], asked["newest"], lambda: datetime.now(UTC))
        )
    except DatabaseFault as fault:
        return {"why": f"The database can't be used: {fault}.", "errors": []}
