"""Nested conditions, kept small enough that no rule unfolds into too many alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from tests.generated.choosing import Choices
from tests.generated.subjects import Subject, test_of, verb_of
from tests.reference.tables import written_out

MOST_ALTERNATIVES = 250
"""Well under the 1,000 at which a rule is too large, for an implementation may unfold lists and ranges too.
"""


_ATTRIBUTE = re.compile(r"[a-z]\.[a-z]")
_OPTIONS = 12
"""No fewer than the different numbers that an attribute has."""


def condition(choices: Choices, subjects: Sequence[Subject], depth: int = 4) -> dict[str, Any]:
    """A condition on these subjects with any, all and not nested up to `depth`."""
    made = _mapping(choices, subjects, depth)
    if alternatives(made) > MOST_ALTERNATIVES or alternatives({"not": made}) > MOST_ALTERNATIVES:
        subject = choices.pick(subjects)
        return {subject.name: test_of(choices, subject, ())}
    return made


def _mapping(choices: Choices, subjects: Sequence[Subject], depth: int) -> dict[str, Any]:
    targets = [one.name for one in subjects if one.shape == "number" and one.is_attribute]
    entries: dict[str, Any] = {
        subject.name: test_of(choices, subject, targets)
        for subject in choices.some(subjects, 1, choices.pick((1, 1, 2, 3)))
    }
    if depth and choices.chance(35):
        for key in choices.some(("any", "all", "not"), 1, 2):
            if key == "not":
                entries[key] = _mapping(choices, subjects, depth - 1)
            else:
                entries[key] = [_mapping(choices, subjects, depth - 1) for _ in range(choices.whole(1, 3))]
        if choices.chance(30):
            entries = {key: test for key, test in entries.items() if key in ("any", "all", "not")}
    return entries


def alternatives(made: dict[str, Any]) -> int:
    """No fewer than the alternatives into which a condition unfolds, each value of a list counted as one."""
    return prod(_unfolded(key, test, True) for key, test in made.items())


def _unfolded(key: str, test: Any, holds: bool) -> int:
    if key == "not":
        return _all_of(test, not holds)
    if key in ("any", "all"):
        parts = [_all_of(part, holds) for part in test]
        return sum(parts) if (key == "any") == holds else prod(parts)
    return (_OPTIONS if _ATTRIBUTE.search(str(test)) else 2) + str(test).count(",")


def _all_of(made: dict[str, Any], holds: bool) -> int:
    """A mapping holds where all its entries hold, and fails where any of them fails."""
    parts = [_unfolded(key, test, holds) for key, test in made.items()]
    return prod(parts) if holds else sum(parts)


def verbs_in(files: dict[str, Any]) -> set[str]:
    """The verbs of all tests in a generated ruleset, as the language's table names them."""
    asked = [one["only if"] for one in files["assessment"]["inputs"].values() if "only if" in one]
    whens = [rule["when"] for file in files["factors"].values() for rule in written_out(file)]
    return {verb for condition in (*asked, *whens) for verb in _verbs(condition)}


def _verbs(condition: dict[str, Any]) -> Iterator[str]:
    for key, test in condition.items():
        if key in ("any", "all"):
            for part in test:
                yield from _verbs(part)
        elif key == "not":
            yield from _verbs(test)
        else:
            yield verb_of(test)
