"""What proofs find, told once and where its author can mend it.

What only follows from a test of which reading said that it always or never holds is left out. What a line of
a clinic's own causes in a ruleset that it extends stands at that line. Of parts of that ruleset that are
merely of no use any more nothing is said, for the clinic can't remove them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import replace

from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import truth_of
from service.model.condition import subjects_of, tests_of
from service.model.decision import Decision
from service.model.problem import Place, Problem, in_order
from service.model.ruleset import Guarantee, Rule, Ruleset

_TESTS = ("test-always-holds", "test-never-holds")
_EMPTY = ("unreachable-rule", "dead-branch", "guarantee-about-nobody", "input-never-matters")
_OF_NO_USE = (*_EMPTY, "redundant-rule", "shadowed-rule", "dead-conclusion")

_TELLING = ("text", "review")
"""Categories of effects that change no plan."""


def deduplicated(
    compiled: CompiledRuleset,
    found: Iterable[Problem],
    read: Iterable[Problem],
    at_home: Collection[tuple[Place, str]] = (),
) -> tuple[Problem, ...]:
    """The problems that proofs found, each once and at its place; ``read``: those that reading found.

    ``at_home`` are places and codes of what the rulesets that it extends have without it: it stays there.

    Raises:
        DoubleEntryError: engine and evaluator differ on an example.
        EngineFault: the engine refused.
    """
    ruleset = compiled.ruleset
    found, read = tuple(found), tuple(read)
    following = {*_following(ruleset, {one.place for one in read if one.code in _TESTS})}
    following.update(_asked_in_vain(ruleset, {one.place for one in found if one.code == "unreachable-rule"}))
    odd = {*_odd_options(ruleset, {one.place for one in read})}
    told: list[Problem] = []
    caused: dict[tuple[Place, str], list[Problem]] = {}
    for problem in found:
        taken_over = not ruleset.wrote(problem.place)
        follows = problem.code in _EMPTY and problem.place in following
        if follows or (taken_over and problem.code in _OF_NO_USE):
            continue
        if not taken_over or (problem.place, problem.code) in at_home:
            told.append(problem)
        elif (cause := _cause(compiled, problem)) not in odd or problem.severity == "error":
            caused.setdefault((cause, problem.code), []).append(problem)
    return in_order([*told, *(_at(ruleset, place, problems) for (place, _), problems in caused.items())])


def _following(ruleset: Ruleset, tests: Collection[Place]) -> Iterator[Place]:
    """Where problems stand that follow from these tests, or that are of questions which others ask."""
    asked: set[str] = set()
    conditional: tuple[Rule | Guarantee, ...] = (*ruleset.rules, *ruleset.guarantees)
    for one in conditional:
        looked_at = list(tests_of(one.when)) if one.when is not None else []
        vain = {test.subject.partition(".")[0] for test in looked_at if test.place in tests}
        asked |= vain
        if vain:
            yield from (one.place, *(test.place for test in looked_at))
            yield from one.places.values() if isinstance(one, Rule) else ()
    for question in ruleset.inputs.values():
        if question.id in asked or not ruleset.wrote(question.asked_first):
            yield question.place


def _asked_in_vain(ruleset: Ruleset, unreachable: Set[Place]) -> Iterator[Place]:
    """The questions at which only rules look of which it is told that they never fire."""
    if not unreachable:
        return
    told = any(one.place in unreachable for one in ruleset.contradictions)
    looking: dict[str, list[bool]] = {}
    for rule in ruleset.rules:
        never = told or not unreachable.isdisjoint(rule.places.values())
        for name in {key.partition(".")[0] for key in subjects_of(rule.when)}:
            looking.setdefault(name, []).append(never)
    for question in ruleset.inputs.values():
        if all(looking.get(question.id, (False,))):
            yield question.place


def _odd_options(ruleset: Ruleset, told: Collection[Place]) -> Iterator[Place]:
    """The options of which something was told: what they cause follows from it."""
    options = [option for question in ruleset.inputs.values() for option in question.options]
    return (one.places[()] for one in options if any(place in told for place in one.places.values()))


def _cause(compiled: CompiledRuleset, problem: Problem) -> Place:
    """The clinic's own line for which its clients get what the problem is about; else the ruleset's id."""
    ruleset = compiled.ruleset
    decisions = [
        decided
        for example in problem.examples
        if isinstance(decided := compiled.decide_example(json.loads(example)), Decision)
    ]
    places = [*_set_aside(ruleset, decisions)]
    if problem.code != "gap":  # of which no rule that fires is the cause
        places += _firing(ruleset, decisions)
    return next(iter([*places, *_answered(ruleset, decisions)]), ruleset.place)


def _set_aside(ruleset: Ruleset, decisions: Sequence[Decision]) -> Iterator[Place]:
    """What disables or replaces a rule that would have fired."""
    for rule, place in ruleset.set_aside:
        holds = truth_of(rule.when)
        if ruleset.wrote(place) and any(holds(decision.facts) for decision in decisions):
            yield place


def _firing(ruleset: Ruleset, decisions: Sequence[Decision]) -> Iterator[Place]:
    """Own rules that fire and do more than tell, those first that fire for one of two clients alone."""
    fired = [{hit.rule.id for hit in decision.fired} for decision in decisions]
    own = [
        rule
        for rule in ruleset.rules
        if ruleset.wrote(rule.place)
        and any(effect.category not in _TELLING for effect, _ in rule.then.present())
        and any(rule.id in ids for ids in fired)
    ]
    yield from (rule.place for rule in sorted(own, key=lambda rule: all(rule.id in ids for ids in fired)))


def _answered(ruleset: Ruleset, decisions: Sequence[Decision]) -> Iterator[Place]:
    """Own options that clients have."""
    for one in ruleset.inputs.values():
        for option in one.options:
            place = option.places[()]
            if ruleset.wrote(place) and any(
                decision.facts.get(one.id) == option.id for decision in decisions
            ):
                yield place


def _at(ruleset: Ruleset, place: Place, problems: Sequence[Problem]) -> Problem:
    """The first of the problems, at the place that causes all of them, with what is disabled there."""
    first, *others = in_order(problems)
    more = f" And {len(others)} more like it." if others else ""
    replacing = any(rule.place == place for rule in ruleset.rules)
    disabled = next((rule.id for rule, at in ruleset.set_aside if at == place and not replacing), None)
    undo = "" if disabled is None else f' Or take "{disabled}" out: disabling it does this.'
    return replace(first, place=place, message=first.message + more + undo)
