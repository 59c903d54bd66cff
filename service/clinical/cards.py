"""Cards of CDS Hooks 2.0: what a plan says to whoever has a client before him, and why there is none.

Then feedback on cards: what became of each. What a person wrote in it is dropped on reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from schemas.language import ANSWER, GATE_MEMBERS, VERDICTS, Quantity, Verdict, effects
from service.clinical.canonicals import Canonicals, fhir_text
from service.clinical.hooks import Unusable
from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.store.clinical_hooks import CardFeedback
from service.wording.answers import VERDICT_WORDS, note_words, range_words

Json = dict[str, Any]

Indicator = Literal["info", "warning", "critical"]


def _indicator(verdict: Verdict) -> Indicator:
    """Critical is a verdict under which no gate leaves numbers."""
    gates = effects("gate", where=lambda gate: gate.verdict == verdict)
    return ("critical" if all(gate.withholds for gate in gates) else "warning") if gates else "info"


INDICATORS: Mapping[Verdict, Indicator] = {verdict: _indicator(verdict) for verdict in VERDICTS}

OVERRIDE_REASONS: Mapping[str, str] = {
    "other-plan": "Another plan suits this client better",
    "client-declined": "The client declined",
    "answers-wrong": "The answers are not right",
    "not-relevant": "Not relevant at the moment",
}
"""Why a card may be put aside, by code."""

Plan = Mapping[Quantity, Mapping[str, int]]
"""The ranges of a plan that a card tells, by member."""

_RANGES: tuple[Quantity, ...] = ("sessions", "remaining", "interval_weeks")
_MOST_IN_A_SUMMARY = 139
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~&:@=$^]|(?<=[0-9wW])\.)")
"""What Markdown could take for its own, with numbers of lists and addresses."""


@dataclass(frozen=True, slots=True)
class FormApp:
    """Where the questions are filled in: an address, and whether it is launched as a SMART app."""

    url: str
    label: str = "Fill in the questions"
    smart: bool = False


class Cards:
    """The cards of one ruleset."""

    def __init__(self, ruleset: Ruleset, canonicals: Canonicals, form: FormApp) -> None:
        """``ruleset`` in the language in which it is told; ``form``: where its questions are filled in."""
        self._ruleset = ruleset
        self._canonicals = canonicals
        self._form = form

    def decided(self, answer: Mapping[str, Any], *, is_client: bool) -> Json:
        """The card of a decision; ``is_client``: a patient reads it, or a relative."""
        verdict: Verdict = answer["verdict"]
        is_grave = INDICATORS[verdict] != "info"
        plan = {} if is_client and is_grave else {name: answer[name] for name in _RANGES if answer[name]}
        said = str(answer["verdict_text"]) if is_client else VERDICT_WORDS[verdict].name
        detail = _for_clients(answer, plan) if is_client else _for_professionals(self._ruleset, answer, plan)
        return {
            "uuid": answer["decision_id"],
            "summary": _summary(said, plan),
            "indicator": INDICATORS[verdict],
            "source": self._source(answer["ruleset"]["version"]),
            "detail": "\n\n".join(detail),
            "overrideReasons": [
                {
                    "code": code,
                    "system": f"{self._canonicals.base}/CodeSystem/override-reasons",
                    "display": display,
                }
                for code, display in OVERRIDE_REASONS.items()
            ],
            "links": [self._link()],
        }

    def without_answers(self, why: Unusable) -> Json:
        """The card that says that there are no answers that count."""
        summary, indicator = _WITHOUT[why]
        return self._undecided(summary, indicator, "")

    def mistaken(self, mistakes: Iterable[Refusal]) -> Json:
        """The card that says that the newest answers can't be decided, and why."""
        lines = [f"- {_escaped(f'{one.message} {one.hint}'.strip())}" for one in mistakes]
        return self._undecided(
            "The newest answers can't be used: fill in the questions anew.", "warning", "\n".join(lines)
        )

    def _undecided(self, summary: str, indicator: Indicator, detail: str) -> Json:
        card: Json = {
            "summary": summary,
            "indicator": indicator,
            "source": self._source(self._ruleset.version),
        }
        return {**card, **({"detail": detail} if detail else {}), "links": [self._link()]}

    def _source(self, version: str) -> Json:
        ruleset = self._ruleset
        title = fhir_text(ruleset.title)
        topic = {
            "system": f"{self._canonicals.base}/CodeSystem/rulesets",
            "code": ruleset.id,
            "display": title,
        }
        return {
            "label": f"{title} {version}",
            "url": self._canonicals.questionnaire(ruleset.id),
            "topic": topic,
        }

    def _link(self) -> Json:
        form = self._form
        link: Json = {"label": form.label, "url": form.url, "type": "smart" if form.smart else "absolute"}
        url = self._canonicals.questionnaire(self._ruleset.id)
        return {**link, "appContext": url} if form.smart else link


_WITHOUT: Mapping[Unusable, tuple[str, Indicator]] = {
    "no answers": ("Answer the questions to get a plan.", "info"),
    "can't be read": ("The answers can't be read at the moment, so there is no plan.", "warning"),
    "too old": (
        "The newest answers are too old, or not rightly dated: fill in the questions anew.",
        "warning",
    ),
}


