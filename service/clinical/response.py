"""A FHIR R4 QuestionnaireResponse -> the evaluate request that it comes to, or what is wrong with it.

Of a response are read its status, what it answers, when it was written, whose it is, and the ids and values
of its items. All else can carry names, and is dropped unread. Types are those of the JSON as it was sent.
Whoever asks and however, it is decided as a request to ``/v1/evaluate`` with the same assessment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from schemas.assessment import hint_for
from schemas.words import NONE_OF_THESE
from service.clinical.canonicals import Canonicals
from service.clinical.questionnaire import value_key
from service.model.caller import Caller
from service.model.problem import Refusal
from service.model.ruleset import Input, Ruleset
from service.serving.evaluate import Answering, Languages, ReadyRequest
from service.serving.refused import Refused, mistaken
from service.store.editions import Published

RESPONSE = "QuestionnaireResponse"
_DONE = ("completed", "amended")
_BESIDE = re.compile(r"(.+)/(?:help|when-([0-9]+))")
_LONGEST = 100
_WRONG: dict[str, Any] = {}
"""Stands for an answer that can't be read: no kind of question takes it."""

MOST_MISTAKES = 100
"""So many are told; what is wrong beyond them is told once they are mended."""

NO_VERSION = ("no-version", "The response does not say which version of the Questionnaire it answers.")
"""The code and the text of the warning."""


class SentResponse(NamedTuple):
    """A response that was sent, its place in the request, and the day for which is asked as it was sent.

    ``modifiers``: the places around it of what may turn its meaning around.
    """

    response: Mapping[str, Any]
    place: str
    as_of: object = None
    as_of_place: str = ""
    modifiers: tuple[str, ...] = ()


@dataclass(slots=True)
class ReadResponse:
    """What a response says: an assessment, and its mistakes, of which the assessment holds one each, too.

    ``places`` are those of answers, by the pointers into the assessment.
    """

    assessment: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Refusal] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def refuse(self, place: str, code: str, message: str, hint: str = "") -> None:
        """Note a mistake."""
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(Refusal(place, code, message, hint))

    def modified(self, place: str) -> None:
        """Note what may turn an answer around."""
        message = "It may say that what stands here means something else, and is not understood."
        self.refuse(place, "modifier", message, "Send the answers without it.")

    def all_mistakes(self, others: Iterable[Refusal], whole: str) -> tuple[Refusal, ...]:
        """Its own mistakes and those of its assessment, at their places; ``whole``: that of the response."""
        told = {self._answer(one.pointer) for one in self.mistakes}
        found = [
            replace(one, pointer=self._place(one.pointer, whole), pointers=self._places(one, whole))
            for one in others
        ]
        return (*self.mistakes, *(one for one in found if self._answer(one.pointer) not in told))

    def _places(self, one: Refusal, whole: str) -> tuple[str, ...]:
        return tuple(self._place(place, whole) for place in one.pointers)

    def _place(self, within: str, whole: str) -> str:
        above = within.rpartition("/")[0]
        return self.places.get(within) or self.places.get(above) or whole

    def _answer(self, place: str) -> str:
        """The item in which a place is, where it is in one that was read."""
        return next(
            (item for item in self.places.values() if place == item or place.startswith(f"{item}/")), place
        )


def sent_response(body: object) -> SentResponse | Refusal:
    """The response in the body of a request: the resource itself, or one of Parameters."""
    if isinstance(body, dict) and body.get("resourceType") == RESPONSE:
        return SentResponse(body, f"/{RESPONSE}")
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        hint = "Send a QuestionnaireResponse, or Parameters with one."
        return Refusal("", "wrong-type", "The body is not a resource that this operation takes.", hint)
    found: dict[str, tuple[dict[str, Any], str]] = {}
    listed = body.get("parameter")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict) and one.get("name") in ("questionnaire-response", "as-of"):
            if one["name"] in found:
                place = f"/Parameters/parameter/{number}"
                return Refusal(place, "duplicate-member", f"{one['name']} is there twice.", "Send it once.")
            found[one["name"]] = one, f"/Parameters/parameter/{number}"
    held, place = found.get("questionnaire-response", ({}, "/Parameters"))
    response = held.get("resource")
    if not isinstance(response, dict) or response.get("resourceType") != RESPONSE:
        hint = "Send it as the resource of the parameter questionnaire-response."
        return Refusal(place, "missing", "There is no QuestionnaireResponse in the Parameters.", hint)
    day, day_place = found.get("as-of", ({}, ""))
    if day and not isinstance(day.get("valueDate"), str):
        return Refusal(day_place, "wrong-type", "as-of must have a valueDate.", "Send it as 2026-12-01.")
    modifiers = ["/Parameters/implicitRules"] if "implicitRules" in body else []
    modifiers += [f"{at}/modifierExtension" for one, at in found.values() if "modifierExtension" in one]
    as_of, as_of_place = day.get("valueDate"), f"{day_place}/value"
    return SentResponse(response, f"{place}/resource", as_of, as_of_place, tuple(modifiers))


