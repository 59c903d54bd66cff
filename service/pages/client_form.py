"""The questions of a ruleset as a form, and what was filled in as an assessment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, assert_never

from service.evaluation.compiled import CompiledRuleset
from service.model.number import written
from service.model.problem import Refusal
from service.model.ruleset import Input, Ruleset
from service.reading.scenarios import as_assessment, misread
from service.wording.labels import Labels, option_label
from service.wording.things import if_left_open

Filled = Mapping[str, tuple[str, ...]]
"""What stands in the fields of a form, by question: nothing, one value, or several of a set."""

NONE_OF_THESE = "(none)"
"""What the field of a set holds where none of its options is so; no id looks like this."""

AFTER_ID = "."
"""Ends the name of a question's field: what is called "closest" alone would hide that of the form itself."""

MOST_RADIOS = 7
_YES, _NO = "yes", "no"

Widget = Literal["radios", "select", "boxes", "number"]


@dataclass(frozen=True, slots=True)
class FormChoice:
    """One answer that can be picked: its value, its label, and whether it is picked."""

    value: str
    label: str
    picked: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One question as a field of the form.

    ``value`` is what stands in a number's field; ``mistakes`` are what is wrong with the answer, in words;
    ``open_means`` says what leaving it open comes to.
    """

    id: str
    label: str
    help: str | None
    widget: Widget
    choices: tuple[FormChoice, ...]
    value: str
    low: str
    high: str
    unit: str | None
    required: bool
    must_ask: bool
    is_yes_or_no: bool
    is_answered: bool
    open_means: str
    mistakes: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """What the field's value matches as long as nobody has changed it, as a pattern of HTML.

        By it a page without scripts knows that its answer is not of what stands in the field.
        """
        return "".join(f"\\u{{{ord(sign):x}}}" for sign in self.value) or "(?!)"


@dataclass(frozen=True, slots=True)
class ClientForm:
    """All questions of a ruleset, filled in so far.

    ``plain`` and ``safety`` (those that must be asked) are the fields that apply, or may. ``kept`` is what
    was filled in where a question applies no more: it is kept and does not count, ``beside`` names these.
    ``missing`` are the required questions that are open, by id with their labels.
    """

    plain: tuple[Field, ...]
    safety: tuple[Field, ...]
    kept: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> str:
        """What differs where another form is to be shown: its fields, and what is wrong in them."""
        fields = (*self.plain, *self.safety)
        shown = [f"{one.id}{'!' if one.mistakes else ''}" for one in fields]
        return " ".join([*shown, *(f"-{name}" for name, _ in self.kept), "?" if self.open_safety else ""])

    @property
    def open_safety(self) -> tuple[Field, ...]:
        """The yes-or-no questions of safety that are open: "all others: no" answers these."""
        return tuple(one for one in self.safety if one.is_yes_or_no and not one.is_answered)

    @property
    def open_choices(self) -> tuple[Field, ...]:
        """The open questions of safety with other answers than yes and no: "all others: no" answers none."""
        return tuple(one for one in self.safety if not one.is_yes_or_no and not one.is_answered)


def read_form(ruleset: Ruleset, fields: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What was filled in, of fields as they were sent; what belongs to no question is passed over.

    Of several values of what takes one the last holds, which is also what a browser shows of them.
    """
    found: dict[str, list[str]] = {}
    for sent, value in fields:
        name = sent.removesuffix(AFTER_ID)
        if name in ruleset.inputs and value.strip():
            found.setdefault(name, []).append(value.strip())
    one = {name for name, one in ruleset.inputs.items() if one.domain.shape != "set"}
    return {
        name: tuple(found[name][-1:] if name in one else found[name])
        for name in ruleset.inputs
        if name in found
    }


def all_others_no(form: ClientForm, filled: Filled) -> dict[str, tuple[str, ...]]:
    """What is filled in once all open yes-or-no questions of safety are answered with no."""
    return {**filled, **{one.id: (_NO,) for one in form.open_safety}}


def assessment_of(ruleset: Ruleset, filled: Filled) -> dict[str, Any]:
    """The answers as an evaluate request has them; what fits no kind stays as it is, to be refused."""
    inputs = ruleset.inputs
    typed = {name: _answer(inputs[name], values) for name, values in filled.items() if values}
    return as_assessment(inputs, typed)


