"""The questions of `assessment.yaml`, and what a client answered.

Readings taken. A question whose `only if` looks at a question that does not apply sees an unknown value
there, so that its own `only if` may be unknown though it can never become known. `null` is not given, also
where the question does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.reference.conditions import Look, evaluate, subjects
from tests.reference.plain import RefusedError, Value, flag, is_flag, is_number, name, number, span
from tests.reference.wording import Kind, Truth, read


@dataclass(frozen=True)
class Question:
    """One input: its kind, the attributes of its options, and when it is asked."""

    id: str
    kind: Kind
    whole: bool = False
    bounds: tuple[Fraction, Fraction] | None = None
    attribute_kinds: dict[str, Kind] = field(default_factory=dict)
    attributes: dict[str, dict[str, Value]] = field(default_factory=dict)
    required: bool = False
    must_ask: bool = False
    default: Any = None
    only_if: dict[str, Any] | None = None


@dataclass(frozen=True)
class Client:
    """The answers with their defaults, and for each question whether it applies."""

    questions: dict[str, Question]
    values: dict[str, Value | None]
    applies: dict[str, Truth]

    def look(self, subject: str) -> tuple[Kind, Value | None]:
        """The kind and value of an input or of an attribute of the option that was chosen."""
        question, _, attribute = subject.partition(".")
        asked = self.questions[question]
        value = self.values[question]
        if not attribute:
            return asked.kind, value
        kind = asked.attribute_kinds[attribute]
        return kind, None if value is None else asked.attributes[str(value)].get(attribute)

    def unanswered(self) -> list[str]:
        """Questions that must be asked, apply or may apply, and were not answered."""
        return [
            question.id
            for question in self.questions.values()
            if question.must_ask
            and self.values[question.id] is None
            and self.applies[question.id] is not False
        ]


def _attribute_kind(values: list[Any]) -> Kind:
    """Yes/no where all are, numbers where all are, else names; lists likewise."""
    lists = any(isinstance(value, list) for value in values)
    scalars = [one for value in values for one in (value if isinstance(value, list) else [value])]
    shape = "flag" if all(map(is_flag, scalars)) else "number" if all(map(is_number, scalars)) else "name"
    return Kind("set", of=shape) if lists else Kind(shape)


def _options(raw: Any) -> dict[str, dict[str, Any]]:
    """Options by name, each with its attributes as written."""
    if isinstance(raw, list):
        return {name(option): {} for option in raw}
    plain = {name(option): about if isinstance(about, dict) else {} for option, about in raw.items()}
    return {
        option: {k: v for k, v in about.items() if k not in ("label", "help")}
        for option, about in plain.items()
    }


def _choice(shape: str, raw: Any) -> dict[str, Any]:
    options = _options(raw)
    kinds = {
        attribute: _attribute_kind([about[attribute] for about in options.values() if attribute in about])
        for attribute in {attribute for about in options.values() for attribute in about}
    }
    typed = {
        option: {attribute: _typed(kinds[attribute], value) for attribute, value in about.items()}
        for option, about in options.items()
    }
    order = tuple(options) if shape == "level" else ()
    return {
        "kind": Kind(shape, order=order, options=tuple(options)),
        "attribute_kinds": kinds,
        "attributes": typed,
    }


def _typed(kind: Kind, raw: Any) -> Value:
    """A value as its kind has it."""
    if kind.shape == "set":
        return frozenset(read(kind.of, one) for one in raw)
    return read(kind.shape, raw)


def _kind_of(raw: dict[str, Any]) -> dict[str, Any]:
    if "one of" in raw:
        return _choice("name", raw["one of"])
    if "levels" in raw:
        return _choice("level", raw["levels"])
    if "any of" in raw:
        return {"kind": Kind("set", of="name", options=tuple(_options(raw["any of"])))}
    for written, whole in (("number", False), ("whole number", True)):
        if written in raw:
            return {"kind": Kind("number"), "whole": whole, "bounds": span(raw[written])}
    if raw.get("kind") == "yes or no":
        return {"kind": Kind("flag")}
    raise RefusedError("an input without a kind")


def questions_of(files: dict[str, Any]) -> dict[str, Question]:
    """All questions of a ruleset, in the order in which they are written."""
    return {
        key: Question(
            id=key,
            required=flag(raw.get("required", False)),
            must_ask=flag(raw.get("must ask", False)),
            default=raw.get("default"),
            only_if=raw.get("only if"),
            **_kind_of(raw),
        )
        for key, raw in files["assessment"]["inputs"].items()
    }


def in_order(questions: dict[str, Question]) -> list[Question]:
    """The questions so that each stands after those that its `only if` looks at."""
    ordered: list[Question] = []
    while len(ordered) < len(questions):
        known = {question.id for question in ordered}
        ready = [
            question
            for question in questions.values()
            if question.id not in known
            and all(subject.partition(".")[0] in known for subject in subjects(question.only_if or {}))
        ]
        if not ready:
            raise RefusedError("the questions' only-ifs go in a circle")
        ordered += ready
    return ordered


def applies(question: Question, look: Look) -> Truth:
    """Whether a question applies; it always does without `only if`."""
    return True if question.only_if is None else evaluate(question.only_if, look)


def answer_to(question: Question, raw: Any) -> Value:
    """A given answer, checked against the question's kind, options and bounds."""
    value: Value
    if question.kind.shape == "number":
        if isinstance(raw, str):
            raise RefusedError(f"{question.id}: {raw!r} is not a number")
        value = number(raw)
        low, high = question.bounds or (value, value)
        if not low <= value <= high or (question.whole and value.denominator != 1):
            raise RefusedError(f"{question.id}: {raw!r} is out of bounds or not whole")
        return value
    if question.kind.shape == "set" and len(set(raw)) != len(raw):
        raise RefusedError(f"{question.id}: {raw!r} holds something twice")
    value = _typed(question.kind, raw)
    chosen = value if isinstance(value, frozenset) else {value}
    if question.kind.shape != "flag" and not chosen <= set(question.kind.options):
        raise RefusedError(f"{question.id}: {raw!r} is not an option")
    return value


def client_of(files: dict[str, Any], assessment: dict[str, Any]) -> Client:
    """The client that an assessment describes.

    Raises RefusedError for an unknown input, an answer where the question does not apply, a missing required
    answer, an answer outside the question's options or bounds, or answers that contradict each other.
    """
    client = Client(questions_of(files), {}, {})
    strangers = set(assessment) - set(client.questions)
    if strangers:
        raise RefusedError(f"no such inputs: {sorted(strangers)}")
    for question in in_order(client.questions):
        truth = client.applies[question.id] = applies(question, client.look)
        raw = assessment.get(question.id)
        if raw is None and truth is True:
            if question.required:
                raise RefusedError(f"{question.id} is required")
            raw = question.default
        elif raw is not None and truth is False:
            raise RefusedError(f"{question.id} does not apply")
        client.values[question.id] = None if raw is None else answer_to(question, raw)
    for contradicted in contradictions(files, client):
        raise RefusedError(f"{contradicted} does not hold together")
    return client


def contradictions(files: dict[str, Any], client: Client) -> list[str]:
    """The contradictions that hold for a client, who is refused for them."""
    written = files["assessment"].get("contradictions") or []
    return [name(one["id"]) for one in written if evaluate(one["when"], client.look) is True]
