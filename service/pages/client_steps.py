"""The questions of a client page, one at a time: what a client has answered, and what is asked next."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import orjson

from service.evaluation.compiled import CompiledRuleset
from service.model.client_page import ClientWords
from service.model.condition import subjects_of
from service.model.number import written
from service.model.ruleset import Input, Ruleset
from service.model.texts import WORDS
from service.pages.client_form import (
    NONE_OF_THESE,
    ChoiceWords,
    Filled,
    FormChoice,
    assessment_of,
    choices_of,
)
from service.serving.self_checking import as_asked

_NAME = "page-language"

CHECK, RESULT = ".check", ".result"
"""The steps behind the questions: all answers to look at, and what comes of them. No id looks like this."""

NOT_SURE = "(not sure)"
"""What the field of a question holds where the client is not sure; no id looks like this."""

OPEN_FOR = timedelta(hours=1)
"""How long a step can be opened again."""

_OPENING = re.compile(r"\s*(.+?)\s*[:：]\s*(.*)")
"""A line of a help that may begin with an answer."""

_HARMLESS = frozenset(("missing", "not-applicable", "contradiction"))
"""Mistakes of an assessment that are none of one answer in it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How far a client is: his answers by question, of what he is not sure, and the step at which he is.

    ``language`` is that of the pages; ``digest`` names the edition whose questions he saw; ``changing``: he
    came from the check of his answers, and goes back there.
    """

    language: str
    digest: str
    at: str
    filled: Filled = field(default_factory=dict)
    not_sure: tuple[str, ...] = ()
    changing: bool = False

    def packed(self, ruleset_id: str, now: datetime) -> bytes:
        """All of it, to be sealed."""
        minute = int(now.timestamp()) // 60
        parts = [self.language, self.digest, self.at, self.filled, self.not_sure, self.changing]
        return orjson.dumps([ruleset_id, minute, *parts])


def unpacked(data: bytes, ruleset_id: str, now: datetime) -> Visit | None:
    """What was packed for that ruleset; None where it is another's, or too old."""
    name, minute, language, digest, at, filled, not_sure, changing = json.loads(data)
    made = datetime.fromtimestamp(minute * 60, UTC)
    if name != ruleset_id or now - made > OPEN_FOR:
        return None
    answers = {one: tuple(values) for one, values in filled.items()}
    return Visit(language, digest, at, answers, tuple(not_sure), changing)


def as_clients_read(told: Ruleset) -> Ruleset:
    """The ruleset with its questions as its client page puts them."""
    words = told.client_page.words
    return replace(
        told,
        inputs={name: _put(one, words[name]) if name in words else one for name, one in told.inputs.items()},
    )


def _put(one: Input, words: ClientWords) -> Input:
    options = tuple(
        replace(option, label=words.options.get(option.id, option.label)) for option in one.options
    )
    return replace(one, label=words.label or one.label, help=words.help or one.help, options=options)


