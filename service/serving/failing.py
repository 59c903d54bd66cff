"""Why a scenario is not as expected, in words: what was expected beside what is, and the rules behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from schemas.language import ANSWER, Effect, Holds, Move, Moved, covers
from service.analysis.checks.scenarios import Difference, Failure, Row, beside, same_scalar
from service.evaluation.truth import Facts, truth_of
from service.model.condition import Condition, conjuncts
from service.model.decision import Decision, Note
from service.model.number import Triple, as_json
from service.model.problem import Problem
from service.model.ruleset import Rule, Ruleset
from service.serving.reason_words import ByIds, ReasonWords
from service.serving.trying import ScenarioResult

BY_IDS: ReasonWords = ByIds()


@dataclass(frozen=True, slots=True)
class FailedPart:
    """One part of an answer that is not as expected: its problems by place, both sides, and why it is so.

    ``member``: the member of the answer, or ``fired`` and ``not fired``. ``why``: a line for each rule that
    led to what is, or is near to what is expected.
    """

    member: str
    problems: tuple[Problem, ...]
    rows: tuple[Row, ...]
    why: tuple[str, ...]


def failed_parts(
    ruleset: Ruleset, tried: ScenarioResult, words: ReasonWords = BY_IDS
) -> tuple[FailedPart, ...]:
    """What is not as expected, in order of place; why that is, in these words.

    Differences within one member of the answer, such as its sessions, are one part.
    """
    together: dict[tuple[object, ...], list[Failure]] = {}
    for failure in sorted(tried.failures, key=lambda failure: failure.problem):
        together.setdefault(_subject(failure.difference), []).append(failure)
    return tuple(_part(ruleset, tried, failures, words) for failures in together.values())


def _part(
    ruleset: Ruleset, tried: ScenarioResult, failures: Sequence[Failure], words: ReasonWords
) -> FailedPart:
    why = (line for one in failures for line in _reasons(ruleset, tried, one.difference, words))
    return FailedPart(
        failures[0].difference.member,
        tuple(one.problem for one in failures),
        beside(failures[-1].difference),
        tuple(dict.fromkeys(why)),
    )


def _subject(difference: Difference) -> tuple[object, ...]:
    """What is told together."""
    whole = difference.member not in ("fired", "not fired", "conclusions", "scores")
    return (difference.member,) if whole else difference.path


# -- which rules made the difference --------------------------------------------------------------------

_MOVES: Mapping[Move, str] = {
    "base": "gives the base",
    "base_not_used": "gives another base, which needs less",
    "times": "multiplies",
    "add": "adds",
    "round": "rounded",
    "will_not_suffice": "at least 2, since one session will not suffice",
    "unvouched": "typical is 2, since no rule says that one session may suffice",
    "widen": "made a range",
    "most": "is the most",
    "limit": "within the limits of the ruleset",
    "replan": "makes the plan again from what was seen",
}
covers(_MOVES, get_args(Move), "words of steps")

_RANGE = ("min", "typical", "max")
_AS_EXPECTED = " (as expected up to here)"

Leads = Callable[[Effect, Any], bool]
"""Whether an effect with this value leads to what is asked about."""


def _reasons(
    ruleset: Ruleset, tried: ScenarioResult, difference: Difference, words: ReasonWords
) -> tuple[str, ...]:
    """The rules that led to what the scenario got, and those near to what it expects; empty: none did."""
    if tried.decision is None or tried.answer is None:
        return ()
    return tuple(dict.fromkeys(_Reasons(ruleset, tried.decision, tried.answer, words).of(difference)))


class _Reasons:
    """What the rules did in one decision."""

    def __init__(
        self, ruleset: Ruleset, decision: Decision, answer: Mapping[str, Any], words: ReasonWords
    ) -> None:
        self._words = words
        self._decision = decision
        self._answer = answer
        self._plan = decision.plan
        self._fired = [hit.rule for hit in decision.fired]
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def of(self, difference: Difference) -> Iterator[str]:
        """The lines for one difference."""
        if difference.member == "not fired":
            yield from self._matched(difference.expected)
        elif difference.member in ANSWER:
            yield from _REASONS[ANSWER[difference.member].holds](self, difference)

    def nothing(self, _: Difference) -> Iterator[str]:
        """No rule is behind it."""
        yield from ()

    def fired(self, difference: Difference) -> Iterator[str]:
        """Why the rule did not fire."""
        yield from self._unfired([self._rules[difference.expected]])

    def ranges(self, difference: Difference) -> Iterator[str]:
        """How the numbers came about, or who took them away."""
        member = difference.member
        if member not in get_args(Moved):
            yield from self._led_by(lambda effect, _: effect.quantity == member)
        elif difference.got is None:
            yield from self._no_numbers()
        else:
            yield from self._numbers(member, difference.expected)

    def notes(self, difference: Difference) -> Iterator[str]:
        """Whose texts they are."""
        yield from self._led_by(lambda effect, _: effect.member == difference.member)

    def word(self, difference: Difference) -> Iterator[str]:
        """What led to the verdict, or to the answer about one session; then what would have to the other."""
        expected = str(difference.expected)
        if difference.member == "verdict":
            yield from self._verdict()
            yield from self._could(_leading_to(expected))
        else:
            yield from self._did(lambda effect, _: effect.category == "vouch")
            yield from self._numbers("sessions", None)
            yield from self._could(_vouching(expected))

    def named(self, difference: Difference) -> Iterator[str]:
        """The rules with an effect on each conclusion, score or benefit that is not as expected."""
        for name in _names(difference):
            yield from self._led_by(partial(_names_it, difference.member, name))

    def support(self, _: Difference) -> Iterator[str]:
        """The rules with the weakest support."""
        for rule in self._fired:
            if rule.then.gives_a_number and rule.support == self._plan.support:
                yield f"{self._who(rule.id)} has support {rule.support}"

    def _led_by(self, leads: Leads) -> Iterator[str]:
        yield from self._did(leads) or self._could(leads)

    def _numbers(self, of: str, expected: Any) -> Iterator[str]:
        """Every move of the arithmetic; the one after which it is no longer as expected is plain to see."""
        steps = [step for step in self._plan.steps if step.of == of]
        for step in steps:
            by = self._who(step.rule) if step.rule else "picoplan" if step.does == "base" else ""
            now = self._words.numbers(step.of, step.now)
            mark = _AS_EXPECTED if _fits(expected, step.now) else ""
            yield f"{by} {_MOVES[step.does]}: {now}{mark}".strip()

    def _no_numbers(self) -> Iterator[str]:
        """Who took the numbers away."""
        yield from self._did(lambda effect, _: effect.withholds)
        texts = {value for rule in self._fired for _, value in rule.then.present("gate")}
        texts |= {slow.text for rule in self._fired for _, slow in rule.then.present("conditional gate")}
        yield from self._notes(note for note in self._plan.referrals if note.text not in texts)
        yield from (warning.text for warning in self._plan.warnings if warning.code == "no-base")

    def _verdict(self) -> Iterator[str]:
        """What led to the verdict that it is."""
        verdict = self._plan.verdict
        if verdict == "clinician_review":
            yield from self._notes(self._plan.referrals)
            told = ("no-base", "unanswered", "plan-finished")
            yield from (warning.text for warning in self._plan.warnings if warning.code in told)
        elif verdict == "several_sessions":
            yield from self._did(_vouching("will_not_suffice"))
            yield from self._numbers("sessions", None)
        else:
            yield from self._did(_leading_to(verdict))

    def _matched(self, name: str) -> Iterator[str]:
        for hit in self._answer["fired"]:
            if hit["rule"] == name:
                held = (self._words.saw(key, value) for key, value in hit["matched"].items())
                yield f"{self._who(name)} fired, for {', '.join(held) or 'nothing speaks against it'}"

    def _did(self, leads: Leads) -> list[str]:
        """The fired rules with such an effect, each with what it says."""
        return [
            f"{self._who(rule.id)} fired: {self._words.does(rule, _meant(rule, leads))}"
            for rule in self._fired
            if _has(rule, leads)
        ]

    def _could(self, leads: Leads) -> Iterator[str]:
        """The rules with such an effect that did not fire, those that were nearest to it."""
        fired = {rule.id for rule in self._fired}
        others = [rule for rule in self._rules.values() if _has(rule, leads) and rule.id not in fired]
        yield from self._unfired(nearest_to_firing(others, self._decision.facts))

    def _unfired(self, rules: Iterable[Rule]) -> Iterator[str]:
        for rule in rules:
            yield f"{self._who(rule.id)} did not fire: {unmet(rule, self._decision.facts, self._words)}"

    def _notes(self, notes: Iterable[Note]) -> Iterator[str]:
        for note in notes:
            yield f"{self._who(note.rule)}: {note.text}" if note.rule else note.text

    def _who(self, rule: str) -> str:
        return self._words.rule(self._rules[rule])


def _fits(expected: Any, now: Triple) -> bool:
    """Whether these three numbers are as expected."""
    if not isinstance(expected, Mapping) or not expected.keys() <= set(_RANGE):
        return False
    held = dict(zip(_RANGE, map(as_json, now), strict=True))
    return all(same_scalar(value, held[part]) for part, value in expected.items())


def _names(difference: Difference) -> list[str]:
    """The conclusion or score that the difference is about; for benefits those on one side only."""
    if len(difference.path) > 1 and isinstance(difference.path[1], str):
        return [difference.path[1]]
    wanted, held = _ids(difference.expected), _ids(difference.got)
    return [*(one for one in wanted if one not in held), *(one for one in held if one not in wanted)]


def _ids(listed: Any) -> list[str]:
    items = listed if isinstance(listed, list) else []
    return [str(item["id"]) for item in items if isinstance(item, Mapping) and "id" in item]


def _names_it(member: str, name: str, effect: Effect, value: Any) -> bool:
    """Whether an effect has something to say of the name: in a list, or before what it says of each."""
    return effect.member == member and name in [one if isinstance(one, str) else one[0] for one in value]


def _leading_to(verdict: str) -> Leads:
    if verdict == "one_session_may_suffice":
        return _vouching("may_suffice")
    if verdict == "goal_reached":
        return lambda effect, _: effect.value == "progress"
    return lambda effect, _: effect.verdict == verdict


def _vouching(word: str) -> Leads:
    return lambda effect, value: effect.category == "vouch" and value == word


def _has(rule: Rule, leads: Leads) -> bool:
    return any(leads(effect, value) for effect, value in rule.then.present())


def _meant(rule: Rule, leads: Leads) -> list[Effect]:
    """Those of its effects that are meant."""
    return [effect for effect, value in rule.then.present() if leads(effect, value)]


_REASONS: Mapping[Holds, Callable[[_Reasons, Difference], Iterator[str]]] = {
    "hits": _Reasons.fired,
    "range": _Reasons.ranges,
    "notes": _Reasons.notes,
    "deferrals": _Reasons.notes,
    "moments": _Reasons.notes,
    "word": _Reasons.word,
    "levels": _Reasons.named,
    "scores": _Reasons.named,
    "named texts": _Reasons.named,
    "support": _Reasons.support,
    "id": _Reasons.nothing,
    "moment": _Reasons.nothing,
    "day": _Reasons.nothing,
    "edition": _Reasons.nothing,
    "text": _Reasons.nothing,
    "steps": _Reasons.nothing,
    "names": _Reasons.nothing,
    "warnings": _Reasons.nothing,
    "misses": _Reasons.nothing,
    "ref": _Reasons.nothing,
    "flag": _Reasons.nothing,
}
covers(_REASONS, get_args(Holds), "reasons for what an answer holds")


# -- why a rule did not fire ----------------------------------------------------------------------------


def unmet(rule: Rule, facts: Facts, words: ReasonWords) -> str:
    """Why the rule does not fire on these facts: ``severity: mild is false, given severe``."""
    wrong = _not_true(rule, facts)
    if not wrong:
        return "all its conditions hold"
    more = f" ({len(wrong) - 1} more not true)" if len(wrong) > 1 else ""
    return f"{words.untrue(wrong[0], facts)}{more}"


def nearest_to_firing(rules: Iterable[Rule], facts: Facts, most: int = 3) -> list[Rule]:
    """Of rules that did not fire those that lack the fewest conditions, ``most`` of them."""
    lacking = sorted((len(_not_true(rule, facts)), number, rule) for number, rule in enumerate(rules))
    return [rule for lacks, _, rule in lacking if lacks == lacking[0][0]][:most]


def _not_true(rule: Rule, facts: Facts) -> list[Condition]:
    return [part for part in conjuncts(rule.when) if truth_of(part)(facts) is not True]
