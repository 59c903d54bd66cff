"""Conclusions and scores: what tests see of them, their stages, and what they rest on.

A stage needs only what earlier ones have worked out; conclusions and scores that need each other in a circle
are a mistake. A flag that no rule concluded is no, also where the rule that would have concluded it could not
tell because a question was left out: a rule that takes that for a no is warned of (``no-of-open-flag``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from service.model.condition import (
    AllOf,
    AnyOf,
    Condition,
    Domain,
    Not,
    Subject,
    Test,
    needs_value,
    subjects_of,
    tests_of,
)
from service.model.problem import Place, quoted
from service.model.ruleset import AttributeRef, Input, Rule
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import DraftRule


def circles(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """One circle for each group of things that need each other, starting at its first by name."""
    groups = [group for group in _groups(needs) if len(group) > 1 or group[0] in needs[group[0]]]
    return sorted(_shortest(needs, group) for group in groups)


def _groups(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Tarjan's strongly connected components, iterative, so that no chain is too long for it."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []

    def enter(node: str) -> tuple[str, Iterator[str]]:
        index[node] = low[node] = len(index)
        open_.append(node)
        is_open.add(node)
        return node, iter(sorted(other for other in needs[node] if other in needs))

    def close(node: str) -> None:
        group: list[str] = []
        while not group or group[-1] != node:
            group.append(open_.pop())
        is_open.difference_update(group)
        found.append(group)

    for root in sorted(needs):
        work = [enter(root)] if root not in index else []
        while work:
            node, below = work[-1]
            child = next(below, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    close(node)
            elif child not in index:
                work.append(enter(child))
            elif child in is_open:
                low[node] = min(low[node], index[child])
    return found


def _shortest(needs: Mapping[str, Collection[str]], group: list[str]) -> list[str]:
    """The shortest circle within the group, from its first by name back to it."""
    start, inside = min(group), set(group)
    came: dict[str, str] = {}
    queue = [start]
    for node in queue:
        for child in sorted(inside.intersection(needs[node])):
            if child == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if child not in came:
                came[child] = node
                queue.append(child)
    return [start]


def stages(needs: Mapping[str, Collection[str]]) -> dict[str, int]:
    """For each thing the earliest stage (from 0) at which all that it needs is settled.

    Raises:
        ValueError: the things need each other in a circle.
    """
    left = {name: len({other for other in needs[name] if other in needs}) for name in needs}
    used_by: dict[str, list[str]] = {name: [] for name in needs}
    for name in needs:
        for other in {other for other in needs[name] if other in needs}:
            used_by[other].append(name)
    stage = {name: 0 for name in needs if not left[name]}
    queue = list(stage)
    for name in queue:
        for user in used_by[name]:
            left[user] -= 1
            if not left[user]:
                stage[user] = stage[name] + 1
                queue.append(user)
    if len(stage) < len(needs):
        raise ValueError("the things need each other in a circle")
    return stage


CODE = "no-of-open-flag"
_Open = Mapping[str, frozenset[str]]


def flags_of(subjects: Mapping[str, Subject]) -> list[Subject]:
    """The conclusions that are yes or no."""
    return [one for one in subjects.values() if one.kind == "conclusion" and one.domain.shape == "yes_no"]


def warn_of_open_flags(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    subjects: Mapping[str, Subject],
    rules: Sequence[Rule],
) -> None:
    """Warn of each test that reads the no of a flag which rests on questions that can be left out."""
    flags = {one.key for one in flags_of(subjects)}
    read = [(rule, list(_reading_no(rule.when, flags))) for rule in rules]
    if not any(tests for _, tests in read):
        return
    open_ = _open_facts(inputs, subjects, rules)
    for rule, tests in read:
        answered = _answered(rule.when, subjects)
        for test in tests:
            left_out = sorted(open_.get(test.subject, frozenset()) - answered)
            if left_out:
                problems.warning(test.place, CODE, _message(test, left_out))


def _message(test: Test, left_out: list[str]) -> str:
    names, first = quoted(left_out, most=3), left_out[0]
    return (
        f"{test.subject} is also no where {names} is not answered. "
        f'Add "{first}: given" here, or make the question required or give it a default.'
    )


def _reading_no(condition: Condition, flags: set[str], *, negated: bool = False) -> Iterator[Test]:
    """The tests of flags that hold, or under ``not`` fail to hold, because the flag is no."""
    if isinstance(condition, Not):
        yield from _reading_no(condition.part, flags, negated=not negated)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _reading_no(part, flags, negated=negated)
    elif condition.subject in flags and condition.op == "among" and condition.values == {negated}:
        yield condition


def _open_facts(
    inputs: Mapping[str, Input], subjects: Mapping[str, Subject], rules: Sequence[Rule]
) -> dict[str, frozenset[str]]:
    """The inputs that can be left out on which each conclusion and score rests, be it by way of others."""
    optional = _can_be_left_out(inputs, subjects)
    open_: dict[str, set[str]] = {}
    needs: dict[str, set[str]] = {}
    for rule in rules:
        tested = [test for test in tests_of(rule.when) if test.op not in ("given", "unknown")]
        seen = {key for test in tested for key in test.subjects}
        facts = {key for key in seen if subjects[key].kind in ("conclusion", "score")}
        direct = {subjects[key].name for key in seen - facts}
        for key in rule.then.feeds():
            open_.setdefault(key, set()).update((direct | _pointed(rule, key)) & optional)
            needs.setdefault(key, set()).update(facts)
    return _spread(open_, needs)


def _pointed(rule: Rule, key: str) -> set[str]:
    """The inputs whose attributes the rule adds to the score."""
    return {
        fact.input
        for (_, name, *_), fact in rule.then.references("fact")
        if f"scores.{name}" == key and isinstance(fact, AttributeRef)
    }


def _spread(open_: dict[str, set[str]], needs: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    """What each fact rests on, with what those rest on that it is concluded from."""
    if circles(needs):
        return {}
    order = stages(needs)
    for key in sorted(order, key=lambda name: order[name]):
        for other in needs[key]:
            open_[key] |= open_.get(other, set())
    return {key: frozenset(names) for key, names in open_.items()}


def _can_be_left_out(inputs: Mapping[str, Input], subjects: Mapping[str, Subject]) -> set[str]:
    """The inputs that may be unanswered though they apply."""
    needed = {name for name, one in inputs.items() if one.required or one.default is not None}
    optional = set(inputs) - needed
    changed = True
    while changed:
        changed = False
        for name in sorted(needed - optional):
            only_if = inputs[name].only_if
            if only_if and any(subjects[key].name in optional for key in subjects_of(only_if)):
                optional.add(name)
                changed = True
    return optional


def _answered(condition: Condition, subjects: Mapping[str, Subject]) -> set[str]:
    """The inputs that are answered wherever the condition is true."""
    if isinstance(condition, Test):
        seen = [subjects[key] for key in condition.subjects if needs_value(condition, holds=True)]
        return {subject.name for subject in seen if subject.kind in ("input", "attribute")}
    if isinstance(condition, AllOf):
        return set().union(*(_answered(part, subjects) for part in condition.parts))
    if isinstance(condition, AnyOf):
        return set.intersection(*(_answered(part, subjects) for part in condition.parts))
    return set()


Stages = tuple[tuple[int, ...], ...]

_FACTS = ("conclusions.", "scores.")


def facts_of(
    levels: Mapping[str, tuple[str, ...]], drafts: Sequence[DraftRule], subjects: Mapping[str, Subject]
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
    reads = {rule.id: {key for key in subjects_of(rule.when) if key.startswith(_FACTS)} for rule in rules}
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
