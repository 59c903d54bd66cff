"""What a rule does, in words: a short label and a sentence for each of its effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.documenting.naming import Naming
from service.documenting.phrases import a_range, both, plain, scalar
from service.model.condition import Condition
from service.model.number import Number, Triple, written
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore, Rule

Amounts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Does:
    """One effect: its ``label``, the ``text``, and what an amount is for each answer.

    ``tone``: how grave it is, from ``stop`` and ``wait`` over ``refer`` to ``number`` and ``note``.
    """

    tone: str
    label: str
    text: str
    amounts: Amounts = ()

    def in_a_line(self) -> str:
        """The effect on one line."""
        listed = "; ".join(f"{label}: {amount}" for label, amount in self.amounts)
        return f"{self.label}: {self.text}{f' ({listed})' if listed else ''}"


def effects(naming: Naming, rule: Rule) -> tuple[Does, ...]:
    """All that the rule does, what a client would hear first."""
    return tuple(_Effects(naming, rule.then, rule.when).told())


class _Effects:
    """Tells the effects of one rule."""

    def __init__(self, naming: Naming, then: Effects, when: Condition) -> None:
        self._naming = naming
        self._then = then
        self._when = when

    def told(self) -> Iterator[Does]:
        tellers: tuple[Callable[[], Iterator[Does]], ...] = (
            self._gates,
            self._sessions,
            self._weeks,
            self._facts,
            self._texts,
        )
        for tell in tellers:
            yield from tell()

    def _gates(self) -> Iterator[Does]:
        then = self._then
        if then.stop is not None:
            yield Does("stop", "Do not treat", then.stop)
        if then.defer is not None:
            until = f" Until: {then.until}" if then.until is not None else ""
            yield Does("wait", "Not now", f"{then.defer}{until}")
        if then.no_numbers is not None:
            yield Does("refer", "Refer, without a number", then.no_numbers)
        if then.refer is not None:
            yield Does("refer", "Refer", then.refer)

    def _sessions(self) -> Iterator[Does]:
        then = self._then
        if then.sessions is not None:
            yield Does("number", "Sessions", a_range(then.sessions, "session", "sessions"))
        if then.sessions_from_score is not None:
            yield Does("number", "Sessions", _from_score(then.sessions_from_score))
        if then.sessions_times is not None:
            yield self._times(then.sessions_times)
        if then.add_sessions is not None:
            yield Does("number", "Sessions", _more(then.add_sessions, "session"))
        if then.most_sessions is not None:
            text, amounts = self._amount(then.most_sessions)
            yield Does(
                "number",
                "Sessions",
                f"never more than {text}; beyond that, a referral and no number",
                amounts,
            )
        if then.remaining_from_progress is not None:
            yield self._remaining(then.remaining_from_progress)
        if then.one_session is not None:
            enough = "may be enough" if then.one_session == "may_suffice" else "will not be enough"
            yield Does("number", "One session", enough)

    def _times(self, factor: Number | Triple | AttributeRef) -> Does:
        text, amounts = self._amount(factor)
        if isinstance(factor, Number):
            return Does("number", "Sessions", f"{text} times as many")
        return Does("number", "Sessions", f"multiplied by {text}", amounts)

    def _weeks(self) -> Iterator[Does]:
        then = self._then
        if then.interval_weeks is not None:
            yield Does("number", "Between sessions", a_range(then.interval_weeks, "week", "weeks"))
        if isinstance(then.add_interval_weeks, AttributeRef):
            text, amounts = self._amount(then.add_interval_weeks)
            yield Does("number", "Between sessions", f"{text} weeks more", amounts)
        elif then.add_interval_weeks is not None:
            yield Does("number", "Between sessions", _more(then.add_interval_weeks, "week"))
        if then.review_weeks is not None:
            yield Does("note", "Look again", f"after {a_range(then.review_weeks, 'week', 'weeks')}")

    def _facts(self) -> Iterator[Does]:
        for name, level in self._then.conclude:
            found = f"“{plain(name)}”" if level is True else f"“{plain(name)}” is {scalar(level)}"
            yield Does("note", "Conclusion", found)
        for name, points in self._then.points:
            yield self._points(plain(name), points)

    def _texts(self) -> Iterator[Does]:
        then = self._then
        if then.expect is not None:
            yield Does("note", "Expect", then.expect)
        if then.advise is not None:
            yield Does("note", "Advice", then.advise)
        if then.benefits:
            yield Does("note", "Further sessions", both(map(plain, then.benefits)))

    def _amount(self, amount: Number | Triple | AttributeRef) -> tuple[str, Amounts]:
        """An amount in words, and what it is for each answer where the answer decides."""
        if isinstance(amount, AttributeRef):
            question = self._naming.question(amount.input)
            text = f"the “{plain(amount.attribute)}” of the answer to “{question}”"
            return text, self._naming.amounts(amount, self._when)
        return (a_range(amount) if isinstance(amount, Triple) else written(amount)), ()

    def _points(self, score: str, points: tuple[Number | AttributeRef, ...]) -> Does:
        label = "Points"
        if len(points) == 1:
            text, amounts = self._amount(points[0])
            return Does("note", label, f"{text}, for the score “{score}”", amounts)
        amounts = tuple(map(self._point, points))
        return Does("note", label, f"the sum of these, for the score “{score}”", amounts)

    def _point(self, point: Number | AttributeRef) -> tuple[str, str]:
        if not isinstance(point, AttributeRef):
            return "always", written(point)
        each = self._naming.amounts(point, self._when)
        return self._naming.question(point.input), ", ".join(f"{label} {amount}" for label, amount in each)

    def _remaining(self, how: FromProgress) -> Does:
        target = how.target
        amounts: Amounts = ()
        if isinstance(target, AttributeRef):
            wanted, amounts = self._amount(target)
        elif isinstance(target, str):
            wanted = f"the answer to “{self._naming.question(target)}”"
        else:
            wanted = f"{written(target)} %"
        margin = f" Range: {written(how.margin)} points of percent either way." if how.margin else ""
        text = (
            f"worked out again from “{self._naming.question(how.improvement)}” after "
            f"“{self._naming.question(how.sessions)}”, up to {wanted}.{margin}"
        )
        return Does("number", "Still needed", text, amounts)


def _from_score(how: FromScore) -> str:
    parts = [f"{written(how.times)} for each point of the score “{plain(how.score)}”"]
    if how.spread:
        parts.append(f"the range runs from {written(how.spread)} below to {written(how.spread)} above")
    if how.at_least != 1:
        parts.append(f"never under {written(how.at_least)}")
    return "; ".join(parts)


def _more(amount: Number | Triple, unit: str) -> str:
    """``2 weeks more``, ``1 session fewer``."""
    if isinstance(amount, Triple):
        return f"{a_range(amount, unit, unit + 's')}, added"
    much = written(amount if amount >= 0 else -amount)
    return f"{much} {unit if much == '1' else unit + 's'} {'more' if amount >= 0 else 'fewer'}"
