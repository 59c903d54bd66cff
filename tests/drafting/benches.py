"""A bench of its own for a test, over drafts that the test writes."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

from service.drafting.bench import BenchServer, bench_until_stopped
from service.drafting.bench_client import Bench
from service.drafting.draft_limits import DraftLimits
from service.drafting.draft_report import DraftReport
from service.drafting.held_draft import Answers, HeldDraft
from service.drafting.messages import Message
from service.model.draft import Draft, DraftState
from service.vetting.report import Served
from tests.waiting import until
from tests.web import small

GOOD = {
    "ruleset.yaml": small.RULESET,
    "assessment.yaml": small.ASSESSMENT,
    "factors/1-concern.yaml": small.CONCERN,
    "factors/2-safety.yaml": small.SAFETY,
    "guarantees.yaml": small.GUARANTEES,
    "evidence.yaml": small.EVIDENCE,
}
BROKEN = {**GOOD, "factors/1-concern.yaml": small.CONCERN.replace("title: Sun", "titel: Sun")}
_BEGAN = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


class Nothing:
    """A log that nobody reads."""

    def info(self, event: str, **details: object) -> None:
        """As it should be."""

    warning = error = info


class Bench4Test:
    """The bench, and what it reads: states of drafts as files, so that it sees them change."""

    def __init__(self, folder: Path, begin: Callable[[Bench4Test], int]) -> None:
        self.folder = folder
        self.address = folder / "bench"
        self._begin = begin
        self.pid = 0
        self.client = Bench(self.address)

    def start(self) -> None:
        """Start it, after an earlier one as well."""
        self.pid = self._begin(self)

    def kill(self) -> None:
        """End it without notice."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def stop(self) -> int:
        """Tell it to stop; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def save(self, draft: str, *states: Mapping[str, str]) -> Draft:
        """Give a draft these further states; the draft as it is then."""
        for state in states:
            number = len(self._states(draft)) + 1
            for name, text in state.items():
                path = self.folder / "states" / draft / str(number) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return self.draft(draft)

    def draft(self, draft: str) -> Draft:
        """The draft as it is now."""
        return Draft(draft, "small", None, None, _BEGAN, _BEGAN, None, len(self._states(draft)))

    def report(self, draft: Draft) -> DraftReport:
        """The report of its newest state, once nothing more comes of it."""

        def found() -> DraftReport | None:
            report = self.client.problems(draft, 10, "checked")
            return report if report.is_final else None

        return until(found)

    def children(self) -> list[int]:
        """The processes of states that there are."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="utf-8")
        return [int(one) for one in text.split()]

    # What the bench asks for.

    rulesets = Path("/nowhere")

    def state(self, draft_id: str, number: int | None = None) -> DraftState | None:
        """One of its states; the newest, if none is named."""
        numbers = self._states(draft_id)
        found = max(numbers, default=0) if number is None else number
        if found not in numbers:
            return None
        root = self.folder / "states" / draft_id / str(found)
        files = {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*.yaml")}
        return DraftState(self.draft(draft_id), found, files, {})

    def now(self) -> str:
        """What serves, in a word that tests change."""
        file = self.folder / "serves"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def seen_for(self, _: Draft) -> str:
        """What the keys of its clinic see, in a word that tests change."""
        file = self.folder / "seen"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def folders(self, draft: Draft) -> Mapping[str, Path]:
        """Nothing can be extended."""
        return {}

    def served(self, _: str) -> Served:
        """Nothing serves."""
        return Served()

    def _states(self, draft: str) -> list[int]:
        folder = self.folder / "states" / draft
        return [int(one.name) for one in folder.iterdir()] if folder.is_dir() else []


@contextmanager
def bench(folder: Path, limits: DraftLimits | None = None) -> Iterator[Bench4Test]:
    """A bench that runs; in the processes of drafts answers say which state answers."""
    works = folder / "works"
    works.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "bench"))
        listener.listen(64)

        def begin(made: Bench4Test) -> int:
            parent, pid = os.getpid(), os.fork()
            if pid == 0:
                code = 1
                try:
                    bench_until_stopped(
                        lambda: BenchServer(
                            made, made, works, _answers, Nothing(), limits or DraftLimits(), _go_back
                        ),
                        listener,
                        works,
                        lambda: None,
                        parent,
                    )
                    code = 0
                finally:
                    os._exit(code)
            return pid

        made = Bench4Test(folder, begin)
        made.start()
        try:
            yield made
        finally:
            assert made.stop() == 0


def _go_back(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ended where nothing of that digest ever served; as long as a file is there it is worked on."""
    if asked["digest"] == "ends":
        os.kill(os.getpid(), signal.SIGKILL)
    while Path(asked["newest"]).exists():
        sleep(0.01)
    return {"kept": [asked["digest"]]}


def _answers(held: HeldDraft) -> Answers:
    def answers(_: dict[str, Any], body: bytes) -> Message:
        return Message({"state": held.state.number, "process": os.getpid()}, body)

    return answers
