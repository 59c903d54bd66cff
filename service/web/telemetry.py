"""What is told of requests beside their answers: metrics always, traces where they are configured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Response, has_request_context
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from service.serving.outcome import Failed, LoggedAnswer, Observer, Outcome, Stages
from service.web.call import Call, View, this_call
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

    def began(self) -> None:
        """The request at hand has come."""
        if self.spans is not None:
            self.spans.begin(this_call())

    def ended(self, call: Call, status: int) -> None:
        """A request was answered."""
        self.metrics.answered(call, status, perf_counter() - call.started)
        if self.spans is not None:
            self.spans.end(call, status)

    def decided(self, outcomes: Sequence[Outcome], stages: Stages) -> None:
        """These came of bodies that were decided together; see ``service.serving.outcome.Observer``."""
        self.decided_for(this_call() if has_request_context() else None, outcomes, stages)

    def decided_for(self, call: Call | None, outcomes: Sequence[Outcome], stages: Stages) -> None:
        """The same, whatever request is at hand in this thread."""
        self.metrics.decided(outcomes)
        if call is None:
            return
        if len(outcomes) == 1:
            _note(call, outcomes[0])
        if self.spans is not None:
            self.spans.stages(call, stages)

    def of(self, call: Call) -> Observer:
        """What is told of one request, by any thread."""
        return _Of(self, call)


@dataclass(frozen=True, slots=True)
class _Of:
    telemetry: Telemetry
    call: Call

    def decided(self, outcomes: Sequence[Outcome], stages: Stages) -> None:
        self.telemetry.decided_for(self.call, outcomes, stages)


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

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        view: Callable[..., Response] = self.__call__
        return {"metrics": view}

    def __call__(self) -> Response:
        """All metrics of all workers, in Prometheus' text format."""
        self._pulse.beat()
        text = generate_latest(self._metrics.registry()) + generate_latest(self._states)
        response = Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)
        response.headers["Cache-Control"] = "no-store"
        return response
