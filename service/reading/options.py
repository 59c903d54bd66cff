"""The options of an input: their ids and labels, and which attributes each of them carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.language import InputKind
from schemas.ruleset_fields import LONGEST_TEXT, id_mistake, mended_id, text_mistake
from service.model.condition import Domain
from service.model.problem import shown
from service.model.ruleset import Option
from service.reading.attributes import read_attributes
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

MOST_OPTIONS = 300


@dataclass(frozen=True, slots=True)
class Options:
    """The options, and the domain of each attribute; ``unread``: attributes that could not be read."""

    options: tuple[Option, ...] = ()
    domains: Mapping[str, Domain] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()


def read_options(problems: ProblemCollector, node: Node, kind: InputKind) -> Options:
    """The options at the node, with attributes where the kind of question has them."""
    if not isinstance(node.data, dict) or not node.data:
        _no_options(problems, node)
        return Options()
    if len(node.data) > MOST_OPTIONS:
        problems.error(
            node.at(), "too-many-options", f"More than {MOST_OPTIONS} options. Split the question."
        )
        return Options()
    labels: dict[str, str] = {}
    carried: dict[str, dict[str, Node]] = {}
    for written, below in node.entries():
        name, mistake = written, id_mistake(written, capitals=True)
        if mistake:
            problems.error(below.key(), "bad-id", f'"{shown(written)}" {mistake}')
            name = mended_id(written, capitals=True)
        labels[name], carried[name] = _option(problems, name, below, kind)
    domains, values, unread = read_attributes(problems, node, carried)
    options = tuple(Option(name, labels[name], values[name]) for name in carried)
    return Options(options, domains, unread)


def _no_options(problems: ProblemCollector, node: Node) -> None:
    for item in node.items():
        if not isinstance(item.data, str):
            message = "An option in a list is one word. For labels write each option as a key with a colon."
            problems.error(item.at(), "wrong-type", message)
            return
    message = f"{node.name()} needs options: a list [a, b], or ids with labels below it."
    problems.error(node.key() if node.data is None else node.at(), "wrong-type", message)


def _option(
    problems: ProblemCollector, name: str, node: Node, kind: InputKind
) -> tuple[str, dict[str, Node]]:
    if node.data is None:
        return name, {}
    if not isinstance(node.data, dict):
        return _label(problems, name, node), {}
    label = name
    below: dict[str, Node] = {}
    for key, value in node.entries():
        if key == "label":
            label = _label(problems, "label", value)
        elif not kind.attributes:
            what = f'an option of "{kind.key}" has only a label'
            message = f'"{shown(key)}" can\'t stand here: {what}. Remove it.'
            problems.error(value.key(), "unknown-key", message)
        elif id_mistake(key):
            problems.error(value.key(), "bad-id", f'"{shown(key)}" {id_mistake(key)}')
        else:
            below[key] = value
    return label, below


def _label(problems: ProblemCollector, name: str, node: Node) -> str:
    if node.data is None:
        problems.error(node.key(), "missing-value", f'"{name}" has no value. Write one.')
        return name
    mistake = text_mistake(node.data)
    if mistake:
        problems.error(node.at(), "wrong-type", f'"{shown(name)}" {mistake}')
        return name
    problems.cut_text(node)
    return str(node.data).strip()[:LONGEST_TEXT]
