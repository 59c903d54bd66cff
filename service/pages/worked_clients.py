"""Worked clients as pages show them: who is as expected, and of one what was expected beside what he gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from schemas.language import ANSWER, members
from schemas.words import QUANTITIES
from service.analysis.checks.coverage import Gap
from service.analysis.checks.scenarios import differences
from service.model.condition import tests_of
from service.model.flow import flow
from service.model.number import Triple, parse_number
from service.model.ruleset import Ruleset, Scenario
from service.serving.failing import failed_parts
from service.serving.reason_words import ByLabels
from service.serving.trying import ScenarioResult
from service.wording.answers import ON_ONE_SESSION, VERDICT_WORDS, Answered, answered, range_words
from service.wording.conditions import clauses, in_a_line
from service.wording.effects import ONE_SESSION_WORDS
from service.wording.labels import Labels
from service.wording.phrases import a_range, capitalized, joined_by_and, plain

_RULES = ("fired", "not fired")

EXPECTABLE = (*members(matters="plan"), "support")
"""The members of an answer that can be expected of a client by a click."""


def client_id(name: str) -> str:
    """How addresses name a worked client: by his name, which may be of any text."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ClientLine:
    """A worked client in the list: his name, what he gets, and whether that is as expected.

    ``wrong``: what is not, in a few words; empty: nothing.
    """

    id: str
    name: str
    file: str
    verdict: str
    verdict_name: str
    sessions: str
    wrong: str

    @property
    def is_as_expected(self) -> bool:
        """Whether he gets what is expected."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One thing that is expected, in words, beside what he gets."""

    what: str
    expected: str
    got: str
    same: bool


