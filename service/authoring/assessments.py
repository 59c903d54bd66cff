"""What an editor offers and takes in ``assessment.yaml`` and in ``scenarios/*.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

from schemas.language import ANSWER, KINDS, ONE_SESSION, VERDICTS, AnswerMember, Holds, InputKind, covers
from schemas.ruleset_files import (
    AssessmentFile,
    ClientPageFile,
    ClientWordsEntry,
    ContradictionEntry,
    InputEntry,
    ScenarioEntry,
)
from schemas.words import ONE_SESSION_HELP, SUPPORT_HELP
from service.authoring import hints
from service.authoring.fragments import (
    NUMBER,
    RANGE,
    Json,
    any_of,
    chosen,
    enum,
    flags,
    id_keys,
    ids,
    keys,
    nullable,
    numbers,
    ref,
    reference_name,
    shape,
    text_like,
    texts,
)
from service.authoring.names import Names
from service.authoring.rules import about_input, condition_definitions
from service.model.condition import Domain
from service.model.number import as_json
from service.model.problem import quoted
from service.model.ruleset import Input
from service.reading.client_page import OLDEST
from service.reading.scenarios import ANSWER_MEMBERS, NOT_FIRED
from service.wording.answers import VERDICT_WORDS


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
    return any_of({"type": "object", "properties": parts, "additionalProperties": False}, _NOTHING)


_NOTHING: Json = {"enum": [None, "null"]}
"""Null, or the word in quotes, as some tools write it."""

_VERDICT_HELP = [(verdict, words.help) for verdict, words in VERDICT_WORDS.items()]
_HELP = dict[str, str]([*_VERDICT_HELP, *ONE_SESSION_HELP.items(), *SUPPORT_HELP.items()])
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
    "support": lambda names, member: any_of(_word(names, member), _NOTHING),
    "hits": lambda names, _: nullable(_rules(names)),
    "steps": _anything,
    "levels": lambda names, _: _conclusions(names),
    "scores": lambda names, _: _scores(names),
    "notes": _anything,
    "deferrals": _anything,
    "moments": _anything,
    "named texts": _benefits,
    "names": lambda names, _: _unanswered(names),
    "warnings": _anything,
    "misses": _anything,
    "ref": _anything,
    "flag": _anything,
}
"""What an editor takes for what a scenario expects of an answer."""
covers(_MEMBERS, get_args(Holds), "expected members in an editor")


def client_page_file(names: Names) -> Json:
    """The schema of ``client-page.yaml``."""
    asked = {form: one for one in names.inputs.values() for form in keys(one.id)}
    sure = names.knows_all("inputs") and not names.unread
    answers: Json = {
        "type": "object",
        "properties": {
            form: {**_answer(replace(one, required=True), names), "markdownDescription": about_input(one)}
            for form, one in asked.items()
            if not one.must_ask
        },
        "additionalProperties": not sure,
    }
    may_be_left = {one.id: one.label for one in names.inputs.values() if not (one.required or one.must_ask)}
    wanted = "Name an optional question, or one with a default."
    left_out = {"type": "array", "items": chosen(may_be_left, wanted, complete=sure)}
    words: Json = {
        "type": "object",
        "properties": {
            form: {**_client_words(one), "markdownDescription": about_input(one)}
            for form, one in asked.items()
        },
        "additionalProperties": not sure,
    }
    values = {
        "minimum age": numbers(1, OLDEST, whole_only=True),
        "answers": answers,
        "leave out": left_out,
        "words": words,
    }
    return {**shape(ClientPageFile, hints.CLIENT_PAGE, values, "client page"), "type": ["object", "null"]}


def _client_words(one: Input) -> Json:
    options: Json = {
        "type": "object",
        "properties": {
            form: {**texts(), "description": option.label}
            for option in one.options
            for form in keys(option.id)
        },
        "additionalProperties": False,
    }
    return shape(ClientWordsEntry, hints.CLIENT_WORDS, {"options": options}, "words")


_KEYS = tuple(dict.fromkeys(kind.key for kind in KINDS.values()))
_NAMED = tuple(kind.name for kind in KINDS.values() if kind.key == "kind")


def assessment_file(names: Names) -> Json:
    """The schema of ``assessment.yaml``.

    The file says itself which inputs and options there are, so new ones are always taken. What it lays over
    an extended ruleset's questions is held against these.
    """
    own = {name: one for name, one in names.inputs.items() if name not in names.inherited}
    inputs: Json = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": id_keys(),
        "properties": {
            **{
                form: {**ref(f"changed-{name}"), "markdownDescription": about_input(one)}
                for name, one in names.inherited.items()
                for form in keys(name)
            },
            **{
                form: {**ref(f"own-{name}"), "markdownDescription": about_input(one)}
                for name, one in own.items()
                for form in keys(name)
            },
        },
        "additionalProperties": ref("question") if names.knows_all("inputs") else {},
    }
    contradiction = shape(ContradictionEntry, hints.CONTRADICTION, {"when": ref("only-if")}, "contradiction")
    contradictions = {"type": "array", "items": contradiction}
    removed = {"type": "object", "additionalProperties": texts()}
    values = {"inputs": inputs, "contradictions": contradictions, "removed": removed}
    made = shape(AssessmentFile, hints.ASSESSMENT, values, "questions")
    definitions = condition_definitions(names)
    del definitions["when"]
    sure = names.knows_all("inputs")
    definitions["options"] = _options(None)
    definitions["plain-options"] = _options(None, attributes=False)
    definitions["question"] = _question(None, needed=sure)
    definitions |= {reference_name(f"own-{name}"): _question(one, needed=sure) for name, one in own.items()}
    definitions |= {
        reference_name(f"changed-{name}"): _question(one, needed=False)
        for name, one in names.inherited.items()
    }
    return made | {"$defs": definitions}


def _question(one: Input | None, *, needed: bool) -> Json:
    """One question; ``needed``: it stands for itself, so that it has a label and a kind."""
    values = {kind.key: _of_kind(kind) for kind in KINDS.values()}
    values |= {"default": _default(one), "only if": ref("only-if")}
    if one is not None and one.options:
        kind = KINDS[one.kind]
        values[kind.key] = _options(one, attributes=kind.attributes)
    made = shape(InputEntry, hints.INPUT, values, "question")
    for key in (*_KEYS, "only if"):
        piece = made["properties"][key]
        made["properties"][key] = {**values[key], "description": piece["description"]}  # never empty
    if not needed:
        made["required"] = []
        return made
    wanted = f"A question has one kind: {', '.join(_KEYS)}."
    made["anyOf"] = [{"required": [key], "errorMessage": wanted} for key in _KEYS]
    return made


def _of_kind(kind: InputKind) -> Json:
    """What stands at the key that chooses the kind of a question."""
    if kind.options:
        return ref("options" if kind.attributes else "plain-options")
    if kind.name in _NAMED:
        wanted = f"Write {quoted(_NAMED)}. The other kinds are keys."
        return {"enum": [*_NAMED], "errorMessage": wanted}
    return text_like(RANGE, errorMessage=f"Write a range such as {kind.such_as}.")


def _options(one: Input | None, *, attributes: bool = True) -> Json:
    """Options as a list of ids, or as ids with a label and attributes below them."""
    label: Json = {"label": {**texts(), "description": "The answer as people read it."}}
    domains: Mapping[str, Domain] = one.attributes if one is not None and attributes else {}
    carried = {
        name: {**_attribute(domain), "description": _about(domain)} for name, domain in domains.items()
    }
    other: Json | bool = _ANY_ATTRIBUTE if attributes else False
    mapping: Json = {
        "type": "object",
        "title": "option",
        "properties": label | carried,
        "additionalProperties": other,
    }
    option = any_of(mapping, texts(), {"type": "null"})
    known = {option.id: option.label for option in one.options} if one is not None else {}
    written: Json = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": id_keys(capitals=True),
        "properties": {
            form: {**option, "description": said} for name, said in known.items() for form in keys(name)
        },
        "additionalProperties": option,
    }
    listed = {"type": "array", "minItems": 1, "items": _option_ids()}
    return any_of(written, listed)


def _option_ids() -> Json:
    return any_of(ids(capitals=True), text_like("[A-Za-z0-9_-]+"))


_LIST_OR_ONE = ("string", "number", "boolean")
_ANY_ATTRIBUTE: Json = any_of(
    {"type": [*_LIST_OR_ONE]}, {"type": "array", "items": {"type": [*_LIST_OR_ONE]}}
)


def _about(domain: Domain) -> str:
    sort = {"set": "A list.", "number": "A number.", "yes_no": "yes or no."}.get(domain.shape, "A name.")
    return f"{sort} All options carry it, and rules look at it."


def _attribute(domain: Domain) -> Json:
    """The value of an attribute that other options carry too; a new name is fine, another sort is not."""
    values = [value for value in domain.values if not isinstance(value, bool)]
    if domain.shape == "yes_no" or (domain.values and not values):
        piece = flags()
    elif values and not any(isinstance(value, str) for value in values):
        piece = numbers()
    else:
        known = dict.fromkeys((value for value in values if isinstance(value, str)), "")
        piece = any_of(enum(known), {"type": ["string", "number"], "pattern": "^[A-Za-z0-9_-]+$"})
    return {"type": "array", "items": piece} if domain.shape == "set" else piece


def _default(one: Input | None) -> Json:
    """The answer that counts where none is given."""
    if one is None:
        return {}
    if one.domain.shape == "number":
        return any_of({"type": "number"}, text_like(NUMBER))
    if one.domain.shape == "yes_no":
        return flags()
    return {}
