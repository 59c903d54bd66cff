"""A clinic's questions that may go unanswered, though the ruleset that it extends insists on them."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.ruleset_fields import yes_or_no
from service.model.problem import shown
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.tree import Tree

_INSISTING = ("required", "must ask")


def warn_of_weakened(problems: ProblemCollector, trees: Sequence[Tree]) -> None:
    """Warn of each question that a later ``assessment.yaml`` lays over one, and no longer insists on.

    ``trees``: those of the extended rulesets, the furthest first, then the own one.
    """
    insists: dict[str, dict[str, bool]] = {}
    for tree in trees:
        for name, node in Node(tree, (), tree.data).child("inputs").entries():
            before = insists.get(name, {})
            now = before | {key: _is_yes(node.child(key)) for key in _INSISTING if node.has(key)}
            insists[name] = now
            was = [key for key in _INSISTING if before.get(key)]
            if was and not any(now.values()):
                problems.warning(node.key(), "question-weakened", _says(name, was[0], node))


def _is_yes(node: Node) -> bool:
    return isinstance(node.data, str) and yes_or_no(node.data.strip()) is True


def _says(name: str, was: str, node: Node) -> str:
    default = node.child("default").data
    now = f'its default "{shown(default)}" counts' if isinstance(default, str) else "nobody need answer it"
    return f'"{shown(name)}" is "{was}" in the extended ruleset; here {now}. Insist too, or allow this.'
