"""Which rules of two versions are the same rule."""

from __future__ import annotations

from service.model.ruleset import Rule, Ruleset


def renamed(old: Ruleset, new: Ruleset) -> dict[str, str]:
    """Rules that have another id and are the same for the rest, by the old id."""
    kept = {rule.id for rule in old.rules} & {rule.id for rule in new.rules}
    gone = [rule for rule in old.rules if rule.id not in kept]
    come = [rule for rule in new.rules if rule.id not in kept]
    found: dict[str, str] = {}
    for rule in gone:
        like_it = [other.id for other in come if _alike(rule, other) and other.id not in found.values()]
        if like_it:
            found[rule.id] = like_it[0]
    return found


def _alike(rule: Rule, other: Rule) -> bool:
    return (rule.factor, rule.when, rule.then) == (other.factor, other.when, other.then)
