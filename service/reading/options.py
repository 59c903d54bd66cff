"""The options of an input: their ids and labels, and the attributes that all of them carry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from math import factorial, prod

from schemas.language import InputKind
from schemas.ruleset_fields import id_mistake, mended_id, yes_or_no
from service.model.condition import Domain, Scalar
from service.model.number import parse_number
from service.model.problem import advice, quoted, shown
from service.model.ruleset import AttributeValue, Option
from service.reading.node import Data, Node, Path, Places
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of

MOST_ATTRIBUTES = 300
_Values = dict[str, dict[str, AttributeValue]]


def read_attributes(
    problems: ProblemCollector, node: Node, carried: Mapping[str, Mapping[str, Node]]
) -> tuple[dict[str, Domain], _Values, frozenset[str]]:
    """Each attribute's domain, each option's values, and the attributes that could not be read."""
    counts = Counter(chain.from_iterable(carried.values()))
    if len(counts) > MOST_ATTRIBUTES:
        message = f"More than {MOST_ATTRIBUTES} different attributes. All options carry the same ones."
        problems.error(node.at(), "too-many-attributes", message)
        return {}, {option: {} for option in carried}, frozenset(counts)
    odd = _misspelt(problems, carried, counts)
    _missing(problems, node, carried, [name for name in counts if name not in odd])
    domains: dict[str, Domain] = {}
    values: _Values = {option: {} for option in carried}
    unread = set(odd)
    for name in counts:
        if name in odd:
            continue
        read = _attribute(problems, name, {o: below[name] for o, below in carried.items() if name in below})
        if read is None:
            unread.add(name)
            continue
        domains[name] = read[0]
        for option, value in read[1].items():
            values[option][name] = value
    return domains, values, frozenset(unread)


def _misspelt(
    problems: ProblemCollector, carried: Mapping[str, Mapping[str, Node]], counts: Counter[str]
) -> set[str]:
    """The attributes of so few options that they must be misspelt: each of these lacks one that is near."""
    misspelt: set[str] = set()
    for below in carried.values():
        rare = [name for name in below if _is_rare(name, counts, len(carried))]
        lacking = [name for name in counts if name not in below and not _is_rare(name, counts, len(carried))]
        for name in rare:
            mend = problems.near(name, lacking)
            if mend:
                misspelt.add(name)
                message = f'"{shown(name)}" is not an attribute of the other options.' + mend
                problems.error(below[name].key(), "odd-attribute", message)
    return misspelt


def _is_rare(name: str, counts: Counter[str], options: int) -> bool:
    """Whether so few options carry the attribute that these few may be the mistake, not the others."""
    return options > 2 and 3 * counts[name] <= options and counts[name] < max(counts.values())


def _missing(
    problems: ProblemCollector, node: Node, carried: Mapping[str, Mapping[str, Node]], names: Sequence[str]
) -> None:
    """Warn where one option alone lacks what all the others have, two at least: it may be forgotten."""
    lacking: dict[str, list[str]] = {}
    for name in names if len(carried) > 2 else ():
        without = [option for option, below in carried.items() if name not in below]
        if len(without) == 1 and not any(problems.near(other, [name]) for other in carried[without[0]]):
            lacking.setdefault(without[0], []).append(name)
    for option, missing in lacking.items():
        what = f"attribute{'s' if len(missing) > 1 else ''} {quoted(sorted(missing), last='and')}"
        message = f'"{shown(option)}" lacks the {what} that all other options have: '
        message += (
            "no test of them holds there. Add them"
            if len(missing) > 1
            else "no test of it holds there. Add it"
        )
        problems.warning(node.child(option).key(), "missing-attribute", f"{message}, or allow this.")


def _attribute(
    problems: ProblemCollector, name: str, nodes: Mapping[str, Node]
) -> tuple[Domain, dict[str, AttributeValue]] | None:
    as_list = isinstance(next(iter(nodes.values())).data, list)
    first_kind = ""
    for option, node in nodes.items():
        if isinstance(node.data, list) != as_list:
            message = f'"{name}" is a list in some options and not in "{shown(option)}".'
            problems.error(node.at(), "mixed-attribute", message, _alike(node, as_list))
            return None
        for item in node.items() if as_list else [node]:
            kind = _kind(item.data)
            if not kind:
                _no_kind(problems, name, item, first_kind)
                return None
            first_kind = first_kind or kind
            if kind != first_kind:
                message = f'"{name}" is {first_kind} before, and "{shown(item.data)}" is {kind}.'
                problems.error(item.at(), "mixed-attribute", f"{message} Make it the same in all.")
                return None
    return _typed(first_kind, nodes, as_list)


def _alike(node: Node, as_list: bool) -> str:
    """How to write the value as the other options have theirs."""
    if as_list and isinstance(node.data, str):
        listed = f"[{', '.join(_SEPARATOR.split(node.data.strip()))}]"
        return advice(f"Write {shown(listed)}.", node.data.strip(), listed)
    if isinstance(node.data, list) and len(node.data) == 1 and isinstance(node.data[0], str):
        return f"Write {shown(node.data[0])}, or lists in all."
    return "Make it the same in all."


_SEPARATOR = re.compile(r"\s*(?:,|;|/|\+|&|\band\b)\s*")


def _no_kind(problems: ProblemCollector, name: str, node: Node, expected: str) -> None:
    """Note a value that can't be one; ``expected``: what kind those of other options are."""
    if node.data is None:
        problems.error(node.key(), "missing-value", f'"{name}" has no value. Write one.')
        return
    if not isinstance(node.data, str):
        message = f'"{name}" must be a number, yes or no, a name, or a list of these.'
        problems.error(node.at(), "wrong-type", message)
        return
    mend = {
        "a number": mend_of(node.data, key=name).partition(" as ")[0] if expected == "a number" else "",
        "yes or no": "Write yes or no",
    }.get(expected) or f'Write "{mended_id(node.data, capitals=True)}", say'
    message = (
        f'"{shown(node.data)}" is not {expected or "a number, yes or no, or a name"}. {mend.rstrip(".")}.'
    )
    problems.error(node.at(), "wrong-type", message)


