"""option-true-or-false: a tool may have rewritten a Yes or a No.

Summary
    Warning. An option or a whole text is ``true`` or ``false``: many tools that write YAML put these in place
    of ``Yes``, ``No``, ``On`` and ``Off``. Or a text of a rule is no more than yes or no, as ``stop: yes``.

Avoid
    ::

        smoker:
          label: Does the client smoke?
          one of: {false: false, former: Not any more, true: true}
          required: true

Prefer
    ::

        smoker:
          label: Does the client smoke?
          one of: {never: Never, former: Not any more, now: Now}
          required: true

Why
    Whoever books or reads the plan is shown "false" where the clinic wrote "No". Write the word that was
    meant again; a tool leaves it alone in quotes.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.checks.texts import texts_of
from service.model.problem import Place, Problem
from service.model.ruleset import Input, Ruleset

CODE = "option-true-or-false"

_REWRITTEN = {"true": "Yes", "false": "No"}
_ANSWERS = ("yes", "no")


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each option and each whole text that is ``true`` or ``false``, or of a rule's, yes or no."""
    for one in ruleset.inputs.values():
        yield from _of_question(one)
    for rule in ruleset.rules:
        for place, what, text in texts_of(rule):
            yield from _text(place, what, text)
            if text.strip().lower() in _ANSWERS:
                message = f'{what} is "{text}", which is told as it stands. Write the text.'
                yield Problem(place, CODE, message, "warning")
    for place, what, text in _texts(ruleset):
        yield from _text(place, what, text)


def _of_question(one: Input) -> Iterator[Problem]:
    for what, text in (("label", one.label), ("help", one.help)):
        yield from _text(one.place, f'The {what} of "{one.id}"', text)
    for option in one.options:
        if option.id in _REWRITTEN:
            message = (
                f'The option "{option.id}" of "{one.id}" may have been "{_REWRITTEN[option.id]}" before a '
                "tool rewrote it. Call it by a word that is neither, or write what was meant in quotes."
            )
            yield Problem(option.places[()], CODE, message, "warning")
        else:
            place = option.places.get(("label",), option.places[()])
            yield from _text(place, f'The label of the option "{option.id}" of "{one.id}"', option.label)


def _texts(ruleset: Ruleset) -> Iterator[tuple[Place, str, str]]:
    header = ruleset.place
    yield header, "The title", ruleset.title
    for factor, text in ruleset.factors.items():
        yield header, f'The text of the factor "{factor}"', text
    for verdict, text in ruleset.verdicts.items():
        yield header, f"The text of the verdict {verdict}", text
    for benefit, text in ruleset.benefit_texts.items():
        yield header, f"The text of the benefit {benefit}", text
    for contradiction in ruleset.contradictions:
        yield contradiction.place, f'"says" of {contradiction.id}', contradiction.says
    for guarantee in ruleset.guarantees:
        yield guarantee.place, f'"title" of {guarantee.id}', guarantee.title


def _text(place: Place, what: str, text: str | None) -> Iterator[Problem]:
    word = (text or "").strip().lower()
    if word in _REWRITTEN:
        message = (
            f'{what} is "{text}": a tool may have rewritten "{_REWRITTEN[word]}". '
            "Write what was meant, in quotes."
        )
        yield Problem(place, CODE, message, "warning")
