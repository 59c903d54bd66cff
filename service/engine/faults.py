"""What can go wrong at the engine's door.

::

    EngineFault              a fault of ours or of the engine, never an author's mistake
        EngineLimit          a chunk past the engine's bounds: refused before the engine is reached
        EngineRefused        the engine answered with one of its numeric codes
"""

from __future__ import annotations

import re

_CODES = {
    2: "a fact that is already there",
    100: "an empty rule",
    102: "an invalid rule",
    105: "an unknown member of a rule",
    106: "too many rules",
    107: "too many conditions below one node",
    108: "too many rules that share a condition",
    111: "no such ruleset",
    112: "no free ruleset handle",
    113: "too many groups in one condition",
    202: "an invalid value",
    203: "text that ends too early",
    204: "text that is not JSON",
    302: "more than 254 properties in a message",
    303: "more than 64 conditions pending at once",
    304: "too many patterns in one rule",
    307: "a firing that another caller took",
    311: "a join on something that is missing",
    312: "a join of different types",
    314: "a value over 16 MB",
}
_NUMBER = re.compile(r"\b([0-9]{1,4})\b")


class EngineFault(Exception):
    """The rules could not be fired: no answer may be given."""


class EngineLimit(EngineFault):
    """More than the engine can safely hold; nothing has reached it."""


class EngineRefused(EngineFault):
    """The engine answered with an error code."""


def refused(doing: str, error: BaseException | int) -> EngineRefused:
    """The engine's answer in words: what was being done, and what its code stands for."""
    found = _NUMBER.search(str(error))
    code = int(found.group(1)) if found else 0
    return EngineRefused(
        f"durable_rules refused while {doing}: {_CODES.get(code, 'an unknown reason')} ({code})"
    )
