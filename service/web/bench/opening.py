"""Opens what drafts need when the service starts: their store, and the process that is the bench."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from service.drafting.bench_client import Bench
from service.drafting.drafts import Drafts
from service.drafting.publishing import Destination
from service.store.api_keys import open_keys
from service.store.archive import Archive
from service.store.drafts import open_drafts
from service.web.bench.drafting import Drafting
from service.web.log import Log
from service.web.own_folder import own_folder
from service.web.server import Child, Heartbeat
from service.web.settings import CannotServe, Settings

_NAME = "picoplan-bench-"
_MOST_WAITING = 256
_LONGEST = 60


def open_drafting(
    kept: ExitStack, settings: Settings, archive: Archive, public_url: str | None, log: Log
) -> tuple[Drafting, Child]:
    """What workers need for drafts, and the process that is the bench.

    Whoever connects while that is being started anew waits: the address is listened at until the end.

    Raises:
        CannotServe: there is no place for its folder.
    """
    try:
        folder = kept.enter_context(own_folder(_NAME, _parent()))
        listener = kept.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(folder / "bench"))
        listener.listen(_MOST_WAITING)
    except OSError as error:
        raise CannotServe(f"no folder can be made for drafts: {error.strerror or error}") from error
    root, works = settings.source.root, folder / "works"
    store, keys = open_drafts(root), open_keys(root)
    works.mkdir(mode=0o700)
    beats = Heartbeat()

    def work(parent: int, _first: bool) -> None:
        module = import_module("service.web.bench.bench_process")
        module.be_the_bench(
            settings, archive, store, keys, public_url, log, listener, works, beats.beat, parent
        )

    destination = Destination(settings.source, settings.allow_edits, settings.only_signed)
    drafting = Drafting(store, Bench(folder / "bench"), Drafts(store, archive), destination)
    return drafting, Child("bench", work, heartbeat=beats)


def _parent() -> Path:
    """Where the folder is made: a socket's path may have about a hundred characters.

    Raises:
        OSError: nothing can be written anywhere.
    """
    named = Path(tempfile.gettempdir())
    places = [one for one in (named, Path("/tmp"), Path("/dev/shm")) if len(str(one)) <= _LONGEST]
    return next((one for one in places if os.access(one, os.W_OK | os.X_OK)), named)
