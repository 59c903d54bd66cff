"""What a client reads at the end: the verdict in the clinic's words, and what it rests on; no rule's id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.language import ADVICE, MOMENTS, PROMISES, covers, effects
from schemas.page_words import PAGE_WORDS
from service.model.ruleset import Ruleset
from service.pages.verdict import MOST_DRAWN, SessionRange, session_marks, sessions_done
from service.serving.self_checking import GATED, SelfCheck

MAY_BE_TOLD = frozenset(gate.verdict for gate in effects("gate") if not gate.withholds)
"""Verdicts under which numbers are told once a clinician has looked."""

_REVIEWS = {effect.quantity or "": f"page-{effect.part}" for effect in effects("review")}
"""When to come again, by member of the answer: the words of the page above it."""
covers(PAGE_WORDS["en"].keys() & _REVIEWS.values(), _REVIEWS.values(), "words of when to come again")

Span = Mapping[str, Any]
"""A range of an answer; its ``typical`` may be None."""


@dataclass(frozen=True, slots=True)
class ClientResult:
    """The whole, in the order of the page.

    ``one_session`` and ``figures`` are empty where a clinician decides first, the former also where the goal
    is reached: then no more is to come. Questions are in the words of the page. ``deferrals`` have with each
    text until when it is so, ``advice`` is by moments of a session.
    """

    verdict: str
    text: str
    one_session: str
    sessions: SessionRange | None
    figures: tuple[tuple[str, str], ...]
    hangs_on: tuple[str, ...]
    expected: tuple[str, ...]
    advice: tuple[tuple[str, tuple[str, ...]], ...]
    stops: tuple[str, ...]
    deferrals: tuple[tuple[str, tuple[str, ...]], ...]
    referrals: tuple[str, ...]
    not_sure: tuple[str, ...]
    to_bring: tuple[str, ...]


def client_result(told: Ruleset, check: SelfCheck, *, looked: bool = False) -> ClientResult:
    """The view of what is told to a client, in the words of ``told``.

    ``looked``: a clinician has looked, so that a plan is told that waits, or that a clinician decides on.
    """
    answer = check.answer
    numbers = answer["verdict"] not in (GATED - MAY_BE_TOLD if looked else GATED)

    def labels(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(told.inputs[name].label for name in names)

    hangs_on = check.hangs_on if numbers else ()
    is_asked = numbers and answer["verdict"] != "goal_reached"
    done = max((sessions_done(told, assessment) for assessment, _ in check.tried), default=0)
    words = _Numbers(told)
    sessions = answer["sessions"] if numbers else None
    return ClientResult(
        verdict=answer["verdict"],
        text=answer["verdict_text"],
        one_session=told.says(f"page-one-{answer['one_session'].replace('_', '-')}") if is_asked else "",
        sessions=None if sessions is None else _picture(words, sessions, done),
        figures=tuple(_figures(words, answer, done)) if numbers else (),
        hangs_on=labels(hangs_on),
        expected=tuple(text for member in PROMISES for text in _texts(answer, member)),
        advice=tuple(_advice(told, answer)),
        stops=_texts(answer, "stops"),
        deferrals=tuple(_deferrals(words, answer)),
        referrals=_texts(answer, "referrals"),
        not_sure=labels(name for name in check.not_sure if name not in (*check.to_bring, *hangs_on)),
        to_bring=labels(check.to_bring),
    )


def _texts(answer: Mapping[str, Any], member: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one["text"] for one in answer[member]))


def _advice(told: Ruleset, answer: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is good to know, by moments of a session; where none is held only what the rules that stop say."""
    stopping = {one["rule"] for one in answer["stops"]}
    is_planned = answer["verdict"] not in GATED - MAY_BE_TOLD
    advice = [one for name in ADVICE for one in answer[name] if is_planned or one["rule"] in stopping]
    for moment in (None, *MOMENTS):
        texts = dict.fromkeys(one["text"] for one in advice if one.get("at") == moment)
        if texts:
            yield told.says(f"page-{moment or 'advice'}"), tuple(texts)


def _deferrals(words: _Numbers, answer: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in answer["deferrals"]:
        beside = [words.says("page-until", until=one["until"])] if one["until"] else []
        if one["weeks"]:
            weeks = words.weeks({"min": one["weeks"], "typical": None, "max": one["weeks"]})
            beside.append(words.says("page-wait", weeks=weeks))
        yield one["text"], tuple(beside)


class _Numbers:
    """Ranges in the words of the page."""

    def __init__(self, told: Ruleset) -> None:
        self.says = told.says

    def plain(self, span: Span) -> str:
        """``3 to 5, usually 4``."""
        return self._usually(self._ends(span), span)

    def weeks(self, span: Span) -> str:
        """``4 to 6 weeks, usually 4``."""
        one = span["min"] == span["max"] == 1
        said = self.says("page-one-week") if one else self.says("page-weeks", range=self._ends(span))
        return self._usually(said, span)

    def _ends(self, span: Span) -> str:
        low, high = span["min"], span["max"]
        return str(low) if low == high else self.says("page-range", min=low, max=high)

    def _usually(self, said: str, span: Span) -> str:
        if span["typical"] is None or span["min"] == span["max"]:
            return said
        return self.says("page-usually", range=said, typical=span["typical"])


def _picture(words: _Numbers, sessions: Span, done: int) -> SessionRange | None:
    """None where there are too many sessions to be drawn."""
    if not 0 < sessions["max"] <= MOST_DRAWN:
        return None
    sentence = f"{words.says('page-sessions')}: {words.plain(sessions)}"
    return SessionRange(sentence, session_marks(sessions, done), sessions["typical"] or 0)


def _figures(words: _Numbers, answer: Mapping[str, Any], done: int) -> Iterator[tuple[str, str]]:
    """The numbers, each below what it is. Nothing is a date: a course is told in weeks."""
    sessions, remaining, interval = answer["sessions"], answer["remaining"], answer["interval_weeks"]
    if sessions is not None:
        yield words.says("page-sessions"), words.plain(sessions)
    to_come = remaining is None or remaining["max"] > 0
    if done and remaining is not None and to_come:
        yield words.says("page-remaining"), words.plain(remaining)
    several = sessions is not None and sessions["max"] > 1
    if interval is not None and several and to_come:
        yield words.says("page-interval"), words.weeks(interval)
        if not done and sessions["min"] > 1:
            yield (
                words.says("page-course"),
                words.says("page-about", length=_course(words, sessions, interval)),
            )
    for member, word in _REVIEWS.items():
        if answer[member] is not None:
            yield words.says(word), words.weeks(answer[member])


def _course(words: _Numbers, sessions: Span, interval: Span) -> str:
    """The weeks from the first session to the last: n sessions have n-1 intervals between them."""
    low = (sessions["min"] - 1) * interval["min"]
    high = (sessions["max"] - 1) * interval["max"]
    return words.weeks({"min": low, "typical": None, "max": high})
