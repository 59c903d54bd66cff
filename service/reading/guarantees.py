"""``guarantees.yaml``: what must always hold. ``contradictions`` of ``assessment.yaml``: what can't be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.ruleset_files import ContradictionEntry, GuaranteeEntry, GuaranteesFile
from schemas.words import OUTCOMES
from service.model.problem import Place, shown
from service.model.ruleset import Contradiction, Guarantee, Input
from service.reading.conditions import Subjects, is_small_enough, read_condition
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

_OUTCOMES = (*OUTCOMES, "sessions above N")
_ABOVE = re.compile(r"sessions above (0|[1-9][0-9]{0,3})\Z")
SAYS = ("always", "never", "raising")

MOST_CONTRADICTIONS = 200


def read_guarantees(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    subjects: Subjects,
    node: Node,
    taken: dict[str, Place],
) -> list[Guarantee]:
    """The guarantees of one file; ``taken`` collects where their ids stand."""
    problems.load(GuaranteesFile, node)
    if node.has("guarantees") and node.child("guarantees").data is None:
        problems.empty(node.child("guarantees"))
    read = [
        _guarantee(problems, inputs, subjects, below, taken) for below in node.child("guarantees").items()
    ]
    return [guarantee for guarantee in read if guarantee is not None]


def _guarantee(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    subjects: Subjects,
    node: Node,
    taken: dict[str, Place],
) -> Guarantee | None:
    if node.has("then") and not any(node.has(key) for key in SAYS):
        problems.error(node.at(), "guarantee-says", "This is a rule: it belongs in factors/.")
        return None
    entry = problems.load(GuaranteeEntry, node)
    if not isinstance(node.data, dict):
        return None
    guarantee_id = entry.get("id", "")
    _unique(problems, guarantee_id, node.child("id"), taken)
    when = (
        read_condition(problems, subjects, node.child("when"))
        if node.child("when").data is not None
        else None
    )
    if when is not None:
        is_small_enough(problems, node.child("when"), when)
    said = [key for key in SAYS if node.has(key)]
    if len(said) != 1:
        _says_not_one(problems, node, said)
        return None
    if said == ["raising"]:
        _raising(problems, inputs, subjects, node, entry)
    else:
        _outcome(problems, node, said[0])
    return Guarantee(
        id=guarantee_id,
        title=entry.get("title", ""),
        place=node.child("id").at(),
        when=when,
        always=entry.get("always"),
        never=entry.get("never"),
        raising=entry.get("raising"),
    )


def _unique(problems: ProblemCollector, name: str, node: Node, taken: dict[str, Place]) -> None:
    if name in taken:
        message = f'Guarantee "{shown(name)}" stands already at {taken[name]}. Give this one its own id.'
        problems.error(node.at(), "duplicate-id", message)
    elif name:
        taken[name] = node.at()


def _says_not_one(problems: ProblemCollector, node: Node, said: list[str]) -> None:
    if said:
        place = node.child(said[1]).key()
    elif any(problems.near(key, SAYS) for key in node.data if key not in _KNOWN):
        return
    else:
        place = node.at()
    message = 'A guarantee says one thing: "always", "never", or "raising" with "never lowers".'
    problems.error(place, "guarantee-says", message)


_KNOWN = frozenset({"id", "title", "when", "never lowers", *SAYS})


def _outcome(problems: ProblemCollector, node: Node, key: str) -> None:
    below = node.child(key)
    text = below.data.strip() if isinstance(below.data, str) else None
    if node.has("never lowers"):
        message = '"never lowers" goes with "raising". Remove one of the two.'
        problems.error(node.child("never lowers").key(), "guarantee-says", message)
    if text is None or text in OUTCOMES or _ABOVE.match(text):
        return
    number = re.search(r"[0-9]+", text)
    mend = f' Write "sessions above {number.group()}".' if number else problems.near(text, OUTCOMES)
    mend = mend or f" Write {', '.join(_OUTCOMES[:-1])} or {_OUTCOMES[-1]}."
    problems.error(below.at(), "guarantee-says", f'"{shown(text)}" can\'t be guaranteed.' + mend)


def _raising(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    subjects: Subjects,
    node: Node,
    entry: dict[str, Any],
) -> None:
    name = entry.get("raising")
    below = node.child("raising")
    if name is not None and not subjects.is_unread(name):
        if name not in inputs:
            mend = problems.near_input(name, inputs) or " Inputs are defined in assessment.yaml."
            problems.error(below.at(), "unknown-input", f'"{shown(name)}" is not an input.' + mend)
        elif not inputs[name].domain.rises:
            message = f"{name} can't be raised: only levels and numbers can. Name another input."
            problems.error(below.at(), "input-does-not-fit", message)
    if not node.has("never lowers"):
        problems.missing(node, ["never lowers"], [*_KNOWN], "sessions")


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