def answered_form(response: Mapping[str, Any], canonicals: Canonicals) -> tuple[str | None, str]:
    """The ruleset whose Questionnaire is answered (None: none of ours), and the version; empty: not said."""
    named = response.get("questionnaire")
    url, _, version = named.partition("|") if isinstance(named, str) else ("", "", "")
    return canonicals.ruleset(url), version


OTHER_QUESTIONNAIRE = (
    "other-questionnaire",
    "The response answers no Questionnaire that is served here.",
    "Send the canonical URL of one, with its version.",
)


def is_readable_version(version: str, served: str, timeline: Iterable[Published]) -> bool:
    """Whether a response to this version may be read under the one that is served.

    Within a major version nothing that was accepted becomes refused, so one that was served before may.
    """
    if version == served:
        return True
    if all(one.version != version for one in timeline):
        return False
    number, newest = _number(version), _number(served)
    return number[0] == newest[0] and number < newest


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def read_response(
    response: Mapping[str, Any], place: str, ruleset: Ruleset, canonicals: Canonicals
) -> ReadResponse:
    """What a response to the ruleset's Questionnaire says; its version is not looked at.

    ``place``: where it stands in the request, as a JSON pointer that begins with a resource's type.
    """
    reader = _ResponseReader(ruleset, canonicals)
    reader.whole(response, place)
    return reader.read


