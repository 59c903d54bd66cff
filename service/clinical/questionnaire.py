"""A ruleset's questions as a FHIR R4 Questionnaire.

Items stand in the order of ``assessment.yaml``, with the id of the question as their ``linkId``. What a form
can't be told is left out: attributes, and what a person can choose otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, assert_never

from schemas.words import NONE_OF_THESE
from service.clinical.canonicals import Canonicals, fhir_id, fhir_text
from service.evaluation.skip_logic import AnswerComparison, ComparisonList, not_for_forms, skip_logic
from service.model.condition import Domain, Scalar
from service.model.ruleset import Input, Option, Ruleset
from service.serving.answer import value_json

Json = dict[str, Any]

_CORE = "http://hl7.org/fhir/StructureDefinition/"
_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
_UCUM = "http://unitsofmeasure.org"
_UNITS = {
    "%": "%", "mm": "mm", "cm": "cm", "m": "m", "µm": "um", "nm": "nm",
    "mm2": "mm2", "mm²": "mm2", "cm2": "cm2", "cm²": "cm2", "m2": "m2", "m²": "m2",
    "s": "s", "min": "min", "minutes": "min", "h": "h", "hours": "h", "d": "d", "day": "d", "days": "d",
    "week": "wk", "weeks": "wk", "month": "mo", "months": "mo", "year": "a", "years": "a",
    "mg": "mg", "g": "g", "kg": "kg", "ml": "mL", "mL": "mL", "l": "L", "L": "L", "°C": "Cel",
}  # fmt: skip
"""Units as authors write them, with their codes in UCUM."""

_WORD = re.compile(r"[A-Za-z0-9]+")


def questionnaire(
    ruleset: Ruleset, told: Mapping[str, Ruleset], canonicals: Canonicals, published: date | None = None
) -> Json | None:
    """The Questionnaire of a ruleset as JSON data; None: there is none of it.

    ``told``: the ruleset in each of its languages; ``published``: the day on which it went live.
    """
    if any(not_for_forms(ruleset)):
        return None
    items = _QuestionnaireItems(ruleset, told, canonicals)
    made: Json = {
        "resourceType": "Questionnaire",
        "id": fhir_id(ruleset.id),
        "language": ruleset.language,
        "url": canonicals.questionnaire(ruleset.id),
        "version": ruleset.version,
        "name": _name(ruleset.id),
        "title": fhir_text(ruleset.title),
        "status": "active",
        "subjectType": ["Patient"],
    }
    if published is not None:
        made["date"] = published.isoformat()
    if ruleset.effective is not None:
        made["effectivePeriod"] = {"start": ruleset.effective.isoformat()}
    made["item"] = [items.placed(one) for one in ruleset.inputs.values()]
    return made


def _name(ruleset: str) -> str:
    """A name as programs have them: ``PicoLaser``."""
    name = "".join(word[0].upper() + word[1:] for word in _WORD.findall(ruleset))
    return name if name[:1].isalpha() else f"Ruleset{name}"


class _QuestionnaireItems:
    """The items of one ruleset's questions."""

    def __init__(self, ruleset: Ruleset, told: Mapping[str, Ruleset], canonicals: Canonicals) -> None:
        self._ruleset = ruleset
        self._others = {name: one for name, one in told.items() if name != ruleset.language}
        self._canonicals = canonicals

    def placed(self, one: Input) -> Json:
        """The item of a question, in as many groups as it has lists to be asked by, but one."""
        lists = skip_logic(self._ruleset, one) or ()
        item = self._item(one, lists[-1:])
        for number, around in reversed(list(enumerate(lists[:-1], 1))):
            item = {
                "linkId": group_id(one.id, number),
                **self._enabled((around,)),
                "type": "group",
                "item": [item],
            }
        return item

    def _item(self, one: Input, when: Iterable[ComparisonList]) -> Json:
        kind, extensions = _type(one.domain), _bounds(one)
        if one.domain.shape == "set":
            extensions.append(_control("check-box"))
        item: Json = {"extension": extensions} if extensions else {}
        item |= {
            "linkId": one.id,
            **self._text("text", one.label or one.id, lambda told: told.inputs[one.id].label),
        }
        item |= {"type": kind, **self._enabled(when)}
        if one.required:
            item["required"] = True
        if one.domain.shape == "set":
            item["repeats"] = True
        if one.options:
            item["answerOption"] = self._options(one)
        elif one.default is not None:
            item["initial"] = [{value_key(one.domain): self._value(one, one.default)}]
        if one.help is not None:
            item["item"] = [self._help(one)]
        return item

    def _help(self, one: Input) -> Json:
        text = self._text("text", one.help or "", lambda told: told.inputs[one.id].help)
        return {"extension": [_control("help")], "linkId": help_id(one.id), **text, "type": "display"}

    def _options(self, one: Input) -> list[Json]:
        picked = one.default if isinstance(one.default, frozenset) else frozenset((one.default,))
        found = [
            self._option(one, place, option, picked=option.id in picked)
            for place, option in enumerate(one.options)
        ]
        if one.domain.shape == "set":
            found.append(self._none_of_these(one, picked=one.default == frozenset()))
        return found

    def _option(self, one: Input, place: int, option: Option, *, picked: bool) -> Json:
        display = self._text("display", option.label, lambda told: told.inputs[one.id].options[place].label)
        coding = {"system": self._canonicals.options(self._ruleset.id, one.id), "code": option.id, **display}
        return {"valueCoding": coding, **({"initialSelected": True} if picked else {})}

    def _none_of_these(self, one: Input, *, picked: bool) -> Json:
        display = self._text("display", _none(self._ruleset), _none)
        coding = {
            "system": self._canonicals.options(self._ruleset.id, one.id),
            "code": NONE_OF_THESE,
            **display,
        }
        exclusive = {"url": f"{_CORE}questionnaire-optionExclusive", "valueBoolean": True}
        return {
            "extension": [exclusive],
            "valueCoding": coding,
            **({"initialSelected": True} if picked else {}),
        }

    def _text(self, key: str, text: str, of: Callable[[Ruleset], str | None]) -> Json:
        """The text at a key, with what it is in other languages beside it."""
        told = {name: of(other) for name, other in self._others.items()}
        others = [
            {
                "url": f"{_CORE}translation",
                "extension": [
                    {"url": "lang", "valueCode": name},
                    {"url": "content", "valueString": fhir_text(said)},
                ],
            }
            for name, said in told.items()
            if said and said != text
        ]
        made: Json = {key: fhir_text(text)}
        return {**made, f"_{key}": {"extension": others}} if others else made

    def _enabled(self, lists: Iterable[ComparisonList]) -> Json:
        for one in lists:
            made: Json = {"enableWhen": [self._comparison(each) for each in one.comparisons]}
            return made if len(one.comparisons) == 1 else {**made, "enableBehavior": one.behavior}
        return {}

    def _comparison(self, one: AnswerComparison) -> Json:
        told: Json = {"question": one.question, "operator": one.operator}
        if one.operator == "exists":
            return {**told, "answerBoolean": one.value}
        asked = self._ruleset.inputs[one.question]
        return {**told, f"answer{value_key(asked.domain)[5:]}": self._value(asked, one.value)}

    def _value(self, one: Input, value: Scalar | frozenset[str]) -> Any:
        if one.options:
            return {"system": self._canonicals.options(self._ruleset.id, one.id), "code": value}
        return value_json(value)


