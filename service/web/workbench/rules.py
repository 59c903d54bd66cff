"""Rules: the page that clinicians sign, to be searched, and a page for each rule."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic
from typing import Any

from flask import Response, request

from service.analysis.proofs.results import State
from service.documenting.rows import (
    RuleRow,
    attribute_tables,
    client_page_rows,
    contradiction_rows,
    factor_sections,
    findings,
    guarantee_rows,
    paper_rows,
    question_rows,
    rule_row,
    support_counts,
)
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal, did_you_mean
from service.model.ruleset import Rule, Ruleset
from service.pages.client_form import counting, filled_by
from service.pages.rule_source import source_lines
from service.serving.trying import ScenarioResult, try_scenarios
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import Client, Clients, Rules
from service.web.workbench.pages import Pages
from service.wording.answers import SUPPORT_MEANS, VERDICT_WORDS
from service.wording.conditions import in_a_line
from service.wording.labels import Labels

_MOST_SECONDS = 2.0
"""So long the worked clients of an edition are tried; those that come later are left out, and it says so."""

_MOST_KEPT = 4
"""So many editions have their worked clients kept tried."""


@dataclass(frozen=True, slots=True)
class _Met:
    """A worked client whom a rule meets: his name, what he is answered, and where to try him."""

    name: str
    verdict: str
    verdict_name: str
    link: str | None


class RulePages:
    """The views of these pages."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        self._live = live
        self._pages = pages
        self._clients = clients
        self._tried: OrderedDict[str, tuple[tuple[ScenarioResult, ...], bool]] = OrderedDict()
        self._trying = threading.Lock()

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"page_rules": self.rules, "page_rule": self.rule}

    def rules(self, ruleset_id: str, of: str) -> Response | Answer:
        """All rules in words, or those that are searched for."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        ruleset, labels = rules.ruleset, Labels(rules.ruleset)
        words, only_own = request.args.get("q", "")[:200], "own" in request.args
        wanted = words.casefold().split()
        sections = []
        for section in factor_sections(labels):
            rows = [row for part in section.parts for row in part.rows]
            found = [row for row in rows if (row.own or not only_own) and _has(row, wanted)]
            sections.append((section, found))
        return self._pages.page(
            "signed.html",
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            words=words,
            only_own=only_own,
            sections=sections,
            found=sum(len(rows) for _, rows in sections),
            aside=() if only_own or not wanted else _set_aside(labels, wanted),
            page=_around(labels, self._states(rules)),
        )

    def _states(self, rules: Rules) -> Mapping[str, State]:
        """What came of proving each guarantee, by its id; of a draft's only of the state that is shown."""
        if rules.held is None:
            return self._live.answering.proven(rules.ruleset)
        stands = this_call().holder
        if stands is None or stands.report.state != rules.held.state.number:
            return {}
        return {one["id"]: one["state"] for one in stands.report.guarantees}

    def rule(self, ruleset_id: str, of: str, rule_id: str) -> Response | Answer:
        """One rule: in words, with its papers, its source, and the worked clients whom it meets."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        ruleset = rules.ruleset
        rule = next((one for one in ruleset.rules if one.id == rule_id), None)
        if rule is None:
            hint = did_you_mean(rule_id, [one.id for one in ruleset.rules]).strip()
            error = Refusal("", "unknown-rule", f"{ruleset_id} has no such rule.", hint)
            return problem(404, f"{ruleset_id} has no rule of that id.", (error,))
        labels = Labels(ruleset)
        rows = (row for section in factor_sections(labels) for part in section.parts for row in part.rows)
        met, all_tried = self._met(rules, rule)
        return self._pages.page(
            "rule.html",
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            rule=rule,
            row=next(row for row in rows if row.id == rule.id),
            papers=[row for row in paper_rows(ruleset) if row.paper.id in rule.evidence],
            support_means=SUPPORT_MEANS[rule.support] if rule.support else "",
            questions_at=f"{rules.at}/rules",
            source_lines=source_lines(ruleset, rule, self._live.files_of(ruleset)),
            met=met,
            all_tried=all_tried,
        )

    def _met(self, rules: Rules, rule: Rule) -> tuple[list[_Met], bool]:
        """The worked clients for whom the rule fires, and whether all could be tried."""
        tried, whole = self._worked(rules.compiled)
        met = []
        for one in tried:
            if one.answer is None or all(hit["rule"] != rule.id for hit in one.answer["fired"]):
                continue
            filled = counting(rules.compiled, filled_by(rules.ruleset, one.scenario.assessment))
            verdict = one.answer["verdict"]
            link = self._clients.address(rules, Client(filled))
            met.append(_Met(one.scenario.name, verdict, VERDICT_WORDS[verdict].name, link))
        return met, whole

    def _worked(self, compiled: CompiledRuleset) -> tuple[tuple[ScenarioResult, ...], bool]:
        """The worked clients of an edition, tried once, and whether that were all."""
        digest = compiled.ruleset.digest
        with self._trying:
            if digest not in self._tried:
                scenarios = compiled.ruleset.scenarios
                until = monotonic() + _MOST_SECONDS
                in_time = takewhile(lambda _: monotonic() < until, scenarios)
                results = tuple(try_scenarios(compiled, in_time))
                self._tried[digest] = (results, len(results) == len(scenarios))
                while len(self._tried) > _MOST_KEPT:
                    self._tried.popitem(last=False)
            self._tried.move_to_end(digest)
            return self._tried[digest]


def _set_aside(labels: Labels, words: list[str]) -> list[tuple[RuleRow, bool]]:
    """The rules not in force here that have the words, and whether another stands in their place."""
    there = {rule.id for rule in labels.ruleset.rules}
    rows = (rule_row(labels, rule) for rule, _ in labels.ruleset.set_aside)
    return [(row, row.id in there) for row in rows if _has(row, words)]


def _has(row: RuleRow, words: list[str]) -> bool:
    """Whether each of the words stands in what the rule is called, tests, does or says."""
    does = [one.in_a_line() for one in row.does]
    whole = " ".join([row.id, row.title, row.because, in_a_line(row.when), *does, *row.evidence]).casefold()
    return all(word in whole for word in words)


def _around(labels: Labels, states: Mapping[str, State]) -> dict[str, Any]:
    """What else clinicians sign: questions, findings, what clients read, what always holds, and papers."""
    ruleset = labels.ruleset
    return {
        "questions": question_rows(labels),
        "contradictions": contradiction_rows(labels),
        "attributes": attribute_tables(ruleset),
        "findings": findings(labels),
        "supports": support_counts(ruleset),
        "verdicts": _verdicts(ruleset),
        "client_page": client_page_rows(ruleset),
        "guarantees": guarantee_rows(labels, states),
        "papers": paper_rows(ruleset),
    }


def _verdicts(ruleset: Ruleset) -> list[tuple[str, str, str, str]]:
    return [(name, words.name, words.means, ruleset.verdicts[name]) for name, words in VERDICT_WORDS.items()]