class _ResponseReader:
    def __init__(self, ruleset: Ruleset, canonicals: Canonicals) -> None:
        self._ruleset = ruleset
        self._systems = canonicals.options(ruleset.id, "")
        self.read = ReadResponse()

    def whole(self, response: Mapping[str, Any], place: str) -> None:
        if response.get("status") not in _DONE:
            message = "The response is not finished."
            self.read.refuse(
                f"{place}/status", "not-completed", message, "Send it once it is completed or amended."
            )
        if "implicitRules" in response:
            self.read.modified(f"{place}/implicitRules")
        if "modifierExtension" in response:
            self.read.modified(f"{place}/modifierExtension")
        self._items(response.get("item"), f"{place}/item")

    def _items(self, items: object, place: str) -> None:
        for at, item in self._objects(items, place):
            link = item.get("linkId")
            if isinstance(link, str) and link in self._ruleset.inputs:
                self._question(self._ruleset.inputs[link], item, at)
                continue
            beside = _BESIDE.fullmatch(str(link))
            if beside is None or beside[1] not in self._ruleset.inputs:
                hint = self._near(link)
                message = "The item is of no question of this ruleset."
                self.read.refuse(f"{at}/linkId", "unknown-input", message, hint)
            elif beside[2] is not None:
                if "modifierExtension" in item:
                    self.read.modified(f"{at}/modifierExtension")
                self._items(item.get("item"), f"{at}/item")

    def _near(self, link: object) -> str:
        """A hint that names the nearest question, of an id that may be one; few are looked at."""
        known = isinstance(link, str) and len(link) <= _LONGEST and len(self.read.mistakes) < MOST_MISTAKES
        return hint_for(link, list(self._ruleset.inputs)) if known else ""

    def _question(self, one: Input, item: Mapping[str, Any], at: str) -> None:
        if "modifierExtension" in item:
            self.read.modified(f"{at}/modifierExtension")
        inside = f"/assessment/{one.id}"
        if inside in self.read.places:
            message = f"{one.id} is there twice."
            self.read.refuse(
                f"{at}/linkId", "duplicate-member", message, "Send all answers to it in one item."
            )
            return
        self.read.places[inside] = at
        values: list[Any] = []
        for place, answer in self._objects(item.get("answer"), f"{at}/answer"):
            if "modifierExtension" in answer:
                self.read.modified(f"{place}/modifierExtension")
            value = self._value(one, answer, place)
            if value is not None:
                if one.domain.shape == "set":
                    self.read.places[f"{inside}/{len(values)}"] = f"{place}/value"
                values.append(value)
            if "item" in answer:
                self._items(answer["item"], f"{place}/item")
        if "item" in item:
            self._items(item["item"], f"{at}/item")
        if values:
            self.read.assessment[one.id] = self._answer(one, values, at)

    def _answer(self, one: Input, values: list[Any], at: str) -> Any:
        """The answer of an assessment that an item's answers come to."""
        if one.domain.shape == "set":
            return self._set(one, values, at)
        if len(values) > 1:
            self.read.refuse(at, "wrong-type", f"{one.id} takes one answer.", "Send one answer to it.")
            return _WRONG
        return values[0]

    def _value(self, one: Input, answer: Mapping[str, Any], at: str) -> Any:
        """The answer as an assessment has it; None: there is none."""
        wanted = value_key(one.domain)
        held = [key for key in answer if key.startswith("value")]
        if not held:
            return None
        if held != [wanted]:
            self.read.refuse(f"{at}/value", "wrong-type", f"{one.id} is answered by a {wanted}.")
            return _WRONG
        value = answer[wanted]
        return self._code(one, value, f"{at}/value") if one.options else value

    def _code(self, one: Input, coding: object, at: str) -> Any:
        if not isinstance(coding, dict) or not isinstance(coding.get("code"), str):
            self.read.refuse(at, "wrong-type", f"{one.id} is answered by a valueCoding with a code.")
            return _WRONG
        system = f"{self._systems}{one.id}"
        if coding.get("system", system) != system:
            hint = f"Send {system}, or leave it out."
            self.read.refuse(at, "other-system", f"The system is not that of {one.id}.", hint)
            return _WRONG
        return coding["code"]

    def _set(self, one: Input, values: list[Any], at: str) -> Any:
        if len(values) > len(one.options):
            self.read.refuse(
                at, "duplicate-option", f"{one.id} has more answers than options.", "Send each once."
            )
            return _WRONG
        if NONE_OF_THESE not in values:
            return values
        if any(value != NONE_OF_THESE for value in values):
            message = f"{one.id} is answered with {NONE_OF_THESE}, and with options beside it."
            self.read.refuse(at, "exclusive-option", message, "Send the one or the others.")
            return _WRONG
        return []

    def _objects(self, listed: object, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if listed is None:
            return
        if not isinstance(listed, list):
            self.read.refuse(place, "wrong-type", "It must be an array.")
            return
        for number, one in enumerate(listed):
            if isinstance(one, dict):
                yield f"{place}/{number}", one
            else:
                self.read.refuse(f"{place}/{number}", "wrong-type", "It must be an object.")


@dataclass(frozen=True, slots=True)
class AnsweredForm:
    """The body of an evaluate request, and the edition (id and digest) that it is for.

    ``warnings``: codes and texts of what is odd in how it was sent.
    """

    body: dict[str, Any]
    edition: tuple[str, str]
    warnings: tuple[tuple[str, str], ...]
    read: ReadResponse
    place: str

    def placed(self, why: Refused) -> Refused:
        """Why it can't be decided, with the places of the response."""
        return replace(why, errors=self.read.all_mistakes(why.errors, self.place))


def answered(
    answering: Answering, sent: SentResponse, caller: Caller, languages: Languages, canonicals: Canonicals
) -> AnsweredForm | Refused:
    """What a response asks to be decided, for this caller; or all that is wrong with it."""
    name, version = answered_form(sent.response, canonicals)
    day = {} if sent.as_of is None else {"as_of": sent.as_of}
    none = mistaken((Refusal(f"{sent.place}/questionnaire", *OTHER_QUESTIONNAIRE),))
    if name is None:
        return none
    wanted = {"ruleset": name, "assessment": {}}
    asked = answering.asked({**wanted, **day}, caller, accepted=languages)
    no_day = _no_day(asked, sent)
    if no_day:
        asked = answering.asked(wanted, caller, accepted=languages)
    if isinstance(asked, Refused):
        return _elsewhere(asked, sent, none)
    ruleset = asked.ready.compiled.ruleset
    if not asked.ready.compiled.has_form:
        return none
    read = read_response(sent.response, sent.place, ruleset, canonicals)
    read.mistakes += no_day
    for place in sent.modifiers:
        read.modified(place)
    line = answering.serving.lines.get(name)
    timeline = line.timeline if line is not None else ()
    if version and not is_readable_version(version, ruleset.version, timeline):
        message = "The response is of a version whose answers can't be read under the one that serves."
        hint = f"Fill in version {ruleset.version}."
        read.refuse(f"{sent.place}/questionnaire", "other-version", message, hint)
    if read.mistakes:
        return mistaken(read.all_mistakes(_wrong(asked, read.assessment), sent.place))
    body = {"ruleset": name, "assessment": read.assessment, **day}
    warnings = () if version else (NO_VERSION,)
    return AnsweredForm(body, (ruleset.id, ruleset.digest), warnings, read, sent.place)


def _wrong(asked: ReadyRequest, assessment: dict[str, Any]) -> tuple[Refusal, ...]:
    """What is wrong with an assessment; nothing is decided."""
    decided = asked.ready.compiled.decide(assessment, asked.as_of.month, asked.language)
    return decided if isinstance(decided, tuple) else ()


def _no_day(asked: ReadyRequest | Refused, sent: SentResponse) -> list[Refusal]:
    """What is wrong with the day for which is asked."""
    if not isinstance(asked, Refused) or asked.why != "invalid":
        return []
    return [replace(one, pointer=sent.as_of_place) for one in asked.errors if one.pointer == "/as_of"]


def _elsewhere(refused: Refused, sent: SentResponse, none: Refused) -> Refused:
    """Why no edition can be had, at its place in the request."""
    if refused.why == "not_found":
        return none
    errors = tuple(
        replace(one, pointer=sent.as_of_place if one.pointer == "/as_of" else sent.place)
        for one in refused.errors
    )
    return replace(refused, errors=errors)
