"""guarantee-broken: a guarantee does not hold for every possible assessment.

Summary
    Error. What ``guarantees.yaml`` says holds whatever is answered. It is proven, not sampled.

Avoid
    ::

        # guarantees.yaml
        - {id: gold-stops, title: Gold therapy always stops, when: {gold_therapy: yes}, always: stop}
        # factors/6-safety.yaml
        - id: gold
          when: {gold_therapy: yes, concern: not tattoo}
          then: {stop: Gold therapy and lasers do not go together.}

Prefer
    ::

        - id: gold
          when: {gold_therapy: yes}
          then: {stop: Gold therapy and lasers do not go together.}

Why
    A guarantee is what a clinic relies on when rules are edited. The problem shows an assessment that breaks
    it, or two that differ in one answer; the engine was asked each. Mend the rule, or the guarantee.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from service.analysis.proofs.case import Assessment, ProofCase, as_text, assessment, error, smallest
from service.analysis.proofs.logic import Formula, Model, NotShown, Undecided, and_, not_, or_
from service.analysis.proofs.profile import (
    BUILT_IN,
    GATES_OF,
    NUMBER_EFFECTS,
    WITHHOLDING,
    Profile,
    cap_no_higher,
    cap_no_lower,
    does,
    fixed,
    larger,
    smaller,
    winner,
)
from service.analysis.proofs.raising import broken_by_raising
from service.analysis.proofs.results import Proof
from service.analysis.proofs.undecided import undecided
from service.analysis.proofs.within_cells import (
    gains,
    numbers_of_progress,
    others,
    same_cells,
    spread,
    surely_referred,
)
from service.evaluation.truth import truth_of
from service.model.condition import Condition, Test, conjuncts, subjects_of, tests_of
from service.model.decision import Decision
from service.model.number import Triple, written
from service.model.problem import Problem
from service.model.ruleset import SESSIONS_DONE, Guarantee, Rule, Ruleset
from service.wording.answers import done_by

CODE = "guarantee-broken"

_TRIES = 20
"""So many plans under way are tried for one that breaks a guarantee."""


def prove_guarantee(case: ProofCase, guarantee: Guarantee) -> tuple[Proof, Problem | None]:
    """Whether a guarantee holds for every assessment; and the problem where it does not, or is undecided."""
    try:
        examples = _breaking_examples(case, guarantee)
    except Undecided as open_:
        return Proof(guarantee, "not decided"), undecided(guarantee.place, f'"{guarantee.title}"', open_)
    if not examples:
        return Proof(guarantee, "proven"), None
    decisions = [case.engine.decision(example) for example in examples]
    why = why_broken(case.ruleset, guarantee, [decision for decision in decisions if decision is not None])
    if not case.ruleset.wrote(guarantee.place):  # the one that is extended keeps its guarantees
        why = why.replace(
            "Mend the rules, or the guarantee.", "The guarantee is taken over and stays: mend this."
        )
        why = why.replace(", or the guarantee.", ".").replace(", or mend the guarantee.", ".")
    message = f"{guarantee.id} does not hold: {why}"
    texts = tuple(as_text(example) for example in examples)
    return Proof(guarantee, "broken", texts), error(guarantee.place, CODE, message, *examples)


def _breaking_examples(case: ProofCase, guarantee: Guarantee) -> tuple[Assessment, ...]:
    with case.solver:
        if guarantee.raising is not None:
            return broken_by_raising(case, guarantee)
        when: Formula = True if guarantee.when is None else case.world.true(guarantee.when)
        if when is False:
            return ()
        case.solver.add(when)
        return _Search(case, breaking(guarantee, case.profile), case.profile).examples()


class _Search:
    """Looks for an assessment that breaks a guarantee, and settles whole regions with each that does not."""

    def __init__(self, case: ProofCase, how: Breaking, made: Profile) -> None:
        self._case = case
        self._how = how
        self._profile = made
        self._reckoned = made.reckoned

    def examples(self) -> tuple[Assessment, ...]:
        """The assessment that breaks the guarantee; none where it holds.

        Raises:
            Undecided: it could be neither broken nor proven.
        """
        quick = self._how.quick
        if self._case.solver.holds_somewhere(quick):
            for claims in ((quick, not_(self._reckoned)), (quick,)):
                found = self._confirmed(*claims)
                if found is not None:
                    return (found,)
            raise NotShown
        found = self._by_arithmetic(not_(self._reckoned)) or self._under_way()
        return () if found is None else (found,)

    def _confirmed(self, *claims: Formula) -> Assessment | None:
        """The smallest assessment for which the claims hold, where it really breaks the guarantee."""
        example = smallest(self._case.world, *claims)
        return example if example is not None and self._breaks(example) else None

    def _breaks(self, example: Assessment) -> bool:
        decision = self._case.engine.decision(example)
        return decision is not None and self._how.broken(decision)

    def _by_arithmetic(self, within: Formula) -> Assessment | None:
        case, how = self._case, self._how
        while (model := case.solver.find(how.slow, within)) is not None:
            example = assessment(case.world, model)
            decision = case.engine.decision(example)
            if decision is None:
                raise Undecided
            if how.broken(decision):
                like_it = (how.slow, within, *self._exactly(model))
                return self._confirmed(how.slow, within) or self._confirmed(*like_it) or example
            settled = self._settled(model, decision)
            if not model.holds(settled):
                settled = and_(self._exactly(model))
            case.solver.add(not_(settled))
        return None

    def _under_way(self) -> Assessment | None:
        """An assessment that breaks it once the plan is made again from progress; a few are tried.

        Such a plan rests on exact numbers, of which the profile says nothing: where there is one at all, and
        none of those tried breaks the guarantee, it is not decided.

        Raises:
            NotShown: there are such assessments, and none of those tried breaks it.
        """
        case, how = self._case, self._how
        claims = and_((self._reckoned, or_((how.slow, how.by_progress))))
        if not case.solver.holds_somewhere(claims):
            return None
        if how.kept_by_progress is not None:
            claims = and_((claims, not_(how.kept_by_progress(self._profile))))
            if not case.solver.holds_somewhere(claims):
                return None
        gained = gains(case.world) if how.by_gains else ()
        names = (*numbers_of_progress(case.world), *gained)
        for number in range(_TRIES):
            model = case.solver.find(claims)
            if model is None:
                break
            example = smallest(case.world, claims) if number == 0 else assessment(case.world, model)
            for other in () if example is None else spread(others(case.world, example, names)):
                if self._breaks(other):
                    return other
            case.solver.add(not_(and_((*self._exactly(model), *same_cells(case.world, model, *gained)))))
        raise NotShown

    def _settled(self, model: Model, decision: Decision) -> Formula:
        """All that keep the guarantee because this assessment does; where it is not among them, it alone."""
        made, how = self._profile, self._how
        if winner(made, model) is None:
            return False
        clear: list[Formula] = [not_(made.blocked), not_(self._reckoned)]
        if decision.plan.sessions is None:
            return and_((*clear, larger(made, model), cap_no_higher(made, model)))
        if how.safe == "larger":
            return and_((*clear, larger(made, model)))
        return and_((*clear, smaller(made, model), cap_no_lower(made, model)))

    def _exactly(self, model: Model) -> list[Formula]:
        """The same rules with numbers, the same attributes, the same scores."""
        world = self._case.world
        claims = fixed(model, self._profile.everything())
        claims += [score.sum.equals(score.sum.in_model(model)) for score in world.scores.values()]
        return [*claims, *fixed(model, [self._reckoned])]


Safe = Literal["smaller", "larger"]


@dataclass(frozen=True, slots=True)
class Breaking:
    """How a guarantee can be broken.

    ``quick`` is enough by itself, unless progress keeps the numbers back. Under ``slow`` the arithmetic
    decides: with a plan that has numbers and keeps the guarantee, all plans on the ``safe`` side keep it too;
    smaller ones where their cap is no lower. ``by_progress``: where, beside
    ``slow``, a plan made again could break it; ``kept_by_progress``: where it surely does not, worked out
    once it is asked for; ``by_gains``: whether what the last sessions gave counts, too.
    """

    broken: Callable[[Decision], bool]
    quick: Formula = False
    slow: Formula = False
    safe: Safe = "smaller"
    by_progress: Formula = False
    kept_by_progress: Callable[[Profile], Formula] | None = None
    by_gains: bool = False


def breaking(guarantee: Guarantee, profile: Profile) -> Breaking:
    """How the guarantee, one of ``always`` or ``never``, can be broken in the profile's world."""
    said, never = (guarantee.never, True) if guarantee.never is not None else (guarantee.always, False)
    assert said is not None
    if said.startswith("sessions above"):
        return _above(profile, int(said.rpartition(" ")[2]), never=never)
    if said in GATES_OF:
        return _gate(profile, said, never=never)
    return {"numbers": _numbers, "one session": _one_session}[said](profile, never)


