"""What a ruleset holds, in words, a row each: questions, rules, what they find, guarantees, and papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Literal, get_args

from schemas.language import SUPPORTS, Support, covers
from service.analysis.proofs.results import State
from service.model.condition import subjects_of
from service.model.ruleset import Guarantee, Input, Option, Paper, Rule, Ruleset
from service.wording.answers import SUPPORT_MEANS, Answered, answered
from service.wording.conditions import ConditionWords, clauses
from service.wording.effects import EffectWords, effect_words, findings_of
from service.wording.labels import Labels, attribute_words, option_label, paper_link
from service.wording.phrases import capitalized, plain
from service.wording.things import how_answered, if_left_open, promised, things

_NUMBERED = re.compile(r"\A[0-9]+[-_ ]*")


# -- questions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question: ``how`` it is answered, its ``options``, and what leaving it open comes to."""

    id: str
    anchor: str
    label: str
    help: str | None
    how: str
    options: tuple[str, ...]
    asked: str
    changeable: bool
    only_if: tuple[ConditionWords, ...]


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """What rules can know of the answers to one question: a row an answer, a column an attribute."""

    anchor: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def question_rows(labels: Labels) -> tuple[QuestionRow, ...]:
    """Every question, in the order in which they are asked."""
    return tuple(_question(labels, one) for one in labels.ruleset.inputs.values())


def _question(labels: Labels, one: Input) -> QuestionRow:
    return QuestionRow(
        one.id,
        f"question-{one.id}",
        one.label,
        one.help,
        how_answered(one),
        tuple(map(option_label, one.options)),
        if_left_open(labels, one),
        one.changeable,
        clauses(labels, one.only_if) if one.only_if is not None else (),
    )


def contradiction_rows(labels: Labels) -> tuple[tuple[str, str, tuple[ConditionWords, ...]], ...]:
    """What answers can't all be true: of each an anchor, what is said, and when."""
    return tuple(
        (f"contradiction-{one.id}", one.says, clauses(labels, one.when))
        for one in labels.ruleset.contradictions
    )


def attribute_tables(ruleset: Ruleset) -> tuple[AttributeTable, ...]:
    """The questions whose answers carry attributes."""
    return tuple(
        AttributeTable(
            f"answers-{one.id}",
            one.label,
            tuple(capitalized(plain(name)) for name in one.attributes),
            tuple(
                (
                    option_label(option),
                    tuple(_attribute(option, name) for name in one.attributes),
                )
                for option in one.options
            ),
        )
        for one in ruleset.inputs.values()
        if one.attributes
    )


def _attribute(option: Option, name: str) -> str:
    return attribute_words(option.attributes[name]) if name in option.attributes else "not known"


# -- rules ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a row of its table. ``own``: it does not come from an extended ruleset."""

    id: str
    anchor: str
    title: str
    when: tuple[ConditionWords, ...]
    does: tuple[EffectWords, ...]
    because: str
    support: Support | None
    evidence: tuple[str, ...]
    defined_at: str
    own: bool


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Some rules of a factor that stand together; ``title`` is empty where they are all of them."""

    title: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class FactorSection:
    """A factor and its rules, by the part of the factor that a file holds."""

    id: str
    anchor: str
    title: str
    parts: tuple[RuleTable, ...]

    @property
    def count(self) -> int:
        """How many rules it has."""
        return sum(len(part.rows) for part in self.parts)


def factor_sections(labels: Labels) -> tuple[FactorSection, ...]:
    """The factors in the ruleset's order, each with its rules."""
    return tuple(
        FactorSection(name, f"factor-{name}", title, _tables(labels, name))
        for name, title in labels.ruleset.factors.items()
    )


def support_counts(ruleset: Ruleset) -> tuple[tuple[Support, str, int], ...]:
    """How many rules rest on which support, from strong to weak, with what it means."""
    given = [rule.support for rule in ruleset.rules]
    return tuple((support, SUPPORT_MEANS[support], given.count(support)) for support in SUPPORTS)


def _tables(labels: Labels, factor: str) -> tuple[RuleTable, ...]:
    files: dict[str, list[Rule]] = {}
    for rule in labels.ruleset.rules:
        if rule.factor == factor:
            files.setdefault(rule.defined_at.rpartition(":")[0], []).append(rule)
    return tuple(
        RuleTable(
            _title(labels.ruleset, file, factor) if len(files) > 1 else "",
            tuple(rule_row(labels, rule) for rule in rules),
        )
        for file, rules in files.items()
    )


def _title(ruleset: Ruleset, file: str, factor: str) -> str:
    """``factors/1-concern-one-session.yaml`` is "One session"; a clinic's own file says that it is."""
    stem = _NUMBERED.sub("", PurePosixPath(file).stem)
    rest = capitalized(plain(stem.removeprefix(factor)))
    if ruleset.extends is None or not _own(file):
        return rest or "In general"
    return f"Our own: {rest}" if rest else "Our own"


def _own(defined_at: str) -> bool:
    return defined_at.startswith("factors/")