def _kind(data: object) -> str:
    if not isinstance(data, str):
        return ""
    if yes_or_no(data) is not None:
        return "yes or no"
    if parse_number(data) is not None:
        return "a number"
    return "" if id_mistake(data, capitals=True) else "a name"


def _typed(kind: str, nodes: Mapping[str, Node], as_list: bool) -> tuple[Domain, dict[str, AttributeValue]]:
    def scalar(text: str) -> Scalar:
        value = {"yes or no": yes_or_no, "a number": parse_number}.get(kind, str)(text)
        assert value is not None
        return value

    values: dict[str, AttributeValue] = {
        option: tuple(dict.fromkeys(map(scalar, node.data))) if as_list else scalar(node.data)
        for option, node in nodes.items()
    }
    each = (value if isinstance(value, tuple) else (value,) for value in values.values())
    seen = tuple(dict.fromkeys(chain.from_iterable(each)))
    if as_list:
        return Domain("set", seen), values
    if kind == "yes or no":
        return Domain("yes_no", (False, True)), values
    return Domain("number" if kind == "a number" else "choice", seen), values


MOST_OPTIONS = 300

BEFORE, AFTER = "before", "after"
"""Keys of an own level: which level of the extended ruleset it stands beside."""


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
    places: dict[str, Places] = {}
    for written, below in node.entries():
        name, mistake = written, id_mistake(written, capitals=True)
        if mistake:
            problems.bad_id(below.key(), written, mistake)
            name = mended_id(written, capitals=True)
        labels[name], carried[name] = _option(problems, name, below, kind)
        places[name] = Places(below)
    domains, values, unread = read_attributes(problems, node, carried)
    options = tuple(Option(name, labels[name], values[name], places[name]) for name in carried)
    return Options(options, domains, unread)


