"""What a rule's effects may speak of, and how they name an input or an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.language import KINDS
from service.model.condition import DAY
from service.model.number import Number, parse_number
from service.model.problem import quoted, shown
from service.model.ruleset import AttributeRef, Input, Limits
from service.reading.conditions import FACTS, GROUPS
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rule's effects may speak of.

    ``ids``: for each effect that names texts by id, these texts.
    ``own_limits`` are those of the ruleset in which the rule stands, ``limits`` those in force.
    ``unread``: keys of what is there but could not be read; it is passed over without a word.
    ``questions_unread``: there may be questions of which not even the keys are known.
    """

    inputs: Mapping[str, Input]
    ids: Mapping[str, Mapping[str, str]]
    conclusion_levels: Mapping[str, tuple[str, ...]]
    own_limits: Limits | None
    limits: Limits | None
    unread: frozenset[str] = field(default_factory=frozenset)
    questions_unread: bool = False

    def can_test(self, key: str) -> bool:
        """Whether it can be a key of ``when``: a group, an input, an attribute, a fact, or the day."""
        first = key.partition(".")[0]
        return self.questions_unread or key in GROUPS or first in (*self.inputs, *self.unread, *FACTS, DAY)

    def testable(self) -> list[str]:
        """The inputs and their attributes, as tests name them."""
        attributes = [f"{one.id}.{name}" for one in self.inputs.values() for name in one.attributes]
        return [*self.inputs, *attributes]


def read_attribute(
    problems: ProblemCollector, words: Vocabulary, node: Node, *, above_zero: bool = False
) -> AttributeRef | None:
    """The number attribute named at the node, or None with a problem noted."""
    text = str(node.data).strip()
    name, _, attribute = text.partition(".")
    if name in words.unread or text in words.unread:
        return None
    one = words.inputs.get(name)
    if one is None:
        message = f'"{shown(name)}" is not an input.' + (problems.near_input(name, words.inputs) or _DEFINED)
        problems.error(node.at(), "unknown-input", message)
        return None
    domain = one.attributes.get(attribute)
    if domain is None:
        known = [f"{name}.{key}" for key in one.attributes]
        mend = problems.near_input(text, known) or (f" It has {quoted(known)}." if known else " It has none.")
        problems.error(
            node.at(), "unknown-attribute", f'"{shown(text)}" is not an attribute of {name}.' + mend
        )
        return None
    if domain.shape != "number":
        message = f"{text} is not a number. Name an attribute that is a number in every option."
        problems.error(node.at(), "attribute-not-a-number", message)
        return None
    values = numbers_of(domain.values)
    if above_zero and any(value <= 0 for value in values):
        message = f"{text} is not above 0 in every option, as it must be here. Mend the options."
        problems.error(node.at(), "out-of-bounds", message)
        return None
    return AttributeRef(name, attribute)


_DEFINED = " Inputs are defined in assessment.yaml."


def numbers_of(values: tuple[object, ...]) -> list[Number]:
    """Those of the values that are numbers."""
    return [value for value in values if not isinstance(value, str | bool)]  # type: ignore[misc]


def read_number_input(
    problems: ProblemCollector, words: Vocabulary, node: Node, *, whole: bool, most: int
) -> str | None:
    """The id of the number input named at the node, or None with a problem noted."""
    name = str(node.data).strip() if isinstance(node.data, str) else ""
    if not name or name in words.unread:
        return None
    one = words.inputs.get(name)
    if one is None:
        message = f'"{shown(name)}" is not an input.' + (problems.near_input(name, words.inputs) or _DEFINED)
        problems.error(node.at(), "unknown-input", message)
        return None
    if one.domain.shape != "number" or (whole and not one.domain.whole):
        wanted = f"{'whole ' if whole else ''}number"
        message = f'{one.id} is of the kind "{one.kind}". Name an input that is a {wanted}.'
        problems.error(node.at(), "input-does-not-fit", message)
        return None
    if one.domain.high is not None and one.domain.high > most:
        message = f"{one.id} must be at most {most:,} to be used here."
        bounds = one.places.get((KINDS[one.kind].key,))
        problems.error(node.at(), "out-of-bounds", message, "Mend its bounds in assessment.yaml.", of=bounds)
        return None
    return one.id


def is_number(data: object) -> bool:
    """Whether a value is written as one number."""
    return isinstance(data, str) and parse_number(data.strip()) is not None
