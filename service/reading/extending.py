"""The rulesets that one extends, the furthest first, and its own rules laid over theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from service.model.problem import Place, did_you_mean, shown
from service.reading.folder import MOST_TOTAL_VALUES, Layer, read_folder
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import Draft


def without_doubles(problems: ProblemCollector, drafts: list[Draft]) -> list[Draft]:
    """The rules of one ruleset, those whose id stands a second time without it."""
    first: dict[str, Draft] = {}
    nameless: list[Draft] = []
    copies = _copies(problems, drafts)
    for draft in drafts:
        if draft.node.tree.file in copies:
            continue
        if not draft.rule_id:
            nameless.append(draft)
        elif draft.rule_id in first:
            where = first[draft.rule_id].node.child("id").at()
            message = f'Rule "{shown(draft.rule_id)}" stands already at {where}. Give this one its own id.'
            problems.error(draft.node.child("id").at(), "duplicate-id", message)
            nameless.append(replace(draft, rule_id=""))
        else:
            first[draft.rule_id] = draft
    return [*first.values(), *nameless]


def _copies(problems: ProblemCollector, drafts: list[Draft]) -> set[str]:
    """The files whose rules stand all in another one, two or more of them: a problem for each such pair."""
    ids: dict[str, set[str]] = {}
    for draft in drafts:
        ids.setdefault(draft.node.tree.file, set()).add(draft.rule_id)
    copies: set[str] = set()
    for one, other in combinations(ids, 2):
        less, more = (one, other) if ids[one] < ids[other] else (other, one)
        if ids[less] <= ids[more] and len(ids[less]) > 1 and copies.isdisjoint((one, other)):
            copy, kept = (one, other) if len(one) > len(other) else (other, one)
            name = kept.rpartition("/")[2]
            message = f"This file has the rules of {name} a second time. Keep one of the two."
            problems.error(Place(copy), "duplicate-id", message)
            copies.add(less)
    return copies


def in_force(
    problems: ProblemCollector,
    inherited: list[Draft],
    own: list[Draft],
    disable: Node | None,
    guarantees: Collection[str] = (),
) -> list[Draft]:
    """The rules that are in force: inherited but for those disabled or replaced, then a clinic's own.

    ``guarantees``: ids of those that are taken over.
    """
    by_id = {draft.rule_id: draft for draft in inherited if draft.rule_id}
    gone = _disabled(problems, by_id, disable, guarantees) if disable else set()
    kept = []
    for draft in own:
        above = by_id.get(draft.rule_id) if draft.rule_id else None
        if draft.replaces and above is None:
            mend = problems.near(draft.rule_id, by_id) or ' Remove "replaces".'
            message = f'"{shown(draft.rule_id)}" replaces no rule of an extended ruleset.{mend}'
            problems.error(draft.node.child("replaces").key(), "replaces-nothing", message)
        elif not draft.replaces and above is not None:
            name = shown(draft.rule_id)
            message = f'The extended ruleset has a rule "{name}". Add replaces: yes, or rename this one.'
            problems.error(draft.node.child("id").at(), "missing-replaces", message)
        if above is not None:
            gone.add(draft.rule_id)
        kept.append(replace(draft, standing=above.standing) if draft.replaces and above else draft)
    return [draft for draft in inherited if draft.rule_id not in gone] + kept


def _disabled(
    problems: ProblemCollector, by_id: dict[str, Draft], disable: Node, guarantees: Collection[str]
) -> set[str]:
    disabled: set[str] = set()
    for item in disable.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            problems.error(item.at(), "wrong-type", "A rule is disabled by its id: [rule-a, rule-b].")
        elif word in disabled:
            problems.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in by_id:
            disabled.add(word)
        elif word in guarantees:
            message = f'"{shown(word)}" is a guarantee; those can\'t be disabled. Remove it here.'
            problems.error(item.at(), "unknown-rule", message)
        else:
            mend = problems.near(word, by_id) or " Remove it."
            message = f'"{shown(word)}" is not a rule of an extended ruleset.{mend}'
            problems.error(item.at(), "unknown-rule", message)
    return disabled


def ids_promised(layers: Sequence[Layer]) -> set[str]:
    """Ids of the guarantees of the layers, as written."""
    nodes = [node for layer in layers if (node := layer.node("guarantees.yaml"))]
    ids = [item.child("id").data for node in nodes for item in node.child("guarantees").items()]
    return {one for one in ids if isinstance(one, str)}


def say_once_that_there_are_no_papers(problems: ProblemCollector, layers: Sequence[Layer]) -> None:
    """One problem for all papers that are cited, where no layer holds any: its file is missing or empty."""
    cited = next((problem for problem in problems.noted if problem.code == "unknown-evidence"), None)
    if cited is None:
        return
    layer = next(one for one in layers if cited.place.file.startswith(f"{one.shown_as}/"))
    if "evidence.yaml" in layer.unread:
        return
    layer.unread.add("evidence.yaml")
    node = layer.node("evidence.yaml")
    if node is not None:
        problems.empty(node)
        return
    message = "Rules cite papers, and there is no evidence.yaml. Bring it back, or write it."
    problems.error(Place(f"{layer.shown_as}/evidence.yaml"), "missing-file", message)


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
        mend = did_you_mean(name, _siblings(layers[-1])) or NONE_NEAR
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
