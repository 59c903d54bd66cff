"""Stretches of the log worked on by the workers of a Dask scheduler, on as many machines as there are.

Nothing of a client leaves the database by this way but what a replay tells: workers read their stretches from
the database themselves, tasks are named by numbers, and what goes wrong in one comes back as words, so that
Dask logs nothing about it. A worker that dies loses nothing, for Dask has others do its stretches again.

distributed is imported where it is used: it is an extra, and takes longer than most commands.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import platform
import re
import threading
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from service.replaying.executor import CantReplay, Stretch, StretchWorker, Task, in_order, worked
from service.store.decisions.logged import Mark
from service.store.faults import DatabaseFault

T = TypeVar("T")

ANSWERS_IN_S = 30.0
"""Seconds that the scheduler has to answer."""

PATIENCE_S = 60.0
"""Seconds that a first worker has to come, and each to say what it runs; for so long all may be gone, too."""

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.%]+\]|[^\s:/@\[\]]+):[0-9]{1,5}")

_LOOKS_EVERY_S = 2.0
_AHEAD = 4
"""So many stretches are under way for each thread of the workers."""

_SOURCES = Path(__file__).parents[2]


class SchedulerTrouble(Exception):
    """The scheduler or its workers can't do it: one line with the mend."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a process runs: picoplan's version, a digest of its code, and the Python."""

    version: str
    code: str
    python: str

    def __str__(self) -> str:
        return f"picoplan {self.version} ({self.code}) on Python {self.python}"


@dataclass(frozen=True, slots=True)
class FailedStretch:
    """Why a stretch was not worked on: of what kind the fault is, and what it says."""

    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """What each worker is told of a run: what it must be, what to do, and a decision that it must see."""

    run: str
    build: Build
    task: Task[Any]
    newest: Mark | None


def spread_over(address: str, task: Task[T], parts: Iterable[Stretch], newest: Mark | None) -> Iterator[T]:
    """What comes of each part, in their order, worked on by the workers of the scheduler at an address.

    Workers must have this picoplan, and the log that holds ``newest``.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        SchedulerTrouble: the scheduler or its workers can't do it.
    """
    with _connected(address) as client:
        _await_a_worker(client)
        _refuse_other_versions(client)
        threads = _threads(client)
        _refuse_other_builds(client, threads)
        run, there = uuid.uuid4().hex[:12], _there()
        told = pickle.dumps(Assignment(run, build(), task, newest))
        assignment = client.submit(there, "taken", told, key=f"picoplan-replay-{run}", pure=False)
        numbers = count()

        def submit(part: Stretch) -> Any:
            key = f"picoplan-replay-stretch-{run}-{next(numbers)}"
            return client.submit(there, "work", assignment, pickle.dumps(part), key=key, pure=False)

        ahead = _AHEAD * max(2, sum(threads.values()))
        yield from in_order(parts, submit, lambda future: _awaited(client, future), ahead=ahead)


def _there() -> Callable[..., bytes | None]:
    """What workers run: one of the functions below, with bytes for bytes; None: there is no picoplan.

    It is sent as it is, being no function of a module, for a worker that lacks the module of what it is sent
    ends there and then. For the same reason nothing else but bytes is sent.
    """

    def there(name: str, *told: bytes) -> bytes | None:
        from importlib import import_module

        try:
            run = getattr(import_module("service.replaying.scheduler"), name)
        except (ImportError, AttributeError):
            return None
        done: bytes = run(*told)
        return done

    return there


@cache
def build() -> Build:
    """What this process runs."""
    digest = hashlib.sha256()
    for package in ("service", "schemas"):
        for path in sorted((_SOURCES / package).rglob("*.py")):
            digest.update(str(path.relative_to(_SOURCES)).encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(version("durable-rules").encode())
    return Build(version("picoplan"), digest.hexdigest()[:12], ".".join(platform.python_version_tuple()[:2]))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """A client of the scheduler, which says nothing by itself."""
    if not _ADDRESS.fullmatch(address):
        raise SchedulerTrouble(
            f'"{address}" is no address of a Dask scheduler: write it as tcp://host:8786 or tls://host:8786'
        )
    try:
        with _quiet():
            from distributed import Client
    except ImportError as error:
        raise SchedulerTrouble(
            "a Dask scheduler needs the package distributed: install picoplan[dask]"
        ) from error
    with _quiet():
        open_client: Any = Client
        try:
            client = _in_time(
                lambda: open_client(address, timeout=ANSWERS_IN_S, set_as_default=False), ANSWERS_IN_S
            )
        except Exception as error:  # whatever answers at a wrong address
            raise SchedulerTrouble(f"no Dask scheduler of this version answers at {address}") from error
        try:
            yield client
        finally:
            with suppress(Exception):  # it may be gone, and there is nothing more to do
                client.close(timeout=ANSWERS_IN_S)


@contextmanager
def _quiet() -> Iterator[None]:
    """What distributed warns of and logs is told in words of our own."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _in_time(call: Callable[[], T], more: float = 0) -> T:
    """What a call to the scheduler gives, which may take ``more`` seconds itself.

    distributed waits for ever for one that says nothing.

    Raises:
        TimeoutError: it did not come in time.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(ANSWERS_IN_S + more)


def _await_a_worker(client: Any) -> None:
    try:
        _in_time(lambda: client.wait_for_workers(1, timeout=PATIENCE_S), PATIENCE_S)
    except TimeoutError as error:
        raise SchedulerTrouble(
            f"the scheduler has no workers: start some, as with dask worker {client.scheduler.address}"
        ) from error


def _threads(client: Any) -> dict[str, int]:
    """The threads of each worker, by its address, as the scheduler knows them now."""
    try:
        return _in_time(client.nthreads)
    except Exception as error:
        raise _lost() from error


def _lost() -> SchedulerTrouble:
    return SchedulerTrouble("the scheduler is gone or does not answer any more: start it, and replay again")


def _refuse_other_versions(client: Any) -> None:
    """Let nobody go on whose Python or distributed is another one: they can't read what is sent to them."""
    try:
        found = _in_time(client.get_versions)
    except Exception as error:
        raise _lost() from error
    own = _spoken(found["client"])
    for who, told in (("the scheduler", found["scheduler"]), *found["workers"].items()):
        if _spoken(told) != own:
            name = who if who == "the scheduler" else f"the worker {who}"
            raise SchedulerTrouble(
                f"{name} has {_spoken(told)}, and this is {own}: install the same everywhere"
            )