def filled_by(ruleset: Ruleset, assessment: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The fields of a form that say what an assessment says."""
    return {name: _values(assessment[name]) for name in ruleset.inputs if assessment.get(name) is not None}


def counting(compiled: CompiledRuleset, filled: Filled) -> dict[str, tuple[str, ...]]:
    """What is filled in of the questions that apply, or may."""
    applicable = compiled.applicable(assessment_of(compiled.ruleset, filled))
    return {name: values for name, values in filled.items() if name in applicable}


def client_form(
    compiled: CompiledRuleset, told: Ruleset, filled: Filled, refusals: Iterable[Refusal] = ()
) -> ClientForm:
    """The form in the words of ``told``, with what is wrong with the answers beside them."""
    labels = Labels(told)
    own = _misfilled(told, filled)
    applicable = compiled.applicable(assessment_of(told, filled))
    mistakes: dict[str, list[str]] = {}
    for refusal in refusals:
        for pointer in refusal.pointers or (refusal.pointer,):
            name = pointer.split("/")[2] if pointer.count("/") > 1 else ""
            if refusal.code == "missing":
                continue
            mistakes.setdefault(name, []).append(refusal.with_hint)
    missing = [one.pointer.split("/")[2] for one in refusals if one.code == "missing"]
    fields = [
        _field(labels, one, filled.get(one.id, ()), own.get(one.id, mistakes.get(one.id, ())))
        for one in told.inputs.values()
        if one.id in applicable
    ]
    beside = [one for one in told.inputs.values() if one.id in filled and one.id not in applicable]
    return ClientForm(
        plain=tuple(one for one in fields if not one.must_ask),
        safety=tuple(one for one in fields if one.must_ask),
        kept=tuple((one.id, value) for one in beside for value in filled[one.id]),
        beside=tuple(one.label for one in beside),
        missing=tuple((name, told.inputs[name].label) for name in told.inputs if name in missing),
    )


def _misfilled(told: Ruleset, filled: Filled) -> dict[str, tuple[str, ...]]:
    """What is wrong with what stands in a field, whatever rules say of it, by question."""
    found: dict[str, tuple[str, ...]] = {}
    for name, values in filled.items():
        one = told.inputs[name]
        if one.domain.shape == "set" and len(values) > 1 and NONE_OF_THESE in values:
            found[name] = ("“None of these” goes with no other answer. Take one or the other away.",)
        elif one.domain.shape == "number":
            wrong = misread(told.inputs, (name,), {name: values[0]})
            if wrong:
                found[name] = (wrong.removeprefix(f"{name}: "),)
    return found


def _field(labels: Labels, one: Input, values: tuple[str, ...], mistakes: Collection[str]) -> Field:
    low, high = one.domain.low, one.domain.high
    return Field(
        id=one.id,
        label=one.label,
        help=one.help,
        widget=_widget(one),
        choices=choices_of(one, values),
        value=values[0] if values and one.domain.shape == "number" else "",
        low="" if low is None else written(low),
        high="" if high is None else written(high),
        unit=one.unit,
        required=one.required,
        must_ask=one.must_ask,
        is_yes_or_no=one.domain.shape == "yes_no",
        is_answered=bool(values),
        open_means=if_left_open(labels, one),
        mistakes=tuple(mistakes),
    )


def _widget(one: Input) -> Widget:
    match one.domain.shape:
        case "set":
            return "boxes"
        case "number":
            return "number"
        case "yes_no":
            return "radios"
        case "choice":
            return "radios" if len(one.options) <= MOST_RADIOS else "select"
        case shape:
            assert_never(shape)


class ChoiceWords(NamedTuple):
    """The answers that no ruleset words."""

    yes: str = "Yes"
    no: str = "No"
    none_of_these: str = "None of these"


_IN_ENGLISH = ChoiceWords()


def choices_of(
    one: Input, values: tuple[str, ...], words: ChoiceWords = _IN_ENGLISH
) -> tuple[FormChoice, ...]:
    """The answers to a question that can be picked, those of ``values`` picked; a number's has none."""
    if one.domain.shape == "yes_no":
        named = [(_YES, words.yes), (_NO, words.no)]
    else:
        named = [(option.id, option_label(option)) for option in one.options]
    if one.domain.shape == "set":
        named.append((NONE_OF_THESE, words.none_of_these))
    return tuple(FormChoice(value, label, value in values) for value, label in named)


def _answer(one: Input, values: tuple[str, ...]) -> Any:
    if one.domain.shape == "set":
        return [] if values == (NONE_OF_THESE,) else list(values)
    return values[0]


def _values(answer: Any) -> tuple[str, ...]:
    if isinstance(answer, bool):
        return (_YES if answer else _NO,)
    if isinstance(answer, list):
        return tuple(answer) or (NONE_OF_THESE,)
    return (str(answer),)
