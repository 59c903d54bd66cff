"""``when`` and ``only if``: a mapping of tests, with ``any``, ``all`` and ``not`` -> condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.model.condition import AllOf, AnyOf, Condition, Not, Subject
from service.model.problem import quoted, shown
from service.reading.findings import Findings
from service.reading.spot import Spot
from service.reading.testing import read_test

GROUPS = ("any", "all", "not")
FACTS = ("conclusions", "scores")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What tests can look at.

    ``unread`` holds the keys of what is there but could not be read: a test of it is dropped without a
    word, for the mistake is named where it stands. ``facts``: whether conclusions and scores can be tested.
    ``tested``: how often conclusions and scores are named by tests, by key.
    """

    known: Mapping[str, Subject]
    unread: frozenset[str] = field(default_factory=frozenset)
    facts: bool = True
    tested: Mapping[str, int] = field(default_factory=dict)

    def is_unread(self, key: str) -> bool:
        """Whether the key names something that could not be read, or an attribute of it."""
        return key in self.unread or key.partition(".")[0] in self.unread

    def inputs(self) -> list[str]:
        """The ids of the inputs."""
        return [key for key in self.known if "." not in key]

    def below(self, head: str) -> list[str]:
        """The keys that begin with ``head`` and a dot."""
        return [key for key in self.known if key.startswith(head + ".")]


def read_condition(found: Findings, subjects: Subjects, spot: Spot) -> Condition | None:
    """The condition that stands at the spot, or None with its problems noted."""
    if spot.data is None:
        found.error(spot.key(), "missing-value", f"{spot.name()} has no value. Write a test below it.")
        return None
    if not isinstance(spot.data, dict):
        message = f"{spot.name()} must be a mapping of tests, such as severity: mild."
        found.error(spot.at(), "wrong-type", message)
        return None
    if not spot.data:
        found.error(spot.at(), "empty-condition", _empty(subjects, spot))
        return None
    alone = len(spot.data) == 1 and spot.path[-1:] == ("when",)
    parts = [_part(found, subjects, key, below, alone) for key, below in spot.entries()]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else AllOf(whole)


def _part(found: Findings, subjects: Subjects, key: str, spot: Spot, alone: bool) -> Condition | None:
    if key in ("any", "all"):
        return _group(found, subjects, key, spot)
    if key == "not":
        return _negation(found, subjects, spot)
    subject = subjects.known.get(key)
    if subject is None:
        if not subjects.is_unread(key):
            code, message = unknown_subject(found, subjects, key)
            found.error(spot.key(), code, message)
        return None
    return read_test(found, subject, spot, alone=alone)


def _empty(subjects: Subjects, spot: Spot) -> str:
    always = next((key for key in subjects.inputs() if subjects.known[key].given_always), None)
    if spot.path[-1:] == ("when",) and always is not None:
        return f'{spot.name()} is empty. For a rule that always fires write "{always}: given".'
    return f"{spot.name()} is empty. Write at least one test, such as severity: mild."


def _group(found: Findings, subjects: Subjects, key: str, spot: Spot) -> Condition | None:
    if spot.data is None or spot.data == []:
        message = f'"{key}" is empty. Write at least one mapping of tests, such as - severity: mild.'
        found.error(spot.key() if spot.data is None else spot.at(), "empty-condition", message)
        return None
    if not isinstance(spot.data, list):
        message = f'"{key}" takes a list of mappings: put a dash before each, such as - severity: mild.'
        found.error(spot.at(), "wrong-type", message)
        return None
    parts = [read_condition(found, subjects, item) for item in spot.items()]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return AnyOf(whole) if key == "any" else AllOf(whole)


def _negation(found: Findings, subjects: Subjects, spot: Spot) -> Condition | None:
    if isinstance(spot.data, list):
        message = '"not" takes one mapping of tests. Write "any:" below it, and the list below that.'
        found.error(spot.at(), "wrong-type", message)
        return None
    part = read_condition(found, subjects, spot)
    return None if part is None else Not(part)


def unknown_subject(found: Findings, subjects: Subjects, key: str) -> tuple[str, str]:
    """The code and message for a key that names nothing that can be tested here."""
    head, dot, name = key.partition(".")
    if head in (*FACTS, "conclusion", "score") and not subjects.facts:
        message = f'"only if" looks at inputs and their attributes alone, not at "{shown(key)}".'
        return "test-does-not-fit", message
    if head in ("conclusion", "score") and dot:
        return "unknown-key", f'"{shown(key)}" is not known here. Did you mean "{head}s.{shown(name)}"?'
    if head in FACTS and dot:
        return _unknown_fact(found, subjects, head, name)
    if dot and head in subjects.known:
        known = subjects.below(head)
        elsewhere = [one for one in subjects.known if one.endswith(f".{name}") and not one.startswith(FACTS)]
        mend = f" Did you mean {quoted(elsewhere)}?" if elsewhere else found.near(key, known)
        mend = mend or (f" It has {quoted(known)}." if known else " It has none.")
        return "unknown-attribute", f'"{shown(key)}" is not an attribute of {head}.{mend}'
    if dot:
        mend = found.near(head, subjects.inputs()) or " Inputs are defined in assessment.yaml."
        return "unknown-input", f'"{shown(head)}" is not an input.{mend}'
    mend = found.near(key, [*subjects.inputs(), *GROUPS])
    facts = [f"{fact}.{key}" for fact in FACTS if f"{fact}.{key}" in subjects.known]
    mend = f' Write "{facts[0]}".' if facts else mend or " Inputs are defined in assessment.yaml."
    return "unknown-input", f'"{shown(key)}" is not an input.{mend}'


def _unknown_fact(found: Findings, subjects: Subjects, head: str, name: str) -> tuple[str, str]:
    noun = head[:-1]
    known = [key.partition(".")[2] for key in subjects.below(head)]
    feeds = "concludes" if noun == "conclusion" else "adds points to"
    untested = [one for one in known if f"{head}.{one}" not in subjects.tested]
    mend = found.near(name, untested)
    if not mend and len(untested) == 1 and subjects.tested.get(f"{head}.{name}", 0) > 1:
        mend = f' "{untested[0]}" is tested nowhere: is it the one?'
    mend = mend or found.near(name, known)
    if not mend:
        mend = f" Choose {quoted(known)}." if known else f" Add a rule that {feeds} it, or remove the test."
    return f"unknown-{noun}", f'No rule {feeds} "{shown(name)}".{mend}'
