"""What a process that checks is asked for, and what it tells: each a line of JSON between processes.

A request for one ruleset is answered by a ``CheckReport``. One for a whole folder is answered part by part:
``FolderChecked``, then ``ProvingProgress`` as proofs go on, then ``FolderProved``; or ``FolderRefused``.
A problem is told to every program as ``problem_data`` has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

import orjson

from service.analysis.proofs.results import State
from service.model.problem import Edit, Mend, Place, Problem, Rename, in_order
from service.store.editions import Edition, EditionKey
from service.vetting.sources import Fingerprints, Source

FAILED = "check-failed"

End = Literal["finished", "too slow", "too large", "crashed"]


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What a check may take: seconds by the clock, seconds of the processor (None: any), and MB of memory.

    ``niceness`` is by how much it stands back behind others that want the processor.
    """

    seconds: float = 60
    cpu_seconds: int | None = 60
    memory_mb: int = 2048
    niceness: int = 5


@dataclass(frozen=True, slots=True)
class Served:
    """The edition whose clients an edit must not leave behind, and the digests of all that were published.

    ``newest`` is the one published last, also where it is damaged.
    """

    edition: Edition | None = None
    digests: tuple[str, ...] = ()
    newest: EditionKey | None = None


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Check one ruleset of a source as successor of what is ``served``; without ``ruleset``, all of them.

    Proofs of each ruleset may take ``prove_seconds``; None: nothing is proven.
    """

    source: Source
    limits: CheckLimits
    ruleset: str | None = None
    served: Served = field(default_factory=Served)
    prove_seconds: float | None = 30


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What came of checking one ruleset: every problem, in order.

    ``fingerprints`` are of the folders as they were read. ``edition`` is what can be published, with the
    very bytes that were read; None where a problem is an error. ``guarantees``: what came of proving each,
    by its id; None where that was not asked. ``end`` says whether the check came to its
    end; of those that did not, one that ``crashed`` is worth another try.
    """

    ruleset: str
    fingerprints: Fingerprints
    problems: tuple[Problem, ...]
    edition: Edition | None = field(default=None, repr=False)
    end: End = "finished"
    seconds: float = 0
    guarantees: Mapping[str, State] | None = None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from serving."""
        return errors_of(self.problems)


@dataclass(frozen=True, slots=True)
class FolderChecked:
    """What reading, checks and scenarios of a folder came to, ``failures`` being the scenarios' differences.

    ``untested``: rulesets with errors; ``extended``: folders outside that were read, too.
    """

    rulesets: int
    problems: tuple[Problem, ...]
    scenarios: int
    failed: int
    failures: tuple[Problem, ...]
    untested: int
    seconds: float
    extended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvingProgress:
    """How far proofs have come: in which ruleset, how many steps are done, and how many there are."""

    name: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class FolderProved:
    """What proofs came to: problems, and how many guarantees are proven or could not be decided."""

    problems: tuple[Problem, ...]
    proven: int
    undecided: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FolderRefused:
    """The folder holds no rulesets, or can't be read."""

    message: str


CheckMessage = CheckReport | FolderChecked | ProvingProgress | FolderProved | FolderRefused
_KINDS: Mapping[str, type[CheckMessage]] = {
    kind.__name__: kind for kind in (CheckReport, FolderChecked, ProvingProgress, FolderProved, FolderRefused)
}


def errors_of(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Those that are errors, in order."""
    return in_order(problem for problem in problems if problem.severity == "error")


def as_line(what: CheckMessage | CheckRequest) -> bytes:
    """One line of JSON."""
    members = {one.name: getattr(what, one.name) for one in fields(what)}
    return orjson.dumps({"is": type(what).__name__, **members}, default=_plain) + b"\n"


def request_from_line(line: bytes) -> CheckRequest:
    """The request that the line holds."""
    data = orjson.loads(line)
    return CheckRequest(
        Source(Path(data["source"]["root"]), data["source"]["shown_as"]),
        CheckLimits(**data["limits"]),
        data["ruleset"],
        _served(data["served"]),
        data["prove_seconds"],
    )


def message_from_line(line: bytes) -> CheckMessage:
    """The message that the line holds.

    Raises:
        ValueError, KeyError, TypeError: it holds none.
    """
    data: dict[str, Any] = orjson.loads(line)
    kind = _KINDS[data.pop("is")]
    for name in ("problems", "failures"):
        if name in data:
            data[name] = tuple(_problem(one) for one in data[name])
    if kind is FolderChecked:
        data["extended"] = tuple(data["extended"])
    if kind is CheckReport:
        data |= {
            "fingerprints": Fingerprints(data["fingerprints"]["by_id"]),
            "edition": _edition(data["edition"]),
        }
    return kind(**data)


def _plain(value: object) -> object:
    """What orjson can't write by itself."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, EditionKey):
        return list(value)
    raise TypeError(type(value).__name__)


def _problem(members: dict[str, Any]) -> Problem:
    members |= {"place": Place(**members["place"]), "examples": tuple(members["examples"])}
    return Problem(**members | {"suggestion": None, "mend": None})


def _served(members: dict[str, Any]) -> Served:
    newest = members["newest"] and EditionKey(*members["newest"])
    return Served(_edition(members["edition"]), tuple(members["digests"]), newest)


def _edition(members: dict[str, Any] | None) -> Edition | None:
    if members is None:
        return None
    effective = members["effective"] and date.fromisoformat(members["effective"])
    return Edition(**members | {"effective": effective})


def problem_data(problem: Problem) -> dict[str, Any]:
    """The problem with its place, its examples and its mend."""
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "examples": [orjson.loads(example) for example in problem.examples],
        "mend": None if problem.mend is None else _mend_data(problem.mend),
    }


def _mend_data(mend: Mend) -> dict[str, Any]:
    return {"label": mend.label, "edits": [_edit_data(edit) for edit in mend.edits]}


def _edit_data(edit: Edit | Rename) -> dict[str, Any]:
    if isinstance(edit, Rename):
        return {"file": edit.file, "rename": edit.name}
    ends = {"from": edit.start, "to": edit.end}
    places = {key: {"line": place.line, "column": place.column} for key, place in ends.items()}
    return {"file": edit.start.file, **places, "text": edit.text}