def group_id(question: str, number: int) -> str:
    """The ``linkId`` of a group round a question, the outermost being number 1."""
    return f"{question}/when-{number}"


def help_id(question: str) -> str:
    """The ``linkId`` of the help of a question."""
    return f"{question}/help"


def _none(told: Ruleset) -> str:
    words = told.says("none-of-them")
    return words[:1].upper() + words[1:]


def _type(domain: Domain) -> str:
    """The type of an item whose answers are of a domain."""
    match domain.shape:
        case "choice" | "set":
            return "choice"
        case "yes_no":
            return "boolean"
        case "number":
            return "integer" if domain.whole else "decimal"
        case shape:
            assert_never(shape)


_VALUES = {"choice": "Coding", "boolean": "Boolean", "integer": "Integer", "decimal": "Decimal"}


def value_key(domain: Domain) -> str:
    """The member that holds an answer: ``valueCoding``."""
    return f"value{_VALUES[_type(domain)]}"


def _bounds(one: Input) -> list[Json]:
    if one.domain.shape != "number":
        return []
    key = value_key(one.domain)
    found: list[Json] = [
        {"url": f"{_CORE}{word}", key: value_json(bound)}
        for word, bound in (("minValue", one.domain.low), ("maxValue", one.domain.high))
        if bound is not None
    ]
    if one.unit:
        code = _UNITS.get(one.unit)
        known = {} if code is None else {"system": _UCUM, "code": code}
        unit = {**known, "display": fhir_text(one.unit)}
        found.append({"url": f"{_CORE}questionnaire-unit", "valueCoding": unit})
    return found


def _control(code: str) -> Json:
    coding = {"system": _CONTROLS, "code": code}
    return {"url": f"{_CORE}questionnaire-itemControl", "valueCodeableConcept": {"coding": [coding]}}
