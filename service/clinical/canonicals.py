"""Canonical URLs and ids of what the service gives as FHIR, and texts as FHIR takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

FHIR_PATH = "/fhir/R4"
"""The path below which FHIR R4 is."""

_TEXT = re.compile(r"[^\S \r\n\t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Canonicals:
    """The canonical URLs below the service's ``origin``, such as https://rules.clinic.example.

    The origin comes from the settings, and is never read from a request.
    """

    origin: str

    @property
    def base(self) -> str:
        """Where FHIR R4 is."""
        return f"{self.origin}{FHIR_PATH}"

    @property
    def problems(self) -> str:
        """The system of the codes of mistakes."""
        return f"{self.base}/CodeSystem/problems"

    @property
    def evaluate(self) -> str:
        """The definition of the operation that gives a plan."""
        return f"{self.base}/OperationDefinition/evaluate"

    def questionnaire(self, ruleset: str) -> str:
        """The Questionnaire of a ruleset."""
        return f"{self.base}/Questionnaire/{fhir_id(ruleset)}"

    def versioned(self, ruleset: str, version: str) -> str:
        """The same in one version."""
        return f"{self.questionnaire(ruleset)}|{version}"

    def ruleset(self, questionnaire: str) -> str | None:
        """The ruleset of a Questionnaire's canonical URL, should there be one; None: it is none of ours."""
        prefix = f"{self.base}/Questionnaire/"
        name = questionnaire.removeprefix(prefix)
        return ruleset_id(name) if name != questionnaire else None

    def options(self, ruleset: str, question: str) -> str:
        """The system of a question's options: an identifier, below which nothing is served."""
        return f"{self.base}/CodeSystem/{ruleset}.{question}"


def fhir_id(ruleset: str) -> str:
    """A ruleset's id as FHIR has it, where ``_`` can't stand."""
    return ruleset.replace("_", ".")


def ruleset_id(fhir: str) -> str | None:
    """The ruleset's id of an id of FHIR; None: it is none."""
    return None if "_" in fhir else fhir.replace(".", "_")


def fhir_text(text: str) -> str:
    """A text as FHIR's strings are: every other space is a plain one."""
    return text if text.isprintable() else _TEXT.sub(" ", text)