def _gate(profile: Profile, said: str, *, never: bool) -> Breaking:
    members = {gate.member for gate in GATES_OF[said] if gate.member is not None}
    brought_about = or_(fires for fires, rule in profile.world.rules() if does(rule, said))

    def broken(decision: Decision) -> bool:
        return any(getattr(decision.plan, member) for member in members) is never

    if all(gate.verdict != BUILT_IN for gate in GATES_OF[said]):
        return Breaking(broken, brought_about if never else not_(brought_about))
    if never:
        return Breaking(broken, brought_about, or_((profile.has_base, profile.blocked)), by_gains=True)
    return Breaking(
        broken,
        slow=not_(brought_about),
        kept_by_progress=surely_referred,
        by_gains=True,
    )


def _numbers(profile: Profile, never: bool) -> Breaking:
    if never:
        return Breaking(lambda decision: decision.plan.sessions is not None, slow=profile.gives_numbers)
    return Breaking(
        lambda decision: decision.plan.sessions is None,
        quick=not_(profile.gives_numbers),
        slow=profile.gives_numbers,
    )


def _one_session(profile: Profile, never: bool) -> Breaking:
    """Before the first session rules say it; after it only a goal that is reached, where progress is seen."""
    first = not_(profile.begun)
    hears = and_((profile.may, not_(profile.will_not), profile.gives_numbers))
    if never:
        return Breaking(
            lambda decision: decision.plan.one_session == "may_suffice",
            slow=and_((hears, first)),
            safe="larger",
            by_progress=and_((profile.reckoned, not_(profile.begun_twice))),
        )
    return Breaking(
        lambda decision: decision.plan.one_session != "may_suffice",
        quick=or_((not_(hears), profile.begun)),
        slow=and_((hears, first)),
    )


