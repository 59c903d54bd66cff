"""``when`` and ``only if``: mappings of tests, with ``any``, ``all`` and ``not`` -> condition, in bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.model.condition import DAY, MONTH, AllOf, AnyOf, Condition, Not, Subject
from service.model.problem import Advice, Place, meant, quoted, shown, to_write
from service.reading.node import Node
from service.reading.parsed_test import Others
from service.reading.problem_collector import ProblemCollector
from service.reading.test_readers import read_test
from service.reading.yaml_text import as_pair

MOST_ALTERNATIVES = 1_000
MOST_TESTS_TOGETHER = 200
_VERY_MANY = 10**6


def is_small_enough(problems: ProblemCollector, node: Node, condition: Condition) -> bool:
    """Whether the condition at the node keeps the bounds; a problem is noted where it does not."""
    alternatives, together = size(condition)
    if alternatives > MOST_ALTERNATIVES:
        message = (
            f"This unfolds into more than {MOST_ALTERNATIVES:,} alternatives. Split it into several rules."
        )
    elif together > MOST_TESTS_TOGETHER:
        message = f"More than {MOST_TESTS_TOGETHER} tests must hold together. Split it with a conclusion."
    else:
        return True
    problems.error(node.key(), "rule-too-large", message)
    return False


def size(condition: Condition, *, negated: bool = False) -> tuple[int, int]:
    """How many alternatives the condition unfolds into, and how many tests the longest has (bounded)."""
    if isinstance(condition, Not):
        return size(condition.part, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        sizes = [size(part, negated=negated) for part in condition.parts]
        if isinstance(condition, AnyOf) != negated:
            return min(sum(n for n, _ in sizes), _VERY_MANY), max(tests for _, tests in sizes)
        product = 1
        for n, _ in sizes:
            product = min(product * n, _VERY_MANY)
        return product, min(sum(tests for _, tests in sizes), _VERY_MANY)
    return (1, 1) if condition.target is None else (max(len(condition.target.cases), 1), 2)


GROUPS = ("any", "all", "not")
FACTS = ("conclusions", "scores")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What tests can look at; ``of``: what looks at inputs alone, where it may not look at ``facts``.

    ``unread`` holds the keys of what is there but could not be read: a test of it is dropped without a
    word, for the mistake is named where it stands. ``facts``: whether conclusions and scores can be tested.
    ``tested``: how often conclusions and scores are named by tests, by key. ``taken``: what a ruleset takes
    away that extends another, by key: the place that disables or replaces a rule which concluded it.
    """

    known: Mapping[str, Subject]
    unread: frozenset[str] = field(default_factory=frozenset)
    facts: bool = True
    tested: Mapping[str, int] = field(default_factory=dict)
    of: str = '"only if"'
    taken: Mapping[str, Place] = field(default_factory=dict)

    def is_unread(self, key: str) -> bool:
        """Whether the key names something that could not be read, or an attribute of it."""
        return key in self.unread or key.partition(".")[0] in self.unread

    def inputs(self) -> list[str]:
        """The ids of the inputs."""
        return [key for key in self.known if "." not in key]

    def below(self, head: str) -> list[str]:
        """The keys that begin with ``head`` and a dot."""
        return [key for key in self.known if key.startswith(head + ".")]


def read_condition(problems: ProblemCollector, subjects: Subjects, node: Node) -> Condition | None:
    """The condition that stands at the node, or None with its problems noted."""
    if node.data is None:
        problems.error(node.key(), "missing-value", f"{node.name()} has no value. Write a test below it.")
        return None
    if not isinstance(node.data, dict):
        problems.error(node.at(), "wrong-type", _no_mapping(node))
        return None
    if not node.data:
        problems.error(node.at(), "empty-condition", _empty(subjects, node))
        return None
    alone = len(node.data) == 1 and node.path[-1:] == ("when",)
    parts = [_part(problems, subjects, key, below, alone) for key, below in node.entries()]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else AllOf(whole)


def _no_mapping(node: Node) -> str:
    if isinstance(node.data, list) and node.data and all(isinstance(one, dict) for one in node.data):
        return f'{node.name()} takes tests without dashes. Take the dashes away, or write "all:" above them.'
    if not isinstance(node.data, str):
        return f"{node.name()} must be a mapping of tests, such as severity: mild."
    pair = as_pair(node.data)
    mend = f" Write {pair}." if pair else ""
    return (
        f'{node.name()} must be a mapping of tests, such as severity: mild, not "{shown(node.data)}".{mend}'
    )


def _part(
    problems: ProblemCollector, subjects: Subjects, key: str, node: Node, alone: bool
) -> Condition | None:
    if key in ("any", "all"):
        return _group(problems, subjects, key, node)
    if key == "not":
        return _negation(problems, subjects, node)
    subject = subjects.known.get(key)
    if subject is None:
        if key in subjects.taken:
            head, _, name = key.partition(".")
            message = f'No rule {_FEEDS[head]} "{shown(name)}" any more.'
            problems.error(node.key(), f"unknown-{head[:-1]}", message, "Add one.", of=subjects.taken[key])
        elif not subjects.is_unread(key):
            problems.error(node.key(), *unknown_subject(problems, subjects, key))
        return None
    return read_test(problems, subject, node, Others(subjects.known, subjects.is_unread), alone=alone)


