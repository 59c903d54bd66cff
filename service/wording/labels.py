"""What the things of a ruleset are called where clinicians read of them: by labels, not by ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote

from service.model.condition import DAY, THE_MONTH, Condition, Scalar, Test, conjuncts, passes
from service.model.ruleset import AttributeRef, AttributeValue, Input, Option, Paper, Ruleset
from service.wording.phrases import plain, scalar

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\S+/\S+)\Z", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"'<>]+\Z", re.IGNORECASE)


class Labels:
    """Labels of the questions, answers, rules and facts of one ruleset."""

    def __init__(self, ruleset: Ruleset, before: Ruleset | None = None) -> None:
        """``before``: an earlier version, whose rules are named, too."""
        self.ruleset = ruleset
        rules = (*(before.rules if before is not None else ()), *ruleset.rules)
        self._titles = {rule.id: rule.title for rule in rules}
        titles = list(self._titles.values())
        self._shared = {title for title in titles if titles.count(title) > 1}
        self._options = {
            one.id: {option.id: option_label(option) for option in one.options}
            for one in ruleset.inputs.values()
        }

    def question(self, name: str) -> str:
        """The label of a question, of which the month is one where proofs ask for it."""
        if name == DAY:
            return THE_MONTH
        return self.ruleset.inputs[name].label if name in self.ruleset.inputs else plain(name)

    def rule(self, name: str) -> str:
        """The title of a rule, with its id where others have that title, too."""
        title = self._titles.get(name)
        if title is None:
            return name
        return f"“{title}” ({name})" if title in self._shared else f"“{title}”"

    def answer(self, name: str, value: Scalar) -> str:
        """One answer to a question, in its label where it is an option."""
        if isinstance(value, str):
            return self._options.get(name, {}).get(value, plain(value))
        return scalar(value)

    def amounts(self, ref: AttributeRef, when: Condition) -> tuple[tuple[str, str], ...]:
        """Each answer to the question of an attribute, beside what the attribute is for it.

        Answers that ``when`` rules out are left out.
        """
        left = open_options(self.ruleset.inputs[ref.input], when)
        return tuple(
            (option_label(one), attribute_words(one.attributes[ref.attribute]))
            for one in left
            if ref.attribute in one.attributes
        )


def option_label(option: Option) -> str:
    """The label of an option; an id that stands for one is made words."""
    return plain(option.id) if option.label == option.id else option.label


def paper_link(paper: Paper) -> str | None:
    """Where to read the paper on the web; None where that is not known."""
    doi = _DOI.match(paper.doi.strip()) if paper.doi else None
    if doi:
        return f"https://doi.org/{quote(doi[1], safe='/:;().-_~<>[]')}"
    url = paper.url.strip() if paper.url else ""
    return url if _WEB.match(url) else None


def attribute_words(value: AttributeValue) -> str:
    """What an attribute is, as words."""
    return ", ".join(map(scalar, value)) if isinstance(value, tuple) else scalar(value)


def in_order(values: Iterable[Scalar], order: Collection[Scalar]) -> list[Scalar]:
    """The values in the order given; what it does not name by size."""
    place: Mapping[Scalar, int] = {value: index for index, value in enumerate(order)}
    strays = len(place)
    return sorted(values, key=lambda value: (place.get(value, strays), _size(value)))


def _size(value: Scalar) -> tuple[int, str] | tuple[float, str]:
    return (0, value) if isinstance(value, str) else (float(value), "")


def fits(option: Option, test: Test) -> bool:
    """Whether the option passes a test of its question or of one of its attributes."""
    attribute = test.subject.partition(".")[2]
    if attribute and attribute not in option.attributes:
        return test.op == "unknown"
    value: AttributeValue = option.attributes[attribute] if attribute else option.id
    return passes(test, value)


def open_options(question: Input, when: Condition) -> list[Option]:
    """The options of the question that a condition leaves open, as far as its plain tests say."""
    tests = [
        part
        for part in conjuncts(when)
        if isinstance(part, Test) and part.target is None and part.subject.partition(".")[0] == question.id
    ]
    return [option for option in question.options if all(fits(option, test) for test in tests)]
