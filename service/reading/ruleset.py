"""One ruleset from its folder and those it extends: everything read, everything held together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.ruleset_files import SignOffEntry
from service.model.condition import Domain, Subject, tests_of
from service.model.problem import Place, Problem, did_you_mean, in_order, shown
from service.model.ruleset import Guarantee, Input, Limits, Rule, Ruleset, Scenario
from service.reading.effects import Vocabulary
from service.reading.folder import Layer, digest_of, read_folder
from service.reading.guarantees import read_guarantees
from service.reading.header import Header, read_header, read_papers
from service.reading.inputs import read_inputs
from service.reading.merging import merged
from service.reading.order import circles, stages
from service.reading.rules import (
    MOST_RULES,
    Draft,
    alternatives_of,
    finished,
    read_drafts,
    refuse_twice,
    replaced,
)
from service.reading.scenarios import read_scenarios
from service.reading.spot import Findings, Spot
from service.reading.tree import Tree

MOST_ALTERNATIVES_TOGETHER = 12_000
MOST_EXTENDED = 5

Finder = Callable[[str], tuple[Path, str] | None]
"""From a ruleset's id to its folder and how that is shown; None where there is none."""


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading one ruleset: its problems, and the ruleset where there is no error."""

    id: str
    problems: tuple[Problem, ...]
    ruleset: Ruleset | None


def read_ruleset(path: Path, shown_as: str, find: Finder) -> Read:
    """Read the ruleset in the folder ``path``, and those it extends (``find`` looks them up)."""
    found = Findings()
    layers = _layers(found, path, shown_as, find)
    for layer in layers:
        found.problems.extend(layer.problems)
    ruleset = _Reading(found, layers).ruleset()
    problems = in_order(found.problems)
    broken = any(problem.severity == "error" for problem in problems)
    return Read(path.name, problems, None if broken else ruleset)


def _layers(found: Findings, path: Path, shown_as: str, find: Finder) -> list[Layer]:
    """The folder's layer after those that it extends, the furthest first."""
    layers = [read_folder(path, shown_as)]
    while (header := layers[0].spot("ruleset.yaml")) is not None:
        spot = header.child("extends")
        if not isinstance(spot.data, str):
            break
        if spot.data in [layer.id for layer in layers]:
            names = " -> ".join([*(layer.id for layer in reversed(layers)), spot.data])
            found.error(spot.at(), "circle", f'"extends" goes in a circle: {names}. Break it.')
            break
        where = find(spot.data)
        if where is None:
            message = f'There is no ruleset "{shown(spot.data)}" to extend.{_near(layers[-1], spot.data)}'
            found.error(spot.at(), "unknown-ruleset", message)
            break
        if len(layers) > MOST_EXTENDED:
            found.error(spot.at(), "circle", f"More than {MOST_EXTENDED} rulesets extend each other.")
            break
        layers.insert(0, read_folder(*where))
    return layers


def _near(layer: Layer, name: str) -> str:
    siblings = [entry.name for entry in layer.path.parent.iterdir() if entry.is_dir() and entry != layer.path]
    return did_you_mean(name, siblings)