def _empty(subjects: Subjects, node: Node) -> str:
    always = next((key for key in subjects.inputs() if subjects.known[key].given_always), None)
    if node.path[-1:] == ("when",) and always is not None:
        return f'{node.name()} is empty. For a rule that always fires write "{always}: given".'
    return f"{node.name()} is empty. Write at least one test, such as severity: mild."


def _group(problems: ProblemCollector, subjects: Subjects, key: str, node: Node) -> Condition | None:
    if node.data is None or node.data == []:
        message = f'"{key}" is empty. Write at least one mapping of tests, such as - severity: mild.'
        problems.error(node.key() if node.data is None else node.at(), "empty-condition", message)
        return None
    if not isinstance(node.data, list):
        message = f'"{key}" takes a list of mappings: put a dash before each, such as - severity: mild.'
        problems.error(node.at(), "wrong-type", message)
        return None
    parts = [read_condition(problems, subjects, item) for item in node.items()]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return AnyOf(whole) if key == "any" else AllOf(whole)


def _negation(problems: ProblemCollector, subjects: Subjects, node: Node) -> Condition | None:
    if isinstance(node.data, list):
        message = '"not" takes one mapping of tests. Write "any:" below it, and the list below that.'
        problems.error(node.at(), "wrong-type", message)
        return None
    part = read_condition(problems, subjects, node)
    return None if part is None else Not(part)


def unknown_subject(problems: ProblemCollector, subjects: Subjects, key: str) -> tuple[str, str]:
    """The code and message for a key that names nothing that can be tested here."""
    head, dot, name = key.partition(".")
    if head in (*FACTS, "conclusion", "score", DAY) and not subjects.facts:
        message = f'{subjects.of} looks at inputs and their attributes alone, not at "{shown(key)}".'
        return "test-does-not-fit", message
    if head in (DAY, "as_of") and head not in subjects.known:
        message = f'"{shown(key)}" is not known here. Of the day only the month can be tested: "{MONTH}".'
        return "unknown-key", message
    if head in ("conclusion", "score") and dot:
        return "unknown-key", f'"{shown(key)}" is not known here.' + meant(key, f"{head}s.{name}")
    if head in FACTS and dot:
        return _unknown_fact(problems, subjects, head, name)
    if dot and head in subjects.known:
        known = subjects.below(head)
        elsewhere = [one for one in subjects.known if one.endswith(f".{name}") and not one.startswith(FACTS)]
        mend = _one_of(key, elsewhere) if elsewhere else problems.near(key, known)
        mend = problems.instead(key) or mend or (f" It has {quoted(known)}." if known else " It has none.")
        return "unknown-attribute", f'"{shown(key)}" is not an attribute of {head}.' + mend
    if dot:
        mend = problems.near_input(head, subjects.inputs()) or " Inputs are defined in assessment.yaml."
        return "unknown-input", f'"{shown(head)}" is not an input.' + mend
    if key.lower().replace("_", " ") in _JOINING:
        return "unknown-key", f'"{shown(key)}" is not known here. {_JOINING[key.lower().replace("_", " ")]}'
    dotted = key.replace(" ", ".")
    named = dotted if dotted in subjects.known else MONTH if _OF_THE_YEAR.search(key.lower()) else ""
    can_be_tested = named in subjects.known and (subjects.facts or named != MONTH)
    near = problems.near_input(key, [*subjects.inputs(), *GROUPS])
    mend = meant(key, named) if can_be_tested else near
    facts = [f"{fact}.{key}" for fact in FACTS if f"{fact}.{key}" in subjects.known]
    mend = (
        Advice(f' Write "{facts[0]}".', to_write(key, facts[0]))
        if facts
        else mend or " Inputs are defined in assessment.yaml."
    )
    return "unknown-input", f'"{shown(key)}" is not an input.' + mend


def _one_of(key: str, known: list[str]) -> str:
    """Which of the known keys may be meant; one alone is."""
    return meant(key, known[0]) if len(known) == 1 else f" Did you mean {quoted(known)}?"


_JOINING = {
    "and": "Tests that stand below each other must all hold: set these out.",
    "or": 'Write "any:", and below it each test after a dash.',
    "not any": 'Write "not:", below it "any:", and below that each test after a dash.',
    "none of": 'Write "not:", below it "any:", and below that each test after a dash.',
    "not all": 'Write "not:", and below it the tests, of which one must not hold.',
    "unless": 'Write "not:", and below it the tests that must not hold.',
}
_OF_THE_YEAR = re.compile(r"month|season|as.of")


_FEEDS = {"conclusions": "concludes", "scores": "adds points to"}


def _unknown_fact(problems: ProblemCollector, subjects: Subjects, head: str, name: str) -> tuple[str, str]:
    noun = head[:-1]
    known = [key.partition(".")[2] for key in subjects.below(head)]
    feeds = _FEEDS[head]
    untested = [one for one in known if f"{head}.{one}" not in subjects.tested]
    mend = problems.near(name, untested)
    if not mend and len(untested) == 1 and subjects.tested.get(f"{head}.{name}", 0) > 1:
        mend = f' "{untested[0]}" is tested nowhere: is it the one?'
    mend = mend or problems.near(name, known)
    if not mend:
        mend = f" Choose {quoted(known)}." if known else f" Add a rule that {feeds} it, or remove the test."
    return f"unknown-{noun}", f'No rule {feeds} "{shown(name)}".' + mend