def _spoken(told: Any) -> str:
    packages = told["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return f"Python {python} with distributed {packages['distributed']}"


def _refuse_other_builds(client: Any, addresses: Iterable[str]) -> None:
    there, own = _there(), build()
    asked = {
        address: client.submit(
            there, "own_build", workers=[address], key=f"picoplan-build-{uuid.uuid4().hex[:12]}", pure=False
        )
        for address in addresses
    }
    for address, future in asked.items():
        try:
            found = future.result(timeout=PATIENCE_S)
        except TimeoutError as error:
            raise SchedulerTrouble(
                f"the worker {address} does not answer: end it, and replay again"
            ) from error
        except Exception as error:
            raise _trouble_of(error) from error
        if found is None:
            raise _bare(f"the worker {address}")
        if pickle.loads(found) != own:
            raise SchedulerTrouble(
                f"the worker {address} runs {pickle.loads(found)}, and this is {own}: "
                "install the same everywhere"
            )


def _bare(who: str) -> SchedulerTrouble:
    return SchedulerTrouble(f"{who} has no picoplan: install this one where its dask worker finds it")


def _trouble_of(error: Exception) -> SchedulerTrouble:
    """What distributed says of a task that could not be done."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    if isinstance(error, KilledWorker):
        return SchedulerTrouble(
            "several workers died at one stretch of the log: see their own logs, and give them more memory"
        )
    if isinstance(error, (FutureCancelledError, OSError)):
        return _lost()
    return SchedulerTrouble(f"a worker could not do it, for Dask says {type(error).__qualname__}")


def _awaited(client: Any, future: Any) -> Any:
    """What comes of a stretch, as long as there are workers."""
    gone_since: float | None = None
    while True:
        try:
            return _unwrapped(future.result(timeout=_LOOKS_EVERY_S))
        except TimeoutError:
            if _threads(client):
                gone_since = None
                continue
            gone_since = gone_since or monotonic()
            if monotonic() - gone_since > PATIENCE_S:
                raise SchedulerTrouble("all workers are gone: start some, and replay again") from None
        except (SchedulerTrouble, CantReplay):
            raise
        except Exception as error:
            raise _trouble_of(error) from error


def _unwrapped(told: bytes | None) -> Any:
    if told is None:
        raise _bare("a worker that came later")
    done = pickle.loads(told)
    if not isinstance(done, FailedStretch):
        return done
    if done.kind == CantReplay.__name__:
        raise CantReplay(done.says)
    raise SchedulerTrouble(done.says)


# What follows runs in the workers.

_ONE_AT_A_TIME = threading.Lock()
_KEPT: dict[str, StretchWorker[Any]] = {}
"""The worker of the run that this process has worked for last."""


def own_build() -> bytes:
    """What this worker runs."""
    return pickle.dumps(build())


def taken(assignment: bytes) -> bytes:
    """The same, so that Dask has it at hand for each worker that comes to need it."""
    return assignment


def work(assignment: bytes, part: bytes) -> bytes:
    """What comes of a stretch; a fault is told, never raised, for Dask would log what it says."""
    return pickle.dumps(_done(assignment, part))


def _done(assignment: bytes, part: bytes) -> object:
    try:
        with _ONE_AT_A_TIME:
            worker = _worker(pickle.loads(assignment))
            try:
                return worked(worker, pickle.loads(part))
            finally:
                worker.close()
    except (CantReplay, SchedulerTrouble) as fault:
        return FailedStretch(type(fault).__name__, str(fault))
    except DatabaseFault as fault:
        return FailedStretch(
            "database", f"a worker can't read the log: {fault}. It must have the database there, too"
        )
    except Exception as fault:  # noqa: BLE001 - whatever it is; its own words may hold an assessment
        where = traceback.extract_tb(fault.__traceback__)[-1]
        return FailedStretch("fault", f"a fault of picoplan in a worker: {_kind(fault)} at {_place(where)}")


def _worker(assignment: Assignment) -> StretchWorker[Any]:
    if assignment.run not in _KEPT:
        if build() != assignment.build:
            raise SchedulerTrouble(
                f"a worker runs {build()}, and this is {assignment.build}: install the same everywhere"
            )
        _KEPT.clear()
        begun = assignment.task.begin(assignment.task.order)
        if assignment.newest is not None and not begun.holds(assignment.newest):
            raise SchedulerTrouble(
                "a worker finds another log at the address of the database, or an older copy: the database "
                "must be one that all workers reach under the same address"
            )
        _KEPT[assignment.run] = begun
    return _KEPT[assignment.run]


def _kind(fault: BaseException) -> str:
    return type(fault).__qualname__


def _place(frame: traceback.FrameSummary) -> str:
    return f"{Path(frame.filename).name}:{frame.lineno}"
