"""A ruleset ready to decide: compiled for the engine, with the independent evaluator beside it; and plans.

A plan is what the fired rules come to: numbers by exact arithmetic, texts and a verdict. It is made once. It
depends on which rules fired, on the few facts that effects take numbers from, and on what was not answered;
many clients share all of these, so plans are kept by them. What was seen of a rule that fires is kept, too,
by the facts that the rule looks at. Of assessments nothing but such facts is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any, NamedTuple, get_args

from schemas.language import (
    ANSWER,
    SUPPORTS,
    VERDICTS,
    Category,
    Effect,
    Moved,
    Quantity,
    Support,
    Verdict,
    covers,
    effects,
)
from service.engine.chunks import lower
from service.engine.program import Program
from service.evaluation.alike_answers import AlikeAnswers
from service.evaluation.arithmetic import Arithmetic
from service.evaluation.arithmetic_version_1 import ArithmeticVersion1
from service.evaluation.fired import Conclusions, Derived, Effective, Fired, scored, starting_facts
from service.evaluation.intake import Answered, Intake
from service.evaluation.referrals import Referrals
from service.evaluation.skip_logic import not_for_forms
from service.evaluation.truth import Explainer, holding, matched_of
from service.model.condition import DAY, MONTH, Value
from service.model.decision import AnswerWarning, Decision, Hit, Note, Plan
from service.model.number import Triple
from service.model.problem import Refusal
from service.model.ruleset import SESSIONS_DONE, AttributeRef, OneSession, Ruleset, TextPath
from service.model.texts import BENEFITS, INPUTS, VERDICT, WORDS, in_words, spoken, texts_of_rule

_MOST_KEPT = 1_024
_PLANNING = tuple(category for category in get_args(Category) if category != "fact")


def facts_of_plans(ruleset: Ruleset) -> tuple[str, ...]:
    """The keys of the facts that plans are worked out from, beside which rules fired.

    Points are left out: what they come to is a score, which is a fact of its own.
    """
    referred = {
        fact.key if isinstance(fact, AttributeRef) else fact
        for rule in ruleset.rules
        for _, fact in rule.then.references(*_PLANNING)
    }
    month = {MONTH} if ruleset.tests_month else set()
    return tuple(sorted({SESSIONS_DONE, *month, *referred}))


class Plans:
    """Makes the plans of one ruleset, in each of its languages, and keeps them."""

    def __init__(self, told: Mapping[str, Ruleset]) -> None:
        """``told`` has the ruleset in each language, its own first."""
        self._told = told
        self._effective = {language: Effective(ruleset) for language, ruleset in told.items()}
        self._looked_at = facts_of_plans(next(iter(told.values())))
        self._kept: dict[tuple[object, ...], Plan] = {}

    def plan(
        self, fired: tuple[int, ...], derived: Derived, unanswered: tuple[str, ...], language: str
    ) -> Plan:
        """The plan for the rules at these places (ascending), on facts with conclusions and scores."""
        facts = derived.facts
        numbers = tuple(map(facts.get, self._looked_at))
        key = (language, fired, unanswered, numbers)
        kept = self._kept.get(key)
        if kept is None:
            rules = self._effective[language].of(fired)
            kept = plan(self._told[language], rules, facts, derived.unknown_scores, unanswered)
            if not derived.unknown_scores:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept


class Hits:
    """Says what was seen of the rules that fire, in each of a ruleset's languages, and keeps it."""

    def __init__(self, told: Mapping[str, Ruleset]) -> None:
        """``told`` has the ruleset in each language, its own first."""
        self._rules = {language: ruleset.rules for language, ruleset in told.items()}
        self._matched = tuple(matched_of(rule.when) for rule in next(iter(self._rules.values())))
        self._kept: dict[tuple[object, ...], Hit] = {}

    def hits(self, fired: Iterable[int], facts: Mapping[str, Value], language: str) -> tuple[Hit, ...]:
        """Of the rules at these places; what was seen of one alike comes again, the same."""
        kept, given, hits = self._kept, facts.get, []
        for index in fired:
            matched = self._matched[index]
            key = (language, index, *map(given, matched.subjects))
            hit = kept.get(key)
            if hit is None:
                if len(kept) >= _MOST_KEPT:
                    kept.clear()
                hit = kept[key] = Hit(self._rules[language][index], matched.of(facts))
            hits.append(hit)
        return tuple(hits)


_LEADING_TO: Mapping[Verdict, tuple[Effect, ...]] = {
    verdict: effects("gate", where=lambda gate, verdict=verdict: gate.verdict == verdict)  # type: ignore[misc]
    for verdict in VERDICTS
}
"""The gates that lead to each verdict."""
covers(
    {gate.verdict or "none" for gate in effects("gate")},
    {"do_not_treat", "defer", "clinician_review"},
    "verdicts to which gates lead",
)

