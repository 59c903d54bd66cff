"""gate-not-asked: who isn't asked gets a plan, though an answer would keep him from it.

Summary
    Warning. A question may be left out, or a default says no for the client. Somebody then gets a plan, and
    an answer to it would have him stopped, deferred or referred, whatever else the rule looks at: by a rule,
    or because sessions brought nothing or too little.

Avoid
    ::

        - id: thinner
          when: {blood_thinner: yes, concern: acne_scar}
          then: {stop: Not while you take blood thinners.}
        - id: scars
          when: {concern: acne_scar}
          then: {sessions: 3 to 5}
        # assessment.yaml
        blood_thinner: {label: Blood thinners?, kind: yes or no}

Prefer
    ::

        - id: thinner
          when: {blood_thinner: yes, concern: acne_scar}
          then: {stop: Not while you take blood thinners.}
        - id: scars
          when: {concern: acne_scar}
          then: {sessions: 3 to 5}
        # assessment.yaml
        blood_thinner: {label: Blood thinners?, kind: yes or no, must ask: yes}

Why
    Where nobody asks, the rule stays silent and the client gets a plan as if the answer were no. With
    ``must ask`` a question that was not asked is not a no: a clinician looks first. The two examples differ
    in this answer alone; the engine was asked each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.language import VERDICTS
from service.analysis.proofs.case import Assessment, Confirmed, ProofCase, assessment, warning
from service.analysis.proofs.logic import Formula, Model, and_, not_, or_
from service.analysis.proofs.profile import (
    cap_no_higher,
    fixed,
    larger,
    least_gained,
    nothing_improved,
    progress_of,
    under_way,
)
from service.analysis.proofs.within_cells import numbers_of_progress, others, same_cells, spread
from service.analysis.proofs.world import World
from service.model.condition import AnyOf, Test, subjects_of, tests_of
from service.model.decision import Decision, Note
from service.model.problem import Problem
from service.model.ruleset import (
    SESSIONS_DONE,
    AttributeRef,
    Effects,
    FromProgress,
    Input,
    Rule,
    Ruleset,
    WhenSlow,
)

CODE = "gate-not-asked"

_TRIES = 50
"""So many plans are looked at for one that is given though an answer would keep the client from it."""

_TRIED_WITHIN = 5
"""Of so many plans under way other numbers of the same cells are tried, too."""


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each rule that keeps somebody from a plan by an answer for which nobody need ask."""
    feeding: dict[str, list[Rule]] = {}
    for rule in case.ruleset.rules:
        for key in rule.then.feeds():
            feeding.setdefault(key, []).append(rule)
    gates = {
        rule.id: _rests_on(case.ruleset, feeding, rule)
        for rule in case.ruleset.rules
        if barring_of(rule.then)
    }
    by_rule: dict[str, list[_Pair]] = {}
    for one in case.ruleset.inputs.values():
        resting = {name for name, rests_on in gates.items() if one.id in rests_on}
        if resting and may_stay_unasked(one):
            pair = _Unasked(case, one, resting).found()
            if pair is not None and not said_of_the_extended(case.ruleset, one, pair.rule):
                by_rule.setdefault(pair.rule.id, []).append(pair)
    for pairs in by_rule.values():
        yield _problem(case, pairs)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A client with a plan while a question is left out, the same with an answer, and the rule it fires."""

    one: Input
    plain: Assessment
    answered: Assessment
    rule: Rule
    verdict: str


def _problem(case: ProofCase, pairs: list[_Pair]) -> Problem:
    """At the question on which the rule rests alone; else at the first test of one in the rule, or at it."""
    first = _smaller(case, pairs[0])
    rule, asked = first.rule, [pair.one.id for pair in pairs]
    looks = ((test.place, key.partition(".")[0]) for test in tests_of(rule.when) for key in test.subjects)
    tests = (place for place, name in looks if name in asked)
    place = first.one.place if rests_alone(rule, first.one) else next(tests, rule.place)
    named = " or ".join(f'"{name}"' for name in asked)
    message = (
        f'Rule "{rule.id}" has "{barring_of(rule.then)}", but this client gets {first.verdict} while {named} '
        f"is left out: {may_stay_unasked(first.one)}"
    )
    return warning(place, CODE, message, first.plain, first.answered)


def _pair(engine: Confirmed, one: Input, plain: Assessment, answered: Assessment) -> _Pair | None:
    """The two, where the client gets a plan without the answer, and a gate keeps him from it with it."""
    before = engine.decision(plain)
    if before is None or not _planned(before):
        return None
    after = engine.decision(answered)
    if after is None or _planned(after):
        return None
    rules = {note.rule for note in _barring(after)} - {note.rule for note in _barring(before)}
    barring = [hit.rule for hit in after.fired if hit.rule.id in rules]
    return _Pair(one, plain, answered, barring[0], before.plan.verdict) if barring else None


def _barring(decision: Decision) -> tuple[Note, ...]:
    """What keeps the client from a plan, built-in reasons among it."""
    return (*decision.plan.stops, *decision.plan.deferrals, *decision.plan.referrals)


def _planned(decision: Decision) -> bool:
    return VERDICTS.index(decision.plan.verdict) > VERDICTS.index("clinician_review")


def _smaller(case: ProofCase, pair: _Pair) -> _Pair:
    """The same with as few answers as will do: what must be given is, for else nobody gets a plan."""
    optional = [one.id for one in case.ruleset.inputs.values() if not (one.required or one.must_ask)]
    for name in reversed([name for name in optional if name in pair.plain]):
        plain, answered = (
            {key: answer for key, answer in given.items() if key != name}
            for given in (pair.plain, pair.answered)
        )
        without = _pair(case.engine, pair.one, plain, answered)
        if without is not None and without.rule is pair.rule:
            pair = without
    return pair


def _rests_on(ruleset: Ruleset, feeding: Mapping[str, list[Rule]], rule: Rule) -> set[str]:
    """The questions on which a rule rests, be it through conclusions, scores or what is asked at all.

    ``feeding``: the rules that add to each conclusion and score.
    """
    reached: set[str] = set()
    waiting = [*subjects_of(rule.when)]
    waiting += [_question(used) for _, used in rule.then.references("base", "conditional gate")]
    while waiting:
        key = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        one = ruleset.inputs.get(key.partition(".")[0])
        if one is not None:
            reached.add(one.id)
            waiting += [*subjects_of(one.only_if)] if one.only_if is not None else []
        for other in feeding.get(key, ()):
            waiting += [*subjects_of(other.when)]
            waiting += [_question(used) for _, used in other.then.references("fact")]
    return reached & ruleset.inputs.keys()


def _question(used: AttributeRef | str) -> str:
    return used.input if isinstance(used, AttributeRef) else used


def _where_barred(world: World) -> Iterator[tuple[Formula, Rule]]:
    """Where each rule keeps clients from a plan; of too slow an improvement the engine has the say."""
    made_again = list(under_way(world))
    for fires, rule in world.rules():
        if gate_of(rule.then):
            yield fires, rule
        for how in progress_of(rule):
            yield and_((fires, nothing_improved(world, how))), rule
        for _, slow in rule.then.present("conditional gate"):
            for held, how in made_again:
                yield and_((fires, held, least_gained(world, slow, how))), rule


class _Unasked:
    """Looks for a client who gets a plan while a question is left out, and whom an answer would bar."""

    def __init__(self, case: ProofCase, one: Input, resting: set[str]) -> None:
        """``resting``: the rules with gates that rest on the question."""
        self._case = case
        self._one = one
        self._resting = resting

    def found(self) -> _Pair | None:
        """The client with and without the answer; None where there is none, or where few tries show none.

        Raises:
            Undecided: it would take more time than there is.
        """
        case, one, world = self._case, self._one, self._case.world
        barred = or_(barring for barring, _ in _where_barred(world))
        unasked = not_(world.answers[one.id].given)
        claims = [unasked, not_(barred), not_(world.unanswered()), case.profile.gives_numbers]
        pair = self._answer_taken_back()
        if pair is not None or not case.solver.holds_somewhere(*claims):
            return pair
        with case.solver:
            other = world.varied(one.id)
            bars = or_(barring for barring, _ in _where_barred(other))
            for claim in (*claims, other.answers[one.id].given, bars):
                case.solver.add(claim)
            at_first = not_(or_((case.profile.reckoned, world.above(SESSIONS_DONE, 0))))
            for within in (at_first, True):
                for tried in range(_TRIES):
                    model = case.solver.find(within)
                    if model is None:
                        break
                    plain, answer = assessment(world, model), assessment(other, model)[one.id]
                    numbers = numbers_of_progress(world) if tried < _TRIED_WITHIN else ()
                    for like in spread(others(world, plain, numbers)):
                        pair = _pair(case.engine, one, like, {**like, one.id: answer})
                        if pair is not None:
                            return pair
                    case.solver.add(not_(self._like(model, plain, first=within is at_first)))
        return None

    def _answer_taken_back(self) -> _Pair | None:
        """Of clients whom gates bar that rest on the answer, one who gets a plan when it is left out.

        This finds most pairs for less: it needs no second world.
        """
        case, one, world = self._case, self._one, self._case.world
        gates = [(fires, rule) for fires, rule in world.rules() if gate_of(rule.then)]
        looked_at = [fires for fires, rule in gates if rule.id in self._resting]
        looked_at += [
            held
            for _, rule in gates
            if rule.id in self._resting
            for key in subjects_of(rule.when)
            for held in world.values(key).values()
        ]
        with case.solver:
            case.solver.add(world.answers[one.id].given)
            case.solver.add(not_(world.unanswered()))
            case.solver.add(or_(fires for fires, rule in gates if rule.id in self._resting))
            case.solver.add(not_(or_(fires for fires, rule in gates if rule.id not in self._resting)))
            case.solver.add(not_(world.above(SESSIONS_DONE, 0)))
            for _ in range(_TRIES // 5):
                model = case.solver.find()
                if model is None:
                    break
                answered = assessment(world, model)
                plain = {name: answer for name, answer in answered.items() if name != one.id}
                pair = _pair(case.engine, one, plain, answered)
                if pair is not None:
                    return pair
                case.solver.add(not_(and_(fixed(model, looked_at))))
        return None

    def _like(self, model: Model, plain: Assessment, *, first: bool) -> Formula:
        """Whoever gets no plan for the reason for which this client gets none; else with these numbers."""
        made, world = self._case.profile, self._case.world
        decision = self._case.engine.decision(plain)
        if first and decision is not None and decision.plan.sessions is None:
            like_it = and_((larger(made, model), cap_no_higher(made, model)))
            if model.holds(like_it):
                return like_it
        if not first:
            return and_((*fixed(model, made.everything()), *same_cells(world, model)))
        answers = world.answers.values()
        return and_(fixed(model, [held for one in answers for held in (one.given, *one.values.values())]))


def may_stay_unasked(one: Input) -> str:
    """Why nobody need ask the question, with the mend; nothing where it is asked, or has a default.

    The default of a yes or no counts as none, for it can be there to save a click.
    """
    if one.required or one.must_ask:
        return ""
    if one.default is None:
        return "nobody need ask it. Add must ask: yes."
    if one.domain.shape == "yes_no":
        return "a default answers it. Write must ask: yes in place of the default."
    return ""


def gate_of(then: Effects) -> str | None:
    """The effect that keeps the client from a plan, if there is one: of several, the strictest."""
    gates = [effect for effect, _ in then.present("gate")]
    strictest = min(
        gates, key=lambda gate: VERDICTS.index(gate.verdict) if gate.verdict else len(VERDICTS), default=None
    )
    return None if strictest is None else strictest.key


def barring_of(then: Effects) -> str | None:
    """The effect that keeps, or can keep, the client from a plan: a gate, or one with a built-in reason."""
    built_in = [
        effect.key
        for effect, value in then.present("conditional gate", "base")
        if isinstance(value, WhenSlow | FromProgress)
    ]
    return gate_of(then) or next(iter(built_in), None)


def rests_alone(rule: Rule, one: Input) -> bool:
    """Whether a test of the question makes the rule fire by itself."""
    parts = rule.when.parts if isinstance(rule.when, AnyOf) else (rule.when,)
    return any(isinstance(part, Test) and part.subject == one.id for part in parts)


def said_of_the_extended(ruleset: Ruleset, one: Input, rule: Rule) -> bool:
    """Whether a clinic laid words over the question of a gate taken over: question-weakened says it."""
    return ruleset.wrote(one.place) and not ruleset.wrote(rule.place)
