"""not-for-fhir: clinical systems can't ask the questions by a FHIR form.

Summary
    Warning. The service gives the questions of a ruleset to clinical systems as a FHIR Questionnaire, whose
    forms know flat lists of comparisons alone. An ``only if`` that takes more than 16 of them can't be said
    there. Everything else works.

Avoid
    ::

        face_cm: {label: How wide on the face?, number: 0 to 30}
        arms_cm: {label: How wide on the arms?, number: 0 to 80}
        legs_cm: {label: How wide on the legs?, number: 0 to 120}
        tanned:
          label: Is the skin tanned?
          kind: yes or no
          only if:
            any:
              - {face_cm: 1 to 9, arms_cm: 1 to 30}
              - {arms_cm: 1 to 20, legs_cm: 1 to 30}
              - {face_cm: 1 to 7, legs_cm: 1 to 20}

Prefer
    ::

        face_cm: {label: How wide on the face?, number: 0 to 30}
        arms_cm: {label: How wide on the arms?, number: 0 to 80}
        tanned:
          label: Is the skin tanned?
          kind: yes or no
          only if: {face_cm: 1 to 9, arms_cm: 1 to 30}

Why
    A form that shows a question too early, or never, asks for something else than the ruleset does. So there
    is none rather than one that is not the ruleset's.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.evaluation.skip_logic import not_for_forms
from service.model.problem import Problem
from service.model.ruleset import Ruleset

CODE = "not-for-fhir"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of what no FHIR form can say."""
    for place, why in not_for_forms(ruleset):
        message = f"There is no FHIR Questionnaire of {ruleset.id}: {why}"
        yield Problem(place, CODE, message, "warning")
