"""``when`` and ``only if``: a mapping of tests, with ``any``, ``all`` and ``not`` -> condition."""

from __future__ import annotations

from collections.abc import Mapping

from service.model.condition import AllOf, AnyOf, Condition, Not, Subject
from service.model.problem import did_you_mean, quoted, shown
from service.reading.spot import Findings, Spot
from service.reading.testing import read_test

GROUPS = ("any", "all", "not")


def read_condition(found: Findings, subjects: Mapping[str, Subject], spot: Spot) -> Condition | None:
    """The condition that stands at the spot, or None with its problems noted."""
    if not isinstance(spot.data, dict):
        message = f'"{spot.last()}" must be a mapping of tests, such as severity: mild.'
        found.error(spot.at(), "wrong-type", message)
        return None
    if not spot.data:
        found.error(spot.at(), "empty-condition", _empty(spot))
        return None
    parts = []
    for key, below in spot.children():
        if key in ("any", "all"):
            parts.append(_group(found, subjects, key, below))
        elif key == "not":
            parts.append(_negation(found, subjects, below))
        else:
            subject = _subject(found, subjects, key, below)
            parts.append(subject and read_test(found, subject, below, alone=len(spot.data) == 1))
    if any(part is None for part in parts):
        return None
    whole = tuple(part for part in parts if part is not None)
    return whole[0] if len(whole) == 1 else AllOf(whole)


def _empty(spot: Spot) -> str:
    mend = "Write at least one test, such as an input that is always given: given."
    return f'"{spot.last()}" is empty. {mend}'


def _group(found: Findings, subjects: Mapping[str, Subject], key: str, spot: Spot) -> Condition | None:
    if not isinstance(spot.data, list):
        message = f'"{key}" takes a list of mappings: - severity: mild on a line each.'
        found.error(spot.at(), "wrong-type", message)
        return None
    if not spot.data:
        found.error(spot.at(), "empty-condition", f'"{key}" is empty. Write at least one mapping of tests.')
        return None
    parts = [read_condition(found, subjects, item) for _, item in spot.children()]
    if any(part is None for part in parts):
        return None
    whole = tuple(part for part in parts if part is not None)
    return AnyOf(whole) if key == "any" else AllOf(whole)


def _negation(found: Findings, subjects: Mapping[str, Subject], spot: Spot) -> Condition | None:
    if isinstance(spot.data, list):
        message = '"not" takes one mapping of tests. For several write not: {any: [...]}.'
        found.error(spot.at(), "wrong-type", message)
        return None
    part = read_condition(found, subjects, spot)
    return None if part is None else Not(part)


def _subject(found: Findings, subjects: Mapping[str, Subject], key: str, spot: Spot) -> Subject | None:
    subject = subjects.get(key)
    if subject is None:
        code, message = unknown_subject(subjects, key)
        found.error(spot.key(), code, message)
    return subject


def unknown_subject(subjects: Mapping[str, Subject], key: str) -> tuple[str, str]:
    """The code and message for a key that names nothing that can be tested here."""
    head, dot, _ = key.partition(".")
    if head in ("conclusion", "score") and dot:
        return (
            "unknown-key",
            f'"{shown(key)}" is not known here. Did you mean "{head}s.{key[len(head) + 1 :]}"?',
        )
    if head in ("conclusions", "scores") and dot:
        noun = head[:-1]
        known = [other for other in subjects if other.startswith(head + ".")]
        feeds = "concludes" if noun == "conclusion" else "adds points to"
        mend = did_you_mean(key, known) or (f" Known here: {quoted(known)}." if known else "")
        return f"unknown-{noun}", f'No rule {feeds} "{shown(key[len(head) + 1 :])}".{mend}'
    if dot and head in subjects:
        known = [other for other in subjects if other.startswith(head + ".")]
        mend = did_you_mean(key, known) or (f" It has {quoted(known)}." if known else " It has none.")
        return "unknown-attribute", f'"{shown(key)}" is not an attribute of {head}.{mend}'
    known = [other for other in subjects if "." not in other]
    mend = did_you_mean(head if dot else key, known + ([] if dot else list(GROUPS)))
    mend = mend or (" Inputs are defined in assessment.yaml." if known else "")
    return "unknown-input", f'"{shown(head if dot else key)}" is not an input.{mend}'
