"""A test being read: what is tested, what was said, and where problems go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.language import TEST_FORMS, Operation, TestForm
from service.model.condition import Subject, Test
from service.model.problem import Place, shown
from service.reading.parsed_test import ParsedTest
from service.reading.problem_collector import ProblemCollector


@dataclass(frozen=True, slots=True)
class TestContext:
    """What was said of one subject."""

    __test__ = False

    problems: ProblemCollector
    subject: Subject
    parsed: ParsedTest

    @property
    def form(self) -> TestForm:
        """The form of test that was said."""
        return TEST_FORMS[self.parsed.verb]

    @property
    def listed(self) -> str:
        """The values as a list: ``[a, b]``."""
        return "[" + ", ".join(word.text for word in self.parsed.words) + "]"

    def test(self, op: Operation, **parts: Any) -> Test:
        """The test that was meant."""
        written_out = f"{self.subject.key}: {self.parsed.written}"
        return Test(self.subject.key, op, written_out, self.parsed.place, **parts)

    def refuse(self, mend: str) -> None:
        """Note that what was said can't be said of this subject."""
        what = self.parsed.written if self.parsed.verb == "is" else self.parsed.verb
        message = f'"{shown(what)}" does not fit {self.subject.key}. {mend}'
        self.problems.error(self.parsed.place, "test-does-not-fit", message)

    def error(self, place: Place, code: str, message: str) -> None:
        """Note an error."""
        self.problems.error(place, code, message)

    def always(self) -> None:
        """Warn that every value passes the test."""
        mend = "Remove it." if self.subject.given_always else 'Write "given" if any answer will do.'
        self._warn("test-always-holds", f"holds for every answer. {mend}")

    def never(self) -> None:
        """Warn that no value passes the test."""
        self._warn("test-never-holds", "never holds. Mend or remove it.")

    def _warn(self, code: str, says: str) -> None:
        message = f'"{self.subject.key}: {shown(self.parsed.written)}" {says}'
        self.problems.warning(self.parsed.place, code, message)
