"""An answer as a FHIR R4 GuidanceResponse, its plan in Parameters within."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, get_args

from schemas.language import ANSWER, AnswerMember, Holds, covers
from service.clinical.canonicals import Canonicals, fhir_text

Json = dict[str, Any]


def guidance_response(
    answer: Mapping[str, Any], canonicals: Canonicals, warnings: Iterable[tuple[str, str]] = ()
) -> Json:
    """The resource as JSON data; ``warnings`` of the request, codes and texts, come beside its own."""
    ruleset = answer["ruleset"]
    parameters = [
        one
        for name, value in answer.items()
        if name in ANSWER
        for one in _PARTS[ANSWER[name].holds](ANSWER[name], value)
    ]
    for code, text in warnings:
        parameters += _warnings(ANSWER["warnings"], [{"code": code, "text": text}])
    return {
        "resourceType": "GuidanceResponse",
        "contained": [{"resourceType": "Parameters", "id": "plan", "parameter": parameters}],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{answer['decision_id']}"}],
        "moduleCanonical": canonicals.versioned(ruleset["id"], ruleset["version"]),
        "status": "data-required" if answer["unanswered"] else "success",
        "occurrenceDateTime": answer["evaluated_at"],
        "outputParameters": {"reference": "#plan"},
    }


def _name(member: AnswerMember) -> str:
    return member.name.replace("_", "-")


def _one_of(member: AnswerMember) -> str:
    """The name of one in a list: ``stop`` for ``stops``."""
    return _name(member).removesuffix("s")


def _string(name: str, text: str) -> Json:
    return {"name": name, "valueString": fhir_text(text)}


def _code(name: str, code: str) -> Json:
    return {"name": name, "valueCode": code}


def _parts(name: str, *parts: Json | None) -> Json:
    return {"name": name, "part": [part for part in parts if part is not None]}


def _nothing(_member: AnswerMember, _value: Any) -> Iterator[Json]:
    return iter(())


def _edition(_member: AnswerMember, value: Any) -> Iterator[Json]:
    yield _string("digest", value["digest"])


def _word(member: AnswerMember, value: str | None) -> Iterator[Json]:
    if value is not None:
        yield _code(_name(member), value)


def _text(member: AnswerMember, value: str) -> Iterator[Json]:
    yield _string(_name(member), value)


def _range(member: AnswerMember, value: Mapping[str, int] | None) -> Iterator[Json]:
    if value is not None:
        yield _parts(
            _name(member), *({"name": part, "valueInteger": number} for part, number in value.items())
        )


def _optional(name: str, text: str | None) -> Json | None:
    return None if text is None else _string(name, text)


def _note(rule: str | None, text: str) -> tuple[Json | None, Json]:
    return _optional("rule", rule), _string("text", text)


def _notes(member: AnswerMember, value: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    name = _one_of(member)
    for one in value:
        yield _text_action(name, one["rule"], one["text"])


@lru_cache(4_096)
def _text_action(name: str, rule: str | None, text: str) -> Json:
    """A text of a rule, written once: nobody changes it."""
    return _parts(name, *_note(rule, text))


def _deferrals(member: AnswerMember, value: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    name = _one_of(member)
    for one in value:
        yield _deferral(name, one["rule"], one["text"], one["until"], one.get("weeks"))


@lru_cache(4_096)
def _deferral(name: str, rule: str | None, text: str, until: str | None, weeks: int | None) -> Json:
    """A text of a rule with until when to wait, written once: nobody changes it."""
    known = None if weeks is None else {"name": "weeks", "valueInteger": weeks}
    return _parts(name, *_note(rule, text), _optional("until", until), known)


def _moments(member: AnswerMember, value: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    name = _one_of(member)
    for one in value:
        yield _moment(name, one["rule"], one["text"], one.get("at"))


@lru_cache(4_096)
def _moment(name: str, rule: str | None, text: str, at: str | None) -> Json:
    """A text of a rule with when it is told, written once: nobody changes it."""
    return _parts(name, *_note(rule, text), None if at is None else _code("at", at))


def _named_texts(member: AnswerMember, value: Iterable[Mapping[str, str]]) -> Iterator[Json]:
    for one in value:
        yield _parts(_one_of(member), _code("id", one["id"]), _string("text", one["text"]))


def _names(member: AnswerMember, value: Iterable[str]) -> Iterator[Json]:
    name = _one_of(member)
    for one in value:
        yield _string(name, one)


def _warnings(member: AnswerMember, value: Iterable[Mapping[str, str]]) -> Iterator[Json]:
    for one in value:
        yield _parts(_one_of(member), _code("code", one["code"]), _string("text", one["text"]))


def _hits(member: AnswerMember, value: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    name = _one_of(member)
    for one in value:
        yield _hit(name, one["rule"], one["factor"], one["title"], one["because"])


@lru_cache(4_096)
def _hit(name: str, rule: str, factor: str, title: str, because: str) -> Json:
    """A rule that fired, written once: nobody changes it."""
    texts = {"rule": rule, "factor": factor, "title": title, "because": because}
    return _parts(name, *(_string(part, text) for part, text in texts.items()))


_PARTS: Mapping[Holds, Callable[[AnswerMember, Any], Iterator[Json]]] = {
    **dict.fromkeys(("id", "ref", "flag", "moment", "day", "steps", "levels", "scores", "misses"), _nothing),
    "edition": _edition,
    "word": _word,
    "support": _word,
    "text": _text,
    "range": _range,
    "hits": _hits,
    "notes": _notes,
    "deferrals": _deferrals,
    "moments": _moments,
    "named texts": _named_texts,
    "names": _names,
    "warnings": _warnings,
}
"""What a plan has of each kind of member. Id and moment are the resource's own, the rest is logged."""
covers(_PARTS, get_args(Holds), "members of an answer in a GuidanceResponse")