_WITHHOLDING = effects("gate", where=lambda gate: gate.withholds)
_REVIEWS = tuple(effect.quantity for effect in effects("review") if effect.quantity is not None)
_REVIEWS = tuple(effect.quantity for effect in effects("review") if effect.quantity is not None)

TEXTS: Mapping[str, tuple[Effect, ...]] = {
    member: tuple(told for told in effects("text") if told.member == member)
    for member in dict.fromkeys(told.member for told in effects("text") if told.value in ("text", "moments"))
    if member is not None
}
"""The effects that each member of an answer lists the texts of, where no gate gives them."""

_COMPANIONS: Mapping[str, Mapping[str, str]] = {
    gate.name: {
        one.name.removeprefix(f"{gate.name}_"): one.name for one in effects() if one.goes_with == gate.name
    }
    for gate in effects()
}
"""The effects that go with each, by the member of a note that has what they say."""
covers(
    {"rule", "text", "at", *(member for beside in _COMPANIONS.values() for member in beside)},
    Note._fields,
    "members of notes",
)


def plan(
    ruleset: Ruleset,
    fired: Fired,
    facts: Mapping[str, Value],
    unknown_scores: Mapping[str, Mapping[str, None]],
    unanswered: tuple[str, ...],
) -> Plan:
    """The plan for rules fired (in the ruleset's order) on facts that include conclusions and scores."""
    referrals = _referrals(ruleset, fired)
    said = _one_session(fired)
    arithmetic = ArithmeticVersion1 if ruleset.language_version == 1 else Arithmetic
    sums = arithmetic(ruleset, fired, facts, unknown_scores, referrals)
    sums.work_out(said)
    referred = referrals.notes
    stops, deferrals = (_notes(fired, _LEADING_TO[verdict]) for verdict in ("do_not_treat", "defer"))
    blocked = any(fired.of(gate) for gate in _WITHHOLDING) or sums.blocked
    sessions, remaining = (None, None) if blocked else (sums.sessions, sums.remaining)
    finished = remaining is not None and remaining.max == 0 and not sums.goal_reached
    review = bool(referred or unanswered or finished or not sums.has_base)
    verdict = _verdict(stops, deferrals, review, sums, sessions, said)
    benefits = () if stops else _benefits(ruleset, fired)
    warnings = _warnings(ruleset, sums.has_base, unanswered, finished)
    if ruleset.untold:
        told = (*_texts(fired, verdict, benefits, unanswered), *referrals.built_in)
        warnings += tuple(_untold(ruleset, (*told, *((WORDS, warning.code) for warning in warnings))))
    return Plan(
        verdict=verdict,
        one_session=sums.one_session(said, sessions),
        sessions=sessions,
        interval_weeks=None if blocked else sums.interval,
        remaining=remaining,
        **{one: None if stops else _earliest(fired, one) for one in _REVIEWS},
        support=_support(fired, sums.losing) if sessions or remaining else None,
        steps=() if stops else tuple(sums.steps),
        stops=stops,
        deferrals=deferrals,
        referrals=referred,
        texts={name: () if stops and ANSWER[name].treated else _notes(fired, TEXTS[name]) for name in TEXTS},
        benefits=benefits,
        warnings=warnings,
        goal_reached=sums.goal_reached,
    )


def _referrals(ruleset: Ruleset, fired: Fired) -> Referrals:
    """With the reasons of the rules that refer."""
    referrals = Referrals(ruleset)
    for gate in _LEADING_TO["clinician_review"]:
        for rule, text in fired.of(gate):
            referrals.add(rule.id, text)
    return referrals


def _notes(fired: Fired, told: Iterable[Effect]) -> tuple[Note, ...]:
    """The texts of these effects, each with what its rule says beside it."""
    return tuple(
        Note(
            rule.id,
            text,
            at=at,
            **{member: getattr(rule.then, name) for member, name in _COMPANIONS[effect.name].items()},
        )
        for effect in told
        for rule, said in fired.of(effect)
        for at, text in (said if effect.value == "moments" else ((None, said),))
    )


def _one_session(fired: Fired) -> OneSession | None:
    said = {says for _, says in fired.each("vouch")}
    if "will_not_suffice" in said:
        return "will_not_suffice"
    return "may_suffice" if "may_suffice" in said else None


def _verdict(
    stops: tuple[Note, ...],
    deferrals: tuple[Note, ...],
    review: bool,
    sums: Arithmetic,
    sessions: Triple | None,
    said: OneSession | None,
) -> Verdict:
    if stops:
        return "do_not_treat"
    if deferrals:
        return "defer"
    if review or sessions is None:
        return "clinician_review"
    if sums.goal_reached:
        return "goal_reached"
    if not sums.begun and said == "may_suffice" and sessions.typical == 1:
        return "one_session_may_suffice"
    return "several_sessions"


