"""An extended ruleset's questions with a clinic's own laid over them, option by option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.language import KINDS
from schemas.ruleset_fields import yes_or_no
from service.model.problem import shown
from service.reading.node import Branch, Data, Node, Tree, in_layer
from service.reading.problem_collector import ProblemCollector

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


_OPTIONS = tuple(kind.key for kind in KINDS.values() if kind.options)
_LEVELS = tuple(kind.key for kind in KINDS.values() if kind.ordered)


@dataclass(frozen=True, slots=True)
class _MarkedData:
    """A value with the marks of its parts."""

    data: Data
    marks: Branch | int | None


def merged(trees: list[Tree]) -> Tree:
    """One ``assessment.yaml`` tree made of several, later ones over earlier ones.

    Inputs merge key by key and their options one by one; a list of options counts as options without
    attributes. Every part keeps the place that it has in its own file.
    """
    whole = Tree(trees[-1].file, files=tuple(tree.file for tree in trees))
    together = _MarkedData(None, None)
    for layer, tree in enumerate(trees):
        marks = None if tree.root is None else _of_layer(tree.root, layer)
        part = _MarkedData(tree.data, marks)
        whole.repeated += _name_options(part)
        whole.cuts |= {in_layer(at, layer): in_layer(cut, layer) for at, cut in tree.cuts.items()}
        together = part if layer == 0 else _over(together, part, 0)
    whole.data, whole.root = together.data, together.marks
    return whole


def _of_layer(marks: Branch | int, layer: int) -> Branch | int:
    if not layer:
        return marks
    if isinstance(marks, int):
        return in_layer(marks, layer)
    copy = Branch(in_layer(marks.mark, layer))
    copy.keys = {key: in_layer(at, layer) for key, at in marks.keys.items()}
    copy.below = {key: _of_layer(below, layer) for key, below in marks.below.items()}
    return copy


def _name_options(part: _MarkedData) -> list[tuple[int, str]]:
    """Turn every list of options into a mapping, in place; what a list names twice comes back."""
    repeated: list[tuple[int, str]] = []
    inputs = part.data.get("inputs") if isinstance(part.data, dict) else None
    marks = part.marks.below.get("inputs") if isinstance(part.marks, Branch) else None
    if not isinstance(inputs, dict) or not isinstance(marks, Branch):
        return repeated
    for name, entry in inputs.items():
        below = marks.below[name]
        if not isinstance(entry, dict) or not isinstance(below, Branch):
            continue
        for kind in _OPTIONS:
            options: Any = entry.get(kind)
            if isinstance(options, list) and options and all(isinstance(option, str) for option in options):
                entry[kind], below.below[kind] = _named(options, below.below[kind], repeated)
    return repeated


def _named(
    options: list[str], marks: Branch | int, repeated: list[tuple[int, str]]
) -> tuple[dict[str, Data], Branch]:
    assert isinstance(marks, Branch)
    named: dict[str, Data] = {}
    branch = Branch(marks.mark)
    for index, option in enumerate(options):
        at = marks.below[index]
        assert isinstance(at, int)
        name = option.strip()
        if name in named:
            repeated.append((at, name))
            continue
        named[name] = None
        branch.below[name] = branch.keys[name] = at
    return named, branch


def _over(below: _MarkedData, above: _MarkedData, depth: int, key: str = "") -> _MarkedData:
    """``above`` laid over ``below``: mappings merge down to single options, all else is replaced."""
    if depth == _OPTION:
        below, above = _labelled(below, above)
    if not isinstance(below.data, dict) or not isinstance(above.data, dict):
        return above
    assert isinstance(below.marks, Branch)
    assert isinstance(above.marks, Branch)
    data = dict(below.data)
    marks = Branch(below.marks.mark)
    marks.keys = below.marks.keys | above.marks.keys
    marks.below = dict(below.marks.below)
    for name, value in above.data.items():
        part = _MarkedData(value, above.marks.below[name])
        if name in data and (depth != _INPUT or name in _OPTIONS):
            part = _over(_MarkedData(data[name], marks.below[name]), part, depth + 1, name)
        data[name] = part.data
        if part.marks is not None:
            marks.below[name] = part.marks
    if key in _LEVELS:
        data = {name: data[name] for name in _ordered(list(below.data), list(above.data))}
    return _MarkedData(data, marks)


_INPUT, _OPTION = 2, 4
"""How deep in the file the keys of an input, and those of an option, stand."""


def _labelled(below: _MarkedData, above: _MarkedData) -> tuple[_MarkedData, _MarkedData]:
    """Options as mappings where one of the two is: a text is a label, nothing changes nothing."""
    if above.data is None:
        return below, below
    if isinstance(above.data, dict):
        return _as_mapping(below), above
    return (below, _as_mapping(above)) if isinstance(below.data, dict) else (below, above)


def _as_mapping(part: _MarkedData) -> _MarkedData:
    if isinstance(part.data, dict) or not isinstance(part.marks, int):
        return part
    branch = Branch(part.marks)
    if part.data is None:
        return _MarkedData({}, branch)
    branch.below["label"] = branch.keys["label"] = part.marks
    return _MarkedData({"label": part.data}, branch)


def _ordered(below: list[str], above: list[str]) -> list[str]:
    """The levels of both in one order: a new level stands behind the one that it is written behind."""
    if set(below) <= set(above):
        return above
    order = list(below)
    for index, name in enumerate(above):
        if name in order:
            continue
        if index:
            order.insert(order.index(above[index - 1]) + 1, name)
        else:
            known = next((other for other in above if other in order), None)
            order.insert(order.index(known) if known is not None else len(order), name)
    return order
