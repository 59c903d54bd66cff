"""What is raised where there is no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from picoplan_client.types import Mistake

_MEMBERS = {"type", "detail", "instance", "errors"}


class PicoplanError(Exception):
    """The service gives no answer, or can't be reached.

    Its text may go to a log: it has the status, codes and the request's id, and nothing of what was sent.
    ``errors`` is for the person who can mend it: its messages may show what a client answered.

    Attributes:
        status: the HTTP status; None where no answer came.
        type: the kind of problem, such as ``/problems/invalid-assessment``; None where nothing says.
        detail: what went wrong, in a sentence.
        errors: each mistake, with ``pointer``, ``code``, ``message`` and ``hint``.
        request_id: the id under which the service's log has the request.
        line: of which of many requests this is told, from 1 on; None for a single one.
    """

    def __init__(
        self,
        status: int | None,
        detail: str,
        *,
        type: str | None = None,  # noqa: A002 - the member's name in a problem document
        errors: Sequence[Mistake] = (),
        request_id: str | None = None,
        line: int | None = None,
    ) -> None:
        self.status = status
        self.type = type
        self.detail = detail
        self.errors = tuple(errors)
        self.request_id = request_id
        self.line = line
        super().__init__(status, detail)

    @classmethod
    def of(cls, status: int, problem: Any, *, line: int | None = None) -> PicoplanError:
        """The error that a problem document tells; anything else came from something in between."""
        if not isinstance(problem, dict) or not problem.keys() >= _MEMBERS:
            return cls(status, "The answer does not come from picoplan.", line=line)
        return cls(
            status,
            problem["detail"],
            type=problem["type"],
            errors=problem["errors"],
            request_id=problem["instance"],
            line=line,
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its errors, each once, such as ``unknown-option``."""
        return tuple(dict.fromkeys(one["code"] for one in self.errors))

    def __str__(self) -> str:
        said = [f"line {self.line}"] if self.line is not None else []
        said += [str(self.status)] if self.status is not None else []
        said += [", ".join(self.codes)] if self.codes else []
        said += [f"request {self.request_id}"] if self.request_id is not None else []
        return f"{self.detail} ({'; '.join(said)})" if said else self.detail