def warn_of_sorted_levels(problems: ProblemCollector, questions: Node) -> None:
    """Warn of levels in a file whose keys are all in the alphabet's order, as a tool that sorts leaves them.

    Not of levels in a list, which such tools leave alone, nor of those that are counted, as I to VI, or have
    a number that rises with them.
    """
    orders: set[tuple[str, ...]] = set()
    levels: list[tuple[Node, tuple[str, ...]]] = []
    for path, data in _mappings(questions.data, ()):
        node, keys = Node(questions.tree, path, data), tuple(data)
        if not keys or node.child(keys[0]).is_listed or not all(map(_SORTED_AS_A_WORD.match, keys)):
            continue
        if list(keys) not in (sorted(keys), sorted(keys, key=str.casefold)):
            return
        if len(path) == _LEVELS_AT and path[-1] == "levels":
            if len(keys) > 1 and not _is_counted(keys) and not _rises(node):
                levels.append((node, keys))
        else:
            orders.add(keys)
    if levels and prod(factorial(len(keys)) for keys in orders) >= _NO_ACCIDENT:
        listed = "; ".join(f"{node.path[-2]}: {shown(', '.join(keys), 80)}" for node, keys in levels)
        message = (
            "All keys of this file are in the order of the alphabet, as after a tool that sorts keys. The "
            f"order of levels is meaning, lowest first. Put these in their order, or allow this: {listed}."
        )
        problems.warning(levels[0][0].key(), "levels-sorted", message)


_LEVELS_AT = 3
"""How deep in assessment.yaml the levels of a question stand."""
_SORTED_AS_A_WORD = re.compile(r"(?!(?:true|false|yes|no|on|off|null)\Z)[A-Za-z]", re.IGNORECASE)
"""A key that every tool takes for a word; what they do with others differs."""
_NO_ACCIDENT = 10_000
"""How many other orders the keys must have: a file written by hand does not stand so by accident."""


def _mappings(data: Data, path: Path) -> Iterator[tuple[Path, dict[str, Data]]]:
    """Every mapping in what stands at ``path``, with where it is."""
    if isinstance(data, dict):
        yield path, data
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, below in parts:
        if not isinstance(below, str):
            yield from _mappings(below, (*path, key))


def _is_counted(keys: Sequence[str]) -> bool:
    return all(re.fullmatch(r"[IVX]+", key) for key in keys)


def _rises(levels: Node) -> bool:
    """Whether some attribute is a number in every level, and more in each than in the one before."""
    carried = [below.data if isinstance(below.data, dict) else {} for _, below in levels.entries()]
    for name in carried[0]:
        texts = [level.get(name) for level in carried]
        numbers = [parse_number(text) if isinstance(text, str) else None for text in texts]
        found = [number for number in numbers if number is not None]
        if len(found) == len(texts) and all(low < high for low, high in pairwise(found)):
            return True
    return False


def _no_options(problems: ProblemCollector, node: Node) -> None:
    for item in node.items():
        if not isinstance(item.data, str):
            message = "An option in a list is one word. Options with a label or more stand without dashes."
            problems.error(item.at(), "wrong-type", message)
            return
    message = f"{node.name()} needs options: a list [a, b], or ids with labels below it."
    pieces = re.split(r"\s*[<,;/|]\s*", node.data.strip()) if isinstance(node.data, str) else []
    if len(pieces) > 1 and not any(id_mistake(piece, capitals=True) for piece in pieces):
        message = (
            f'{node.name()} needs a list, not "{shown(str(node.data))}". Write [{shown(", ".join(pieces))}].'
        )
    problems.error(node.key() if node.data is None else node.at(), "wrong-type", message)


def _option(
    problems: ProblemCollector, name: str, node: Node, kind: InputKind
) -> tuple[str, dict[str, Node]]:
    if node.data is None:
        return name, {}
    if not isinstance(node.data, dict):
        return problems.text(name, node) or name, {}
    label = name
    below: dict[str, Node] = {}
    for key, value in node.entries():
        if key == "label":
            label = problems.text("label", value) or "label"
        elif kind.ordered and key in (BEFORE, AFTER):
            message = f'"{key}" is for a level that is laid over those of an extended ruleset. Remove it.'
            problems.error(value.key(), "level-order", message)
            below[key] = value
        elif not kind.attributes:
            what = f'an option of "{kind.key}" has only a label'
            message = f'"{shown(key)}" can\'t stand here: {what}. Remove it.'
            problems.error(value.key(), "unknown-key", message)
        elif id_mistake(key):
            problems.bad_id(value.key(), key, str(id_mistake(key)))
        else:
            below[key] = value
    return label, below
