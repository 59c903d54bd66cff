"""A draft read as it would be with other texts in some of its files; nothing is written anywhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.model.problem import Problem
from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.store.editions import Edition, read_edition
from service.store.folders import with_checks

Texts = Mapping[str, str]
"""The texts of a ruleset and of those that it extends, by file, such as ``pico-laser/ruleset.yaml``."""

_PLACE = re.compile(r"\S+?:[0-9]+:[0-9]+")


@dataclass(frozen=True, slots=True)
class Trial:
    """What reading would come to: the ruleset (None: it has errors), and which problems are new."""

    ruleset: Ruleset | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def tried(ruleset: str, texts: Texts, changes: Texts, there: Iterable[Problem] = ()) -> Trial:
    """The ruleset with the changed files, which are named as within its own folder.

    ``there``: the problems that it has now, of which none is new.
    """
    after = _read(ruleset, with_changes(ruleset, texts, changes))
    known = Counter(map(_words, there))
    new = []
    for problem in after.problems:
        if known[_words(problem)] > 0:
            known[_words(problem)] -= 1
        else:
            new.append(problem)
    return Trial(
        after.ruleset,
        tuple(one for one in new if one.severity == "error"),
        tuple(one for one in new if one.severity == "warning"),
    )


def with_changes(ruleset: str, texts: Texts, changes: Texts) -> dict[str, str]:
    """All texts, those of the changed files as they would be; its own stay the last."""
    return {**texts, **{f"{ruleset}/{name}": text for name, text in changes.items()}}


def own_texts(ruleset: str, texts: Texts) -> dict[str, str]:
    """The texts of its own folder, by name in it."""
    return {name.partition("/")[2]: text for name, text in texts.items() if name.startswith(f"{ruleset}/")}


def _read(ruleset: str, texts: Texts) -> Read:
    return with_checks(read_edition(Edition(ruleset, "draft", "", None, "", texts)))


def _words(problem: Problem) -> tuple[str, str]:
    return problem.code, _PLACE.sub("", problem.message)
