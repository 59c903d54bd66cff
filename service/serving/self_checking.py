"""What a client hears who asks for himself, and who may be not sure of some answers.

Not sure is never no. A question that must be asked, or that is optional, is then not given. One that is
required, or that has a default, is tried under each of its options: the numbers span all of these, and what
stops or refers under any of them decides. Where that can't be tried there is no number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from schemas.language import ADVICE, ANSWER, GATE_MEMBERS, PROMISES, VERDICTS, Verdict, effects, members
from service.evaluation.alike_answers import source_of
from service.evaluation.changing import CONCLUDED, open_with
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import Facts, could_be, is_whatever
from service.model.caller import INTERNAL, Caller
from service.model.condition import subjects_of
from service.model.decision import Decision
from service.model.number import Number
from service.model.ruleset import AttributeRef, Input, Rule, Ruleset
from service.serving.answer import value_json
from service.serving.evaluate import Answering, Languages, ReadyRequest
from service.serving.refused import Refused
from service.serving.sampling import completed

MOST_TRIES = 64
"""So many combinations of what a client is not sure of are tried at most."""

GATED = frozenset(gate.verdict for gate in effects("gate"))
"""Verdicts that keep a client from a plan, or from one without a clinician: no number is told under them."""

_RANGES = members("range")
_LISTS = members("notes", "deferrals", "moments", "named texts", "names")
_GATED_TEXTS = (*GATE_MEMBERS, *ADVICE)
"""Lists of what keeps a client from a plan, and what he is told beside it."""

_LEFT_OPEN: Mapping[str, Any] = {name: [] if name in _LISTS else None for name in ANSWER}


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What is told. ``answer`` has the members of an answer, over all that was ``tried``.

    Of its ranges ``typical`` is None where it differs between tries. ``not_sure``, ``hangs_on`` and
    ``to_bring`` are questions by id: all of which the client is not sure; those of them on which the answer
    hangs; and those without which there is no number. ``tried``: each assessment with its answer; none where
    nothing could be tried.
    """

    answer: Mapping[str, Any]
    not_sure: tuple[str, ...]
    hangs_on: tuple[str, ...] = ()
    to_bring: tuple[str, ...] = ()
    tried: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...] = ()