@dataclass(frozen=True, slots=True)
class ExpectedPart:
    """A member of the answer: its rows, and where it is not as expected the rules that led to it."""

    rows: tuple[ExpectedRow, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedClient:
    """One worked client. ``mistakes``: what keeps him from being answered at all, in words.

    ``can_accept``: what he gets can be accepted, for he gets something else than was expected.
    """

    line: ClientLine
    at: int
    answers: tuple[Answered, ...]
    as_of: str
    parts: tuple[ExpectedPart, ...]
    mistakes: tuple[str, ...]
    can_accept: bool


def client_line(tried: ScenarioResult) -> ClientLine:
    """A client who was tried, in a line."""
    scenario, answer = tried.scenario, tried.answer
    verdict = "" if answer is None else answer["verdict"]
    sessions = None if answer is None else answer["sessions"]
    return ClientLine(
        client_id(scenario.name),
        scenario.name,
        file_of(scenario),
        verdict,
        VERDICT_WORDS[answer["verdict"]].name if answer is not None else "No answer",
        "" if sessions is None else range_words(sessions, "sessions"),
        _wrong(tried),
    )


def file_of(scenario: Scenario) -> str:
    """The file in which a client stands, as ``scenarios/clients.yaml``."""
    return f"scenarios/{scenario.place.file.rpartition('/')[2]}"


def _wrong(tried: ScenarioResult) -> str:
    if not tried.problems:
        return ""
    if not tried.failures:
        return "can’t be answered"
    named = dict.fromkeys(_label(one.difference.member) for one in tried.failures)
    return f"not as expected: {joined_by_and(name.lower() for name in named)}"


def opened_client(ruleset: Ruleset, tried: ScenarioResult) -> OpenedClient:
    """One client who was tried, with all there is to say of him."""
    scenario, labels = tried.scenario, Labels(ruleset)
    return OpenedClient(
        client_line(tried),
        scenario.place.line,
        answered(labels, scenario.assessment),
        "" if scenario.as_of is None else scenario.as_of.isoformat(),
        () if tried.answer is None else tuple(_parts(labels, tried, tried.answer)),
        () if tried.failures else tuple(_without_name(one.message) for one in tried.problems),
        bool(tried.failures),
    )


def _without_name(message: str) -> str:
    return message.partition('": ')[2] or message


def _parts(labels: Labels, tried: ScenarioResult, answer: Mapping[str, Any]) -> Iterator[ExpectedPart]:
    why: dict[str, list[str]] = {}
    for part in failed_parts(labels.ruleset, tried, ByLabels(labels)):
        why.setdefault(part.member, []).extend(part.why)
    for member, expected in tried.scenario.expected.items():
        rows = _rows(labels, member, expected, answer.get(member))
        yield ExpectedPart(tuple(rows), tuple(dict.fromkeys(why.get(member, ()))))
    fired = {hit["rule"] for hit in answer["fired"]}
    for member, rules in zip(_RULES, (tried.scenario.fired, tried.scenario.not_fired), strict=True):
        if rules:
            yield ExpectedPart(
                tuple(_rule_row(labels, rule, member, fires=rule in fired) for rule in rules),
                tuple(dict.fromkeys(why.get(member, ()))),
            )


def _rule_row(labels: Labels, rule: str, member: str, *, fires: bool) -> ExpectedRow:
    says = {True: "fires", False: "does not fire"}
    wanted = member == "fired"
    return ExpectedRow(f"Rule {labels.rule(rule)}", says[wanted], says[fires], wanted is fires)


def _rows(labels: Labels, member: str, expected: Any, got: Any) -> Iterator[ExpectedRow]:
    if isinstance(expected, Mapping) and isinstance(got, Mapping) and member not in QUANTITIES:
        for key, value in expected.items():
            same = not differences({member: {key: value}}, {member: got})
            held = _words(labels, member, got[key]) if key in got else "-"
            yield ExpectedRow(f"{_label(member)}: {plain(key)}", _words(labels, member, value), held, same)
        return
    same = not differences({member: expected}, {member: got})
    yield ExpectedRow(_label(member), _words(labels, member, expected), _words(labels, member, got), same)


def _label(member: str) -> str:
    return ANSWER[member].label if member in ANSWER else "Rules that must not fire"


def _words(labels: Labels, member: str, value: Any) -> str:
    """A member of an answer, or a part of one, in words."""
    if value is None:
        return "no number" if member in QUANTITIES else "none"
    if member == "verdict" and value in VERDICT_WORDS:
        return VERDICT_WORDS[value].name
    if member == ON_ONE_SESSION and value in ONE_SESSION_WORDS:
        return capitalized(ONE_SESSION_WORDS[value])
    if (numbers := _numbers(value)) is not None:
        unit = next((measured for name, measured in QUANTITIES.items() if name == member), None)
        return a_range(numbers, *(unit[:2] if unit is not None and unit.one == "week" else ()))
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))} {_words(labels, '', one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_item(labels, member, one) for one in value) or "none"
    return plain(value) if isinstance(value, str) else flow(value)


def _numbers(value: Any) -> Triple | None:
    """The three numbers of a range, or of one number; None: it is neither."""
    if isinstance(value, Mapping):
        if value.keys() != {"min", "typical", "max"}:
            return None
        three = [value[name] for name in ("min", "typical", "max")]
    elif isinstance(value, bool | str):
        return None
    else:
        three = [value] * 3
    low, typical, high = (parse_number(flow(one)) for one in three)
    return None if low is None or typical is None or high is None else Triple(low, typical, high)


def _item(labels: Labels, member: str, item: Any) -> str:
    if member == "unanswered":
        return labels.question(str(item))
    if isinstance(item, Mapping):
        if item.get("rule"):
            return labels.rule(str(item["rule"]))
        known = next((item[name] for name in ("id", "code", "text") if name in item), None)
        return plain(str(known)) if known is not None else flow(item)
    return _words(labels, "", item)


# -- what can be expected -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExpectedChoice:
    """A member of the answer that may be expected: its name and label, and whether it is.

    ``expected``: what was expected until now, in words, ``now``: what it is; empty: nothing.
    """

    name: str
    label: str
    expected: str
    now: str
    picked: bool


def expected_choices(
    ruleset: Ruleset,
    answer: Mapping[str, Any] | None,
    expected: Mapping[str, Any],
    picked: Iterable[str],
) -> list[ExpectedChoice]:
    """What can be expected of a client who gets the answer (None: he gets none), beside what is expected."""
    labels, chosen = Labels(ruleset), frozenset(picked)
    names = dict.fromkeys(
        (*(name for name in EXPECTABLE if answer is not None and name in answer), *expected)
    )
    return [
        ExpectedChoice(
            name,
            _label(name),
            _words(labels, name, expected[name]) if name in expected else "",
            _words(labels, name, answer.get(name)) if answer is not None else "",
            name in chosen,
        )
        for name in names
    ]


# -- what no client tries -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NeverTried:
    """A rule that fires for no client, or a condition of it that is never true, or never anything else."""

    rule: str
    title: str
    says: str


def never_tried(ruleset: Ruleset, gaps: Iterable[Gap]) -> tuple[NeverTried, ...]:
    """What no client tries, rule by rule in order of place."""
    labels, titles = Labels(ruleset), {rule.id: rule.title for rule in ruleset.rules}
    return tuple(
        NeverTried(gap.outcome.rule, titles[gap.outcome.rule], gap_words(labels, gap))
        for gap in gaps
        if not gap.said
    )


def gap_words(labels: Labels, gap: Gap) -> str:
    """What no client brings about: that a rule fires, or that a test of it holds, or does not."""
    outcome = gap.outcome
    if outcome.test is None:
        return "fires for no client"
    rule = next(one for one in labels.ruleset.rules if one.id == outcome.rule)
    test = next(islice(tests_of(rule.when), outcome.test, None))
    said = in_a_line(clauses(labels, test))
    return f"“{said}” is {'true for no client' if outcome.holds else 'true for every client'}"
