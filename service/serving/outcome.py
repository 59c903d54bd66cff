"""What comes of a request: an answer, why there is none, or a fault of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from schemas.request import DecisionKind
from service.model.problem import Refusal
from service.serving.refused import Refused


class LoggedAnswer(NamedTuple):
    """An answer in the bytes that are given; ``again``: they were given before, to the same request."""

    content: bytes
    ruleset: str
    version: str
    digest: str
    verdict: str
    again: bool = False
    kind: DecisionKind = "decision"


@dataclass(frozen=True, slots=True)
class Failed:
    """No decision, by a fault of ours."""

    fault: Exception


Outcome = LoggedAnswer | Refused | Failed


class Decided(NamedTuple):
    """What came of each request, in their order.

    ``safe``: the decisions are in the log, as far as there is one; only ``best-effort`` answers without.
    """

    outcomes: tuple[Outcome, ...]
    safe: bool


class Stages(NamedTuple):
    """When bodies were taken up, when they were decided and when they were logged: nanoseconds since 1970."""

    began: int
    decided: int
    logged: int


class Observer(Protocol):
    """Is told what came of requests, all that there were, and when. It must not fail."""

    def decided(self, outcomes: Sequence[Outcome], stages: Stages) -> None:
        """These came of bodies that were decided together."""


NOT_LOGGED = Refused(
    "not_logged",
    "No answer is given that is not safely logged, and the log can't be written.",
    (Refusal("", "not-logged", "The decision could not be logged.", "Send the request again soon."),),
)
"""Why there is no answer where its decision could not be logged."""
