"""gate-skipped: an option that a clinic adds is not asked what all options of its kind are asked.

Summary
    Warning. A safety question whose ``only if`` lists options is asked of those alone. A new option that
    shares with all of them what no other option has is not asked it.

Avoid
    No sample: it takes two rulesets. One asks ``ink_allergy`` only of ``concern: [tattoo, cosmetic_tattoo]``,
    which alone have ``target: ink``. The other extends it and adds ``tattoo_over_scar`` with ``target: ink``.

Prefer
    ``only if: {concern.target: ink}``, which holds for new options, too.

Why
    Nobody is asked the question of the new option, so its gate stays silent and the client gets a plan. The
    check speaks of questions that ``must ask`` asks or that a rule with ``stop``, ``defer``, ``refer`` or
    ``no numbers`` looks at.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.model.condition import AllOf, AnyOf, Condition, Test, spelled_value, subjects_of
from service.model.problem import Place, Problem
from service.model.ruleset import Input, Option, Ruleset

CODE = "gate-skipped"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each option that safety questions skip, at the option."""
    skipped: dict[tuple[str, str], list[tuple[Input, Test, str]]] = {}
    gated = _gated(ruleset)
    for question in ruleset.inputs.values():
        if question.only_if is None or not (question.must_ask or question.id in gated):
            continue
        for test in _lists(question.only_if):
            one = ruleset.inputs.get(test.subject)
            for option, attribute in () if one is None else _skipped(ruleset, one, test):
                skipped.setdefault((test.subject, option.id), []).append((question, test, attribute))
    for (subject, option_id), found in skipped.items():
        option = next(option for option in ruleset.inputs[subject].options if option.id == option_id)
        yield Problem(option.places[()], CODE, _message(subject, option, found), "warning")


def _gated(ruleset: Ruleset) -> set[str]:
    """The questions that a gate looks at, themselves or an attribute of theirs."""
    return {
        key.partition(".")[0]
        for rule in ruleset.rules
        if any(rule.then.present("gate"))
        for key in subjects_of(rule.when)
    }


def _lists(condition: Condition) -> Iterator[Test]:
    """The tests that list two options or more; under a ``not`` they say for whom it is not asked."""
    if isinstance(condition, Test):
        if condition.op == "among" and len(condition.values) > 1:
            yield condition
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _lists(part)


def _skipped(ruleset: Ruleset, one: Input, test: Test) -> Iterator[tuple[Option, str]]:
    """Each of the ruleset's own options that is like those listed, with the attribute that they share."""
    own = ruleset.place.file.removesuffix("ruleset.yaml")
    if test.place.file.startswith(own):
        return
    listed = [option for option in one.options if option.id in test.values]
    for attribute in one.attributes:
        values = {option.attributes.get(attribute) for option in listed}
        if len(values) != 1 or None in values:
            continue
        others = [option for option in one.options if option not in listed]
        alike = [option for option in others if option.attributes.get(attribute) in values]
        if alike and all(_attribute_place(option, attribute).file.startswith(own) for option in alike):
            yield from ((option, attribute) for option in alike)
            return


def _attribute_place(option: Option, attribute: str) -> Place:
    """Where the option gets the attribute: a clinic may have given it to an option that it took over."""
    return option.places.get((attribute,), option.places[()])


def _message(subject: str, option: Option, found: list[tuple[Input, Test, str]]) -> str:
    _, test, attribute = found[0]
    value = option.attributes[attribute]
    shared = ", ".join(map(spelled_value, value)) if isinstance(value, tuple) else spelled_value(value)
    questions = [question.id for question, _, _ in found]
    listed = " and ".join(f'"{value}"' for value in sorted(map(str, test.values)))
    asked = " and ".join(f'"{name}"' for name in questions)
    of_them, are = ("it", "is") if len(questions) == 1 else ("them", "are")
    other = ""
    if not isinstance(value, tuple):
        other = f' Write "only if: {{{subject}.{attribute}: {shared}}}" for {of_them} in assessment.yaml, or'
    return (
        f'"{option.id}" has {attribute}: {shared} as {listed} have, of whom alone {asked} {are} asked.'
        f'{other} {"let" if other else "Let"} "only if" list "{option.id}", too.'
    )
