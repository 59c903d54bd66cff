"""In which order questions are settled."""

from __future__ import annotations

from service.model.condition import tests_of
from service.model.ruleset import Input, Ruleset


def asking_order(ruleset: Ruleset) -> list[Input]:
    """The inputs so that each comes after those that its ``only if`` looks at."""
    placed: dict[str, Input] = {}
    waiting = list(ruleset.inputs.values())
    while waiting:
        later = []
        for one in waiting:
            looked_at = tests_of(one.only_if) if one.only_if is not None else ()
            if all(ruleset.subjects[test.subject].name in placed for test in looked_at):
                placed[one.id] = one
            else:
                later.append(one)
        waiting = later
    return list(placed.values())