def _earliest(fired: Fired, quantity: Quantity) -> Triple | None:
    """When to come again, the earliest that a rule says: least typical, then max, then min."""
    weeks = [triple for _, triple in fired.each("review", quantity)]
    return min(weeks, key=Triple.need).rounded() if weeks else None


_SUPPORTED = effects(where=lambda effect: effect.needs_support)


def _support(fired: Fired, losing: Set[tuple[str, Moved]]) -> Support | None:
    """The weakest among fired rules that gave a number which was not a losing base."""
    given = {
        rule.support
        for effect in _SUPPORTED
        for rule, _ in fired.of(effect)
        if effect.category != "base" or (rule.id, effect.quantity) not in losing
    }
    weakest = [support for support in SUPPORTS if support in given]
    return weakest[-1] if weakest else None


_BENEFITS = effects("text", where=lambda effect: effect.value == "ids")
covers({effect.member or "" for effect in _BENEFITS}, ("benefits",), "members that list what is named by ids")


def _benefits(ruleset: Ruleset, fired: Fired) -> tuple[str, ...]:
    named = {benefit for effect in _BENEFITS for _, benefits in fired.of(effect) for benefit in benefits}
    return tuple(benefit for benefit in ruleset.benefit_texts if benefit in named)


def _warnings(
    ruleset: Ruleset, has_base: bool, unanswered: tuple[str, ...], finished: bool
) -> tuple[AnswerWarning, ...]:
    warnings = []
    if not has_base:
        warnings.append(AnswerWarning("no-base", ruleset.says("no-base", ruleset=ruleset.id)))
    if unanswered:
        questions = ", ".join(sorted(ruleset.inputs[name].label for name in unanswered))
        warnings.append(AnswerWarning("unanswered", ruleset.says("unanswered", questions=questions)))
    if finished:
        warnings.append(AnswerWarning("plan-finished", ruleset.says("plan-finished")))
    if not ruleset.signed_off:
        text = ruleset.says("not-signed-off", version=ruleset.version, ruleset=ruleset.id)
        warnings.append(AnswerWarning("not-signed-off", text))
    return tuple(warnings)


def _texts(
    fired: Fired, verdict: Verdict, benefits: Iterable[str], unanswered: Iterable[str]
) -> Iterator[TextPath]:
    """The texts of the ruleset that an answer tells."""
    for rule in fired.rules:
        yield from (text.path for text in texts_of_rule(rule))
    yield VERDICT, verdict
    yield from ((BENEFITS, name) for name in benefits)
    yield from ((INPUTS, name, "label") for name in unanswered)


def _untold(ruleset: Ruleset, told: Iterable[TextPath]) -> Iterator[AnswerWarning]:
    """That some of the texts are not there in the ruleset's language."""
    missing = [path for path in dict.fromkeys(told) if path in ruleset.untold]
    if missing:
        texts = "; ".join(map(in_words, missing))
        yield AnswerWarning("text-missing", ruleset.says("text-missing", texts=texts))


def without_month(example: Mapping[str, Any]) -> tuple[dict[str, Any], int | None]:
    """The assessment of an example, and its month, that stands there as an answer; None: it has none."""
    month = example.get(DAY)
    return {name: answer for name, answer in example.items() if name != DAY}, month and int(month)


class DoubleEntryError(Exception):
    """Engine and evaluator differ on what fired: no answer may be given. Names the rules."""

    def __init__(self, ruleset: Ruleset, only_engine: list[str], only_evaluator: list[str]) -> None:
        self.rules = tuple(only_engine + only_evaluator)
        parts = [f"only the engine fired {', '.join(only_engine)}"] if only_engine else []
        parts += [f"only the evaluator holds {', '.join(only_evaluator)}"] if only_evaluator else []
        super().__init__(f"{ruleset.id} {ruleset.digest}: {'; '.join(parts)}")


class _Firing(NamedTuple):
    """What fired, by index, and what was derived from it."""

    rules: set[int]
    derived: Derived


