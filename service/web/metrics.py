"""What is counted and measured, by Prometheus' conventions. No label holds what a client can choose freely.

Labels come from closed sets: templates of routes, methods, statuses, ids of rulesets that serve, verdicts,
codes of mistakes, kinds of faults. Under `picoplan serve` each process keeps its values in files that all
share, so whoever is asked gives the sum of all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter as Counts
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Generic, Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.core import Metric
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from service.serving.outcome import Failed, LoggedAnswer, Outcome
from service.web.call import METHODS, Call
from service.web.own_folder import own_folder

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_NAME = "picoplan-metrics-"
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 16 * 1024 * 1024
"""A file in memory that can't grow kills the process that writes to it, so memory must have room."""


def keep_values(folder: Path | None) -> None:
    """Let metrics that are made from now on keep their values in files of a folder, or in memory (None).

    The library has one setting for a process, which it takes from a variable where nobody says otherwise.
    Here it is said, whatever the variable is; where files are shared the library asks it for their folder.
    """
    if folder is None:
        values.ValueClass = values.MutexValue
    else:
        os.environ[_VARIABLE] = str(folder)
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # the library's


def shared_folder() -> AbstractContextManager[Path]:
    """A folder for the values of one server, see ``own_folder``."""
    return own_folder(_NAME, _parent())


def forget_process(folder: Path, pid: int) -> None:
    """Take what an ended process gave to gauges out of the folder; its counts stay."""
    with suppress(OSError):  # a value too much must not end the server
        mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # the library's


def _parent() -> Path:
    if os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        return _MEMORY
    return Path(tempfile.gettempdir())


REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COMMIT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Upper bounds in seconds."""

NO_ROUTE = "none"
"""The route of a request whose path is none of ours, or that is refused whatever it asks for."""

OTHER_METHOD = "other"

_M = TypeVar("_M", bound=MetricWrapperBase)


class _Labelled(dict[tuple[str, ...], _M], Generic[_M]):
    """A metric's series by the values of its labels, each looked up in the library once."""

    def __init__(self, metric: _M) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, key: tuple[str, ...]) -> _M:
        made = self[key] = self._metric.labels(*key)
        return made


