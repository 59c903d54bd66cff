"""reserved-option: an option is called as forms call the answer "none of these".

Summary
    Error. Where several options can be chosen, FHIR forms offer one more, ``none-of-these``, for a client of
    whom none is so. An option of that id would mean both.

Avoid
    ::

        marks: {label: Which marks?, any of: {dark: Dark, pale: Pale, none-of-these: None}}

Prefer
    ::

        marks: {label: Which marks?, any of: {dark: Dark, pale: Pale}}

Why
    An ``any of`` that was answered with none of its options is an empty list, which is an answer. So it needs
    no option of its own, and a rule that tests for one would miss the clients who chose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.words import NONE_OF_THESE
from service.model.problem import Problem
from service.model.ruleset import Ruleset

CODE = "reserved-option"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Refuse the option."""
    for one in ruleset.inputs.values():
        for option in one.options if one.domain.shape == "set" else ():
            if option.id == NONE_OF_THESE:
                message = (
                    f'"{NONE_OF_THESE}" is how FHIR forms say that none of the options is so. '
                    "Leave it out: an answer without options says the same."
                )
                yield Problem(option.places.get((), one.place), CODE, message)
