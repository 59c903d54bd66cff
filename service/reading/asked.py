"""A test being read: what is tested, what was said, and where problems go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.language import TEST_FORMS, Operation, TestForm
from service.model.condition import Subject, Test
from service.model.problem import Place, shown
from service.reading.findings import Findings
from service.reading.said import Said


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said of one subject."""

    found: Findings
    subject: Subject
    said: Said

    @property
    def form(self) -> TestForm:
        """The form of test that was said."""
        return TEST_FORMS[self.said.verb]

    @property
    def listed(self) -> str:
        """The values as a list: ``[a, b]``."""
        return "[" + ", ".join(word.text for word in self.said.words) + "]"

    def test(self, op: Operation, **parts: Any) -> Test:
        """The test that was meant."""
        written_out = f"{self.subject.key}: {self.said.written}"
        return Test(self.subject.key, op, written_out, self.said.place, **parts)

    def refuse(self, mend: str) -> None:
        """Note that what was said can't be said of this subject."""
        what = self.said.written if self.said.verb == "is" else self.said.verb
        message = f'"{shown(what)}" does not fit {self.subject.key}. {mend}'
        self.found.error(self.said.place, "test-does-not-fit", message)

    def error(self, place: Place, code: str, message: str) -> None:
        """Note an error."""
        self.found.error(place, code, message)

    def always(self) -> None:
        """Warn that every value passes the test."""
        mend = "Remove it." if self.subject.given_always else 'Write "given" if any answer will do.'
        self._warn("test-always-holds", f"holds for every answer. {mend}")

    def never(self) -> None:
        """Warn that no value passes the test."""
        self._warn("test-never-holds", "never holds. Mend or remove it.")

    def _warn(self, code: str, says: str) -> None:
        message = f'"{self.subject.key}: {shown(self.said.written)}" {says}'
        self.found.warning(self.said.place, code, message)
