"""The clients of the live-edits script: they ask without a pause, and hold each answer against itself."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field

from scripts.live_edits_folder import MARK
from scripts.live_edits_server import PATIENCE_S

_CUT_S = 3
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Question:
    """An assessment of a ruleset, as a request's body."""

    ruleset: str
    body: bytes


@dataclass
class Seen:
    """What clients have seen: digests with the edits that their answers named, and what went wrong.

    ``live`` has the edit of each ruleset that is known to be live in every worker: no request that is sent
    after that may be answered from one before it.
    """

    answers: int = 0
    cut: int = 0
    failed: list[str] = field(default_factory=list)
    edits: dict[str, set[int]] = field(default_factory=dict)
    live: dict[str, int] = field(default_factory=dict)
    latest: dict[str, tuple[float, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """Asks without a pause on one connection, and holds each answer against itself."""

    def __init__(self, port: int, questions: list[Question], seen: Seen, kills: list[float]) -> None:
        super().__init__(daemon=True)
        self._port, self._questions, self._seen, self._kills = port, questions, seen, kills
        self._connection: http.client.HTTPConnection | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        """Ask until told to stop."""
        turn = 0
        while not self.stopping.wait(0.004):
            turn += 1
            self._ask(self._questions[turn % len(self._questions)], again=True)

    def _ask(self, question: Question, *, again: bool) -> None:
        asked, live = time.time(), self._seen.live.get(question.ruleset, 0)
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
            self._connection.request("POST", "/v1/evaluate", question.body, _JSON)
            response = self._connection.getresponse()
            status, raw = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection = None
            if again and any(kill - _CUT_S < time.time() < kill + _CUT_S for kill in self._kills):
                self._seen.cut += 1
                self._ask(question, again=False)
            else:
                self._seen.failed.append(repr(error))
            return
        self._note(asked, live, status, raw)

    def _note(self, asked: float, live: int, status: int, raw: bytes) -> None:
        seen = self._seen
        if status != 200:
            seen.failed.append(f"{status} {raw[:200]!r}")
            return
        of = json.loads(raw)["ruleset"]
        marks = {int(one) for one in MARK.findall(raw)}
        with seen.lock:
            seen.answers += 1
            seen.edits.setdefault(f"{of['id']} {of['digest']}", set()).update(marks)
            seen.latest[of["id"]] = max(seen.latest.get(of["id"], (0.0, "")), (asked, of["digest"]))
            if len(marks) > 1:
                seen.failed.append(f"a mixture: one answer holds the edits {sorted(marks)}")
            if marks and min(marks) < live:
                seen.failed.append(f"a step back: {sorted(marks)} when {live} was live in every worker")
