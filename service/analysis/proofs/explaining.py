"""Why a guarantee does not hold, in words: the rules that broke it, or the one that should have fired."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from schemas.language import covers
from service.analysis.proofs.profile import GATES_OF, NUMBER_EFFECTS, WITHHOLDING, does
from service.evaluation.truth import truth_of
from service.model.condition import AllOf, Condition, Test, tests_of
from service.model.decision import Decision
from service.model.number import written
from service.model.ruleset import Guarantee, Rule, Ruleset

_DOES = {"stop": ("stops", "stopped"), "defer": ("defers", "deferred"), "refer": ("refers", "referred")}
"""What a rule does that brings a promised gate about, and what is done to the client."""

covers(_DOES, GATES_OF, "words for what guarantees promise of gates")


def told(ruleset: Ruleset, guarantee: Guarantee, decisions: Sequence[Decision]) -> str:
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
    if said in _DOES:
        does_it = _DOES[said][0]
        doing = [rule for rule in ruleset.rules if does(rule, said)]
        if not doing:
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


def _nobody(said: str, about: set[str], decision: Decision) -> str:
    """No rule that does it looks at what the guarantee is about; perhaps one that fires was meant to."""
    firing = [hit.rule.id for hit in decision.fired if _looks_at(hit.rule, about)]
    looks = f"no rule that {_DOES[said][0]} looks at {' or '.join(sorted(about))}"
    fires = f", and {', '.join(firing[:3])}, which fires, does something else" if firing else ""
    return f"{looks}{fires}. Mend the rules, or the guarantee."


def _subjects(guarantee: Guarantee) -> set[str]:
    return {test.subject for test in tests_of(guarantee.when)} if guarantee.when is not None else set()


def _looks_at(rule: Rule, about: set[str]) -> bool:
    return any(test.subject in about for test in tests_of(rule.when))


def _happening(said: str, decision: Decision) -> str:
    if said in _DOES:
        doing = [hit.rule.id for hit in decision.fired if does(hit.rule, said)]
        by = f"by {', '.join(doing)}" if doing else "for a reason that is built in"
        return f"this client is {_DOES[said][1]} {by}."
    if said == "one session":
        doing = [
            hit.rule.id
            for hit in decision.fired
            if any(said == "may_suffice" for _, said in hit.rule.then.present("vouch"))
        ]
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
    return [hit.rule.id for hit in one.fired if hit.rule.id not in others and hit.rule.then.gives_a_number]


def _plan(decision: Decision) -> str:
    three = decision.plan.sessions
    if three is None:
        return "no number of sessions" if decision.plan.remaining is None else "a number of what remains"
    return f"{three.min} to {three.max} sessions (typically {three.typical})"


def _fired(decision: Decision) -> str:
    """The rules that had a say in the number of sessions."""
    saying = [
        hit.rule.id
        for hit in decision.fired
        if hit.rule.then.gives_a_number or any(hit.rule.then.present("vouch"))
    ]
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
        return len(about - {test.subject for test in tests_of(rule.when)}), len(lacks)

    rule, lacks = min(((rule, _untrue(rule.when, decision)) for rule in rules), key=far)
    return rule, lacks[0] if lacks else ""


def _untrue(when: Condition, decision: Decision) -> list[str]:
    parts = when.parts if isinstance(when, AllOf) else (when,)
    return [_said(part) for part in parts if truth_of(part)(decision.facts) is not True]


def _said(part: Condition) -> str:
    tests = [test.written for test in tests_of(part)]
    return tests[0] if isinstance(part, Test) else " or ".join(tests[:3])