def self_check(
    answering: Answering,
    body: object,
    not_sure: Collection[str],
    caller: Caller = INTERNAL,
    accepted: Languages = (),
) -> SelfCheck | Refused:
    """What is told to the client of an evaluate request, or why there is nothing.

    What the client page answers for everybody is added to the assessment; what does not apply is left out.
    ``accepted`` are the languages that the client takes where the body names none, the best first.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    asked = answering.asked(body, caller, accepted=accepted)
    if isinstance(asked, Refused):
        return asked
    compiled = asked.ready.compiled
    given = {name: answer for name, answer in asked.assessment.items() if name not in not_sure}
    given = as_asked(compiled, given)
    applicable = compiled.applicable(given)
    ruleset = compiled.by_language[asked.language or compiled.ruleset.language]
    unsure = [one for one in ruleset.inputs.values() if one.id in not_sure and one.id in applicable]
    spanned = [one for one in unsure if one.required or one.default is not None]
    names = tuple(one.id for one in unsure)
    untried = [one for one in spanned if not _can_be_tried(ruleset, one)]
    if not untried and prod(len(_options(one)) for one in spanned) > MOST_TRIES:
        untried = spanned
    if untried:
        told = _without_numbers(ruleset) | _certain(answering, asked, given, spanned)
        return SelfCheck(told, names, to_bring=tuple(one.id for one in untried))
    tried = _tried(answering, asked, given, spanned)
    if isinstance(tried, Refused):
        return tried
    answers = [answer for _, answer, _ in tried]
    return SelfCheck(
        _together(ruleset, answers),
        names,
        hangs_on=tuple(_hangs_on(spanned, tried)),
        tried=tuple((assessment, answer) for assessment, answer, _ in tried),
    )


def as_asked(compiled: CompiledRuleset, given: Mapping[str, Any]) -> dict[str, Any]:
    """The assessment with what the client page answers for everybody, without what does not apply."""
    answers = compiled.ruleset.client_page.answers
    whole = {**{name: value_json(answer) for name, answer in answers.items()}, **given}
    applicable = compiled.applicable(whole)
    return {name: answer for name, answer in whole.items() if name in applicable}


def _can_be_tried(ruleset: Ruleset, one: Input) -> bool:
    """Whether it has few answers, and what else is asked does not hang on them."""
    hanging = any(
        one.id in {key.partition(".")[0] for key in subjects_of(other.only_if)}
        for other in ruleset.inputs.values()
        if other.only_if is not None and ruleset.client_page.asks(other.id)
    )
    return one.domain.shape in ("choice", "yes_no") and not hanging


def _options(one: Input) -> Sequence[Any]:
    return one.domain.values


_Tried = tuple[Mapping[str, Any], Mapping[str, Any], tuple[Any, ...]]
"""An assessment, its answer, and what was tried for the questions of which the client is not sure."""


def _tried(
    answering: Answering, asked: ReadyRequest, given: Mapping[str, Any], spanned: Sequence[Input]
) -> list[_Tried] | Refused:
    """Each combination that can be; why there is none, where all contradict the rest."""
    tried: list[_Tried] = []
    refused: Refused | None = None
    for options in product(*map(_options, spanned)):
        assessment = {**given, **dict(zip((one.id for one in spanned), options, strict=True))}
        assessment = as_asked(asked.ready.compiled, assessment)
        told = answering.answer(asked._replace(assessment=assessment), tried=True)
        if not isinstance(told, Refused):
            tried.append((assessment, told, options))
            continue
        refused = told
        if any(error.code != "contradiction" for error in told.errors):
            return told
    return tried if tried or refused is None else refused


def _together(ruleset: Ruleset, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One answer for all: its numbers span theirs, and what keeps from a plan under any of them decides."""
    first = answers[0]
    verdict = _deciding(answer["verdict"] for answer in answers)
    said = {answer["one_session"] for answer in answers}
    return {
        **first,
        "verdict": verdict,
        "verdict_text": ruleset.verdicts[verdict],
        "one_session": first["one_session"] if len(said) == 1 else "undecided",
        **{name: _span([answer[name] for answer in answers]) for name in _RANGES},
        **{name: list(_each_once(one for answer in answers for one in answer[name])) for name in _LISTS},
        **{
            name: [one for one in first[name] if all(one in answer[name] for answer in answers)]
            for name in PROMISES
        },
    }


def _deciding(verdicts: Iterable[Verdict]) -> Verdict:
    """The first that keeps from a plan, or else the one that promises least."""
    places = sorted(map(VERDICTS.index, verdicts))
    return VERDICTS[places[0] if VERDICTS[places[0]] in GATED else places[-1]]


def _span(ranges: Sequence[Mapping[str, int] | None]) -> dict[str, int | None] | None:
    known = [one for one in ranges if one is not None]
    if len(known) < len(ranges):
        return None
    typical = {one["typical"] for one in known}
    return {
        "min": min(one["min"] for one in known),
        "typical": known[0]["typical"] if len(typical) == 1 else None,
        "max": max(one["max"] for one in known),
    }


