"""fluence-unit: a text names a fluence or an energy.

Summary
    Warning. Texts of rules, verdicts and benefits hold no setting of the laser: no ``J/cm²``, ``mJ`` or
    joules.

Avoid
    ::

        then:
          advise: Start with 0.4 J/cm2 and go up.

Prefer
    ::

        then:
          advise: We start with a small test spot and look at it again after four weeks.

Why
    Answers are read by clients and taken over by other systems. A fluence in one of them is read as a
    setting for this client and this laser, which no rule can know. Whoever holds the handpiece sets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.model.problem import Place, Problem
from service.model.ruleset import Rule, Ruleset
from service.model.texts import in_words

CODE = "fluence-unit"

_UNIT = re.compile(
    r"""(?<![A-Za-z]) (?P<unit> [mkuµμ]? J ) (?![A-Za-z])
        (?P<area> \s* (?: / | \bper\b | [·.]? (?= \s* [cm]m \s* \^? \s* [-−⁻] ) ) \s* (?: square\s )? \s*
            [cm]m \s* \^? [-−⁻]? [2²]? )?
        | \b (?: milli | micro | kilo )? joules? \b
        | \b (?: mili | micro | kilo )? julios? \b | 焦耳""",
    re.VERBOSE | re.IGNORECASE,
)


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each text that names a fluence or an energy, where it stands."""
    for rule in ruleset.rules:
        for place, what, text in texts_of(rule):
            yield from _named(place, what, text)
    for contradiction in ruleset.contradictions:
        yield from _named(contradiction.place, f'"says" of {contradiction.id}', contradiction.says)
    for verdict, text in ruleset.verdicts.items():
        yield from _named(ruleset.place, f"The text of the verdict {verdict}", text)
    for benefit, text in ruleset.benefit_texts.items():
        yield from _named(ruleset.place, f"The text of the benefit {benefit}", text)
    for language, texts in ruleset.translations.items():
        for path, one in texts.items():
            yield from _named(one.place, f"{in_words(path)} in {language}", one.text)


def texts_of(rule: Rule) -> Iterator[tuple[Place, str, str]]:
    """Each text of the rule: where it stands, what it is, and what it says."""
    own = [(("title",), rule.title), (("because",), rule.because)]
    given = ((("then", *path), text) for path, text in rule.then.texts())
    for path, text in (*own, *given):
        if text:
            yield rule.places.get(path, rule.place), f'"{path[-1]}" of {rule.id}', text


def _named(place: Place, what: str, text: str) -> Iterator[Problem]:
    unit = unit_in(text)
    if unit is not None:
        message = f"{what} names {unit}. An answer holds no fluence and no energy: leave the setting out."
        yield Problem(place, CODE, message, "warning")


def unit_in(text: str) -> str | None:
    """The first unit of fluence or energy in the text; a J alone is one only after a number."""
    for found in _UNIT.finditer(text):
        unit = found["unit"]
        after_a_number = text[: found.start()].rstrip()[-1:].isdigit()
        prefixed = unit is not None and len(unit) > 1 and unit[0] != "M" and unit[-1] == "J"
        if unit is None or found["area"] or after_a_number or prefixed:
            return " ".join(found.group().split())
    return None