def _summary(said: str, plan: Plan) -> str:
    ranges = [_from_to(plan["sessions"])] if "sessions" in plan else []
    if "remaining" in plan and plan["remaining"] != plan.get("sessions"):
        ranges.append(f"{_from_to(plan['remaining'])} to go")
    told = f": {', '.join(ranges)}." if ranges else ""
    most = _MOST_IN_A_SUMMARY - len(told)
    said = " ".join(fhir_text(said).split())
    said = said.rstrip(".") if told else said
    return (said if len(said) <= most else f"{said[: most - 1].rstrip()}…") + told


def _from_to(numbers: Mapping[str, int]) -> str:
    low, high = numbers["min"], numbers["max"]
    return str(low) if low == high else f"{low} to {high}"


def _for_clients(answer: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    yield _escaped(answer["verdict_text"])
    yield from _ranges(plan)


def _for_professionals(ruleset: Ruleset, answer: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    yield f"**{_escaped(answer['verdict_text'])}**"
    yield from _ranges(plan)
    for member in GATE_MEMBERS:
        yield from _list(ANSWER[member].label, (_escaped(note_words(note)) for note in answer[member]))
    labels = (ruleset.inputs[name].label if name in ruleset.inputs else name for name in answer["unanswered"])
    yield from _list(ANSWER["unanswered"].label, map(_escaped, labels))
    yield from _list(
        ANSWER["fired"].label,
        (f"{_escaped(hit['title'])}: {_escaped(hit['because'])}" for hit in answer["fired"]),
    )
    if answer["support"] is not None:
        yield f"{ANSWER['support'].label}: {_escaped(answer['support'])}"


def _ranges(plan: Plan) -> Iterator[str]:
    for name in _RANGES:
        if name in plan:
            yield f"{ANSWER[name].label}: **{_escaped(range_words(plan[name], name))}**"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = "\n".join(f"- {line}" for line in lines)
    if told:
        yield f"{title}:\n\n{told}"


@lru_cache(4_096)
def _escaped(text: str) -> str:
    """A text in which Markdown finds nothing of its own, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(fhir_text(text).split()))


MOST_FEEDBACK = 100
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OUTCOMES = ("accepted", "overridden")
_SUGGESTION = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_OTHER = "other"


def read_feedback(body: object) -> list[CardFeedback] | tuple[Refusal, ...]:
    """What is said of each card, or every mistake in how."""
    listed = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_FEEDBACK:
        return (Refusal("/feedback", "missing", f"feedback is required: an array of 1 to {MOST_FEEDBACK}."),)
    found, mistakes = [], []
    for number, one in enumerate(listed):
        read = _one(one, f"/feedback/{number}") if isinstance(one, dict) else None
        if isinstance(read, CardFeedback):
            found.append(read)
        else:
            wrong = Refusal(f"/feedback/{number}", "wrong-type", "It must be an object.")
            mistakes += [wrong] if read is None else read
    return tuple(mistakes) or found


def _one(one: Mapping[str, Any], place: str) -> CardFeedback | list[Refusal]:
    mistakes = []
    card, outcome, at = one.get("card"), one.get("outcome"), _moment(one.get("outcomeTimestamp"))
    if not isinstance(card, str) or not _ID.fullmatch(card):
        mistakes.append(Refusal(f"{place}/card", "missing", "card is required: the uuid of a card."))
    if outcome not in _OUTCOMES:
        mistakes.append(Refusal(f"{place}/outcome", "missing", f"outcome is {' or '.join(_OUTCOMES)}."))
    if at is None:
        message = "outcomeTimestamp is required, as 2026-12-01T09:00:00Z."
        mistakes.append(Refusal(f"{place}/outcomeTimestamp", "missing", message))
    suggestions = _suggestions(one.get("acceptedSuggestions", []))
    if suggestions is None:
        message = "acceptedSuggestions is an array of objects with an id."
        mistakes.append(Refusal(f"{place}/acceptedSuggestions", "wrong-type", message))
    if mistakes or at is None or suggestions is None:
        return mistakes
    return CardFeedback(str(card).lower(), at, str(outcome), suggestions, _reason(one, str(outcome)))


def _moment(written: object) -> str | None:
    """A moment in UTC, to the millisecond."""
    if not isinstance(written, str) or len(written) > 40:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return None


def _suggestions(listed: object) -> tuple[str, ...] | None:
    if not isinstance(listed, list) or len(listed) > MOST_FEEDBACK:
        return None
    ids = [str(one.get("id")) if isinstance(one, dict) else "" for one in listed]
    return tuple(ids) if all(map(_SUGGESTION.fullmatch, ids)) else None


def _reason(one: Mapping[str, Any], outcome: str) -> str | None:
    """The code of the reason where it is one of ours; of any other that there was one."""
    held = one.get("overrideReason")
    if outcome != "overridden" or not isinstance(held, dict):
        return None
    reason = held.get("reason")
    code = reason.get("code") if isinstance(reason, dict) else None
    return code if isinstance(code, str) and code in OVERRIDE_REASONS else _OTHER
