"""What ``GET /metrics`` says, as numbers."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.waiting import until
from tests.web.serving import Served


class Measured:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.families = {one.name: one for one in text_string_to_metric_families(text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name that have these labels; 0 where there are none."""
        return sum(
            one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items()
        )

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels of all samples of that name."""
        return [dict(one.labels) for one in self.samples if one.name == name]


def scrape(served: Served, held: int = 0) -> Measured:
    """Ask a server, whichever of its workers answers, once it has counted what was answered before.

    A request is counted when its answer is sent, which its client may see first. One scrape reads the values
    of the workers one after the other, so only the next one is sure to hold all that was counted by then.
    ``held``: so many requests are still being answered.
    """
    until(lambda: _settled(_scrape(served), held))
    return until(lambda: _settled(_scrape(served), held))


def _settled(seen: Measured, held: int) -> Measured | None:
    return seen if seen.sum("picoplan_requests_in_flight") == held + 1 else None


def _scrape(served: Served) -> Measured:
    status, headers, body = served.ask("GET", "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return Measured(body.decode())
