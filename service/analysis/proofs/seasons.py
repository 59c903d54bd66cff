"""The month of the day for which is asked, as one more question: so proofs range over all twelve."""

from __future__ import annotations

from dataclasses import replace

from service.model.condition import DAY, MONTH, MONTH_SUBJECT, MONTHS, Domain
from service.model.ruleset import Input, Option, Ruleset


def asking_the_month(*rulesets: Ruleset) -> tuple[Ruleset, ...]:
    """The rulesets as if they asked for the month, where one of them tests it; else as they are.

    Examples name it among the answers, as ``{"as of": "7"}``.
    """
    if not any(one.tests_month for one in rulesets):
        return rulesets
    month = replace(MONTH_SUBJECT, kind="attribute")
    return tuple(
        replace(one, inputs={**one.inputs, DAY: _question(one)}, subjects={**one.subjects, MONTH: month})
        for one in rulesets
    )


def _question(ruleset: Ruleset) -> Input:
    options = tuple(
        Option(str(month), name, {MONTH.partition(".")[2]: month})
        for month, name in enumerate(MONTHS, start=1)
    )
    return Input(
        id=DAY,
        label="The month",
        kind="levels",
        domain=Domain("choice", tuple(option.id for option in options), ordered=True),
        place=ruleset.place,
        options=options,
        required=True,
        attributes={MONTH.partition(".")[2]: MONTH_SUBJECT.domain},
    )
