"""The questions from whose exact numbers it is worked out what remains."""

from __future__ import annotations

from service.model.ruleset import Ruleset

_SESSIONS_DONE = "sessions_done"


def counting(ruleset: Ruleset) -> set[str]:
    """The questions that count sessions done."""
    one = ruleset.inputs.get(_SESSIONS_DONE)
    names = {_SESSIONS_DONE} if one is not None and one.kind == "whole number" else set()
    rules = (rule.then.remaining_from_progress for rule in ruleset.rules)
    return names | {progress.sessions for progress in rules if progress is not None}


def improving(ruleset: Ruleset) -> set[str]:
    """The questions that tell how much improvement was seen."""
    rules = (rule.then.remaining_from_progress for rule in ruleset.rules)
    return {progress.improvement for progress in rules if progress is not None}


def aiming(ruleset: Ruleset) -> set[str]:
    """The questions that tell, as a number, what is aimed at."""
    rules = (rule.then.remaining_from_progress for rule in ruleset.rules)
    return {
        progress.target for progress in rules if progress is not None and isinstance(progress.target, str)
    }


def all_of(*rulesets: Ruleset) -> set[str]:
    """All of these, of several rulesets."""
    return {name for one in rulesets for found in (counting, improving, aiming) for name in found(one)}
