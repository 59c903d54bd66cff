"""What is told of requests beside their answers: metrics always, traces where they are configured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from service.serving.outcome import Failed, LoggedAnswer, Observer, Outcome, Stages
from service.web.call import Answer, Call
from service.web.live import Live
from service.web.measuring import Pulse, States
from service.web.metrics import Metrics

if TYPE_CHECKING:
    from service.web.spans import Spans


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Follows requests and decisions, in any thread. Without ``spans`` there are no traces."""

    metrics: Metrics
    spans: Spans | None = None

    def start(self) -> None:
        """Begin to send traces, if they are configured. Call it after a fork."""
        if self.spans is not None:
            self.spans.start()

    def close(self) -> None:
        """Send what is left of traces, within a short time."""
        if self.spans is not None:
            self.spans.close()

    def began(self, call: Call) -> None:
        """A request has come, and its route is known."""
        if self.spans is not None:
            self.spans.begin(call)

    def ended(self, call: Call, status: int) -> None:
        """A request was answered."""
        self.metrics.answered(call, status, perf_counter() - call.started)
        if self.spans is not None:
            self.spans.end(call, status)

    def of(self, call: Call) -> Observer:
        """What is told of one request, by any thread."""
        return _Of(self, call)


@dataclass(frozen=True, slots=True)
class _Of:
    telemetry: Telemetry
    call: Call

    def decided(self, outcomes: Sequence[Outcome], stages: Stages) -> None:
        """See ``Observer``."""
        self.telemetry.metrics.decided(outcomes)
        if len(outcomes) == 1:
            _note(self.call, outcomes[0])
        if self.telemetry.spans is not None:
            self.telemetry.spans.stages(self.call, stages)


def _note(call: Call, outcome: Outcome) -> None:
    if isinstance(outcome, LoggedAnswer):
        call.version, call.verdict = outcome.version, outcome.verdict
    elif isinstance(outcome, Failed):
        call.fault = type(outcome.fault).__name__


class MetricsView:
    """``GET /metrics``: what Prometheus reads."""

    def __init__(self, metrics: Metrics, live: Live, pulse: Pulse) -> None:
        self._metrics = metrics
        self._states = States(live)
        self._pulse = pulse

    def __call__(self) -> Answer:
        """All metrics of all workers, in Prometheus' text format."""
        self._pulse.beat()
        text = generate_latest(self._metrics.registry()) + generate_latest(self._states)
        return Answer(text, 200, [("Content-Type", CONTENT_TYPE_PLAIN_0_0_4), ("Cache-Control", "no-store")])
