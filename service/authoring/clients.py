"""What an editor offers and takes in ``scenarios/*.yaml``: clients' answers, and what they must get."""

from __future__ import annotations

from schemas.ruleset_files import ScenarioEntry
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
from service.reading.scenarios import ANSWER_MEMBERS

_ONE_SESSION = {
    "may_suffice": "A rule vouches for a single session.",
    "will_not_suffice": "More than one is needed.",
    "undecided": "No rule says so.",
}


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
    rules = {
        "type": "array",
        "items": chosen(names.rules, "Not a rule of this ruleset.", complete=names.knows_all("rules")),
    }
    spread = any_of(
        {
            "type": "object",
            "properties": {key: {"description": said} for key, said in hints.TRIPLE.items()},
            "additionalProperties": False,
        },
        {"type": "null"},
    )
    known: Json = {
        "verdict": chosen(hints.VERDICTS, "Not a verdict."),
        "one_session": chosen(_ONE_SESSION, "Write may_suffice, will_not_suffice or undecided."),
        "support": nullable(chosen(hints.SUPPORT, f"Write one of: {', '.join(hints.SUPPORT)}.")),
        "fired": nullable(rules),
        "not fired": nullable(rules),
        "conclusions": _conclusions(names),
        "scores": _scores(names),
        "benefits": _benefits(names),
        "unanswered": _unanswered(names),
    }
    known |= dict.fromkeys(("sessions", "interval_weeks", "remaining", "review_weeks"), spread)
    return {
        "type": "object",
        "title": "expect",
        "properties": {
            key: {**known.get(key, {}), "description": hints.EXPECT[key]} for key in ANSWER_MEMBERS
        },
        "additionalProperties": False,
    }


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


def _benefits(names: Names) -> Json:
    wanted = "Not a benefit of ruleset.yaml."
    named = chosen(names.benefits, wanted, complete=names.knows_all("benefits"))
    return {"type": "array", "items": {"type": "object", "properties": {"id": named, "text": {}}}}


def _unanswered(names: Names) -> Json:
    asked = {one.id: one.label for one in names.inputs.values() if one.must_ask}
    sure = names.knows_all("inputs") and not names.unread
    return {"type": "array", "items": chosen(asked, "Not a question that must be asked.", complete=sure)}
