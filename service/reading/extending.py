"""The rulesets that one extends, the furthest first, with its own rules and questions laid over theirs.

Questions are laid over each other option by option.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from schemas.language import KINDS
from schemas.ruleset_fields import yes_or_no
from service.model.flow import flow
from service.model.problem import Advice, Place, advice, did_you_mean, placed, shown, to_write
from service.reading.folder import MOST_TOTAL_VALUES, Layer, read_folder
from service.reading.node import Branch, Data, Node, Tree, in_layer
from service.reading.options import AFTER, BEFORE
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import DraftRule, canonical_parts, digest_of

_MUST_ASK = "must ask"
_INSISTING = ("required", _MUST_ASK)


def warn_of_weakened(problems: ProblemCollector, trees: Sequence[Tree]) -> None:
    """Tell each question that a later ``assessment.yaml`` lays over one, and no longer insists on.

    Where it must be asked that is an error, where it is only required a warning.

    ``trees``: those of the extended rulesets, the furthest first, then the own one.
    """
    insists: dict[str, dict[str, bool]] = {}
    for tree in trees:
        for name, node in Node(tree, (), tree.data).child("inputs").entries():
            before = insists.get(name, {})
            now = before | {key: _is_yes(node.child(key)) for key in _INSISTING if node.has(key)}
            insists[name] = now
            was = [key for key in _INSISTING if before.get(key)]
            if not was or any(now.values()):
                continue
            if before.get(_MUST_ASK):
                _refuse_weakened(problems, name, node)
            else:
                problems.warning(node.key(), "question-weakened", _message(name, was[0], node))


def _refuse_weakened(problems: ProblemCollector, name: str, node: Node) -> None:
    """Nobody who extends a ruleset can take it back that a question must be asked."""
    keys = [key for key in (_MUST_ASK, "default") if node.has(key)]
    place = node.child(keys[0]).key() if keys else node.key()
    names = " and ".join(f'"{key}"' for key in keys)
    message = f'"{shown(name)}" must be asked in the extended ruleset, which stays so. Remove {names}.'
    problems.error(place, "question-weakened", message, since=2)


def _is_yes(node: Node) -> bool:
    return isinstance(node.data, str) and yes_or_no(node.data.strip()) is True


def _message(name: str, was: str, node: Node) -> str:
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
        whole.cuts |= {
            in_layer(at, layer): (in_layer(cut, layer), text) for at, (cut, text) in tree.cuts.items()
        }
        together = part if layer == 0 else _over(together, part, 0, whole.misplaced)
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


def _over(
    below: _MarkedData, above: _MarkedData, depth: int, misplaced: list[tuple[int, str]], key: str = ""
) -> _MarkedData:
    """``above`` laid over ``below``: mappings merge down to single options, all else is replaced.

    ``misplaced`` gets the levels of which it is not said where they stand.
    """
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
            part = _over(_MarkedData(data[name], marks.below[name]), part, depth + 1, misplaced, name)
        data[name] = part.data
        if part.marks is not None:
            marks.below[name] = part.marks
    if key in _LEVELS:
        order = _levels_in_order(list(below.data), above, misplaced)
        data = {name: _without_place(data[name]) if name in above.data else data[name] for name in order}
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


def _without_place(level: Data) -> Data:
    if not isinstance(level, dict):
        return level
    return {key: value for key, value in level.items() if key not in (BEFORE, AFTER)}


def _levels_in_order(below: list[str], above: _MarkedData, misplaced: list[tuple[int, str]]) -> list[str]:
    """The levels of both: own ones as their list with all of the others says, or beside the one they name."""
    assert isinstance(above.data, dict)
    assert isinstance(above.marks, Branch)
    places = {
        name: (key, level[key])
        for name, level in above.data.items()
        if isinstance(level, dict)
        for key in (BEFORE, AFTER)
        if key in level
    }
    listed = [name for name in above.data if name not in places]
    for name, message in _misplaced(below, listed):
        misplaced.append((above.marks.keys[name], message))
    order, last = _ordered(below, listed), dict[str, str]()
    for name, (key, beside) in places.items():
        if name in below or not isinstance(beside, str) or beside not in below:
            said = did_you_mean(str(beside), below) or f" Write one of {', '.join(below)}."
            message = f'"{key}" takes a level of the extended ruleset, for one that it does not have.' + said
            misplaced.append((above.marks.keys[name], message))
            order += [] if name in order else [name]
        elif key == BEFORE:
            order.insert(order.index(beside), name)
        else:
            order.insert(order.index(last.get(beside, beside)) + 1, name)
            last[beside] = name
    return order


def _misplaced(below: list[str], listed: list[str]) -> Iterator[tuple[str, str]]:
    """The first own level of which the list does not say where it stands among the others."""
    known = [name for name in listed if name in below]
    right = sorted(known, key=below.index)
    strays = [name for name, other in zip(known, right, strict=True) if name != other]
    if strays:
        levels = ", ".join(below)
        yield (
            strays[0],
            f"The extended ruleset has the order {levels}, and order is meaning. Keep it: a tool that sorts "
            "keys may have changed it.",
        )
        return
    new = [name for name in listed if name not in below]
    if new and len(known) < len(below):
        yield (
            new[0],
            f'Where does "{shown(new[0])}" stand? Write all levels in one list, or below this one '
            f'"{BEFORE}: {below[0]}" or "{AFTER}: {below[-1]}", or whichever it is beside.',
        )


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


def without_doubles(problems: ProblemCollector, drafts: list[DraftRule]) -> list[DraftRule]:
    """The rules of one ruleset, those whose id stands a second time without it."""
    first: dict[str, DraftRule] = {}
    nameless: list[DraftRule] = []
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


def _copies(problems: ProblemCollector, drafts: list[DraftRule]) -> set[str]:
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
    inherited: list[DraftRule],
    own: list[DraftRule],
    disable: Node | None,
    guarantees: Collection[str] = (),
) -> tuple[list[DraftRule], list[tuple[DraftRule, Place]]]:
    """The rules that are in force: inherited but for those disabled or replaced, then a clinic's own.

    With them those that are not, each with the place that sets it aside. ``guarantees``: ids of those that
    are taken over.
    """
    by_id = {draft.rule_id: draft for draft in inherited if draft.rule_id}
    gone = _disabled(problems, by_id, own, disable, guarantees) if disable else {}
    kept = []
    for draft in own:
        above = by_id.get(draft.rule_id) if draft.rule_id else None
        if draft.replaces and above is None:
            mend = problems.near(draft.rule_id, by_id) or ' Remove "replaces".'
            mend = placed(mend, draft.node.child("id").at())
            message = f'"{shown(draft.rule_id)}" replaces no rule of an extended ruleset.' + mend
            problems.error(draft.node.child("replaces").key(), "replaces-nothing", message)
        elif draft.replaces is False and above is not None:
            name = shown(draft.rule_id)
            digest = digest_of(above)[:8]
            message = (
                f'The extended ruleset has a rule "{name}". Add replaces: yes (or {digest}, its digest, '
                "to be told when it changes), or rename this one."
            )
            problems.error(draft.node.child("id").at(), "missing-replaces", _replacing(message, draft))
        if above is not None:
            _warn_of_moved(problems, draft, above)
            gone[draft.rule_id] = draft.node.child("id").at()
        if draft.replaces and above is not None:
            draft = replace(draft, standing=above.standing, table=draft.table or above.table)
        kept.append(draft)
    aside = [(draft, gone[draft.rule_id]) for draft in inherited if draft.rule_id in gone]
    return [draft for draft in inherited if draft.rule_id not in gone] + kept, aside


def _replacing(message: str, draft: DraftRule) -> str:
    """The message, with ``replaces: yes`` written behind the rule's id."""
    node = draft.node.child("id")
    written = f"{draft.rule_id}"
    if draft.is_row or node.at().line == draft.node.child("title").at().line:
        return advice(message, written, f"{written}, replaces: yes")
    into = " " * (node.key().column - 1)
    return Advice(message, to_write(written, f"{written}\n{into}replaces: yes"))