class Steps:
    """The way through the questions of one ruleset, in the language of a visit."""

    def __init__(self, compiled: CompiledRuleset, visit: Visit) -> None:
        self._compiled = compiled
        self.visit = visit
        self.translated = as_clients_read(compiled.by_language[visit.language])

    @property
    def known(self) -> dict[str, tuple[str, ...]]:
        """The answers of which the client is sure."""
        return {name: values for name, values in self.visit.filled.items() if name not in self.visit.not_sure}

    def asked(self) -> list[Input]:
        """The questions that apply to this client and are asked on the page, in their order."""
        given = as_asked(self._compiled, assessment_of(self._compiled.ruleset, self.known))
        applicable = self._compiled.applicable(given, surely=True)
        page = self._compiled.ruleset.client_page
        return [one for name, one in self.translated.inputs.items() if name in applicable and page.asks(name)]

    def open_questions(self) -> list[str]:
        """Those that are asked and still open, by id."""
        return [one.id for one in self.asked() if not self._is_answered(one.id)]

    def _is_answered(self, name: str) -> bool:
        return name in self.visit.filled or name in self.visit.not_sure

    def answered(self, values: tuple[str, ...]) -> Visit:
        """The visit once the question at hand is answered, at the step that comes next."""
        visit, name = self.visit, self.visit.at
        filled = {key: kept for key, kept in visit.filled.items() if key != name}
        not_sure = tuple(other for other in visit.not_sure if other != name)
        if values == (NOT_SURE,):
            not_sure = (*not_sure, name)
        else:
            filled[name] = values
        now = replace(visit, filled=filled, not_sure=not_sure)
        return Steps(self._compiled, now)._gone_on()

    def _gone_on(self) -> Visit:
        """The visit at the step behind the question at hand."""
        left = self.open_questions()
        names = [one.id for one in self.asked()]
        if not self.visit.changing:
            places = list(self.translated.inputs)
            here = places.index(self.visit.at)
            left = [name for name in names if places.index(name) > here] or left
        at = left[0] if left else CHECK
        return replace(self.visit, at=at, changing=self.visit.changing and bool(left))

    def other_languages(self) -> tuple[tuple[str, str], ...]:
        """The other languages of the page: each by its tag, and by its own name for itself."""
        others = [tag for tag in self._compiled.by_language if tag != self.visit.language]
        return tuple((tag, _own_name(self._compiled.by_language[tag])) for tag in others)

    def first(self) -> str:
        """The first question of all, or the check where none is asked."""
        asked = self.asked()
        return asked[0].id if asked else CHECK

    def before(self) -> str | None:
        """The question before the one at hand, to which Back leads; None: there is none."""
        if self.visit.changing:
            return CHECK
        names = [one.id for one in self.asked()]
        if self.visit.at not in names:
            return names[-1] if names else None
        place = names.index(self.visit.at)
        return names[place - 1] if place else None

    def fitting(self) -> Visit:
        """The visit without what the questions of today do not take, and at a step that there is."""
        inputs = self._compiled.ruleset.inputs
        filled = {
            name: values
            for name, values in self.visit.filled.items()
            if name in inputs and not self.mistake(inputs[name], values)
        }
        not_sure = tuple(name for name in self.visit.not_sure if name in inputs)
        now = replace(self.visit, filled=filled, not_sure=not_sure)
        steps = Steps(self._compiled, now)
        left = steps.open_questions()
        if now.at == RESULT or (now.at == CHECK and left):
            return replace(now, at=left[0] if left else CHECK)
        return now if now.at == CHECK or now.at in inputs else replace(now, at=steps.first())

    def mistake(self, one: Input, values: tuple[str, ...]) -> str:
        """The word of the page that says what is wrong with an answer; empty where nothing is."""
        if values == (NOT_SURE,):
            return ""
        if NOT_SURE in values:
            return "page-choose-one"
        if NONE_OF_THESE in values and len(values) > 1:
            return "page-none-alone"
        if not values:
            return "page-choose"
        refusals = self._compiled.refusals(assessment_of(self._compiled.ruleset, {one.id: values}))
        if any(error.pointer.split("/")[2] == one.id and error.code not in _HARMLESS for error in refusals):
            return _wanted(one)
        return ""

    def question(self, one: Input, mistake: str = "", values: tuple[str, ...] | None = None) -> AskedQuestion:
        """The page of one question; ``values`` are what was just filled in."""
        names = [other.id for other in self.asked()]
        if values is None:
            values = (NOT_SURE,) if one.id in self.visit.not_sure else self.visit.filled.get(one.id, ())
        low, high = one.domain.low, one.domain.high
        bounds = {} if low is None or high is None else {"low": written(low), "high": written(high)}
        says = self.translated.says
        shape = one.domain.shape
        return AskedQuestion(
            id=one.id,
            label=one.label,
            help=self._help(one),
            widget="number" if shape == "number" else "boxes" if shape == "set" else "radios",
            hint=says(_wanted(one), **bounds) if shape in ("number", "set") else "",
            choices=choices_of(one, values, self._choice_words()),
            value=next((value for value in values if value != NOT_SURE), "") if shape == "number" else "",
            unit=one.unit or "",
            is_not_sure=NOT_SURE in values,
            mistake=says(mistake, **bounds) if mistake else "",
            number=names.index(one.id) + 1 if one.id in names else 0,
            total=len(names),
        )

    def _help(self, one: Input) -> str:
        """The help without what others read: a line that begins ``Sun spots:`` is for those who answered so.

        The answer is one to a question on which it hangs whether this one is asked.
        """
        hangs_on = {key.partition(".")[0] for key in subjects_of(one.only_if)} if one.only_if else ()
        is_given = {
            option.label: option.id in self.known[name]
            for name in hangs_on
            if name in self.known
            for option in self.translated.inputs[name].options
        }
        lines = []
        for line in (one.help or "").splitlines():
            opening = _OPENING.match(line)
            if opening is None or opening[1] not in is_given:
                lines.append(line)
            elif is_given[opening[1]]:
                lines.append(opening[2])
        return "\n".join(lines)

    def answers(self) -> tuple[AnsweredQuestion, ...]:
        """All that is answered, to be looked at."""
        return tuple(self._answer(one) for one in self.asked() if self._is_answered(one.id))

    def _answer(self, one: Input) -> AnsweredQuestion:
        if one.id in self.visit.not_sure:
            return AnsweredQuestion(one.id, one.label, (self.translated.says("page-not-sure"),))
        values = self.visit.filled[one.id]
        if one.domain.shape == "number":
            return AnsweredQuestion(one.id, one.label, (f"{values[0]} {one.unit or ''}".strip(),))
        picked = [choice.label for choice in choices_of(one, values, self._choice_words()) if choice.picked]
        return AnsweredQuestion(one.id, one.label, tuple(picked))

    def _choice_words(self) -> ChoiceWords:
        return ChoiceWords(*(self.translated.says(f"page-{word}") for word in ("yes", "no", "none-of-these")))


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question as its page shows it; ``hint``: what can be answered; ``number`` of ``total``."""

    id: str
    label: str
    help: str
    widget: str
    hint: str
    choices: Sequence[FormChoice]
    value: str
    unit: str
    is_not_sure: bool
    mistake: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One question, and its answer in words."""

    id: str
    label: str
    answer: tuple[str, ...]


def _wanted(one: Input) -> str:
    """The word of the page that says what a question takes."""
    if one.domain.shape == "number":
        return "page-whole-number" if one.domain.whole else "page-number"
    return "page-several" if one.domain.shape == "set" else "page-choose"


def _own_name(told: Ruleset) -> str:
    """What a language calls itself; its tag, where nobody has translated that."""
    return told.language if (WORDS, _NAME) in told.untold else told.says(_NAME)


def values_of(fields: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What was filled in, of the fields of a question's page as they were sent."""
    sent = (value.strip() for name, value in fields if name == "answer")
    return tuple(dict.fromkeys(value for value in sent if value))
