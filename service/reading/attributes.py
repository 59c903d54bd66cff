"""The attributes that options carry: the same ones each, and each of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from schemas.ruleset_fields import id_mistake, mended_id, yes_or_no
from service.model.condition import Domain, Scalar
from service.model.number import parse_number
from service.model.problem import shown
from service.model.ruleset import AttributeValue
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

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
    odd = {name for name in counts if _is_odd(name, counts, len(carried))}
    _odd_ones(problems, carried, odd, [name for name in counts if name not in odd])
    domains: dict[str, Domain] = {}
    values: _Values = {option: {} for option in carried}
    unread = set(odd)
    for name in counts:
        if name in odd:
            continue
        _missing(problems, node, carried, name, odd)
        read = _attribute(problems, name, {o: below[name] for o, below in carried.items() if name in below})
        if read is None:
            unread.add(name)
            continue
        domains[name] = read[0]
        for option, value in read[1].items():
            values[option][name] = value
    return domains, values, frozenset(unread)


def _is_odd(name: str, counts: Counter[str], options: int) -> bool:
    """Whether so few options carry the attribute that these few are the mistake, not the others."""
    return options > 2 and 3 * counts[name] <= options and counts[name] < max(counts.values())


def _odd_ones(
    problems: ProblemCollector, carried: Mapping[str, Mapping[str, Node]], odd: set[str], usual: list[str]
) -> None:
    for below in carried.values():
        lacking = [name for name in usual if name not in below]
        for name in below:
            if name in odd:
                mend = problems.near(name, lacking) or " Give it to all of them, or remove it."
                message = f'"{shown(name)}" is not an attribute of the other options.{mend}'
                problems.error(below[name].key(), "odd-attribute", message)


def _missing(
    problems: ProblemCollector,
    node: Node,
    carried: Mapping[str, Mapping[str, Node]],
    name: str,
    odd: set[str],
) -> None:
    for option, below in carried.items():
        if problems.full:
            return
        renamed = name not in below and any(problems.near(other, [name]) for other in below if other in odd)
        if name not in below and not renamed:
            message = f'"{shown(option)}" lacks the attribute "{name}" that other options have. Add it.'
            problems.error(node.child(option).key(), "missing-attribute", message)


def _attribute(
    problems: ProblemCollector, name: str, nodes: Mapping[str, Node]
) -> tuple[Domain, dict[str, AttributeValue]] | None:
    as_list = isinstance(next(iter(nodes.values())).data, list)
    first_kind = ""
    for option, node in nodes.items():
        if isinstance(node.data, list) != as_list:
            message = (
                f'"{name}" is a list in some options and not in "{shown(option)}". Make it the same in all.'
            )
            problems.error(node.at(), "mixed-attribute", message)
            return None
        for item in node.items() if as_list else [node]:
            kind = _kind(item.data)
            if not kind:
                _no_kind(problems, name, item)
                return None
            first_kind = first_kind or kind
            if kind != first_kind:
                message = f'"{name}" is {first_kind} before and {kind} here. Make it the same in all options.'
                problems.error(item.at(), "mixed-attribute", message)
                return None
    return _typed(first_kind, nodes, as_list)


def _no_kind(problems: ProblemCollector, name: str, node: Node) -> None:
    if node.data is None:
        problems.error(node.key(), "missing-value", f'"{name}" has no value. Write one.')
        return
    mend = f' Write "{mended_id(node.data, capitals=True)}", say.' if isinstance(node.data, str) else ""
    message = f'"{name}" must be a number, yes or no, a name, or a list of these.{mend}'
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
