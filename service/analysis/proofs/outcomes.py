"""``always`` and ``never``: where a guarantee about one assessment could be broken.

For each thing that can be guaranteed there is what could break it (``quick``: surely; ``slow``: it depends on
the arithmetic), the test of a real decision, and in which direction plans are safe once one of them was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from schemas.language import VERDICTS, effects
from service.analysis.proofs.logic import Formula, both, either, no
from service.analysis.proofs.profile import Profile, progress_reckoned
from service.model.decision import Decision
from service.model.ruleset import Guarantee, Rule

Safe = Literal["smaller", "larger"]
Caps = Literal["lower", "higher", "any"]


@dataclass(frozen=True, slots=True)
class Breaking:
    """How a guarantee can be broken.

    ``quick`` is enough by itself, unless progress keeps the numbers back. Under ``slow`` the arithmetic
    decides: with a plan that has numbers and keeps the guarantee, all plans on the ``safe`` side keep it too,
    where their cap is no lower, no higher or any. ``by_progress``: where progress alone could break it.
    """

    broken: Callable[[Decision], bool]
    quick: Formula = False
    slow: Formula = False
    safe: Safe = "smaller"
    caps: Caps = "higher"
    by_progress: Formula = False


def breaking(guarantee: Guarantee, profile: Profile) -> Breaking:
    """How the guarantee, one of ``always`` or ``never``, can be broken in the profile's world."""
    said, never = (guarantee.never, True) if guarantee.never is not None else (guarantee.always, False)
    assert said is not None
    if said.startswith("sessions above"):
        return _above(profile, int(said.rpartition(" ")[2]), never=never)
    if said in GATES_OF:
        return _gate(profile, said, never=never)
    return {"numbers": _numbers, "one session": _one_session}[said](profile, never)


GATES_OF = {
    gates[0].key: gates
    for gates in (tuple(gate for gate in effects("gate") if gate.verdict == verdict) for verdict in VERDICTS)
    if gates
}
"""By what a guarantee can promise of gates: those that bring it about, all of one verdict."""

BUILT_IN = "clinician_review"
"""The verdict to which more than rules leads: a question that is missing, or a cap that is exceeded."""


def does(rule: Rule, said: str) -> bool:
    """Whether the rule brings about what a guarantee promises of gates."""
    return any(effect in GATES_OF[said] for effect, _ in rule.then.present("gate"))


def _gate(profile: Profile, said: str, *, never: bool) -> Breaking:
    members = {gate.member for gate in GATES_OF[said] if gate.member is not None}
    told = either(fires for fires, rule in profile.world.rules() if does(rule, said))

    def broken(decision: Decision) -> bool:
        return any(getattr(decision.plan, member) for member in members) is never

    if all(gate.verdict != BUILT_IN for gate in GATES_OF[said]):
        return Breaking(broken, told if never else no(told))
    if never:
        reckoned = progress_reckoned(profile.world)
        return Breaking(broken, told, either((profile.has_base, profile.blocked)), by_progress=reckoned)
    return Breaking(broken, slow=no(told), safe="larger", caps="lower")


def _numbers(profile: Profile, never: bool) -> Breaking:
    reckoned = progress_reckoned(profile.world)

    def given(decision: Decision) -> bool:
        plan = decision.plan
        return plan.sessions is not None or plan.remaining is not None

    if never:
        without_base = both((reckoned, no(profile.has_base), no(profile.blocked)))
        return Breaking(
            given,
            slow=either((profile.gives_numbers, without_base)),
            safe="larger",
            caps="lower",
        )
    return Breaking(
        lambda decision: decision.plan.sessions is None,
        quick=no(profile.gives_numbers),
        slow=profile.gives_numbers,
        by_progress=reckoned,
    )


def _one_session(profile: Profile, never: bool) -> Breaking:
    hears = both((profile.may, no(profile.will_not), profile.gives_numbers))
    if never:
        return Breaking(
            lambda decision: decision.plan.one_session == "may_suffice",
            slow=hears,
            safe="larger",
            caps="any",
        )
    return Breaking(
        lambda decision: decision.plan.one_session != "may_suffice",
        quick=no(hears),
        slow=hears,
        by_progress=progress_reckoned(profile.world),
    )


def _above(profile: Profile, most: int, *, never: bool) -> Breaking:
    """``never`` holds for max; ``always`` for min, wherever there are numbers."""
    if never:
        under_a_cap = either(part.holds for part in profile.caps if int(part.triple.max // 1) <= most)
        if most >= profile.world.ruleset.limits.sessions[1]:
            return Breaking(lambda decision: False)  # noqa: ARG005 - no plan can be above the limit
        return Breaking(
            lambda decision: decision.plan.sessions is not None and decision.plan.sessions.max > most,
            slow=both((profile.gives_numbers, no(under_a_cap))),
            caps="lower",
        )
    return Breaking(
        lambda decision: decision.plan.sessions is not None and decision.plan.sessions.min <= most,
        slow=profile.gives_numbers,
        safe="larger",
        caps="any",
    )
