"""The page: one self-contained HTML document that says a whole ruleset in words. Same dossier, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.language import Support, covers
from service.analysis.proofs.results import State
from service.documenting.changes import ChangesSince, changes_since, differences
from service.documenting.clients import ClientRow, client_rows, usual_noes
from service.documenting.dossier import Dossier
from service.documenting.sections import (
    AttributeTable,
    FactorSection,
    Finding,
    GuaranteeRow,
    PaperRow,
    QuestionRow,
    attribute_tables,
    factor_sections,
    findings,
    guarantee_rows,
    paper_rows,
    question_rows,
    support_counts,
)
from service.model.ruleset import Ruleset
from service.wording.answers import VERDICT_WORDS
from service.wording.labels import Labels
from service.wording.phrases import begun, both, counted, plain

STATES = {"proven": "Proven", "broken": "Does not hold", "not decided": "Not decided"}
covers(STATES, get_args(State), "words of proofs")


@dataclass(frozen=True, slots=True)
class RulesetPage:
    """What the template shows, in the order of the page."""

    dossier: Dossier
    ruleset: Ruleset
    questions: tuple[QuestionRow, ...]
    attributes: tuple[AttributeTable, ...]
    factors: tuple[FactorSection, ...]
    findings: tuple[Finding, ...]
    guarantees: tuple[GuaranteeRow, ...]
    clients: tuple[ClientRow, ...]
    usual_noes: tuple[str, ...]
    papers: tuple[PaperRow, ...]
    supports: tuple[tuple[Support, str, int], ...]
    verdicts: tuple[tuple[str, str, str, str], ...]
    differences: tuple[str, ...] | None
    changes: ChangesSince | None

    @property
    def signed(self) -> tuple[tuple[str, str, bool], ...]:
        """Who has signed and when, and whether it was this very state of the rules."""
        return tuple((one.role, one.date, one.digest == self.ruleset.digest) for one in self.dossier.signed)

    @property
    def signatures(self) -> tuple[tuple[str, str], ...]:
        """Who has signed this very state, and when."""
        return tuple((role, date) for role, date, current in self.signed if current)


def page_of(dossier: Dossier) -> RulesetPage:
    """The dossier in words."""
    ruleset = dossier.ruleset
    labels = Labels(ruleset)
    usual = usual_noes(labels, [one.scenario for one in dossier.worked])
    return RulesetPage(
        dossier,
        ruleset,
        question_rows(labels),
        attribute_tables(ruleset),
        factor_sections(labels),
        findings(labels),
        guarantee_rows(labels, dossier.proofs),
        client_rows(labels, dossier.worked),
        tuple(labels.question(name) for name in usual),
        paper_rows(ruleset),
        support_counts(ruleset),
        tuple((name, *words, ruleset.verdicts[name]) for name, words in VERDICT_WORDS.items()),
        differences(dossier.base, ruleset) if dossier.base is not None else None,
        changes_since(dossier.older, ruleset, dossier.meaning) if dossier.older is not None else None,
    )


def html(dossier: Dossier) -> str:
    """The whole page; it asks nothing of any other place."""
    return _templates().get_template("page.html").render(page=page_of(dossier)) + "\n"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("service.documenting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "begun": begun, "both": both}
    environment.globals |= {"counted": counted, "states": STATES}
    return environment