def _each_once(items: Iterable[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for item in items:
        if item not in seen:
            seen.append(item)
            yield item


def _hangs_on(spanned: Sequence[Input], tried: Sequence[_Tried]) -> Iterator[str]:
    """The questions of which another answer alone, all others as they are, comes to something else."""
    for place, one in enumerate(spanned):
        outcomes: dict[tuple[Any, ...], list[Any]] = {}
        for _, answer, options in tried:
            told = (answer["verdict"], answer["one_session"], *(answer[name] for name in _RANGES))
            outcomes.setdefault(options[:place] + options[place + 1 :], []).append(told)
        if any(told != same[0] for same in outcomes.values() for told in same):
            yield one.id


def _certain(
    answering: Answering, asked: ReadyRequest, given: Mapping[str, Any], spanned: Sequence[Input]
) -> dict[str, Any]:
    """The verdict and the texts of the rules that fire whatever the client's open answers are.

    Nothing where no answers can be found with which the assessment is taken.
    """
    compiled = asked.ready.compiled
    some = completed(compiled, given, [one.id for one in spanned])
    if some is None:
        return {}
    ready = asked._replace(assessment=as_asked(compiled, some))
    told = answering.answer(ready, tried=True)
    decision = compiled.decide(ready.assessment, asked.as_of.month, asked.language)
    if isinstance(told, Refused) or not isinstance(decision, Decision):
        return {}
    rules = certain_rules(compiled.ruleset, decision.facts, [one.id for one in spanned])
    verdicts = [gate.verdict for rule in rules for gate, _ in rule.then.present("gate") if gate.verdict]
    verdict = _deciding([*verdicts, "clinician_review"])
    ids = {rule.id for rule in rules}
    return {
        "verdict": verdict,
        "verdict_text": compiled.by_language[told["language"]].verdicts[verdict],
        **{member: [one for one in told[member] if one["rule"] in ids] for member in _GATED_TEXTS},
    }


def certain_rules(ruleset: Ruleset, facts: Facts, questions: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that fire on these facts, whatever is answered to the questions, in the ruleset's order.

    ``facts``: those of a decision, under any answers to the questions. A conclusion or score counts where no
    rule adds to it that may fire or not, a flag where a certain rule concludes it, for no other can undo it;
    and of a score between which numbers it lies.
    """
    is_open = open_with(ruleset, questions)
    found = {key for key in facts if source_of(key) in CONCLUDED}
    settled: set[str] = set()
    spans: dict[str, tuple[Number, Number]] = {}

    def open_key(key: str) -> bool:
        return key not in settled and source_of(key) in is_open

    while True:
        certain = tuple(rule for rule in ruleset.rules if is_whatever(rule.when, facts, open_key, spans))
        ids = {rule.id for rule in certain}
        perhaps = [
            rule for rule in ruleset.rules if rule.id not in ids and could_be(rule.when, facts, open_key)
        ]
        flags = {
            f"conclusions.{name}" for rule in certain for name, level in rule.then.conclude if level is True
        }
        unsettled = {key for rule in perhaps for key in rule.then.feeds()} | {
            f"scores.{name}"
            for rule in certain
            for name, points in rule.then.points
            if any(isinstance(one, AttributeRef) and open_key(one.key) for one in points)
        }
        before = (set(settled), dict(spans))
        settled |= (found - unsettled) | flags
        spans = dict(_spans(ruleset, certain, perhaps))
        if (settled, spans) == before:
            return certain


def _spans(
    ruleset: Ruleset, certain: Iterable[Rule], perhaps: Iterable[Rule]
) -> Iterator[tuple[str, tuple[Number, Number]]]:
    """Between which numbers each score lies; none of a score to which an attribute is added."""
    for name in ruleset.scores:
        sure, more = ([*_points(rules, name)] for rules in (certain, perhaps))
        numbers = [one for one in (*sure, *more) if not isinstance(one, AttributeRef)]
        if len(numbers) == len(sure) + len(more):
            total, open_points = sum(numbers[: len(sure)]), numbers[len(sure) :]
            low = total + sum(one for one in open_points if one < 0)
            yield f"scores.{name}", (low, total + sum(one for one in open_points if one > 0))


def _points(rules: Iterable[Rule], score: str) -> Iterator[Number | AttributeRef]:
    for rule in rules:
        for name, points in rule.then.points:
            if name == score:
                yield from points


def _without_numbers(ruleset: Ruleset) -> dict[str, Any]:
    """What is told where nothing could be tried: a clinician looks."""
    return {
        **_LEFT_OPEN,
        "ruleset": {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest},
        "language": ruleset.language,
        "verdict": "clinician_review",
        "verdict_text": ruleset.verdicts["clinician_review"],
        "one_session": "undecided",
    }
