"""The page: one self-contained HTML document that says a whole ruleset in words. Same dossier, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.language import Support, Verdict
from service.documenting.changes import Changes, changes_since, differences
from service.documenting.clients import VERDICT_NAMES, Client, clients, usual_noes
from service.documenting.dossier import Dossier
from service.documenting.facts import Fact, facts
from service.documenting.guarantees import Promise, promises
from service.documenting.naming import Naming
from service.documenting.papers import Source, sources
from service.documenting.phrases import begun, both, counted, plain
from service.documenting.questions import Question, Traits, questions, traits
from service.documenting.rules import Factor, factors, support_counts
from service.model.ruleset import Ruleset

VERDICT_MEANS: dict[Verdict, str] = {
    "do_not_treat": "A rule says “do not treat”. There are no numbers.",
    "defer": "A rule says “not now”. Numbers are still given, for later.",
    "clinician_review": (
        "A rule refers or gives no number; something that must be asked was not; no rule gives a number of "
        "sessions; a plan would go past its longest course; or the planned sessions are done and the goal is "
        "not reached."
    ),
    "goal_reached": "The improvement seen has met what was hoped for.",
    "one_session_may_suffice": (
        "Before the first session: a rule says that one may be enough, none says that it will not be, "
        "and one session is typical."
    ),
    "several_sessions": "Everything else.",
}
STATES = {"proven": "Proven", "broken": "Does not hold", "not decided": "Not decided"}


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows, in the order of the page."""

    dossier: Dossier
    ruleset: Ruleset
    questions: tuple[Question, ...]
    traits: tuple[Traits, ...]
    factors: tuple[Factor, ...]
    facts: tuple[Fact, ...]
    promises: tuple[Promise, ...]
    clients: tuple[Client, ...]
    usual_noes: tuple[str, ...]
    sources: tuple[Source, ...]
    supports: tuple[tuple[Support, str, int], ...]
    verdicts: tuple[tuple[str, str, str, str], ...]
    differences: tuple[str, ...] | None
    changes: Changes | None

    @property
    def signed(self) -> tuple[tuple[str, str, bool], ...]:
        """Who has signed and when, and whether it was this very state of the rules."""
        return tuple((one.role, one.date, one.digest == self.ruleset.digest) for one in self.dossier.signed)

    @property
    def signatures(self) -> tuple[tuple[str, str], ...]:
        """Who has signed this very state, and when."""
        return tuple((role, date) for role, date, current in self.signed if current)


def page_of(dossier: Dossier) -> Page:
    """The dossier in words."""
    ruleset = dossier.ruleset
    naming = Naming(ruleset)
    usual = usual_noes(naming, [one.scenario for one in dossier.worked])
    return Page(
        dossier,
        ruleset,
        questions(naming),
        traits(naming),
        factors(naming),
        facts(naming),
        promises(naming, dossier.proofs),
        clients(naming, dossier.worked),
        tuple(naming.question(name) for name in usual),
        sources(ruleset),
        support_counts(ruleset),
        tuple(
            (name, VERDICT_NAMES[name], means, ruleset.verdicts[name])
            for name, means in VERDICT_MEANS.items()
        ),
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
