"""What is measured from time to time, or when it is asked for: the log, the process and the rulesets."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import get_args

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.serving.recording import LogHealth as LogStanding
from service.serving.recording import LogWriter
from service.store.decisions.logged import Row
from service.web.follower import Follower
from service.web.live import Live
from service.web.metrics import Metrics
from service.web.ruleset_status import RulesetState

EVERY_S = 1.0
"""Seconds between two looks of a worker at itself: so old may be what another worker tells of it."""


class TimedWriter:
    """A writer of decisions whose commits are timed and whose rows are counted."""

    def __init__(self, writer: LogWriter, metrics: Metrics) -> None:
        self._writer = writer
        self._metrics = metrics

    def write(self, rows: Sequence[Row]) -> bool:
        """Log them, all or none, and whether each is new there; raises ``DatabaseFault``."""
        began = perf_counter()
        try:
            new = self._writer.write(rows)
        finally:
            self._metrics.log_commits.observe(perf_counter() - began)
        self._metrics.log_rows.inc(len(rows))
        return new

    def probe(self) -> None:
        """Raise ``DatabaseFault`` where the log can't be written."""
        self._writer.probe()

    def close(self) -> None:
        """Let go of the log."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """Whom a worker asks how they do: followers by what they follow, Redis, and the sender of spans."""

    followers: Mapping[str, Follower] = field(default_factory=dict)
    loses_redis: Callable[[], bool] = bool
    spans_dropped: Callable[[], int] = int


class Pulse:
    """Brings what a process knows of itself into its metrics, every second once it is started."""

    def __init__(
        self,
        metrics: Metrics,
        log_standing: Callable[[], LogStanding] | None,
        watched: Watched | None = None,
    ) -> None:
        """``log_standing``: how the decision log does; None: there is none."""
        self._metrics = metrics
        self._log_standing = log_standing
        self._watched = watched or Watched()
        self._dropped = 0
        self._process = ProcessCollector(registry=None)
        self._pid: int | None = None
        self._lost = 0
        self._cpu_s = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Count this process as a worker, and go on in a thread of its own. Call it after a fork."""
        self._pid = os.getpid()
        self._metrics.worker_starts.inc()
        self.beat()
        threading.Thread(target=self._go_on, args=(threading.Event(),), name="metrics", daemon=True).start()

    def close(self) -> None:
        """Measure a last time, where this process is one that was started."""
        if self._pid == os.getpid():
            self.beat()

    def beat(self) -> None:
        """Measure now."""
        self._metrics.settle()
        with self._lock:
            self._measure_log()
            self._measure_process()
            self._measure_watched()

    def _go_on(self, never: threading.Event) -> None:
        while not never.wait(EVERY_S):
            self.beat()

    def _measure_log(self) -> None:
        if self._log_standing is None:
            return
        standing, metrics = self._log_standing(), self._metrics
        metrics.log_failing.set(standing.trouble is not None)
        metrics.log_rows_waiting.set(standing.waiting)
        if standing.lost > self._lost:
            metrics.log_rows_lost.inc(standing.lost - self._lost)
            self._lost = standing.lost

    def _measure_process(self) -> None:
        metrics = self._metrics
        metrics.workers.set(1)
        found = {one.name: one.samples[0].value for one in self._process.collect() if one.samples}
        metrics.worker_memory.set(found.get("process_resident_memory_bytes", 0))
        metrics.worker_fds.set(found.get("process_open_fds", 0))
        cpu_s = found.get("process_cpu_seconds", 0.0)
        if cpu_s > self._cpu_s:
            metrics.worker_cpu.inc(cpu_s - self._cpu_s)
            self._cpu_s = cpu_s

    def _measure_watched(self) -> None:
        metrics = self._metrics
        for name, follower in self._watched.followers.items():
            metrics.follower_failing.labels(name).set(bool(follower.trouble))
            metrics.follower_success.labels(name).set(follower.last_success)
        dropped = self._watched.spans_dropped()
        if dropped > self._dropped:
            metrics.spans_dropped.inc(dropped - self._dropped)
            self._dropped = dropped
        metrics.redis_failing.set(self._watched.loses_redis())


class States(Collector):
    """How the rulesets stand, as the process knows that is asked; each follows the archive by itself."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._build = _build()

    def collect(self) -> Iterable[Metric]:
        """What stands at this moment; nothing is left of editions that no longer serve."""
        yield self._build
        info = GaugeMetricFamily(
            "picoplan_ruleset_info",
            "The edition that serves, always 1.",
            labels=("ruleset", "version", "digest"),
        )
        state = GaugeMetricFamily(
            "picoplan_ruleset_state",
            "1 for the state of the ruleset: current, stale (a newer edit waits), "
            "checking (its first check goes on), broken (nothing serves).",
            labels=("ruleset", "state"),
        )
        since = GaugeMetricFamily(
            "picoplan_ruleset_live_timestamp_seconds",
            "When the edition that serves went live, in seconds since 1970.",
            labels=("ruleset",),
        )
        waits = GaugeMetricFamily(
            "picoplan_ruleset_edit_waits_timestamp_seconds",
            "Since when an edit waits that can't go live, in seconds since 1970; absent where none does.",
            labels=("ruleset",),
        )
        today = datetime.now(UTC).date()
        for name, one in sorted(self._live.statuses.by_id.items()):
            for possible in get_args(RulesetState):
                state.add_metric((name, possible), one.state == possible)
            serves = one.serving(today)
            if serves is not None:
                info.add_metric((name, serves.version, serves.digest), 1)
                since.add_metric((name,), serves.goes_live.timestamp())
            if one.waits_since is not None:
                waits.add_metric((name,), one.waits_since.timestamp())
        yield from (info, state, since, waits)

    def describe(self) -> Iterator[Metric]:
        """Nothing: what there is to collect is looked up when it is asked for."""
        yield from ()


def _build() -> Metric:
    build = GaugeMetricFamily(
        "picoplan_build_info",
        "The version of picoplan and of Python, always 1.",
        labels=("version", "python"),
    )
    build.add_metric((version("picoplan"), platform.python_version()), 1)
    return build
