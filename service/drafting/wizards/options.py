"""A new answer to a question, such as a laser or a concern: its form, what is wrong with it, its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.language import KINDS
from schemas.ruleset_fields import id_mistake, mended_id, title_mistake, yes_or_no
from service.drafting.wizards.placing import Placed, with_entry
from service.drafting.wizards.spelling import one_line, option_line
from service.drafting.wizards.trial import Texts, own_texts
from service.model.condition import Domain, spelled_value, subjects_of
from service.model.number import parse_number
from service.model.problem import did_you_mean
from service.model.ruleset import AttributeRef, Input, Option, Ruleset
from service.wording.phrases import capitalized, counted, plain

FILE = "assessment.yaml"
"""The file in which answers stand."""

Typed = Mapping[str, str]
"""What stands in the fields of a form, by name; ``attribute.pulse`` is that of an attribute."""

Kind = Literal["number", "numbers", "yes or no", "name", "names"]
_SEPARATOR = re.compile(r"[\s,;]+")
_COMMON = 2
"""An attribute that no more than one in so many options has may well be left out."""


@dataclass(frozen=True, slots=True)
class AttributeField:
    """An attribute of the other answers as a field: ``known`` are the values that they have.

    ``have``: how many of the ``of`` answers have it.
    """

    name: str
    label: str
    kind: Kind
    known: tuple[str, ...]
    have: int
    of: int
    value: str
    mistake: str

    @property
    def help(self) -> str:
        """How to fill it in, and who has it."""
        some = ", ".join(self.known[:4])
        how = {
            "number": f"A number, such as {some}.",
            "numbers": f"Numbers, with commas between them, such as {some}.",
            "yes or no": "",
            "name": f"Such as {some}.",
            "names": f"With commas between them, such as {some}.",
        }[self.kind]
        rest = "" if self.have == self.of else f" {self.have} of {counted(self.of, 'answer')} have it."
        return f"{how}{rest}".strip()


@dataclass(frozen=True, slots=True)
class OptionForm:
    """The form of a new answer to ``question``, as it is filled in; without ``mistakes`` it has a ``line``.

    ``notes``: what may be meant otherwise, and is taken as it is.
    """

    question: Input
    id: str
    label: str
    attributes: tuple[AttributeField, ...]
    mistakes: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def option(self) -> dict[str, object]:
        """The label and the attributes that were given, as the file has them."""
        given: dict[str, object] = {"label": self.label}
        for one in self.attributes:
            if one.value:
                listed = one.kind in ("numbers", "names")
                given[one.name] = _pieces(one.value) if listed else one.value
        return given


def questions_with_attributes(ruleset: Ruleset) -> tuple[Input, ...]:
    """The questions whose answers carry attributes and have no order, those that can be chosen first."""
    found = [one for one in _choices(ruleset) if one.attributes]
    return tuple(sorted(found, key=lambda one: not one.changeable))


def questions_of_concerns(ruleset: Ruleset) -> tuple[Input, ...]:
    """The questions that tell what is treated: required, answered with one, nobody can choose otherwise."""
    found = [one for one in _choices(ruleset) if one.required and not one.changeable]
    return tuple(sorted(found, key=lambda one: (one.only_if is not None, not one.attributes)))


def _choices(ruleset: Ruleset) -> list[Input]:
    return [
        one
        for one in ruleset.inputs.values()
        if KINDS[one.kind].attributes and not KINDS[one.kind].ordered and one.options
    ]


def option_form(question: Input, typed: Typed) -> OptionForm:
    """The form with what was typed, and what is wrong with that. Without an id one is made of the label."""
    label = one_line(typed.get("label", ""))
    taken = [option.id for option in question.options]
    name = one_line(typed.get("id", "")) or suggested_id(label, taken)
    fields = tuple(_field(question, key, typed.get(f"attribute.{key}", "")) for key in question.attributes)
    mistakes = {f"attribute.{one.name}": one.mistake for one in fields if one.mistake}
    wrong_label = "is empty. Write what people call it." if not label else title_mistake(label)
    if wrong_label:
        mistakes["label"] = f"The label {wrong_label}"
    wrong_id = "is missing. Write a short name." if not name else id_mistake(name, capitals=True)
    if wrong_id and (name or label):
        mistakes["id"] = f"The id {wrong_id}"
    elif name in taken:
        mistakes["id"] = f"“{name}” is there already. Choose another id."
    return OptionForm(question, name, label, fields, mistakes, tuple(_notes(fields)))


def rules_by_attribute(ruleset: Ruleset, question: Input) -> dict[str, tuple[str, ...]]:
    """The titles of the rules that look at each attribute of a question, or reckon with it."""
    found: dict[str, dict[str, None]] = {name: {} for name in question.attributes}
    for rule in ruleset.rules:
        refs = (one for _, one in rule.then.references())
        for key in (*subjects_of(rule.when), *(one.key for one in refs if isinstance(one, AttributeRef))):
            name = key.removeprefix(f"{question.id}.")
            if name != key and name in found:
                found[name][rule.title] = None
    return {name: tuple(titles) for name, titles in found.items()}


def suggested_id(label: str, taken: Sequence[str]) -> str:
    """A free id for this label, its words parted as in the ids that are there; empty: none is near."""
    dashes = sum("-" in one for one in taken) >= sum("_" in one for one in taken)
    made = mended_id(label.replace("&", " and ")) if label else ""
    made = re.sub(r"[-_]+", "-" if dashes else "_", made)
    if not made or id_mistake(made):
        return ""
    between = "-" if dashes else "_"
    names = [made, *(f"{made}{between}{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _kind_of(domain: Domain) -> Kind:
    numbers = all(not isinstance(value, str | bool) for value in domain.values)
    match domain.shape:
        case "yes_no":
            return "yes or no"
        case "number":
            return "number"
        case "set":
            return "numbers" if numbers and domain.values else "names"
        case _:
            return "name"


def _field(question: Input, name: str, typed: str) -> AttributeField:
    domain = question.attributes[name]
    kind = _kind_of(domain)
    value = one_line(typed)
    if kind in ("numbers", "names"):
        value = ", ".join(_pieces(value))
    known = tuple(dict.fromkeys(map(spelled_value, domain.values)))
    have = sum(name in option.attributes for option in question.options)
    label = capitalized(plain(name))
    wrong = _wrong(kind, value) or _below_all(value, domain) if value else ""
    return AttributeField(name, label, kind, known, have, len(question.options), value, wrong)


def _pieces(typed: str) -> list[str]:
    return [piece for piece in _SEPARATOR.split(typed) if piece]


def _wrong(kind: Kind, value: str) -> str:
    """Why the value can't be one of its kind, with the mend."""
    for piece in _pieces(value) if kind in ("numbers", "names") else [value]:
        if kind in ("number", "numbers") and parse_number(piece) is None:
            return f"“{piece[:40]}” is not a number. Write digits alone, such as 532 or 1.5."
        if kind == "yes or no" and yes_or_no(piece) is None:
            return "Choose yes or no."
        if kind in ("name", "names") and (mistake := _not_a_name(piece)):
            return f"“{piece[:40]}” {mistake}"
    return ""


