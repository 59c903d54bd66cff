"""What a round of checks is ordered to do, and what it tells, each as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.model.problem import Place, Problem


@dataclass(frozen=True, slots=True)
class Order:
    """Check the folder as it was typed; ``seconds`` bounds the proofs of each ruleset."""

    folder: str
    prove: bool = True
    seconds: float = 30
    memory_mb: int = 4_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading, checks and scenarios came to, ``failures`` being the scenarios' differences.

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
class Proving:
    """How far proofs have come: in which ruleset, how many steps are done, and how many there are."""

    name: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Proved:
    """What proofs came to: problems, and how many guarantees are proven or could not be decided."""

    problems: tuple[Problem, ...]
    proven: int
    undecided: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The folder holds no rulesets, or can't be read."""

    message: str


Part = Checked | Proving | Proved | Refused
_PARTS: Mapping[str, type[Part]] = {
    "checked": Checked,
    "proving": Proving,
    "proved": Proved,
    "refused": Refused,
}
_NAMES = {kind: name for name, kind in _PARTS.items()}


def as_line(what: Part | Order) -> bytes:
    """One line of JSON."""
    name = "order" if isinstance(what, Order) else _NAMES[type(what)]
    return json.dumps({"is": name, **asdict(what)}).encode() + b"\n"


def order_from_line(line: bytes) -> Order:
    """The order that the line holds."""
    members = json.loads(line)
    del members["is"]
    return Order(**members)


def part_from_line(line: bytes) -> Part:
    """The part of a result that the line holds.

    Raises:
        ValueError, KeyError, TypeError: it holds none.
    """
    members: dict[str, Any] = json.loads(line)
    kind = _PARTS[members.pop("is")]
    for name in ("problems", "failures"):
        if name in members:
            members[name] = tuple(_problem(one) for one in members[name])
    if "extended" in members:
        members["extended"] = tuple(members["extended"])
    return kind(**members)


def _problem(members: dict[str, Any]) -> Problem:
    return Problem(**members | {"place": Place(**members["place"]), "examples": tuple(members["examples"])})