def _warn_of_moved(problems: ProblemCollector, draft: DraftRule, above: DraftRule) -> None:
    """Warn where the rule that is replaced is not the one any more that its digest names."""
    digest = digest_of(above)
    if not isinstance(draft.replaces, str) or digest.startswith(draft.replaces):
        return
    own, now = canonical_parts(draft), canonical_parts(above)
    differing = [key for key in (*_DECIDING, *now) if key in now and now[key] != own.get(key)]
    says = ", ".join(f"{key}: {flow(now[key])}" for key in dict.fromkeys(differing))
    message = (
        f'The rule "{draft.rule_id}" that this one replaces has changed. Where they differ it says now '
        f"{shown(says, 110) or 'nothing'}. Read it, and write replaces: {digest[:8]}."
    )
    problems.warning(draft.node.child("replaces").at(), MOVED, message)


MOVED = "replaced-rule-moved"

_DECIDING = ("then", "when")
"""The parts of a rule that are shown first."""


def _disabled(
    problems: ProblemCollector,
    by_id: dict[str, DraftRule],
    own: list[DraftRule],
    disable: Node,
    guarantees: Collection[str],
) -> dict[str, Place]:
    """By the id of each rule that is disabled, where that is said."""
    disabled: dict[str, Place] = {}
    named: set[str] = set()
    tables = {draft.table for draft in by_id.values() if draft.table}
    for item in disable.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            such_as = shown(next(iter(item.data))) if isinstance(item.data, dict) and item.data else "rule-a"
            problems.error(item.at(), "wrong-type", f"A rule is disabled by its id alone: write {such_as}.")
        elif word in named:
            problems.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in by_id or word in tables:
            named.add(word)
            disabled |= {one: item.at() for one, draft in by_id.items() if word in (one, draft.table)}
        elif word in guarantees:
            message = f'"{shown(word)}" is a guarantee; those can\'t be disabled. Remove it here.'
            problems.error(item.at(), "unknown-rule", message)
        else:
            mend = _no_such_rule(problems, word, by_id, [*by_id, *tables], own)
            message = f'"{shown(word)}" is not a rule of an extended ruleset.' + mend
            problems.error(item.at(), "unknown-rule", message)
    return disabled


