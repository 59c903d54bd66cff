"""Which rules made the difference between what a scenario expects and what it gets. In words, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from service.analysis.checks.scenarios import Difference, same_scalar
from service.model.decision import Decision, Note
from service.model.flow import flow
from service.model.number import Triple, as_json, written
from service.model.problem import shown
from service.model.ruleset import Effects, Rule, Ruleset
from service.serving.effects import effects_json
from service.serving.trying import Tried
from service.serving.unmet import nearest_to_firing, unmet

_MOVES = {
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
}
_PARTS = ("min", "typical", "max")
_AS_EXPECTED = " (as expected up to here)"

_Does = Callable[[Effects], bool]

_EFFECT_OF: dict[str, _Does] = {
    "do_not_treat": lambda then: then.stop is not None,
    "defer": lambda then: then.defer is not None,
    "clinician_review": lambda then: then.refer is not None or then.no_numbers is not None,
    "goal_reached": lambda then: then.remaining_from_progress is not None,
    "one_session_may_suffice": lambda then: then.one_session == "may_suffice",
    "may_suffice": lambda then: then.one_session == "may_suffice",
    "will_not_suffice": lambda then: then.one_session == "will_not_suffice",
    "stops": lambda then: then.stop is not None,
    "deferrals": lambda then: then.defer is not None,
    "referrals": lambda then: then.refer is not None or then.no_numbers is not None,
    "advice": lambda then: then.advise is not None,
    "expected": lambda then: then.expect is not None,
    "review_weeks": lambda then: then.review_weeks is not None,
}
"""Whether effects lead to a verdict, to an answer about one session, or into a list of the answer."""


def reasons(ruleset: Ruleset, tried: Tried, difference: Difference) -> tuple[str, ...]:
    """The rules that led to what the scenario got, and those near to what it expects; empty: none did."""
    if tried.decision is None or tried.answer is None:
        return ()
    return tuple(dict.fromkeys(_Reasons(ruleset, tried.decision, tried.answer).of(difference)))


class _Reasons:
    """What the rules did in one decision."""

    def __init__(self, ruleset: Ruleset, decision: Decision, answer: Mapping[str, Any]) -> None:
        self._decision = decision
        self._answer = answer
        self._plan = decision.plan
        self._fired = [hit.rule for hit in decision.fired]
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def of(self, difference: Difference) -> Iterator[str]:
        """The lines for one difference."""
        member, expected, got = difference.member, difference.expected, difference.got
        if member == "fired":
            yield from self._unfired([self._rules[expected]])
        elif member == "not fired":
            yield from self._matched(expected)
        elif member in ("sessions", "interval_weeks", "remaining"):
            yield from self._numbers(member, expected) if got is not None else self._no_numbers()
        elif member == "verdict":
            yield from self._verdict(str(expected))
        elif member == "one_session":
            yield from self._one_session(str(expected))
        elif member in ("conclusions", "scores", "benefits"):
            yield from self._named(member, difference)
        elif member == "support":
            yield from self._support()
        elif member in _EFFECT_OF:
            does = _EFFECT_OF[member]
            yield from self._did(does) or self._could(does)

    def _numbers(self, of: str, expected: Any) -> Iterator[str]:
        """Every move of the arithmetic; the one after which it is no longer as expected is plain to see."""
        steps = [step for step in self._plan.steps if step.of == of]
        for step in steps:
            by = self._who(step.rule) if step.rule else "picoplan" if step.does == "base" else ""
            now = ", ".join(map(written, step.now))
            mark = _AS_EXPECTED if _fits(expected, step.now) else ""
            yield f"{by} {_MOVES[step.does]}: {now}{mark}".strip()

    def _no_numbers(self) -> Iterator[str]:
        """Who took the numbers away."""
        yield from self._did(_EFFECT_OF["stops"])
        yield from self._did(lambda then: then.no_numbers is not None)
        texts = {rule.then.refer for rule in self._fired} | {rule.then.no_numbers for rule in self._fired}
        yield from self._notes(note for note in self._plan.referrals if note.text not in texts)
        yield from (warning.text for warning in self._plan.warnings if warning.code == "no-base")

    def _verdict(self, expected: str) -> Iterator[str]:
        """What led to the verdict that it is, then which rules would have led to the expected one."""
        verdict = self._plan.verdict
        if verdict == "clinician_review":
            yield from self._notes(self._plan.referrals)
            told = ("no-base", "unanswered", "plan-finished")
            yield from (warning.text for warning in self._plan.warnings if warning.code in told)
        elif verdict == "several_sessions":
            yield from self._did(_EFFECT_OF["will_not_suffice"])
            yield from self._numbers("sessions", None)
        else:
            yield from self._did(_EFFECT_OF[verdict])
        if expected in _EFFECT_OF:
            yield from self._could(_EFFECT_OF[expected])

    def _one_session(self, expected: str) -> Iterator[str]:
        yield from self._did(lambda then: then.one_session is not None)
        yield from self._numbers("sessions", None)
        if expected in _EFFECT_OF:
            yield from self._could(_EFFECT_OF[expected])

    def _named(self, member: str, difference: Difference) -> Iterator[str]:
        """The rules with an effect on each conclusion, score or benefit that is not as expected."""
        for name in _names(difference):
            does = _effect_on(member, name)
            did = self._did(does)
            yield from did or self._could(does)

    def _support(self) -> Iterator[str]:
        for rule in self._fired:
            if rule.then.gives_a_number and rule.support == self._plan.support:
                yield f"{self._who(rule.id)} has support {rule.support}"

    def _matched(self, name: str) -> Iterator[str]:
        for hit in self._answer["fired"]:
            if hit["rule"] == name:
                held = (
                    f"{key} {'unknown' if value is None else flow(value)}"
                    for key, value in hit["matched"].items()
                )
                yield f"{self._who(name)} fired, for {', '.join(held) or 'nothing speaks against it'}"

    def _did(self, does: _Does) -> list[str]:
        """The fired rules with such an effect, each with what it says."""
        return [
            f"{self._who(rule.id)} fired: {_said(rule.then, does)}" for rule in self._fired if does(rule.then)
        ]

    def _could(self, does: _Does) -> Iterator[str]:
        """The rules with such an effect that did not fire, those that were nearest to it."""
        fired = {rule.id for rule in self._fired}
        others = [rule for rule in self._rules.values() if does(rule.then) and rule.id not in fired]
        yield from self._unfired(nearest_to_firing(others, self._decision.facts))

    def _unfired(self, rules: Iterable[Rule]) -> Iterator[str]:
        for rule in rules:
            yield f"{self._who(rule.id)} did not fire: {unmet(rule, self._decision.facts)}"

    def _notes(self, notes: Iterable[Note]) -> Iterator[str]:
        for note in notes:
            yield f"{self._who(note.rule)}: {note.text}" if note.rule else note.text

    def _who(self, rule: str) -> str:
        return f"{rule} ({self._rules[rule].defined_at})"


def _fits(expected: Any, now: Triple) -> bool:
    """Whether these three numbers are as expected."""
    if not isinstance(expected, Mapping) or not expected.keys() <= set(_PARTS):
        return False
    held = dict(zip(_PARTS, map(as_json, now), strict=True))
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


def _effect_on(member: str, name: str) -> _Does:
    if member == "conclusions":
        return lambda then: name in dict(then.conclude)
    if member == "scores":
        return lambda then: name in dict(then.points)
    return lambda then: name in then.benefits


def _said(then: Effects, does: _Does) -> str:
    """Those of a rule's effects that are meant, as its author might write them, cut where they are long."""
    meant = [one.name for one in fields(then) if does(Effects(**{one.name: getattr(then, one.name)}))]
    effects = {name: value for name, value in effects_json(then).items() if name in meant}
    return shown(
        ", ".join(f"{name.replace('_', ' ')}: {flow(value)}" for name, value in effects.items()), 120
    )
