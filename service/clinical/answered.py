"""A QuestionnaireResponse -> the evaluate request that it comes to, or why it can't be decided.

Whoever asks and however, it is decided as a request to ``/v1/evaluate`` with the same assessment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from service.clinical.canonicals import Canonicals
from service.clinical.response import (
    NO_VERSION,
    OTHER_QUESTIONNAIRE,
    ReadResponse,
    Sent,
    answered_form,
    is_readable_version,
    read_response,
)
from service.model.caller import Caller
from service.model.problem import Refusal
from service.serving.evaluate import Answering, Languages, ReadyRequest
from service.serving.refused import Refused, mistaken


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
    answering: Answering, sent: Sent, caller: Caller, languages: Languages, canonicals: Canonicals
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


def _no_day(asked: ReadyRequest | Refused, sent: Sent) -> list[Refusal]:
    """What is wrong with the day for which is asked."""
    if not isinstance(asked, Refused) or asked.why != "invalid":
        return []
    return [replace(one, pointer=sent.as_of_place) for one in asked.errors if one.pointer == "/as_of"]


def _elsewhere(refused: Refused, sent: Sent, none: Refused) -> Refused:
    """Why no edition can be had, at its place in the request."""
    if refused.why == "not_found":
        return none
    errors = tuple(
        replace(one, pointer=sent.as_of_place if one.pointer == "/as_of" else sent.place)
        for one in refused.errors
    )
    return replace(refused, errors=errors)
