"""A form that follows a Questionnaire by the words of R4, written apart from the service, and fills it in."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

NONE = "none-of-these"
_COMPARES = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"


def items_of(items: list[Json]) -> Iterator[Json]:
    """Every item, those within others after them."""
    for item in items:
        yield item
        yield from items_of(item.get("item", []))


def is_help(item: Json) -> bool:
    """Whether an item is the help of another."""
    return item["type"] == "display" and any(one["url"] == _CONTROL for one in item["extension"])


def value_of(held: Json, word: str = "value") -> Any:
    """The one value of a ``value[x]``, a coding by its code."""
    (value,) = (value for key, value in held.items() if key.startswith(word) and key[len(word)].isupper())
    return value["code"] if isinstance(value, dict) else value


def answers_of(item: Json, assessment: Json) -> list[Any]:
    """What is answered to a question: values, of none of a set the code that says so."""
    given = assessment.get(item["linkId"])
    if given is None:
        return []
    return (given or [NONE]) if isinstance(given, list) else [given]


def initial(form: Json) -> Json:
    """The answers that the form begins with."""
    found: Json = {}
    for item in items_of(form["item"]):
        picked = [value_of(one) for one in item.get("answerOption", []) if one.get("initialSelected")]
        picked += [value_of(one) for one in item.get("initial", [])]
        if picked:
            found[item["linkId"]] = (
                [one for one in picked if one != NONE] if item.get("repeats") else picked[0]
            )
    return found


def shown(form: Json, assessment: Json) -> set[str]:
    """The questions that a form shows beside these answers; those that it hides count as not answered."""
    questions = {item["linkId"]: item for item in items_of(form["item"])}
    seen: set[str] | None = None
    enabled = set(questions)
    while enabled != seen:
        seen, enabled = enabled, set(_enabled(form["item"], questions, assessment, enabled))
    return {name for name in enabled if questions[name]["type"] not in ("group", "display")}


def _enabled(items: list[Json], questions: dict[str, Json], given: Json, before: set[str]) -> Iterator[str]:
    for item in items:
        held = [_holds(one, questions, given, before) for one in item.get("enableWhen", [])]
        if held and not (all(held) if item.get("enableBehavior", "all") == "all" else any(held)):
            continue
        yield item["linkId"]
        yield from _enabled(item.get("item", []), questions, given, before)


def _holds(one: Json, questions: dict[str, Json], given: Json, before: set[str]) -> bool:
    asked = questions[one["question"]]
    answers = answers_of(asked, given) if asked["linkId"] in before else []
    wanted = value_of(one, "answer")
    match one["operator"]:
        case "exists":
            return bool(answers) is wanted
        case "=":
            return wanted in answers
        case "!=":
            return wanted not in answers
        case compares:
            return any(_COMPARES[compares](answer, wanted) for answer in answers)


def filled_in(form: Json, assessment: Json, status: str = "completed", **more: Any) -> Json:
    """The QuestionnaireResponse that says what an assessment says, its items as the form's stand."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{form['url']}|{form['version']}",
        "status": status,
        **more,
        "item": list(_filled(form["item"], assessment)),
    }


def _filled(items: list[Json], assessment: Json) -> Iterator[Json]:
    for item in items:
        if item["type"] == "group":
            if below := list(_filled(item["item"], assessment)):
                yield {"linkId": item["linkId"], "item": below}
        elif answers := answers_of(item, assessment):
            yield {"linkId": item["linkId"], "answer": [_answer(item, value) for value in answers]}


def _answer(item: Json, value: Any) -> Json:
    if item["type"] == "choice":
        options = (one["valueCoding"] for one in item["answerOption"])
        (coding,) = (one for one in options if one["code"] == value)
        return {"valueCoding": {"system": coding["system"], "code": value}}
    kind = {"boolean": "valueBoolean", "integer": "valueInteger", "decimal": "valueDecimal"}[item["type"]]
    return {kind: value}
