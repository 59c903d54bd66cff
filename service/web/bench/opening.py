"""Opens what drafts need when the service starts: their store, and the process that is the bench."""

from __future__ import annotations

import socket
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from service.drafting.bench import Bench as BenchProcess
from service.drafting.bench import bench_until_stopped
from service.drafting.bench_client import Bench
from service.drafting.drafts import Drafts
from service.drafting.surroundings import LiveSurroundings
from service.store.archive import Archive
from service.store.drafts import DraftStore, open_drafts
from service.web.bench.drafting import Drafting
from service.web.bench.holder_app import make_holder_app
from service.web.log import Log
from service.web.own_folder import own_folder
from service.web.server import Child, Heartbeat
from service.web.settings import CannotServe, Settings

_NAME = "picoplan-bench-"
_MOST_WAITING = 256


def open_drafting(
    kept: ExitStack, settings: Settings, archive: Archive, public_url: str | None, log: Log
) -> tuple[Drafting, Child]:
    """What workers need for drafts, and the process that is the bench.

    Whoever connects while that is being started anew waits: the address is listened at until the end.

    Raises:
        CannotServe: there is no place for its folder.
    """
    try:
        folder = kept.enter_context(own_folder(_NAME, Path(tempfile.gettempdir())))
        listener = kept.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(folder / "bench"))
        listener.listen(_MOST_WAITING)
    except OSError as error:
        raise CannotServe(f"no folder can be made for drafts: {error.strerror or error}") from error
    store, works = open_drafts(settings.source.root), folder / "works"
    works.mkdir(mode=0o700)
    bench = partial(_bench, settings, archive, store, works, public_url, log)
    beats = Heartbeat()

    def work(parent: int, _first: bool) -> None:
        bench_until_stopped(bench, listener, works, beats.beat, parent)

    drafting = Drafting(store, Bench(folder / "bench"), Drafts(store, archive))
    return drafting, Child("bench", work, heartbeat=beats)


def _bench(
    settings: Settings, archive: Archive, store: DraftStore, folder: Path, public_url: str | None, log: Log
) -> BenchProcess:
    surroundings = LiveSurroundings(archive, settings.source, folder / "live", log)
    make_answers = partial(make_holder_app, public_url=public_url, log=log)
    return BenchProcess(store, surroundings, folder, make_answers, log, settings.drafts)
