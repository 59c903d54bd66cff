"""The page: one self-contained HTML document that says a whole ruleset in words. Same dossier, same bytes."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.language import Support
from schemas.language_tags import direction
from service.documenting.changes import ChangesSince, changes_since, differences
from service.documenting.dossier import ClientRow, Dossier, client_rows, usual_noes
from service.documenting.rows import (
    AttributeTable,
    FactorSection,
    Finding,
    GuaranteeRow,
    PaperRow,
    QuestionRow,
    attribute_tables,
    client_page_rows,
    contradiction_rows,
    factor_sections,
    findings,
    guarantee_rows,
    paper_rows,
    question_rows,
    support_counts,
)
from service.model.ruleset import Ruleset
from service.wording.answers import VERDICT_WORDS
from service.wording.conditions import ConditionWords
from service.wording.labels import Labels
from service.wording.templates import templates_of

# -- the whole page -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RulesetPage:
    """What the template shows, in the order of the page."""

    dossier: Dossier
    ruleset: Ruleset
    questions: tuple[QuestionRow, ...]
    contradictions: tuple[tuple[str, str, tuple[ConditionWords, ...]], ...]
    attributes: tuple[AttributeTable, ...]
    factors: tuple[FactorSection, ...]
    findings: tuple[Finding, ...]
    guarantees: tuple[GuaranteeRow, ...]
    clients: tuple[ClientRow, ...]
    usual_noes: tuple[str, ...]
    papers: tuple[PaperRow, ...]
    supports: tuple[tuple[Support, str, int], ...]
    verdicts: tuple[tuple[str, str, str, str], ...]
    client_page: tuple[tuple[str, tuple[str, ...]], ...]
    differences: tuple[str, ...] | None
    changes: ChangesSince | None

    @property
    def direction(self) -> str:
        """How the ruleset's language runs: ``ltr`` or ``rtl``."""
        return direction(self.ruleset.language)

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
        contradiction_rows(labels),
        attribute_tables(ruleset),
        factor_sections(labels),
        findings(labels),
        guarantee_rows(
            labels,
            {one.guarantee.id: one.state for one in dossier.proofs},
            {one.guarantee.id: one.examples for one in dossier.proofs},
        ),
        client_rows(labels, dossier.worked),
        tuple(labels.question(name) for name in usual),
        paper_rows(ruleset),
        support_counts(ruleset),
        tuple(
            (name, words.name, words.means, ruleset.verdicts[name]) for name, words in VERDICT_WORDS.items()
        ),
        client_page_rows(ruleset),
        differences(dossier.base, ruleset) if dossier.base is not None else None,
        changes_since(dossier.older, ruleset, dossier.meaning) if dossier.older is not None else None,
    )


def html(dossier: Dossier) -> str:
    """The whole page; it asks nothing of any other place."""
    page = templates_of("service.documenting").get_template("page.html")
    return page.render(page=page_of(dossier)) + "\n"