def _above(profile: Profile, most: int, *, never: bool) -> Breaking:
    """``never`` holds for max; ``always`` for min, wherever sessions are planned: not at a goal reached."""

    def planned(decision: Decision) -> Triple | None:
        return None if decision.plan.goal_reached else decision.plan.sessions

    if never:
        under_a_cap = or_(part.holds for part in profile.caps if int(part.triple.max // 1) <= most)
        if most >= profile.world.ruleset.limits.sessions[1]:
            return Breaking(lambda decision: False)  # noqa: ARG005 - no plan can be above the limit
        return Breaking(
            lambda decision: (three := planned(decision)) is not None and three.max > most,
            slow=and_((profile.gives_numbers, not_(under_a_cap))),
        )
    return Breaking(
        lambda decision: (three := planned(decision)) is not None and three.min <= most,
        slow=profile.gives_numbers,
        safe="larger",
    )


def why_broken(ruleset: Ruleset, guarantee: Guarantee, decisions: Sequence[Decision]) -> str:
    """What happens to the client, or the two clients, who break the guarantee; a sentence with its mend."""
    if guarantee.raising is not None:
        return _of_two(guarantee.raising, *decisions)
    decision = decisions[0]
    said = guarantee.always or guarantee.never or ""
    if guarantee.always is not None:
        return _lacking(ruleset, guarantee, decision)
    return f"{_happening(said, decision)} Mend the rules, or the guarantee."


def _lacking(ruleset: Ruleset, guarantee: Guarantee, decision: Decision) -> str:
    said = guarantee.always or ""
    if said in GATES_OF:
        does_it = f"{said}s"
        doing = [rule for rule in ruleset.rules if does(rule, said)]
        if not doing:
            slow = next((rule.id for rule in ruleset.rules if said == "refer" and _when_slow(rule)), None)
            if slow is not None:
                return (
                    f"{slow} refers where sessions were too slow. These were not. Mend it, or the guarantee."
                )
            return f"no rule of this ruleset {does_it} anyone. Write one, or mend the guarantee."
        about = _subjects(guarantee)
        if about and not any(_looks_at(rule, about) for rule in doing):
            return _nobody(said, about, decision)
        rule, lacks = _nearest(doing, guarantee, decision)
        needs = f'"{lacks}"' if lacks else "more"
        return (
            f"no rule {does_it} this client. {rule.id} would, but needs {needs}. Mend it, or the guarantee."
        )
    if said == "numbers":
        return f"this client gets no numbers: {_why_none(decision)}. Mend the rules, or the guarantee."
    if said == "one session":
        came = f'hears "{decision.plan.one_session}" of one session'
    else:
        came = f"gets {_plan(decision)}"
    return f"this client {came}, {_fired(decision)}. Mend the rules, or the guarantee."


def _when_slow(rule: Rule) -> bool:
    return any(rule.then.present("conditional gate"))


def _nobody(said: str, about: set[str], decision: Decision) -> str:
    """No rule that does it looks at what the guarantee is about; perhaps one that fires was meant to."""
    firing = [hit.rule.id for hit in decision.fired if _looks_at(hit.rule, about)]
    looks = f"no rule that {said}s looks at {' or '.join(sorted(about))}"
    fires = f", and {', '.join(firing[:3])}, which fires, does something else" if firing else ""
    return f"{looks}{fires}. Mend the rules, or the guarantee."


def _subjects(guarantee: Guarantee) -> set[str]:
    """What the guarantee is about. How many sessions are done says when it holds, beside what it is about."""
    subjects = set(subjects_of(guarantee.when)) if guarantee.when is not None else set()
    return subjects - {SESSIONS_DONE} or subjects


def _looks_at(rule: Rule, about: set[str]) -> bool:
    return not about.isdisjoint(subjects_of(rule.when))


def _happening(said: str, decision: Decision) -> str:
    if said in GATES_OF:
        doing = [hit.rule.id for hit in decision.fired if does(hit.rule, said)]
        by = f"by {', '.join(doing)}" if doing else "for a reason that is built in"
        return f"this client is {done_by(GATES_OF[said][0])} {by}."
    if said == "one session":
        doing = [
            hit.rule.id
            for hit in decision.fired
            if any(said == "may_suffice" for _, said in hit.rule.then.present("vouch"))
        ]
        if not doing:
            return "this client hears that one session is enough, for the goal was reached after it."
        return f"{', '.join(doing)} says that one session may suffice for this client."
    return f"this client gets {_plan(decision)}, {_fired(decision)}."


def _of_two(raised: str, lower: Decision, higher: Decision) -> str:
    values = [_shown(decision.facts.get(raised)) for decision in (lower, higher)]
    lost = _only(lower, higher)
    gained = _only(higher, lower)
    differ = [f"only the first fires {', '.join(lost)}"] if lost else []
    differ += [f"only the second {'' if lost else 'fires '}{', '.join(gained)}"] if gained else []
    why = f": {'; '.join(differ)}" if differ else ""
    return (
        f"{raised} {values[0]} gets {_plan(lower)}, and {values[1]}, all else alike, {_plan(higher)}{why}. "
        "Mend the rules, or the guarantee."
    )


def _shown(value: object) -> str:
    return written(value) if isinstance(value, int | Fraction) else str(value)


def _only(one: Decision, other: Decision) -> list[str]:
    """The rules with a say in the number of sessions that fire for the one alone."""
    others = {hit.rule.id for hit in other.fired}
    return [hit.rule.id for hit in one.fired if hit.rule.id not in others and _has_a_say(hit.rule)]


def _has_a_say(rule: Rule) -> bool:
    """Whether the rule gives or moves a number, or says something of one session."""
    return rule.then.gives_a_number or any(rule.then.present("vouch"))


def _plan(decision: Decision) -> str:
    three = decision.plan.sessions
    if three is None:
        return "no number of sessions" if decision.plan.remaining is None else "a number of what remains"
    return f"{three.min} to {three.max} sessions (typically {three.typical})"


def _fired(decision: Decision) -> str:
    """The rules that had a say in the number of sessions."""
    saying = [hit.rule.id for hit in decision.fired if _has_a_say(hit.rule)]
    return f"from {', '.join(saying[:6])}" if saying else "and no rule has a say in it"


def _why_none(decision: Decision) -> str:
    stopping = [
        hit.rule.id
        for hit in decision.fired
        if any(effect in WITHHOLDING for effect, _ in hit.rule.then.present())
    ]
    if stopping:
        return f"{', '.join(stopping)} says so"
    based = any(
        effect in NUMBER_EFFECTS["base"] for hit in decision.fired for effect, _ in hit.rule.then.present()
    )
    return "a cap is exceeded, or an answer is missing" if based else "no rule gives a base"


def _nearest(rules: Sequence[Rule], guarantee: Guarantee, decision: Decision) -> tuple[Rule, str]:
    """The rule that was meant: it looks at what the guarantee does, and lacks least. And what it lacks."""
    about = _subjects(guarantee)

    def far(pair: tuple[Rule, list[str]]) -> tuple[int, int]:
        rule, lacks = pair
        return len(about.difference(subjects_of(rule.when))), len(lacks)

    rule, lacks = min(((rule, _untrue(rule.when, decision)) for rule in rules), key=far)
    return rule, lacks[0] if lacks else ""


def _untrue(when: Condition, decision: Decision) -> list[str]:
    return [_condition_text(part) for part in conjuncts(when) if truth_of(part)(decision.facts) is not True]


def _condition_text(part: Condition) -> str:
    tests = [test.written for test in tests_of(part)]
    return tests[0] if isinstance(part, Test) else " or ".join(tests[:3])
