"""Which problems are told: ``allow`` lets warnings stand, and what only follows from another is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from service.model.problem import Place, Problem, did_you_mean, in_order, shown
from service.reading.folder import Layer
from service.reading.node import Node
from service.reading.problem_collector import ERRORS, WARNINGS, ProblemCollector

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


@dataclass(frozen=True, slots=True)
class Allow:
    """Warnings of one code that are let stand.

    They are silenced in the files of ``folders`` (none: everywhere), or from ``start`` to before ``end``
    (None: to the end of the file). ``own``: it stands in the ruleset that was read, not in one it extends.
    """

    code: str
    reason: str
    place: Place
    own: bool
    folders: tuple[str, ...] = ()
    start: Place | None = None
    end: Place | None = None

    def covers(self, problem: Problem) -> bool:
        """Whether the problem is a warning that is let stand."""
        if problem.severity != "warning" or problem.code != self.code:
            return False
        place = problem.place
        if self.start is None:
            return not self.folders or any(place.file.startswith(f"{folder}/") for folder in self.folders)
        return (
            place.file == self.start.file and self.start <= place and (self.end is None or place < self.end)
        )


def read_allows(
    problems: ProblemCollector,
    node: Node,
    *,
    own: bool,
    folders: tuple[str, ...] = (),
    start: Place | None = None,
    end: Place | None = None,
) -> list[Allow]:
    """The codes and reasons at the node."""
    allows = []
    for code, below in node.entries():
        if below.data is None:
            message = f'"{shown(code)}" needs the reason why it is let stand. Write it after the colon.'
            problems.error(below.key(), "missing-value", message)
        elif (reason := problems.text(code, below)) is not None:
            allows.append(Allow(code, reason, below.key(), own, folders, start, end))
    return allows


def allowed(
    problems: Iterable[Problem],
    allows: Sequence[Allow],
    later: Collection[str] = (),
    *,
    known: Collection[str] = (),
    beside: Collection[Problem] = (),
    complete: bool = True,
) -> tuple[Problem, ...]:
    """The problems but for the warnings that are let stand, and a warning for each ``allow`` of no use.

    Beside other problems (``beside``: those that were told before) it is not told that an ``allow`` is of no
    use, but where its code is told elsewhere: it may be of use once they are mended.

    ``known``: codes of warnings that were looked for beside those of reading. ``later``: those that others
    look for afterwards, so that it can't be said yet whether an ``allow`` of them is of use. Not
    ``complete``: for some mistake not every warning was looked for.
    """
    noted = list(problems)
    by_code: dict[str, list[Allow]] = {}
    for allow in allows:
        by_code.setdefault(allow.code, []).append(allow)
    used: set[Allow] = set()
    kept = []
    for problem in noted:
        covering = [allow for allow in by_code.get(problem.code, ()) if allow.covers(problem)]
        used.update(covering)
        if not covering:
            kept.append(problem)
    told = {problem.code for problem in (*kept, *beside)}
    unjudged = {*later, *(() if complete else WARNINGS), *({*WARNINGS, *known} - told if told else ())}
    unused = [allow for allow in allows if allow.own and allow not in used and allow.code not in unjudged]
    return in_order(kept + [_unused(allow, {*WARNINGS, *known, *later}) for allow in unused])


def _unused(allow: Allow, warnings: Collection[str]) -> Problem:
    named = shown(allow.code)
    if allow.code in warnings:
        message = f'There is no warning "{named}" here. Remove it from "allow".'
    elif allow.code in ERRORS:
        message = f'"{named}" is an error, and only warnings can be allowed. Mend it instead.'
    else:
        mend = did_you_mean(allow.code, warnings) or ' Remove it from "allow".'
        message = f'"{named}" is not the code of a warning.' + mend
    return Problem(allow.place, "unused-allow", message, "warning")