def rule_row(labels: Labels, rule: Rule) -> RuleRow:
    """One rule, be it in force or not."""
    return RuleRow(
        rule.id,
        f"rule-{rule.id}",
        rule.title,
        clauses(labels, rule.when),
        effect_words(labels, rule),
        rule.because,
        rule.support,
        rule.evidence,
        rule.defined_at,
        _own(rule.defined_at),
    )


# -- what rules find for other rules --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """A conclusion or a score. ``reached``: each rule with what it adds; ``used``: rules that test it.

    ``scale``: the levels of a conclusion, from low to high.
    """

    anchor: str
    kind: Literal["conclusion", "score"]
    name: str
    scale: tuple[str, ...]
    reached: tuple[tuple[Rule, str], ...]
    used: tuple[Rule, ...]


def findings(labels: Labels) -> tuple[Finding, ...]:
    """Every conclusion, then every score."""
    ruleset = labels.ruleset
    conclusions = dict.fromkeys((*ruleset.conclusion_levels, *ruleset.flags))
    return (
        *(_finding(labels, "conclusion", name) for name in conclusions),
        *(_finding(labels, "score", name) for name in ruleset.scores),
    )


def _finding(labels: Labels, kind: Literal["conclusion", "score"], name: str) -> Finding:
    ruleset = labels.ruleset
    reached = tuple(
        (rule, text)
        for rule in ruleset.rules
        for member, found, text in findings_of(labels, rule)
        if (member, found) == (f"{kind}s", name)
    )
    scale = tuple(map(plain, ruleset.conclusion_levels.get(name, ()))) if kind == "conclusion" else ()
    used = tuple(rule for rule in ruleset.rules if _looks_at(rule, f"{kind}s.{name}"))
    return Finding(f"{kind}-{name}", kind, plain(name), scale, reached, used)


def _looks_at(rule: Rule, key: str) -> bool:
    return key in subjects_of(rule.when) or any(fact == key for _, fact in rule.then.references())


# -- papers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper with its ``link`` (None: there is none that a browser can safely follow) and who cites it.

    ``where`` is the link, or what stands in its place, as a reader of the print-out types it.
    """

    paper: Paper
    anchor: str
    link: str | None
    where: str | None
    cited: tuple[Rule, ...]

    @property
    def published_in(self) -> str:
        """Journal and year, as far as they are known."""
        return ", ".join(part for part in (self.paper.journal, self.paper.year) if part)


def paper_rows(ruleset: Ruleset) -> tuple[PaperRow, ...]:
    """Every paper, in the order of the file."""
    return tuple(_paper(ruleset, paper) for paper in ruleset.evidence.values())


def _paper(ruleset: Ruleset, paper: Paper) -> PaperRow:
    link = paper_link(paper)
    cited = tuple(rule for rule in ruleset.rules if paper.id in rule.evidence)
    return PaperRow(paper, f"paper-{paper.id}", link, link or paper.doi or paper.url, cited)


# -- the client page ------------------------------------------------------------------------------------


def client_page_rows(ruleset: Ruleset) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What ``client-page.yaml`` says, part by part, each with what it is; nothing where there is none."""
    rows: dict[str, tuple[str, ...]] = {}
    for page in things(ruleset).get("client page", {}).values():
        for part in page.parts.values():
            rows[part.label] = (*rows.get(part.label, ()), *part.read())
    return tuple((capitalized(label), words) for label, words in rows.items() if words)


# -- guarantees ------------------------------------------------------------------------------------------

_NOT_YET = "not yet proven"
_PROOF_WORDS = {
    "proven": "Proven",
    "broken": "Does not hold",
    "not decided": "Not decided",
    _NOT_YET: "Not yet proven",
}
covers(_PROOF_WORDS, (*get_args(State), _NOT_YET), "words of proofs")


@dataclass(frozen=True, slots=True)
class GuaranteeRow:
    """One guarantee: for whom (``when``, none: for every client), what it says, and its proof.

    ``state`` names it in styles, ``proof`` in words. ``examples``: where it is broken, the clients who break
    it, in words.
    """

    anchor: str
    title: str
    when: tuple[ConditionWords, ...]
    says: str
    state: str
    proof: str
    examples: tuple[tuple[Answered, ...], ...]


def guarantee_rows(
    labels: Labels, states: Mapping[str, State], examples: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> tuple[GuaranteeRow, ...]:
    """Every guarantee with what came of proving it, by its id; what is left out nobody has tried to prove.

    ``examples``: the assessments that break one, as JSON texts.
    """
    return tuple(
        _guarantee(labels, one, states.get(one.id, _NOT_YET), examples.get(one.id, ()))
        for one in labels.ruleset.guarantees
    )


def _guarantee(labels: Labels, guarantee: Guarantee, state: str, examples: Iterable[str]) -> GuaranteeRow:
    return GuaranteeRow(
        f"guarantee-{guarantee.id}",
        guarantee.title,
        clauses(labels, guarantee.when) if guarantee.when is not None else (),
        promised(labels, guarantee),
        state.replace(" ", "-"),
        _PROOF_WORDS[state],
        tuple(answered(labels, json.loads(example)) for example in examples),
    )
