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

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import cast

from schemas.language import VERDICTS
from service.analysis.proofs.case import Assessment, ProofCase, assessment, warning
from service.analysis.proofs.logic import Formula, Model, NotShown, and_, not_, or_
from service.analysis.proofs.profile import (
    cap_no_higher,
    fixed,
    larger,
    nothing_improved,
    progress_of,
    smaller,
    under_way,
)
from service.analysis.proofs.undecided import CODE as NOT_DECIDED
from service.analysis.proofs.within_cells import (
    Span,
    gains,
    may_be_slow,
    meeting,
    numbers_of_progress,
    others,
    same_cells,
    span,
    spread,
)
from service.analysis.proofs.world import World
from service.model.condition import AnyOf, Test, subjects_of, tests_of
from service.model.decision import Decision
from service.model.number import Number, as_json, exact
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

_QUICK = 10
"""Of so many clients whom a gate bars the answer is taken back before anything else is tried."""

_MOST = 300
"""So many kinds of plans are looked at for one that an answer would keep the client from."""


_TRIED_WITHIN = 10
"""Of so many plans that several rules make again other numbers of the same cells are tried, all over them."""


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each rule that keeps somebody from a plan by an answer for which nobody need ask.

    And one for each question of which that could be neither shown nor ruled out.
    """
    by_rule: dict[str, list[Pair]] = {}
    for one, pair in pairs(case):
        if pair is None:
            mend = may_stay_unasked(one).partition(". ")[2]
            message = (
                f'Whether an answer to "{one.id}" keeps somebody from a plan that is given without it: not '
                f"decided. None that was tried does, but there are more than can be tried. {mend}"
            )
            yield warning(one.place, NOT_DECIDED, message)
        elif not is_of_extended(case.ruleset, one, pair.rule):
            by_rule.setdefault(pair.rule.id, []).append(pair)
    for alike in by_rule.values():
        yield _problem(case, alike)


@dataclass(frozen=True, slots=True)
class Pair:
    """A client with a plan while a question is left out, and the same with an answer that keeps him from it.

    ``rule`` keeps him from it, by its ``effect``; ``verdict`` is the one without the answer.
    """

    one: Input
    plain: Assessment
    answered: Assessment
    rule: Rule
    effect: str
    verdict: str


def pairs(case: ProofCase) -> Iterator[tuple[Input, Pair | None]]:
    """Each question that need not be asked and keeps somebody from a plan, with the pair that shows it.

    None in place of the pair: it could be neither shown nor ruled out.

    Raises:
        Undecided: it would take more time than there is.
    """
    feeding: dict[str, list[Rule]] = {}
    for rule in case.ruleset.rules:
        for key in rule.then.feeds():
            feeding.setdefault(key, []).append(rule)
    resting_on = {
        rule.id: _rests_on(case.ruleset, feeding, rule)
        for rule in case.ruleset.rules
        if gate_of(rule.then) or any(_built_in(rule.then))
    }
    for one in case.ruleset.inputs.values():
        resting = {name for name, questions in resting_on.items() if one.id in questions}
        if not resting or not may_stay_unasked(one):
            continue
        try:
            pair = _Unasked(case, one, resting).found()
        except NotShown:
            yield one, None
        else:
            if pair is not None:
                yield one, pair


def _problem(case: ProofCase, pairs: list[Pair]) -> Problem:
    """At the question on which the rule rests alone; else at the first test of one in the rule, or at it."""
    first = _smaller(case, pairs[0])
    rule, asked = first.rule, [pair.one.id for pair in pairs]
    looks = ((test.place, key.partition(".")[0]) for test in tests_of(rule.when) for key in test.subjects)
    tests = (place for place, name in looks if name in asked)
    place = first.one.place if rests_alone(rule, first.one) else next(tests, rule.place)
    named = " or ".join(f'"{name}"' for name in asked)
    message = (
        f'Rule "{rule.id}" has "{first.effect}", but this client gets {first.verdict} while {named} '
        f"is left out: {may_stay_unasked(first.one)}"
    )
    return warning(place, CODE, message, first.plain, first.answered)


def _pair(case: ProofCase, one: Input, plain: Assessment, answered: Assessment) -> Pair | None:
    """The two, where the client gets a plan without the answer, and a rule keeps him from it with it."""
    before = case.engine.decision(plain)
    if before is None or not _planned(before):
        return None
    after = case.engine.decision(answered)
    kept = None if after is None else next(_keeping(after), None)
    return None if kept is None else Pair(one, plain, answered, *kept, before.plan.verdict)


def _keeping(decision: Decision) -> Iterator[tuple[Rule, str]]:
    """The rules that keep the client from a plan by a gate or progress, each with the effect that does."""
    referred = {(note.rule, note.text) for note in decision.plan.referrals}
    for hit in decision.fired:
        gate = gate_of(hit.rule.then)
        if gate is not None:
            yield hit.rule, gate
        for key, value in _built_in(hit.rule.then):
            if isinstance(value, WhenSlow):
                keeps = (hit.rule.id, value.text) in referred
            else:
                improved = cast(Number, decision.facts.get(value.improvement, 1))
                nothing = improved <= 0 < cast(Number, decision.facts.get(value.sessions, 0))
                keeps = nothing and any(rule == hit.rule.id for rule, _ in referred)  # one is named for all
            if keeps:
                yield hit.rule, key


def _built_in(then: Effects) -> Iterator[tuple[str, WhenSlow | FromProgress]]:
    """The effects that may keep the client from a plan by a built-in reason: what progress was seen."""
    for effect, value in then.present("base", "conditional gate"):
        if isinstance(value, WhenSlow | FromProgress):
            yield effect.key, value


def _planned(decision: Decision) -> bool:
    return VERDICTS.index(decision.plan.verdict) > VERDICTS.index("clinician_review")


def _smaller(case: ProofCase, pair: Pair) -> Pair:
    """The same with as few answers as will do: what must be given is, for else nobody gets a plan."""
    optional = [one.id for one in case.ruleset.inputs.values() if not (one.required or one.must_ask)]
    for name in reversed([name for name in optional if name in pair.plain]):
        plain, answered = (
            {key: answer for key, answer in given.items() if key != name}
            for given in (pair.plain, pair.answered)
        )
        without = _pair(case, pair.one, plain, answered)
        if without is not None and (without.rule, without.effect) == (pair.rule, pair.effect):
            pair = without
    return pair


def _rests_on(ruleset: Ruleset, feeding: Mapping[str, list[Rule]], rule: Rule) -> set[str]:
    """The questions on which a rule rests, be it through conclusions, scores or what is asked at all.

    What is slow rests on each plan, too: on what a session should bring. ``feeding``: the rules that add to
    each conclusion and score.
    """
    reached: set[str] = set()
    resting = [rule]
    if any(rule.then.present("conditional gate")):
        resting += [other for other in ruleset.rules if any(other.then.present("base"))]
    waiting = [key for one in resting for key in subjects_of(one.when)]
    waiting += [
        _question(used) for one in resting for _, used in one.then.references("base", "conditional gate")
    ]
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


Courses = Collection[FromProgress]


@dataclass(frozen=True, slots=True)
class _GainsInNumbers:
    """Numbers of the same cells: of some questions an end (a question: just above the answer to it)."""

    spans: Mapping[str, Span]
    ends: Mapping[str, Number | str]

    @property
    def moved(self) -> list[str]:
        """The questions whose numbers are looked for, those for whole ones first."""
        names = [name for name in self.spans if name not in self.ends]
        return sorted(names, key=lambda name: not self.spans[name].whole)

    def fill(self, given: Assessment, numbers: Sequence[Number]) -> Assessment:
        """The assessment with these numbers for ``moved``, and the ends for the others."""
        found = {**given, **dict(zip(self.moved, map(as_json, numbers), strict=True))}
        for name, end in self.ends.items():
            if isinstance(end, str):
                end = self.spans[name].above(exact(found[end])) if end in found else self.spans[name].first
            found[name] = as_json(end)
        return found


class _Unasked:
    """Looks for a client who gets a plan while a question is left out, and whom an answer would bar."""

    def __init__(self, case: ProofCase, one: Input, resting: set[str]) -> None:
        """``resting``: the rules that may bar somebody and rest on the question."""
        self._case = case
        self._one = one
        self._resting = resting
        self._unsure = False
        self._tried = 0
        self._long_enough = [
            told.over + 1 for rule in case.ruleset.rules for _, told in rule.then.present("conditional gate")
        ]

    def found(self) -> Pair | None:
        """The client with and without the answer; None where there is none.

        Every kind of plan is looked at that can be given without the answer and may be kept back with it:
        whatever is larger than one that isn't given isn't given, either. Of plans that progress makes again
        each kind is looked at by itself, with all numbers of its cells (``_at_some_numbers``).

        Raises:
            Undecided: it would take more time than there is; or (NotShown) there are more kinds than are
                looked at, or several rules make the plan again of which one, then another, has the say.
        """
        case, one, world = self._case, self._one, self._case.world
        gates = or_(fires for fires, rule in world.rules() if gate_of(rule.then))
        claims = [not_(world.answers[one.id].given), not_(gates), not_(world.unanswered())]
        claims.append(case.profile.gives_numbers)
        pair = self._answer_taken_back()
        if pair is not None or not case.solver.holds_somewhere(*claims):
            return pair
        with case.solver:
            other = world.varied(one.id)
            for claim in (*claims, other.answers[one.id].given, or_(self._where_barred(other))):
                case.solver.add(claim)
            at_first = not_(or_((case.profile.reckoned, world.above(SESSIONS_DONE, 0))))
            within: Formula = at_first
            for _ in range(_MOST):
                model = case.solver.find(within)
                if model is None and within is at_first:
                    within = True
                    model = case.solver.find()
                if model is None:
                    break
                pair = self._of(model, other)
                if pair is not None:
                    return pair
                case.solver.add(not_(self._settled(model, other)))
            else:
                self._unsure = True
        if self._unsure:
            raise NotShown
        return None

    def _where_barred(self, world: World) -> Iterator[Formula]:
        """Where a rule that rests on the answer bars clients; where it is slow progress, may bar them."""
        made_again = list(under_way(world))
        for fires, rule in world.rules():
            if rule.id not in self._resting:
                continue
            if gate_of(rule.then):
                yield fires
            for how in progress_of(rule):
                yield and_((fires, nothing_improved(world, how)))
            for _, told in rule.then.present("conditional gate"):
                for held, how in made_again:
                    yield and_((fires, held, may_be_slow(world, how, told)))

    def _answer_taken_back(self) -> Pair | None:
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
            for _ in range(_QUICK):
                model = case.solver.find()
                if model is None:
                    break
                answered = assessment(world, model)
                plain = {name: answer for name, answer in answered.items() if name != one.id}
                pair = _pair(case, one, plain, answered)
                if pair is not None:
                    return pair
                case.solver.add(not_(and_(fixed(model, looked_at))))
        return None

    def _of(self, model: Model, other: World) -> Pair | None:
        """The pair of a model, or of the same cells and other numbers."""
        case, one, world = self._case, self._one, self._case.world
        plain = assessment(world, model)
        answered = {**plain, one.id: assessment(other, model)[one.id]}
        pair = _pair(case, one, plain, answered)
        before, after = (
            dict.fromkeys(how for held, how in under_way(side) if model.holds(held))
            for side in (world, other)
        )
        if pair is not None or not (before or after):
            return pair
        pair = self._at_some_numbers(plain, answered, before, after)
        if pair is not None or max(len(before), len(after)) < 2:
            return pair
        # Of several rules one, then another, has the say, so that not all numbers follow from a few.
        self._unsure = True
        self._tried += 1
        names = numbers_of_progress(world) if self._tried <= _TRIED_WITHIN else ()
        for like in spread(others(world, plain, [name for name in names if name != one.id])):
            pair = _pair(case, one, like, {**like, one.id: answered[one.id]})
            if pair is not None:
                break
        return pair

    def _at_some_numbers(
        self, plain: Assessment, answered: Assessment, before: Courses, after: Courses
    ) -> Pair | None:
        """The same two with other numbers of the same cells; None: there are none that will do.

        The more has improved and was gained, the smaller a plan is and the less is it slow. So it is with
        fewer sessions done, though it takes some to be slow; and with a lower target, unless it is reached.
        The answer itself is as bad as it can be, and so is an improvement at which nobody looks without it;
        what is an improvement without it and a target with it is as high as it can be.
        ``before`` and ``after``: how the plan is made again without the answer and with it.
        """
        one, world = self._one, self._case.world
        courses = (*before, *after)
        sessions = dict.fromkeys(how.sessions for how in courses)
        # Where both have the same target, that of the plan which may be slow must not be reached.
        targets = {how.target: how.improvement for how in courses if isinstance(how.target, str)}
        seen = {how.improvement for how in before}
        lowest = {how.improvement for how in after} - seen
        highest = seen.intersection(how.target for how in after) - {how.improvement for how in after}
        rising = dict.fromkeys((*(how.improvement for how in courses), *gains(world)))
        names = [name for name in dict.fromkeys((*sessions, *targets, *rising)) if name in answered]
        spans = {name: span(world, name, answered[name]) for name in names}
        own = spans.pop(one.id, None)
        if own is not None:
            worst = own.first if one.id in rising else own.last
            answered = {**answered, one.id: as_json(worst)}
        ends: dict[str, list[Number | str]] = {
            name: [
                spans[name].first,
                *([targets[name]] if name in targets else spans[name].among(self._long_enough)),
            ]
            for name in spans
            if name not in rising
        }
        ends |= {name: [spans[name].first] for name in spans if name in lowest}
        ends |= {name: [spans[name].last] for name in spans if name in highest}
        for way in product(*ends.values()):
            numbers = _GainsInNumbers(spans, dict(zip(ends, way, strict=True)))
            found = self._meeting(numbers, plain, answered)
            if found is not None and own is not None:
                answers = (as_json(number) for number in own.near(worst))
                plainer = (
                    _pair(self._case, one, found.plain, {**found.answered, one.id: answer})
                    for answer in answers
                )
                return next(filter(None, plainer), found)
            if found is not None:
                return found
        return None

    def _meeting(self, numbers: _GainsInNumbers, plain: Assessment, answered: Assessment) -> Pair | None:
        """The two with numbers by which there is a plan without the answer, and none with it."""
        engine = self._case.engine

        def is_planned(*at: Number) -> bool:
            decision = engine.decision(numbers.fill(plain, at))
            return decision is not None and _planned(decision)

        def is_kept(*at: Number) -> bool:
            decision = engine.decision(numbers.fill(answered, at))
            return decision is not None and any(_keeping(decision))

        found = meeting([numbers.spans[name] for name in numbers.moved], is_planned, is_kept)
        if found is None:
            return None
        return _pair(self._case, self._one, numbers.fill(plain, found), numbers.fill(answered, found))

    def _settled(self, model: Model, other: World) -> Formula:
        """Whoever is like this client: he gets no plan without the answer, or none bars him with it."""
        case, world = self._case, self._case.world
        made, decision = case.profile, case.engine.decision(assessment(world, model))
        if decision is not None and not model.holds(made.reckoned) and not _planned(decision):
            like_it = [not_(made.reckoned), cap_no_higher(made, model)]
            if decision.plan.sessions is None:
                like_it.append(larger(made, model))
            else:  # no fewer sessions were done than are planned, and there can't be fewer of the same cell
                done = list(world.values(SESSIONS_DONE).items())  # ascending
                at = next(at for at, (_, held) in enumerate(done) if model.holds(held))
                like_it += [smaller(made, model), or_(held for _, held in done[at:])]
            if model.holds(and_(like_it)):
                return and_(like_it)
        return and_(self._exactly(model, other))

    def _exactly(self, model: Model, other: World) -> Iterator[Formula]:
        """All on which it rests whether there is a plan without the answer, and whether a rule bars it."""
        case, world = self._case, self._case.world
        made = case.profile
        plan = [part.holds for part in (*made.bases, *made.caps)]
        if not model.holds(made.reckoned):
            plan = [*made.everything(), *world.values(SESSIONS_DONE).values()]
        yield from fixed(model, [made.reckoned, *plan])
        for side in (world, other):
            yield from same_cells(side, model, *gains(side))
            for _, _, how in made.scored:
                score = side.scores[how.score]
                yield from (*fixed(model, [score.known]), score.sum.equals(score.sum.in_model(model)))
            rules = [
                fires
                for fires, rule in side.rules()
                if any(rule.then.present("base", "gate", "conditional gate"))
            ]
            yield from fixed(model, rules)


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


def rests_alone(rule: Rule, one: Input) -> bool:
    """Whether a test of the question makes the rule fire by itself."""
    parts = rule.when.parts if isinstance(rule.when, AnyOf) else (rule.when,)
    return any(isinstance(part, Test) and part.subject == one.id for part in parts)


def is_of_extended(ruleset: Ruleset, one: Input, rule: Rule) -> bool:
    """Whether a clinic laid words over the question of a gate taken over: question-weakened says it."""
    return ruleset.wrote(one.place) and not ruleset.wrote(rule.place)
