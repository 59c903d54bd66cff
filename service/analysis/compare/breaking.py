"""breaking-edit: the edit refuses assessments that the version before accepts.

Summary
    Error. An edit that removes a question or an option, narrows bounds or an ``only if``, adds a
    contradiction, or requires an answer that was not required before needs a new major version.

Avoid
    Taking an option away, and raising ``version: 1.4.0`` to ``1.5.0``.

Prefer
    The same with ``version: 2.0.0``; or keeping the option, and a rule that refers whoever names it.

Why
    Booking and record systems send what was asked last week. Where their requests would suddenly be refused,
    those who run them must know beforehand, and the major version is how they do. It is proven over every
    possible assessment, and the problem shows one that both versions were asked.
"""

from __future__ import annotations

from service.analysis.compare.versions import NewlyRefused, VersionPair, newly_refused, same_questions
from service.analysis.proofs.case import as_text
from service.analysis.proofs.logic import Deadline, Undecided
from service.analysis.proofs.undecided import undecided
from service.model.flow import flow
from service.model.problem import Problem, in_order
from service.model.ruleset import Ruleset

CODE = "breaking-edit"


def breaking(old: Ruleset, new: Ruleset, *, seconds: float = 10) -> tuple[Problem, ...]:
    """How the new version refuses assessments that the old one accepts; sorted by place.

    Nothing where it refuses none, which is proven, or where it raises the major version. What takes longer
    than ``seconds`` is a warning that it is not decided.
    """
    if raises_major(old, new) or same_questions(old, new):
        return ()
    found: list[Problem] = []
    try:
        pair = VersionPair(old, new, Deadline(seconds))
        found += (_problem(old, new, one) for one in newly_refused(pair, pair.old, pair.new))
    except Undecided as open_:
        what = f"Whether this refuses assessments that version {old.version} accepts"
        found.append(undecided(new.place, what, open_))
    return in_order(found)


def raises_major(old: Ruleset, new: Ruleset) -> bool:
    """Whether the new version says by its number that it may break with the old one."""
    return _major(new.version) > _major(old.version)


def _problem(old: Ruleset, new: Ruleset, one: NewlyRefused) -> Problem:
    question = new.inputs.get(one.question)
    why = next(
        (refusal for refusal in one.refusals if refusal.pointer.split("/")[2:3] == [one.question]),
        one.refusals[0],
    )
    said = why.message if why.message.endswith((".", "?", "!")) else f"{why.message}."
    message = (
        f"An assessment that version {old.version} accepts is refused now: {said} "
        f"Raise the version to {_major(old.version) + 1}.0.0, or undo this. For example {flow(one.example)}"
    )
    place = new.place if question is None else question.place
    if why.code == "contradiction":
        place = next(other.place for other in new.contradictions if other.says == why.message)
    return Problem(place, CODE, message, examples=(as_text(one.example),))


def _major(version: str) -> int:
    major = version.partition(".")[0]
    return int(major) if major.isdigit() else 0
