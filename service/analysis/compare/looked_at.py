"""The questions from whose exact numbers it is worked out what remains."""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.profile import progress_of
from service.model.ruleset import SESSIONS_DONE, FromProgress, Ruleset


def counting(ruleset: Ruleset) -> set[str]:
    """The questions that count sessions done."""
    names = {SESSIONS_DONE} if ruleset.counts_sessions_done else set()
    return names | {how.sessions for how in _reckoning(ruleset)}


def improving(ruleset: Ruleset) -> set[str]:
    """The questions that tell how much improvement was seen."""
    return {how.improvement for how in _reckoning(ruleset)}


def aiming(ruleset: Ruleset) -> set[str]:
    """The questions that tell, as a number, what is aimed at."""
    return {how.target for how in _reckoning(ruleset) if isinstance(how.target, str)}


def _reckoning(ruleset: Ruleset) -> Iterator[FromProgress]:
    return (how for rule in ruleset.rules for how in progress_of(rule))


def all_of(*rulesets: Ruleset) -> set[str]:
    """All of these, of several rulesets."""
    return {name for one in rulesets for found in (counting, improving, aiming) for name in found(one)}