def _below_all(value: str, domain: Domain) -> str:
    """Why a number below 0 is none that is meant, where no other answer has one, with the mend."""
    others = [one for one in domain.values if not isinstance(one, str | bool)]
    below = next((piece for piece in _pieces(value) if (parse_number(piece) or 0) < 0), None)
    if below is None or not others or min(others) < 0:
        return ""
    return (
        f"“{below}” is below 0, which no other answer is. Write {below.removeprefix('-')}; "
        "if less than 0 is meant, write it in Edit."
    )


def _not_a_name(piece: str) -> str | None:
    if yes_or_no(piece) is not None or parse_number(piece) is not None:
        return "is no name. Write a word."
    return id_mistake(piece, capitals=True)


def _notes(fields: Sequence[AttributeField]) -> list[str]:
    """What is left out though most have it, and values that no other answer has."""
    notes = []
    for one in fields:
        if not one.value and one.have * _COMMON > one.of:
            notes.append(f"{one.label} is left out: no rule that looks at it will see the new answer.")
        given = _pieces(one.value) if one.kind in ("numbers", "names") else [one.value]
        strange = [piece for piece in given if piece and piece not in one.known]
        if one.kind in ("name", "names", "numbers") and not one.mistake and strange:
            near = did_you_mean(strange[0], one.known) if one.kind != "numbers" else ""
            notes.append(f"{one.label}: no other answer has {', '.join(strange)}.{near}")
    return notes


def placed_option(ruleset: Ruleset, texts: Texts, form: OptionForm) -> Placed:
    """The ruleset's own ``assessment.yaml`` with the new answer.

    Raises:
        CantPlace: the file is laid out in a way that can't be added to.
    """
    own = own_texts(ruleset.id, texts).get(FILE)
    path = ("inputs", form.question.id, KINDS[form.question.kind].key)
    return with_entry(
        f"{ruleset.id}/{FILE}", own, path, lambda beside: option_line(form.id, form.option, beside)
    )


def most_similar(question: Input, option: Option) -> Option | None:
    """The other answer to the question whose attributes are most alike; the first of several."""
    others = [one for one in question.options if one.id != option.id]
    return max(others, key=lambda one: _alike(option, one), default=None)


def _alike(one: Option, other: Option) -> float:
    return sum(_overlap(value, other.attributes.get(name)) for name, value in one.attributes.items())


def _overlap(one: object, other: object) -> float:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(set(one) & set(other)) / max(len(set(one) | set(other)), 1)
    return float(one == other)
