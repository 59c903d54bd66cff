"""The client of a service."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, Unpack, cast
from urllib.parse import quote, urlencode

from picoplan_client.error import PicoplanError
from picoplan_client.transport import OnHeaders, Transport, written
from picoplan_client.types import (
    Answer,
    Decision,
    DecisionsFound,
    Erased,
    EraseRequest,
    EvaluateRequest,
    FindRequest,
    History,
    Rule,
    Ruleset,
    RulesetList,
    Table,
    TableRequest,
    Tried,
    Verification,
    WhatIf,
    WhatIfRequest,
)

LINES_TOGETHER = 250
"""So many of many requests are sent together, on a connection of their own."""

AT_ONCE = 3
"""So many such groups are at work at once."""


class PicoplanClient:
    """Asks one service. Several threads may use it at once.

    What is answered is the JSON as it came, a dict with its type: a whole number is an ``int``, any other an
    exact ``decimal.Decimal``. A request is sent again where no answer came, where the service is busy or
    where the key has sent too many, as long after as the service says. No second decision is made by that.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 30,
        retries: int = 4,
        on_headers: OnHeaders | None = None,
    ) -> None:
        """Connects with the first request.

        Args:
            url: where the service is, such as ``https://plans.clinic.example``.
            key: the API key, where the service asks for one.
            timeout: seconds to wait for a connection, and for the next piece of an answer.
            retries: how often a request is sent again at most.
            on_headers: is called with the headers of each answer, such as ``Picoplan-Ruleset-State``. Threads
                of ``evaluate_many`` call it, too.
        """
        self._transport = Transport(url, key, timeout, retries, on_headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()

    def evaluate(self, *, idempotency_key: str | None = None, **request: Unpack[EvaluateRequest]) -> Answer:
        """The plan for one client; it is logged as a decision.

        Two calls with the same ``idempotency_key`` and request make one decision; without it each makes its
        own.

        Raises:
            PicoplanError: there is no plan, as of all methods here.
        """
        answer = self._transport.json("POST", "/v1/evaluate", request, idempotency_key or str(uuid.uuid4()))
        return cast(Answer, answer)

    def evaluate_many(
        self, requests: Iterable[EvaluateRequest], *, idempotency_key: str | None = None
    ) -> Iterator[Answer | PicoplanError]:
        """The plan for each client, in the order of the requests, or the error that is told instead.

        At most 1,000 requests and their answers are in memory, however many there are, so ``requests`` may be
        a generator. It is read in the caller's thread, ahead of the answers. Where this program breaks
        off, the same requests with the same ``idempotency_key`` are told the decisions that were made.

        Raises:
            PicoplanError: a part of the requests was refused as a whole, such as for want of a key.
        """
        key = idempotency_key or str(uuid.uuid4())
        threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="picoplan")
        at_work: deque[Future[list[Answer | PicoplanError]]] = deque()
        try:
            for before, group in _grouped(requests):
                if len(at_work) == AT_ONCE:
                    yield from at_work.popleft().result()
                at_work.append(threads.submit(self._evaluated, group, before, f"{key}-{before}"))
            while at_work:
                yield from at_work.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _evaluated(self, group: list[EvaluateRequest], before: int, key: str) -> list[Answer | PicoplanError]:
        told = self._transport.lines("/v1/evaluate/batch", [written(one) for one in group], key)
        return [
            PicoplanError.of(one["status"], one, line=before + one["line"]) if "status" in one else one
            for one in told
        ]

    def what_if(self, **request: Unpack[WhatIfRequest]) -> WhatIf:
        """The smallest changes of answers that would change the plan; nothing is decided."""
        return cast(WhatIf, self._transport.json("POST", "/v1/what-if", request))

    def try_assessment(self, **request: Unpack[EvaluateRequest]) -> Tried:
        """What would be answered; nothing is decided or logged."""
        return cast(Tried, self._transport.json("POST", "/v1/try", request))

    def table(self, **request: Unpack[TableRequest]) -> Table:
        """What would be answered to each combination of some answers; nothing is decided or logged."""
        return cast(Table, self._transport.json("POST", "/v1/table", request))

    def rulesets(self) -> RulesetList:
        """The rulesets that serve."""
        return cast(RulesetList, self._transport.json("GET", "/v1/rulesets"))

    def ruleset(self, ruleset: str, *, language: str | None = None) -> Ruleset:
        """One ruleset: its factors, texts, rules and evidence."""
        return cast(Ruleset, self._described(ruleset, "", language))

    def assessment_schema(self, ruleset: str, *, language: str | None = None) -> dict[str, Any]:
        """The JSON Schema of its assessments: the questions, in the order in which to ask them."""
        return cast(dict[str, Any], self._described(ruleset, "/assessment-schema", language))

    def rule(self, ruleset: str, rule: str, *, language: str | None = None) -> Rule:
        """One of its rules, and the papers that it cites."""
        return cast(Rule, self._described(ruleset, f"/rules/{quote(rule, safe='')}", language))

    def ruleset_history(self, ruleset: str) -> History:
        """What was published of it, the newest first."""
        return cast(History, self._described(ruleset, "/history", None))

    def _described(self, ruleset: str, of_it: str, language: str | None) -> Any:
        query = "" if language is None else "?" + urlencode({"language": language})
        return self._transport.json("GET", f"/v1/rulesets/{quote(ruleset, safe='')}{of_it}{query}")

    def decision(self, decision_id: str) -> Decision:
        """A logged decision: what was asked, and what was answered."""
        return cast(Decision, self._transport.json("GET", f"/v1/decisions/{quote(decision_id, safe='')}"))

    def verify(self, decision_id: str) -> Verification:
        """The decision made again: is it the same?"""
        path = f"/v1/decisions/{quote(decision_id, safe='')}/verify"
        return cast(Verification, self._transport.json("POST", path))

    def find_decisions(self, **request: Unpack[FindRequest]) -> DecisionsFound:
        """The decisions that were made with a ``ref``."""
        return cast(DecisionsFound, self._transport.json("POST", "/v1/refs/find", request))

    def erase_decisions(self, **request: Unpack[EraseRequest]) -> Erased:
        """Erase the decisions that were made with a ``ref``, for good.

        Where the request had to be sent again, those that were erased before don't count.
        """
        return cast(Erased, self._transport.json("POST", "/v1/refs/erase", request))


def _grouped(requests: Iterable[EvaluateRequest]) -> Iterator[tuple[int, list[EvaluateRequest]]]:
    """Groups of so many requests as are sent together, each with how many were before."""
    group: list[EvaluateRequest] = []
    before = 0
    for one in requests:
        group.append(one)
        if len(group) == LINES_TOGETHER:
            yield before, group
            before += len(group)
            group = []
    if group:
        yield before, group