class _Reading:
    """The layers of one ruleset being read into one."""

    def __init__(self, found: Findings, layers: list[Layer]) -> None:
        self.found = found
        self.layers = layers
        self.own = layers[-1]
        self.header = Header()

    def ruleset(self) -> Ruleset | None:
        self._headers()
        trees = [layer.trees["assessment.yaml"] for layer in self.layers if layer.spot("assessment.yaml")]
        if not trees or self.own.spot("ruleset.yaml") is None:
            return None
        inputs, subjects = self._inputs(trees)
        drafts = self._drafts(inputs)
        facts = _concluded(self.header, drafts)
        scores = frozenset(name for draft in drafts for name, _ in draft.then.points)
        subjects |= facts | {
            f"scores.{name}": Subject(f"scores.{name}", "score", name, Domain("number"))
            for name in sorted(scores)
        }
        if any(layer.broken for layer in self.layers):
            return None  # what the unread part holds is not known, so what seems unknown may not be
        rules = self._rules(drafts, subjects, scores)
        self._some_rules(rules)
        staged = self._stages(rules)
        guarantees = self._guarantees(inputs, subjects)
        scenarios = self._scenarios(inputs, drafts)
        if self.header.limits is None or staged is None:
            return None
        return self._whole(self.header.limits, inputs, subjects, rules, staged, guarantees, scenarios)

    def _headers(self) -> None:
        for layer in self.layers:
            spot = layer.spot("ruleset.yaml")
            if spot is not None:
                extends = isinstance(spot.child("extends").data, str)
                read_header(self.found, self.header, spot, layer.id, extends=extends)
            papers = layer.spot("evidence.yaml")
            if papers is not None:
                self.header.papers |= read_papers(self.found, papers)

    def _inputs(self, trees: list[Tree]) -> tuple[dict[str, Input], dict[str, Subject]]:
        tree = merged(trees)
        for one in trees:
            for mark, name in one.repeated:
                place = Place(mark.file, mark.line, mark.column)
                self.found.error(
                    place, "duplicate-key", f'Option "{shown(name)}" stands here twice. Keep one.'
                )
        return read_inputs(self.found, Spot(tree, (), tree.data))

    def _drafts(self, inputs: Mapping[str, Input]) -> list[Draft]:
        words = Vocabulary(inputs, self.header.benefits, self.header.levels, self.header.limits)
        drafts: list[Draft] = []
        for number, layer in enumerate(self.layers):
            own: list[Draft] = []
            files = layer.below("factors")
            for name, spot in files:
                own += read_drafts(
                    self.found,
                    words,
                    spot,
                    factors=self.header.factors,
                    evidence=self.header.papers,
                    layer=number,
                    name=name,
                    prefix="" if layer is self.own else f"{layer.id}/",
                )
            own = refuse_twice(self.found, own)
            header = layer.spot("ruleset.yaml")
            disable = header.child("disable") if header else Spot(Tree(layer.shown_as), (), None)
            drafts = replaced(self.found, drafts, own, disable)
        if len(drafts) > MOST_RULES:
            place = drafts[MOST_RULES].spot.at()
            self.found.error(
                place, "too-many-rules", f"More than {MOST_RULES:,} rules in one ruleset. Split it."
            )
            return drafts[:MOST_RULES]
        return drafts

    def _rules(
        self, drafts: list[Draft], subjects: Mapping[str, Subject], scores: frozenset[str]
    ) -> tuple[Rule, ...]:
        order = {factor: index for index, factor in enumerate(self.header.factors)}
        drafts = sorted(drafts, key=lambda draft: (order.get(draft.factor, -1), draft.standing))
        rules = [finished(self.found, subjects, scores, draft) for draft in drafts]
        whole = tuple(rule for rule in rules if rule is not None)
        if sum(map(alternatives_of, whole)) > MOST_ALTERNATIVES_TOGETHER:
            message = f"The rules together unfold into more than {MOST_ALTERNATIVES_TOGETHER:,} alternatives."
            largest = max(whole, key=alternatives_of)
            self.found.error(largest.place, "rule-too-large", message + " Split the largest, this one.")
        return whole

    def _some_rules(self, rules: tuple[Rule, ...]) -> None:
        if not rules and not any(layer.below("factors") for layer in self.layers):
            place = self.own.trees["ruleset.yaml"].at(())
            self.found.error(place, "no-rules", "The ruleset has no rules. Add factors/1-concern.yaml.")

    def _stages(self, rules: tuple[Rule, ...]) -> tuple[tuple[int, ...], ...] | None:
        feeds: dict[str, set[str]] = {}
        reads = {
            rule.id: {t.subject for t in tests_of(rule.when) if t.subject.startswith(_FACTS)}
            for rule in rules
        }
        for rule in rules:
            for fact in _feeds(rule):
                feeds.setdefault(fact, set()).update(reads[rule.id])
        for circle in circles(feeds):
            names = " -> ".join([*circle, circle[0]])
            rule = next(r for r in rules if circle[0] in _feeds(r) and reads[r.id] & set(circle))
            message = f"Conclusions or scores go in a circle: {names}. Break it."
            self.found.error(rule.places.get(("when",), rule.place), "circle", message)
        if circles(feeds):
            return None
        settled = stages(feeds)
        by_stage: dict[int, list[int]] = {}
        for index, rule in enumerate(rules):
            stage = max((settled.get(fact, 0) + 1 for fact in reads[rule.id]), default=0)
            by_stage.setdefault(stage, []).append(index)
        return tuple(tuple(by_stage[stage]) for stage in sorted(by_stage))

    def _guarantees(self, inputs: Mapping[str, Input], subjects: Mapping[str, Subject]) -> list[Guarantee]:
        taken: set[str] = set()
        guarantees: list[Guarantee] = []
        for layer in self.layers:
            spot = layer.spot("guarantees.yaml")
            if spot is not None and spot.data is not None:
                guarantees += read_guarantees(self.found, inputs, subjects, spot, taken)
        return guarantees

    def _scenarios(self, inputs: Mapping[str, Input], drafts: list[Draft]) -> list[Scenario]:
        taken: set[str] = set()
        rules = {draft.rule_id for draft in drafts}
        return [
            scenario
            for _, spot in self.own.below("scenarios")
            for scenario in read_scenarios(self.found, inputs, rules, spot, taken)
        ]

    def _digest(self) -> str:
        digest = ""
        for layer in self.layers:
            digest = (
                layer.digest if not digest else digest_of({"ruleset": layer.digest.encode()}, above=digest)
            )
        return digest

    def _signed(self, digest: str) -> bool:
        spot = self.own.spot("sign-off.yaml")
        if spot is None or spot.data is None:
            return False
        if not isinstance(spot.data, list):
            self.found.error(
                spot.at(), "wrong-type", "sign-off.yaml is a list, written by picoplan sign-off."
            )
            return False
        entries = [self.found.load(SignOffEntry(), below) for _, below in spot.children()]
        return any(entry.get("digest") == digest for entry in entries)

    def _whole(
        self,
        limits: Limits,
        inputs: dict[str, Input],
        subjects: dict[str, Subject],
        rules: tuple[Rule, ...],
        staged: tuple[tuple[int, ...], ...],
        guarantees: list[Guarantee],
        scenarios: list[Scenario],
    ) -> Ruleset:
        header = self.header
        digest = self._digest()
        spot = self.own.spot("ruleset.yaml")
        assert spot is not None
        extends = spot.child("extends").data
        return Ruleset(
            id=header.id,
            title=header.title,
            version=header.version,
            digest=digest,
            limits=limits,
            factors=header.factors,
            inputs=inputs,
            rules=rules,
            subjects=subjects,
            levels=header.levels,
            flags=tuple(sorted({n for r in rules for n, level in r.then.conclude if level is True})),
            scores=tuple(sorted({name for rule in rules for name, _ in rule.then.points})),
            stages=staged,
            verdicts=header.verdicts,
            benefits=header.benefits,
            evidence=header.papers,
            guarantees=tuple(guarantees),
            scenarios=tuple(scenarios),
            place=spot.child("id").at(),
            effective=header.effective,
            owner=header.owner,
            extends=extends if isinstance(extends, str) else None,
            signed_off=self._signed(digest),
        )


_FACTS = ("conclusions.", "scores.")


def _feeds(rule: Rule) -> set[str]:
    """The conclusions and scores that the rule adds to."""
    return {f"conclusions.{name}" for name, _ in rule.then.conclude} | {
        f"scores.{name}" for name, _ in rule.then.points
    }


def _concluded(header: Header, drafts: list[Draft]) -> dict[str, Subject]:
    """The conclusions that some rule draws, as subjects of tests."""
    possible: dict[str, set[str | bool]] = {}
    for draft in drafts:
        for name, level in draft.then.conclude:
            possible.setdefault(name, set()).add(level)
    subjects = {}
    for name, levels in sorted(possible.items()):
        key = f"conclusions.{name}"
        if name in header.levels:
            domain = Domain("choice", header.levels[name], ordered=True, possible=frozenset(levels))
            subjects[key] = Subject(key, "conclusion", name, domain)
        else:
            subjects[key] = Subject(
                key, "conclusion", name, Domain("yes_no", (False, True)), given_always=True
            )
    return subjects