def _no_such_rule(
    problems: ProblemCollector, word: str, by_id: dict[str, DraftRule], known: list[str], own: list[DraftRule]
) -> str:
    """What was meant by what is no rule of an extended ruleset, or why there is none."""
    if not known:
        return " This ruleset extends none: remove the rule itself."
    if word in {draft.rule_id for draft in own}:
        return " It is one of this ruleset: remove the rule itself."
    titled = next((one for one, rule in by_id.items() if rule.title.casefold() == word.casefold()), None)
    if titled is not None:
        return Advice(f" Did you mean {titled} ({shown(word)})?", to_write(word, titled))
    return problems.near(word, known) or f" Rules are named by their ids, such as {known[0]}."


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
        _put_files_right(problems, layer)
    problems.folders = [layer.shown_as for layer in layers]
    return layers


def _put_files_right(problems: ProblemCollector, layer: Layer) -> None:
    """Note files of rules among the scenarios, and the other way round; read them where they belong."""
    for name, tree in [*layer.trees.items()]:
        folder, _, own = name.rpartition("/")
        data = tree.data
        is_rules = isinstance(data, dict) and not _RULES.isdisjoint(data)
        is_scenarios = isinstance(data, list) and bool(data) and all(map(_is_scenario, data))
        if (folder, is_rules, is_scenarios) in (("scenarios", True, False), ("factors", False, True)):
            home, what = ("factors", "rules") if is_rules else ("scenarios", "scenarios")
            message = f"This is a file of {what}. Move it into {home}/."
            problems.error(Place(tree.file), "stray-file", message)
            layer.trees.setdefault(f"{home}/{own}", layer.trees.pop(name))


_RULES = frozenset({"rules", "tables"})


def _is_scenario(item: Data) -> bool:
    return isinstance(item, dict) and "assessment" in item and "expect" in item


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
        problems.error(node.at(), "unknown-ruleset", f'There is no ruleset "{shown(name)}" to extend.' + mend)
        return None
    layers[0].unread.discard("extends")
    return where


def _speaks_of_another(layer: Layer, header: Node) -> bool:
    """Whether a ruleset without factors of its own disables or replaces rules, which must be another's."""
    if not isinstance(header.data, dict) or header.child("factors").data or header.child("limits").data:
        return False
    if header.child("disable").data:
        return True
    files = [node for _, node in layer.below("factors")]
    rules = [rule for node in files for rule in node.child("rules").items()]
    tables = [table for node in files for table in node.child("tables").items()]
    rows = [row for table in tables for row in table.child("rows").items()]
    return any(rule.has("replaces") for rule in [*rules, *rows])


def _siblings(layer: Layer) -> list[str]:
    try:
        return [entry.name for entry in layer.path.parent.iterdir() if entry.is_dir() and entry != layer.path]
    except OSError:
        return []