class _Shared(Collector):
    """The values in all files of a folder, added up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        # A file is empty between two steps of its making, and stays so where its process was killed there.
        files = [str(file) for file in self._folder.glob("*.db") if _size(file)]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged

    def describe(self) -> Iterator[Metric]:
        """Nothing: what there is to collect is looked up when it is asked for."""
        yield from ()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # of a process that has ended just now


class Metrics:
    """The metrics of one process, or of all that share a folder; safe in any thread.

    Each process of the server adds to them from its fork on. Gauges count the processes that live: the
    values of one that has ended leave with it, while its counts stay.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where the processes of one server share their values; None: this process is alone."""
        keep_values(folder)
        self._folder = folder
        self._own = CollectorRegistry()
        self._requests = _Labelled(
            self._counter("requests", "Requests answered.", ("route", "method", "status"))
        )
        self._seconds = _Labelled(
            Histogram(
                "picoplan_request_duration_seconds",
                "Seconds from a request's coming to its answer, or to the end of a streamed one.",
                ("route",),
                buckets=REQUEST_BUCKETS,
                registry=self._own,
            )
        )
        self.in_flight = self._gauge("requests_in_flight", "Requests that are being answered.")
        self._decisions = _Labelled(self._counter("decisions", "Decisions made.", ("ruleset", "verdict")))
        self._beside = _Labelled(
            self._counter("other_decisions", "Tests, and self-checks of clients.", ("ruleset", "kind"))
        )
        self._made: deque[tuple[str, str]] = deque()
        self._again = _Labelled(
            self._counter(
                "answers_again", "Answers given again to a request that was sent again.", ("ruleset",)
            )
        )
        self._failed = _Labelled(
            self._counter("decisions_failed", "Decisions not made, by a fault of the service.", ("fault",))
        )
        self._mistakes = _Labelled(
            self._counter("mistakes", "Mistakes that requests were answered with.", ("code",))
        )
        self._log_metrics()
        self._process_metrics()
        self._others_metrics()

    def _log_metrics(self) -> None:
        self.log_rows = self._counter("decision_log_rows", "Decisions safely logged.")
        self.log_rows_lost = self._counter("decision_log_rows_lost", "Decisions given up unlogged.")
        self.log_rows_waiting = self._gauge(
            "decision_log_rows_waiting", "Decisions that wait in memory to be logged."
        )
        self.log_failing = self._gauge(
            "decision_log_failing", "1 while any worker can't write the decision log, else 0.", "livemax"
        )
        self.log_commits = Histogram(
            "picoplan_decision_log_commit_duration_seconds",
            "Seconds that commits to the decision log took, failed ones too.",
            buckets=COMMIT_BUCKETS,
            registry=self._own,
        )

    def _process_metrics(self) -> None:
        self.workers = self._gauge("workers", "Workers that live.")
        self.worker_starts = self._counter("worker_starts", "Workers started, also in place of killed ones.")
        self.worker_memory = self._gauge(
            "workers_resident_memory_bytes", "Resident memory of all workers, shared pages in each."
        )
        self.worker_fds = self._gauge("workers_open_fds", "Open file descriptors of all workers.")
        self.worker_cpu = self._counter("workers_cpu_seconds", "Processor seconds of all workers.")

    def _others_metrics(self) -> None:
        """How those do on whom a worker rests: the database that it follows, Redis, the traces' collector."""
        self.follower_failing = self._gauge(
            "follower_failing",
            "1 while any worker can't follow the archive or the keys in the database, else 0.",
            "livemax",
            ("follows",),
        )
        self.follower_success = self._gauge(
            "follower_last_success_timestamp_seconds",
            "When the worker that is furthest behind last looked into the database, in seconds since 1970.",
            "livemin",
            ("follows",),
        )
        self.redis_failing = self._gauge(
            "redis_failing",
            "1 while any worker can't count in the Redis that is named, and so counts by itself, else 0.",
            "livemax",
        )
        self.spans_dropped = self._counter("spans_dropped", "Spans that never came to the collector.")

    def _counter(self, name: str, says: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(f"picoplan_{name}_total", says, labels, registry=self._own)

    def _gauge(
        self,
        name: str,
        says: str,
        mode: Literal["livesum", "livemax", "livemin"] = "livesum",
        labels: Sequence[str] = (),
    ) -> Gauge:
        """``mode``: how the values of living processes make one."""
        return Gauge(f"picoplan_{name}", says, labels, registry=self._own, multiprocess_mode=mode)

    def answered(self, ended: Iterable[tuple[Call, int, float]]) -> None:
        """Count requests that were answered, each with status and seconds, and mistakes in answers."""
        alike: Counts[tuple[str, str, str]] = Counts()
        for call, status, seconds in ended:
            route = call.route or NO_ROUTE
            alike[route, call.method if call.method in METHODS else OTHER_METHOD, str(status)] += 1
            self._seconds[(route,)].observe(seconds)
            for code in call.mistakes:
                self._mistakes[(code,)].inc()
        for labels, number in alike.items():
            self._requests[labels].inc(number)
        self.settle()
        self.in_flight.dec(alike.total())

    def decided(self, outcomes: Iterable[Outcome]) -> None:
        """Count what came of requests for decisions: answers together with others, see ``settle``."""
        for one in outcomes:
            if isinstance(one, LoggedAnswer):
                if one.again:
                    self._again[(one.ruleset,)].inc()
                elif one.kind != "decision":
                    self._beside[one.ruleset, one.kind].inc()
                else:
                    self._made.append((one.ruleset, one.verdict))
            elif isinstance(one, Failed):
                self._failed[(type(one.fault).__name__,)].inc()
            else:
                for mistake in one.errors:
                    self._mistakes[(mistake.code,)].inc()

    def settle(self) -> None:
        """Count the decisions that were made until now."""
        made: Counts[tuple[str, str]] = Counts()
        with suppress(IndexError):
            while True:
                made[self._made.popleft()] += 1
        for labels, number in made.items():
            self._decisions[labels].inc(number)

    def registry(self) -> CollectorRegistry:
        """All of them, to be read: of all processes that share them."""
        if self._folder is None:
            return self._own
        shared = CollectorRegistry()
        shared.register(_Shared(self._folder))
        return shared