class CompiledRuleset:
    """Decides assessments under one ruleset, from any thread.

    What the engine holds is freed by ``close``, or else with the last use of this.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        """Compile.

        Raises:
            EngineFault: the engine does not take the ruleset.
        """
        self.ruleset = ruleset
        self._intake = Intake(ruleset)
        start = starting_facts(ruleset)
        self.tests_month = ruleset.tests_month
        self._starts = {month: {**start, MONTH: month} for month in range(1, 13)} if self.tests_month else {}
        self._start = None if self._starts else start
        self._holding = tuple(
            holding((index, ruleset.rules[index].when) for index in stage) for stage in ruleset.stages
        )
        self.by_language = {
            language: ruleset if language == ruleset.language else spoken(ruleset, language)
            for language in ruleset.languages
        }
        """The ruleset in each of its languages, its own first."""
        self._plans = Plans(self.by_language)
        self._feeding = frozenset(
            index for index, rule in enumerate(ruleset.rules) if any(rule.then.present("fact"))
        )
        self._hits = Hits(self.by_language)
        self._conclusions = Conclusions(ruleset)
        self._program = Program(lower(ruleset))

    def close(self) -> None:
        """Let go of what the engine holds."""
        self._program.close()

    def applicable(self, assessment: Mapping[str, Any], *, surely: bool = False) -> frozenset[str]:
        """The questions that apply, or may apply, beside these answers; see ``Intake.applicable``."""
        return self._intake.applicable(assessment, surely=surely)

    def wrong_answers(self, assessment: Mapping[str, Any]) -> tuple[Refusal, ...]:
        """The mistakes that answers have each by itself; see ``Intake.wrong_answers``."""
        return self._intake.wrong_answers(assessment)

    def refusals(self, assessment: object) -> tuple[Refusal, ...]:
        """Why the assessment is refused, in whichever month; nothing where it is taken."""
        start = self._starts[1] if self._start is None else self._start
        answered = self._intake.read(assessment, start, self.ruleset)
        return () if isinstance(answered, Answered) else answered

    def decide(
        self, assessment: object, month: int | None = None, language: str | None = None
    ) -> Decision | tuple[Refusal, ...]:
        """The decision for one assessment in a month (from 1 to 12), or every mistake in it.

        ``language`` is one of the ruleset's languages; None: its own.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
            KeyError: the ruleset tests the month, and none was named; or it does not have the language.
        """
        start = self._starts[month] if self._start is None else self._start  # type: ignore[index]
        told = self.ruleset if language is None else self.by_language[language]
        answered = self._intake.read(assessment, start, told)
        return self._decided(answered, told) if isinstance(answered, Answered) else answered

    def decide_example(self, example: Mapping[str, Any]) -> Decision | tuple[Refusal, ...]:
        """The same for an assessment in which the month, where it is tested, stands as an answer.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
        """
        return self.decide(*without_month(example))

    @cached_property
    def has_form(self) -> bool:
        """Whether there is a FHIR Questionnaire of it."""
        return not any(not_for_forms(self.ruleset))

    @cached_property
    def alike(self) -> AlikeAnswers:
        """Tells which answers no rule tells apart; made when it is first asked for."""
        return AlikeAnswers(self.ruleset, facts_of_plans(self.ruleset))

    @cached_property
    def explainer(self) -> Explainer:
        """Explains decisions; made when it is first asked for."""
        return Explainer(self.ruleset)

    def _decided(self, answered: Answered, told: Ruleset) -> Decision:
        ruleset = self.ruleset
        firing = self._fired_by_engine(answered.facts)
        checked = self._fired_by_evaluator(answered.facts)
        if firing.rules != checked.rules:
            rules = ruleset.rules
            raise DoubleEntryError(
                ruleset,
                [rules[index].id for index in sorted(firing.rules - checked.rules)],
                [rules[index].id for index in sorted(checked.rules - firing.rules)],
            )
        facts = firing.derived.facts
        order = tuple(sorted(firing.rules))
        return Decision(
            language=told.language,
            plan=self._plans.plan(order, firing.derived, answered.unanswered, told.language),
            fired=self._hits.hits(order, facts, told.language),
            conclusions=self._conclusions.drawn(facts),
            scores=scored(ruleset, facts),
            unanswered=answered.unanswered,
            facts=facts,
        )

    def _fired_by_engine(self, facts: Mapping[str, Value]) -> _Firing:
        derived = Derived(self.ruleset, dict(facts))
        fired: set[int] = set()
        rules = self.ruleset.rules
        for stage in range(self._program.stages):
            hits = self._program.fire(stage, derived.facts)
            feeding = hits & self._feeding
            if feeding:
                derived.add(rules[index] for index in sorted(feeding))
            fired |= hits
        return _Firing(fired, derived)

    def _fired_by_evaluator(self, facts: Mapping[str, Value]) -> _Firing:
        derived = Derived(self.ruleset, dict(facts))
        fired: set[int] = set()
        rules = self.ruleset.rules
        for holds in self._holding:
            hits = holds(derived.facts)
            feeding = self._feeding.intersection(hits)
            if feeding:
                derived.add(rules[index] for index in sorted(feeding))
            fired.update(hits)
        return _Firing(fired, derived)
