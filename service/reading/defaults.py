"""What an input takes when nothing is given."""

from __future__ import annotations

from schemas.ruleset_fields import yes_or_no
from service.model.condition import Scalar
from service.model.number import parse_number, written
from service.model.problem import quoted, shown
from service.model.ruleset import Input
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of


def read_default(problems: ProblemCollector, one: Input, node: Node) -> Scalar | frozenset[str] | None:
    """The default of the input at the node, or None where it has none (or a wrong one, noted)."""
    below = node.child("default")
    if below.data is None:
        return None
    for word, holds in (("required", one.required), ("must ask", one.must_ask)):
        if holds:
            message = f'"{one.id}" has both "{word}" and "default". Keep one of them.'
            problems.error(below.key(), "default-and-" + word.replace(" ", "-"), message)
            return None
    if one.domain.shape == "set":
        return _set(problems, one, below)
    if not isinstance(below.data, str):
        problems.error(below.at(), "wrong-type", f'The default of "{one.id}" must be one value.')
        return None
    if one.domain.shape == "choice":
        return _option(problems, one, below)
    value, wanted = _yes_or_no(below) if one.domain.shape == "yes_no" else _number(one, below)
    if value is None:
        problems.error(below.at(), "bad-default", f'The default "{shown(below.data)}" is not {wanted}')
    return value


def _yes_or_no(node: Node) -> tuple[Scalar | None, str]:
    return yes_or_no(node.data), "yes or no."


def _number(one: Input, node: Node) -> tuple[Scalar | None, str]:
    value = parse_number(node.data)
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    if value is None:
        return None, f"a number. {mend_of(node.data)}"
    fits = low <= value <= high and (isinstance(value, int) or not one.domain.whole)
    return (value if fits else None), f"a {one.kind} from {written(low)} to {written(high)}."


def _set(problems: ProblemCollector, one: Input, node: Node) -> frozenset[str] | None:
    if not isinstance(node.data, list):
        problems.error(node.at(), "wrong-type", f'The default of "{one.id}" must be a list: [] or [a, b].')
        return None
    members = [_option(problems, one, item) for item in node.items()]
    return None if None in members else frozenset(member for member in members if member is not None)


def _option(problems: ProblemCollector, one: Input, node: Node) -> str | None:
    names = [option.id for option in one.options]
    if isinstance(node.data, str) and node.data.strip() in names:
        return node.data.strip()
    word = shown(str(node.data)) if isinstance(node.data, str) else "This"
    mend = problems.near(word, names) or f" Write {quoted(names)}."
    code = "unknown-level" if one.domain.ordered else "unknown-option"
    what = "a level" if one.domain.ordered else "an option"
    problems.error(node.at(), code, f'"{word}" is not {what} of {one.id}.{mend}')
    return None
