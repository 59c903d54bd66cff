"""Problems that only follow from another: what seems unknown because it could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.model.problem import Problem
from service.reading.folder import Layer

_OF_QUESTIONS = {"unknown-input", "unknown-attribute", "unknown-option", "unknown-level", "out-of-bounds"}
_OF_RULES = {
    "unknown-rule",
    "unknown-conclusion",
    "unknown-score",
    "never-concluded",
    "replaces-nothing",
    "no-rules",
    "test-always-holds",
    "test-never-holds",
    "unused-allow",
}
_OF_HEADER = {"unknown-factor", "unknown-benefit", "unknown-level", "outside-limits", "missing-file"}
_OF_ALL = _OF_QUESTIONS | _OF_RULES | _OF_HEADER | {"unknown-evidence"}

_FOLLOWING = {
    "ruleset.yaml": _OF_ALL,
    "extends": _OF_ALL,
    "assessment.yaml": _OF_QUESTIONS | _OF_RULES,
    "evidence.yaml": {"unknown-evidence"},
    "factors": _OF_RULES,
}
"""By what could not be read: codes of problems that may be none once it is."""


def without_consequences(problems: Iterable[Problem], layers: Sequence[Layer]) -> list[Problem]:
    """The problems but for those that may only follow from what could not be read.

    Files as such, and YAML, are never doubted. Where a ruleset that is extended could not be read, the own
    questions, which lie over its questions, are not judged at all.
    """
    following = {code for layer in layers for name in layer.unread for code in _FOLLOWING.get(name, ())}
    spoiled = {
        (tree.file, line) for layer in layers for tree in layer.trees.values() for line in tree.spoiled
    }
    rootless = {
        f"{layer.shown_as}/assessment.yaml"
        for below, layer in zip([layers[0], *layers], layers, strict=False)
        if "extends" in layer.unread or ("assessment.yaml" in below.unread and below is not layer)
    }
    certain = {problem for layer in layers for problem in layer.problems}

    def stands(problem: Problem) -> bool:
        place = problem.place
        return problem in certain or not (
            problem.code in following or place.file in rootless or (place.file, place.line) in spoiled
        )

    return [problem for problem in problems if stands(problem)]
