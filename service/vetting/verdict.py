"""What is asked of the process that checks one ruleset, and what it says; both as JSON between processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

import orjson

from service.model.problem import Place, Problem
from service.store.editions import Edition
from service.vetting.looking import Basis, Source

FAILED = "check-failed"

End = Literal["judged", "too slow", "too large", "crashed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a check may take: seconds by the clock, seconds of the processor, and MB of memory."""

    seconds: float = 60
    cpu_seconds: int = 60
    memory_mb: int = 2048


@dataclass(frozen=True, slots=True)
class Served:
    """The edition whose clients an edit must not leave behind, and the digests of all that were published."""

    edition: Edition | None = None
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Check the one ruleset ``ruleset`` of a source, as successor of what is served."""

    source: Source
    ruleset: str
    served: Served
    limits: Limits

    def to_json(self) -> bytes:
        """As the checking process reads it."""
        return orjson.dumps(
            {
                "root": str(self.source.root),
                "shown_as": self.source.shown_as,
                "ruleset": self.ruleset,
                "edition": _plain(self.served.edition),
                "digests": self.served.digests,
                "limits": asdict(self.limits),
            }
        )


def order_from_json(raw: bytes) -> Order:
    """The order that :meth:`Order.to_json` wrote."""
    data = orjson.loads(raw)
    return Order(
        Source(Path(data["root"]), data["shown_as"]),
        data["ruleset"],
        Served(_edition(data["edition"]), tuple(data["digests"])),
        Limits(**data["limits"]),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking a ruleset.

    ``edition`` is what can be published; None where a problem is an error. ``end`` says whether the check
    came to its end; of those that did not, one that ``crashed`` is worth another try.
    """

    ruleset: str
    basis: Basis
    problems: tuple[Problem, ...]
    edition: Edition | None = field(default=None, repr=False)
    end: End = "judged"
    seconds: float = 0

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from serving."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def to_json(self) -> bytes:
        """As the publisher reads it."""
        return orjson.dumps(
            {
                "ruleset": self.ruleset,
                "basis": dict(self.basis.looks),
                "problems": [asdict(problem) for problem in self.problems],
                "edition": _plain(self.edition),
                "seconds": self.seconds,
            }
        )


def verdict_from_json(raw: bytes) -> Verdict:
    """The verdict that :meth:`Verdict.to_json` wrote.

    Raises:
        ValueError: it is not whole.
    """
    data = orjson.loads(raw)
    problems = [
        Problem(Place(**one["place"]), one["code"], one["message"], one["severity"], tuple(one["examples"]))
        for one in data["problems"]
    ]
    return Verdict(
        data["ruleset"],
        Basis(data["basis"]),
        tuple(problems),
        _edition(data["edition"]),
        seconds=data["seconds"],
    )


def _plain(edition: Edition | None) -> dict[str, Any] | None:
    if edition is None:
        return None
    plain = {one.name: getattr(edition, one.name) for one in fields(edition)}
    return plain | {"files": dict(edition.files)}


def _edition(plain: dict[str, Any] | None) -> Edition | None:
    if plain is None:
        return None
    effective = plain["effective"] and date.fromisoformat(plain["effective"])
    return Edition(**plain | {"effective": effective})
