"""A ruleset's folder and those of the rulesets that it extends, the furthest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from service.model.problem import shown
from service.reading.folder import MOST_TOTAL_VALUES, Layer, read_folder
from service.reading.near import near
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

MOST_EXTENDED = 5

NONE_NEAR = " Name the folder of one that lies beside this one."
"""The mend of an ``extends`` that is like no ruleset's name."""

Finder = Callable[[str], tuple[Path, str] | None]
"""From a ruleset's id to its folder and how that is shown; None where there is none."""

LayerReader = Callable[[Path, str, int], Layer]
"""Reads a folder, shown in that way, that may hold so many values: ``read_folder`` or what stands for it."""


def read_layers(
    problems: ProblemCollector, path: Path, shown_as: str, find: Finder, read: LayerReader = read_folder
) -> list[Layer]:
    """The folder's layer after those that it extends; what is wrong with them as files is noted."""
    layers = [read(path, shown_as, MOST_TOTAL_VALUES)]
    left = MOST_TOTAL_VALUES - layers[0].values
    while (where := _extended(problems, layers, find)) is not None:
        layers.insert(0, read(*where, left))
        left -= layers[0].values
    for layer in layers:
        problems.noted.extend(layer.problems)
    return layers


def _extended(problems: ProblemCollector, layers: list[Layer], find: Finder) -> tuple[Path, str] | None:
    """The folder of the ruleset that the first layer extends, if it extends one that can be read."""
    header = layers[0].node("ruleset.yaml")
    node = header.child("extends") if header else None
    if header and node and node.data is None and _speaks_of_another(layers[0], header):
        layers[0].unread.add("extends")
        message = '"extends" is missing: disable and replaces speak of another ruleset. Name it.'
        problems.error(header.at(), "missing-key", message)
    if node is None or node.data is None:
        return None
    layers[0].unread.add("extends")
    if not isinstance(node.data, str):
        return None
    name = node.data.strip()
    if name in [layer.id for layer in layers]:
        names = " -> ".join([*(layer.id for layer in reversed(layers)), name])
        problems.error(node.at(), "circle", f'"extends" goes in a circle: {names}. Break it.')
        return None
    if len(layers) > MOST_EXTENDED:
        message = f"More than {MOST_EXTENDED} rulesets extend each other. Put some of them together."
        problems.error(node.at(), "too-many-extended", message)
        return None
    where = find(name)
    if where is None:
        mend = near(name, _siblings(layers[-1])) or NONE_NEAR
        problems.error(node.at(), "unknown-ruleset", f'There is no ruleset "{shown(name)}" to extend.{mend}')
        return None
    layers[0].unread.discard("extends")
    return where


def _speaks_of_another(layer: Layer, header: Node) -> bool:
    """Whether a ruleset without factors of its own disables or replaces rules, which must be another's."""
    if not isinstance(header.data, dict) or header.child("factors").data or header.child("limits").data:
        return False
    if header.child("disable").data:
        return True
    rules = [rule for _, node in layer.below("factors") for rule in node.child("rules").items()]
    return any(rule.has("replaces") for rule in rules)


def _siblings(layer: Layer) -> list[str]:
    try:
        return [entry.name for entry in layer.path.parent.iterdir() if entry.is_dir() and entry != layer.path]
    except OSError:
        return []
