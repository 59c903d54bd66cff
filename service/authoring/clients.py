"""What an editor offers and takes in ``scenarios/*.yaml``: clients' answers, and what they must get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from schemas.language import ANSWER, ONE_SESSION, VERDICTS, AnswerMember, Holds, covers
from schemas.ruleset_files import ScenarioEntry
from schemas.words import ONE_SESSION_HELP, SUPPORT_HELP, VERDICT_HELP
from service.authoring import hints
from service.authoring.conditions import about_input
from service.authoring.fragments import (
    NUMBER,
    Json,
    any_of,
    chosen,
    enum,
    flags,
    keys,
    nullable,
    numbers,
    ref,
    text_like,
)
from service.authoring.names import Names
from service.authoring.shapes import shape
from service.model.number import as_json
from service.model.ruleset import Input
from service.reading.scenarios import ANSWER_MEMBERS, NOT_FIRED


def scenario_file(names: Names) -> Json:
    """The schema of a file of scenarios."""
    values = {"assessment": ref("assessment"), "expect": ref("expect")}
    one = shape(ScenarioEntry, hints.SCENARIO, values, "scenario")
    return {
        "type": ["array", "null"],
        "items": ref("scenario"),
        "$defs": {"scenario": one, "assessment": _assessment(names), "expect": _expect(names)},
    }


def _assessment(names: Names) -> Json:
    made: Json = {
        "type": "object",
        "title": "assessment",
        "properties": {
            form: {**_answer(one, names), "markdownDescription": about_input(one)}
            for one in names.inputs.values()
            for form in keys(one.id)
        },
        "additionalProperties": not names.knows_all("inputs"),
    }
    made["properties"] |= {key: {} for key in names.unread if "." not in key}
    return made


def _answer(one: Input, names: Names) -> Json:
    """An answer to the question; null is no answer."""
    said = {option.id: option.label for option in one.options}
    if one.domain.shape == "choice":
        wanted = f"Not an answer to {one.id}. Write one of: {', '.join(said)}."
        piece = {**enum(said), "errorMessage": wanted}
    elif one.domain.shape == "yes_no":
        piece = flags()
    elif one.domain.shape == "number":
        low, high = (None if end is None else as_json(end) for end in (one.domain.low, one.domain.high))
        piece = numbers(low, high, whole_only=one.domain.whole)
    else:
        piece = {"type": "array", "uniqueItems": True, "items": enum(said)}
    if not names.knows_all("inputs"):
        return any_of(piece, {})
    return piece if one.required and one.only_if is None else nullable(piece)


def _expect(names: Names) -> Json:
    known = {member.name: _MEMBERS[member.holds](names, member) for member in ANSWER.values()}
    known[NOT_FIRED] = nullable(_rules(names))
    return {
        "type": "object",
        "title": "expect",
        "properties": {key: {**known[key], "description": hints.EXPECT[key]} for key in ANSWER_MEMBERS},
        "additionalProperties": False,
    }


def _rules(names: Names) -> Json:
    rule = chosen(names.rules, "Not a rule of this ruleset.", complete=names.knows_all("rules"))
    return {"type": "array", "items": rule}


def _range() -> Json:
    parts = {key: {"description": said} for key, said in hints.TRIPLE.items()}
    return any_of({"type": "object", "properties": parts, "additionalProperties": False}, {"type": "null"})


_HELP = dict[str, str]([*VERDICT_HELP.items(), *ONE_SESSION_HELP.items(), *SUPPORT_HELP.items()])
_WANTED: Mapping[tuple[str, ...], str] = {
    VERDICTS: "Not a verdict.",
    ONE_SESSION: f"Write {', '.join(ONE_SESSION[:-1])} or {ONE_SESSION[-1]}.",
}


def _word(_names: Names, member: AnswerMember) -> Json:
    wanted = _WANTED.get(member.words, f"Write one of: {', '.join(member.words)}.")
    return chosen({word: _HELP[word] for word in member.words}, wanted)


def _anything(_names: Names, _member: AnswerMember) -> Json:
    return {}


def _conclusions(names: Names) -> Json:
    known: Json = {}
    for subject in names.subjects.values():
        if subject.kind == "conclusion":
            flag = subject.domain.shape == "yes_no"
            levels = [str(value) for value in subject.domain.values]
            known[subject.name] = flags() if flag else chosen(levels, f"Write one of: {', '.join(levels)}.")
    return {"type": "object", "properties": known}


def _scores(names: Names) -> Json:
    score = any_of({"type": ["number", "null"]}, text_like(NUMBER))
    scores = [subject.name for subject in names.subjects.values() if subject.kind == "score"]
    return {"type": "object", "properties": dict.fromkeys(scores, score)}


def _benefits(names: Names, member: AnswerMember) -> Json:
    wanted = f"Not a {member.name.removesuffix('s')} of ruleset.yaml."
    named = chosen(names.ids[member.name], wanted, complete=names.knows_all(member.name))
    return {"type": "array", "items": {"type": "object", "properties": {"id": named, "text": {}}}}


def _unanswered(names: Names) -> Json:
    asked = {one.id: one.label for one in names.inputs.values() if one.must_ask}
    sure = names.knows_all("inputs") and not names.unread
    return {"type": "array", "items": chosen(asked, "Not a question that must be asked.", complete=sure)}


_MEMBERS: dict[Holds, Callable[[Names, AnswerMember], Json]] = {
    "id": _anything,
    "moment": _anything,
    "day": _anything,
    "edition": _anything,
    "word": _word,
    "text": _anything,
    "range": lambda _names, _: _range(),
    "support": lambda names, member: nullable(_word(names, member)),
    "hits": lambda names, _: nullable(_rules(names)),
    "steps": _anything,
    "levels": lambda names, _: _conclusions(names),
    "scores": lambda names, _: _scores(names),
    "notes": _anything,
    "deferrals": _anything,
    "named texts": _benefits,
    "names": lambda names, _: _unanswered(names),
    "warnings": _anything,
    "misses": _anything,
}
"""What an editor takes for what a scenario expects of an answer."""
covers(_MEMBERS, get_args(Holds), "expected members in an editor")
