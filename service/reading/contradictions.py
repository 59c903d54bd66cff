"""``contradictions`` of ``assessment.yaml``: answers that can't all be true."""

from __future__ import annotations

from schemas.ruleset_files import ContradictionEntry
from service.model.problem import Place, shown
from service.model.ruleset import Contradiction
from service.reading.conditions import Subjects, is_small_enough, read_condition
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

MOST_CONTRADICTIONS = 200


def read_contradictions(
    problems: ProblemCollector, subjects: Subjects, node: Node, taken: dict[str, Place]
) -> list[Contradiction]:
    """Those of one file, at its ``contradictions``; ``taken`` collects where their ids stand."""
    below = list(node.items()) if isinstance(node.data, list) else []
    if len(below) > MOST_CONTRADICTIONS:
        message = f"More than {MOST_CONTRADICTIONS} contradictions. Put those together that say the same."
        problems.error(node.at(), "too-many-rules", message)
        return []
    read = [_contradiction(problems, subjects, one, taken) for one in below]
    return [one for one in read if one is not None]


def _contradiction(
    problems: ProblemCollector, subjects: Subjects, node: Node, taken: dict[str, Place]
) -> Contradiction | None:
    entry = problems.load(ContradictionEntry, node)
    if not isinstance(node.data, dict):
        return None
    name, spot = entry.get("id", ""), node.child("id")
    if name in taken:
        message = f'Contradiction "{shown(name)}" stands already at {taken[name]}. Give this one its own id.'
        problems.error(spot.at(), "duplicate-id", message)
    elif name:
        taken[name] = spot.at()
    if "when" not in entry:
        return None
    when = read_condition(problems, subjects, node.child("when"))
    if when is None or not is_small_enough(problems, node.child("when"), when):
        return None
    return Contradiction(name, when, entry.get("says", ""), spot.at())
