"""Conclusions and scores: what tests see of them, and in which stages rules can add to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from service.model.condition import Domain, Subject, tests_of
from service.model.problem import Place
from service.model.ruleset import AttributeRef, Rule
from service.reading.node import Node
from service.reading.order import circles, stages
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import Draft

Stages = tuple[tuple[int, ...], ...]

_FACTS = ("conclusions.", "scores.")


def facts_of(
    levels: Mapping[str, tuple[str, ...]], drafts: Sequence[Draft], subjects: Mapping[str, Subject]
) -> dict[str, Subject]:
    """The conclusions that some rule draws and the scores that some rule adds to, as subjects of tests."""
    possible: dict[str, set[str | bool]] = {}
    open_scores: dict[str, bool] = {}
    for draft in drafts:
        for name, level in draft.then.conclude:
            possible.setdefault(name, set()).add(level)
        for name, points in draft.then.points:
            may_lack = any(
                isinstance(point, AttributeRef) and not subjects[point.key].given_always for point in points
            )
            open_scores[name] = open_scores.get(name, False) or may_lack
    facts = {}
    for name, reached in sorted(possible.items()):
        key = f"conclusions.{name}"
        if name in levels:
            domain = Domain("choice", levels[name], ordered=True, possible=frozenset(reached))
            facts[key] = Subject(key, "conclusion", name, domain)
        else:
            facts[key] = Subject(key, "conclusion", name, Domain("yes_no", (False, True)), given_always=True)
    for name, may_lack in sorted(open_scores.items()):
        key = f"scores.{name}"
        facts[key] = Subject(key, "score", name, Domain("number"), given_always=not may_lack)
    return facts


def tested_facts(nodes: Iterable[Node]) -> dict[str, int]:
    """How often conclusions and scores are named, by key, in the conditions at the nodes, read or not."""
    counts: Counter[str] = Counter()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        for key, below in node.children():
            waiting.append(below)
            if isinstance(key, str) and key.startswith(_FACTS):
                counts[key] += 1
    return counts


def staged(problems: ProblemCollector, rules: Sequence[Rule]) -> Stages | None:
    """The rules' indexes by stage: each comes after all that add to what it looks at. None for a circle."""
    reads = {
        rule.id: {test.subject for test in tests_of(rule.when) if test.subject.startswith(_FACTS)}
        for rule in rules
    }
    feeds: dict[str, set[str]] = {}
    for rule in rules:
        for fact in rule.then.feeds():
            feeds.setdefault(fact, set()).update(reads[rule.id])
    broken = circles(feeds)
    for circle in broken:
        names = " -> ".join([*circle, circle[0]])
        needed = circle[1] if len(circle) > 1 else circle[0]
        rule = next(rule for rule in rules if circle[0] in rule.then.feeds() and needed in reads[rule.id])
        message = f"Conclusions or scores go in a circle: {names}. Break it."
        problems.error(_where_read(rule, needed), "circle", message)
    if broken:
        return None
    settled = stages(feeds)
    by_stage: dict[int, list[int]] = {}
    for index, rule in enumerate(rules):
        stage = max((settled.get(fact, 0) + 1 for fact in reads[rule.id]), default=0)
        by_stage.setdefault(stage, []).append(index)
    return tuple(tuple(by_stage[stage]) for stage in sorted(by_stage))


def _where_read(rule: Rule, fact: str) -> Place:
    """Where the rule names the fact in its ``when``."""
    path = next((path for path in rule.places if path[:1] == ("when",) and path[-1] == fact), ("when",))
    return rule.places.get(path, rule.place)
