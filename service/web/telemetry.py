"""What is told of requests beside their answers: metrics always, traces where they are configured."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from service.serving.outcome import Failed, LoggedAnswer, Observer, Outcome, Stages
from service.web.call import METHODS, Answer, Call
from service.web.live import Live
from service.web.log import Log
from service.web.measuring import Pulse, States
from service.web.metrics import OTHER_METHOD, Metrics

if TYPE_CHECKING:
    from service.web.spans import Spans


TELLS_EVERY_S = 0.01
"""Seconds for which requests that were answered are kept, to be told of together: each alone costs more."""


class Telemetry:
    """Follows requests and decisions, in any thread. Without ``spans`` there are no traces."""

    def __init__(self, metrics: Metrics, log: Log, spans: Spans | None = None) -> None:
        self.metrics = metrics
        self.spans = spans
        self._log = log
        self._ended: list[tuple[Call, int, float]] = []
        self._tells = False

    def start(self) -> None:
        """Begin to send traces, if they are configured. Call it after a fork."""
        if self.spans is not None:
            self.spans.start()

    def close(self) -> None:
        """Send what is left of traces, within a short time."""
        if self.spans is not None:
            self.spans.close()

    def came(self) -> None:
        """A request has come."""
        self.metrics.in_flight.inc()

    def began(self, call: Call) -> None:
        """Its route is known."""
        if self.spans is not None:
            self.spans.begin(call)

    def ended(self, call: Call, status: int) -> None:
        """It was answered: on the event loop, which soon logs and counts it with others."""
        if self.spans is not None:
            self.spans.end(call, status)
        self._ended.append((call, status, perf_counter() - call.started))
        if not self._tells:
            self._tells = True
            asyncio.get_running_loop().call_later(TELLS_EVERY_S, self.tell, context=Context())

    def tell(self) -> None:
        """Log and count what was answered until now."""
        self._tells = False
        ended, self._ended = self._ended, []
        for call, status, seconds in ended:
            self._log.info(
                "request",
                request_id=call.id,
                method=call.method if call.method in METHODS else OTHER_METHOD,
                route=call.route,
                status=status,
                duration_ms=round(seconds * 1000, 3),
                client=call.client,
                key=call.caller.key,
                ruleset=call.ruleset,
                digest=call.digest,
                **call.signed,
                **call.trace,
            )
        self.metrics.answered(ended)

    def of(self, call: Call) -> Observer:
        """What is told of one request, by any thread."""
        return _Of(self, call)


@dataclass(slots=True)
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
