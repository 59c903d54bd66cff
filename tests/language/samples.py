"""Small rulesets made from the language's table: one for each effect, test form and kind of question.

A row that is new in the table gets its samples from what it takes, without a line here. Only a new kind of
value, shape or operand must be given a sample, and is asked for at import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

from schemas.language import (
    ANSWER,
    EFFECTS,
    KINDS,
    TEST_FORMS,
    Effect,
    InputKind,
    Shape,
    Takes,
    TestForm,
    Value,
    covers,
    effects,
)
from tests.properties.serving import write

Files = dict[str, Any]
"""A ruleset as plain data, as `tests.generated` draws it."""

CLIENT = {"goal": "some", "sessions_done": 2, "seen": 40, "wish": 80, "gain": 10}
OTHER = {"goal": "complete", "sessions_done": 4, "seen": 60, "wish": 95, "gain": 35}
"""Two clients for whom the same rules fire: what an effect comes to is another number for each."""

OTHERS = [OTHER, *({**CLIENT, name: OTHER[name]} for name in CLIENT)]
"""The other client, and each who differs from the first in one answer alone."""

INPUTS: dict[str, Any] = {
    "goal": {
        "label": "What is hoped for?",
        "one of": {
            "some": {"label": "Some", "small": 2, "large": 3, "low": 4, "high": 5, "near": 75, "far": 90},
            "complete": {"label": "All", "small": 3, "large": 4, "low": 5, "high": 6, "near": 80, "far": 95},
        },
        "required": True,
    },
    "sessions_done": {"label": "How many were done?", "whole number": "0 to 40", "default": 0},
    "seen": {"label": "What was seen?", "number": "0 to 100"},
    "wish": {"label": "What is wished for?", "number": "1 to 99"},
    "gain": {"label": "What did the last one give?", "number": "0 to 100"},
}

NUMBERS = {
    "sessions_done": [0, 2, 4],
    "seen": [0, 40, 60, 89, 90, 100],
    "wish": [1, 80, 99],
    "gain": [0, 10, 35],
}
"""What is tried of each number where every client is: those of the two clients, and where rules look."""


def rule(name: str, then: dict[str, Any], when: dict[str, Any] | None = None) -> dict[str, Any]:
    """A rule that fires for every client, or where ``when`` says."""
    return {
        "id": name,
        "title": f"The rule {name}",
        "when": when or {"goal": "given"},
        "then": then,
        "because": f"So it is with {name}",
        "support": "judgement",
    }


def _derived(name: str, then: dict[str, Any], when: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same with a stronger support than samples have, so that it shows what counts for support."""
    return {**rule(name, then, when), "support": "derived", "evidence": ["EV-1"]}


BASE = [
    _derived(
        "base",
        {
            "sessions": {"min": 1, "typical": 3, "max": 6},
            "interval weeks": "4 to 6",
            "review weeks": "20 to 30",
        },
    ),
    _derived("depth", {"points": {"depth": "goal.high", "burden": 1}}),
    _derived("risky", {"conclude": {"risk": "high"}}, {"seen": "at least 90"}),
    _derived("mild", {"conclude": {"risk": "low"}}, {"seen": "at least 90"}),
    _derived("at-risk", {"advise": "There is a risk"}, {"conclusions.risk": "high"}),
    _derived("burdened", {"advise": "It is much"}, {"scores.burden": "at least 5"}),
    _derived("deep", {"advise": "It is deep"}, {"scores.depth": "at least 50"}),
]
"""Rules for a plan, and rules that test facts, so that a fact matters to somebody."""


def clinic(
    *rules: dict[str, Any], inputs: dict[str, Any] | None = None, base: list[dict[str, Any]] | None = None
) -> Files:
    """A ruleset with these rules beside those that give a plan."""
    return {
        "ruleset": {
            "id": "generated",
            "title": "A sample",
            "version": "1.0.0",
            "limits": {"sessions": "1 to 20", "interval weeks": "2 to 26"},
            "factors": {"concern": "Concern"},
            "conclusions": {"risk": ["low", "high"]},
            "benefits": {"collagen": "Collagen is rebuilt", "tailored": "It is tailored"},
        },
        "assessment": {"inputs": deepcopy({**INPUTS, **(inputs or {})})},
        "evidence": {name: {"title": f"A study {name}", "year": 2020} for name in ("EV-1", "EV-2")},
        "factors": {"1-concern.yaml": {"factor": "concern", "rules": deepcopy([*(base or BASE), *rules])}},
    }


# -- effects --------------------------------------------------------------------------------------------

_TEXTS = [effect.name for effect in effects("text") if effect.goes_with is None]


@dataclass(frozen=True, eq=False)
class Change:
    """One effect as two rules say it that are the same but for its value."""

    effect: Effect
    how: str
    was: Any
    now: Any
    when: dict[str, Any] | None = None
    """For whom the rule fires; None: for every client."""
    beside: tuple[dict[str, Any], ...] = ()
    """Rules that both rulesets have besides."""

    def __str__(self) -> str:
        return f"{self.effect.name}-{self.how}"

    def is_of(self, what: str) -> bool:
        """Whether these words name the effect, its member of the answer, or its part of the plan."""
        effect = self.effect
        named = (effect.name, effect.key, effect.member, effect.part)
        return any(name is not None and name in what.split(" of ") for name in named)

    @property
    def gives_another_reason(self) -> bool:
        """Whether a gate keeps the same clients from a plan, and only tells them another text."""
        return self.was is not None and (self.effect.category == "gate" or self.how == "text")

    @property
    def texts(self) -> list[str]:
        """The texts that it comes to tell."""
        if self.effect.value == "moments":
            return list(self.now.values()) if isinstance(self.now, dict) else [self.now]
        return [self.now] if self.effect.value == "text" else []

    def files(self, value: Any) -> Files:
        """The ruleset whose rule ``sample`` has this value of the effect; None: only the effect beside it."""
        beside = EFFECTS[self.effect.goes_with or next(name for name in _TEXTS if name != self.effect.name)]
        then = {beside.key: VALUES[beside.value](beside)[0]}
        when = {"goal": "given"} if self.when is None else self.when
        sample = rule("sample", then if value is None else {**then, self.effect.key: value}, when)
        return clinic(*self.beside, sample)

    @property
    def before(self) -> Files:
        """The ruleset before the change."""
        return self.files(self.was)

    @property
    def after(self) -> Files:
        """The ruleset after the change."""
        return self.files(self.now)


def _alike(was: Any, now: Any) -> Callable[[Effect], tuple[Any, Any]]:
    return lambda _: (was, now)


_PROGRESS = {"improvement": "seen", "sessions": "sessions_done", "margin": 5}
_SLOW = {"gain": "gain", "over": 1, "text": "Read the slow card"}

VALUES: dict[Value, Callable[[Effect], tuple[Any, Any]]] = {
    "text": lambda effect: (f"Read the {effect.key} card", f"Hear the {effect.key} bell"),
    "range": _alike("3 to 5", "8 to 10"),
    "bounded range": _alike("7 to 9", "8 to 12"),
    "amount": _alike(2, 3),
    "factor": _alike(1.5, 2),
    "cap": _alike(5, 4),
    "score": _alike({"score": "depth", "times": 2}, {"score": "depth", "times": 3}),
    "progress": _alike({**_PROGRESS, "target": 75}, {**_PROGRESS, "target": 90}),
    "slow": _alike({**_SLOW, "share": 20}, {**_SLOW, "share": 90}),
    "level": _alike({"risk": "low"}, {"risk": "high"}),
    "sums": _alike({"burden": 3}, {"burden": 6}),
    "ids": _alike(["collagen"], ["tailored"]),
    "choice": lambda effect: (effect.choices[0], effect.choices[1]),
    "weeks": _alike(2, 4),
    "moments": _alike(
        {"before": "Come without make-up", "after": "Keep it cool"},
        {"before": "Come rested", "same day": "Eat before", "after": "Stay in the shade"},
    ),
}
"""A value of each kind, and another that means something else for `CLIENT`."""
covers(VALUES, get_args(Value), "sample values")

OTHER_FORMS: dict[Value, tuple[Any, Any]] = {
    "moments": ("Read the card", {"same day": "Read the card"}),
}
"""The same in other forms that a value can have."""

ATTRIBUTES: dict[Value, tuple[Any, Any]] = {
    "amount": ("goal.small", "goal.large"),
    "factor": ("goal.small", "goal.large"),
    "cap": ("goal.high", "goal.low"),
    "sums": ({"burden": "goal.small"}, {"burden": "goal.high"}),
    "progress": ({**_PROGRESS, "target": "goal.near"}, {**_PROGRESS, "target": "goal.far"}),
}
"""The same where an attribute gives the number."""
QUESTIONS: dict[Value, tuple[Any, Any]] = {
    "progress": ({**_PROGRESS, "target": 75}, {**_PROGRESS, "target": "wish"}),
}
"""The same where the answer to a question gives the number."""
_EXPECTED = {**_PROGRESS, "target": 75, "expected": {"clears": 75}}
_ADDED = {**_PROGRESS, "target": 75, "gains": "even"}
PARTS: dict[Value, dict[str, tuple[Any, Any]]] = {
    "progress": {
        "expected": ({**_PROGRESS, "target": 75}, _EXPECTED),
        "weight": (_EXPECTED, {**_EXPECTED, "weight": 50}),
        "gains": ({**_PROGRESS, "target": 75}, _ADDED),
        "adds": (
            {**_ADDED, "expected": {"adds": "goal.small"}, "weight": 50},
            {**_ADDED, "expected": {"adds": "goal.high"}, "weight": 50},
        ),
    },
    "slow": {"text": ({**_SLOW, "share": 90}, {**_SLOW, "share": 90, "text": "Hear the slow bell"})},
}
"""Values that differ in one of their keys."""
BESIDE: dict[Value, tuple[dict[str, Any], ...]] = {
    "slow": (rule("progress", {"remaining from progress": _EXPECTED}),)
}
"""Rules without which a value of the kind says nothing."""
covers(
    ATTRIBUTES,
    {effect.value for effect in effects(where=lambda effect: effect.attribute)},
    "sample attributes",
)


def changes() -> list[Change]:
    """Of every effect: a changed value, one that comes anew, and another attribute where it takes one.

    Of gates, and of what vouches for one session, also one that comes where the verdict is the same anyhow.
    """
    return [change for effect in EFFECTS.values() for change in _changes(effect)]


def _changes(effect: Effect) -> Iterator[Change]:
    was, now = VALUES[effect.value](effect)
    beside = BESIDE.get(effect.value, ())
    yield Change(effect, "changed", was, now, beside=beside)
    yield Change(effect, "new", None, now, beside=beside)
    for part, values in PARTS.get(effect.value, {}).items():
        yield Change(effect, part, *values, beside=beside)
    if effect.attribute:
        yield Change(effect, "attribute", *ATTRIBUTES[effect.value])
    if effect.value in OTHER_FORMS:
        yield Change(effect, "in another form", *OTHER_FORMS[effect.value])
    if effect.value in QUESTIONS:
        yield Change(effect, "question", *QUESTIONS[effect.value])
    if effect.category in ("gate", "conditional gate"):
        company = (*beside, rule("same", {effect.key: was}))
        yield Change(effect, "in company", None, now, beside=company)
    if effect.category == "vouch":
        gate = effects("gate", where=lambda one: not one.withholds)[0]
        other = VALUES[gate.value](gate)[0]
        yield Change(effect, "in company", None, was, beside=(rule("gate", {gate.key: other}),))


@dataclass(frozen=True, eq=False)
class WordChange:
    """A rule that says the same in other words: its title, say."""

    part: str
    was: Any
    now: Any

    def __str__(self) -> str:
        return self.part

    def is_of(self, what: str) -> bool:
        """Whether these words name the part of the rule."""
        return self.part == what

    def _files(self, said: Any) -> Files:
        return clinic({**rule("sample", {"advise": "Nothing else"}), "evidence": ["EV-1"], self.part: said})

    @property
    def before(self) -> Files:
        """The ruleset before the change."""
        return self._files(self.was)

    @property
    def after(self) -> Files:
        """The ruleset after the change."""
        return self._files(self.now)


def word_changes() -> list[WordChange]:
    """Of everything that a rule says beside its effects."""
    return [
        WordChange("title", "A title", "Another title"),
        WordChange("because", "So it is", "So it was"),
        WordChange("support", "published", "derived"),
        WordChange("evidence", ["EV-1"], ["EV-2"]),
    ]


# -- test forms -----------------------------------------------------------------------------------------

_LEVELS = ["mild", "moderate", "severe", "extreme"]
SUBJECTS: dict[Shape, tuple[dict[str, Any], list[Any]]] = {
    "choice": ({"label": "How bad?", "levels": _LEVELS}, _LEVELS),
    "yes_no": ({"label": "Is it so?", "kind": "yes or no"}, [True, False]),
    "number": ({"label": "How many?", "whole number": "0 to 5"}, list(range(6))),
    "set": ({"label": "Which?", "any of": ["dark", "pale", "raised"]}, ["dark", "pale", "raised"]),
}
"""A question of each shape, and its values; of a set the members."""
covers(SUBJECTS, get_args(Shape), "sample questions")


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _spelled(form: TestForm, operand: str) -> str:
    return operand if form.verb == "is" else f"{form.verb} {operand}"


def _values(form: TestForm, values: list[str], shape: Shape) -> tuple[str, str]:
    if shape == "yes_no":
        return _spelled(form, values[0]), _spelled(form, values[1])
    return _spelled(form, f"[{values[0]}, {values[1]}]"), _spelled(form, f"[{values[1]}]")


OPERANDS: dict[Takes, Callable[[TestForm, list[str], Shape], tuple[str, str]]] = {
    "nothing": lambda form, values, _: (form.verb, form.opposite or values[0]),
    "one value": lambda form, values, _: (
        _spelled(form, values[1]),
        _spelled(form, values[2 % (len(values) - 1)]),
    ),
    "values": _values,
    "ends": lambda form, values, _: (
        f"{values[1]} {form.verb} {values[-1]}",
        f"{values[0]} {form.verb} {values[-1]}",
    ),
}
"""A test of each form, and the same form (of those that take nothing: its opposite) saying otherwise."""
covers(OPERANDS, get_args(Takes), "sample operands")


WISH = {
    "label": "How much is wished for?",
    "levels": {"none": {}, "some": {"least": 1, "most": 3}, "much": {"least": 2, "most": 4}, "open": {}},
}
"""A question with attributes that tests of a number can compare with; two of its levels have none."""


def _beside(form: TestForm) -> tuple[str, str]:
    """A test that compares with an attribute, and the same form comparing with another."""
    return _spelled(form, "wish.least"), _spelled(form, "wish.most")


@dataclass(frozen=True, eq=False)
class FormSample:
    """One form of test, said of one shape; ``attribute``: with an attribute where a number may stand."""

    form: TestForm
    shape: Shape
    attribute: bool = False

    def __str__(self) -> str:
        return f"{self.form.verb}-{self.shape}{'-attribute' if self.attribute else ''}"

    @property
    def wishes(self) -> list[dict[str, Any]]:
        """The answers to the question whose attribute is compared with; no answer is one of them."""
        return [{}, *({"wish": level} for level in WISH["levels"])] if self.attribute else [{}]

    @property
    def tests(self) -> tuple[Any, Any]:
        """The test, and the one to which it is changed."""
        if self.attribute:
            return _beside(self.form)
        first, second = OPERANDS[self.form.takes](self.form, [_word(v) for v in self.values], self.shape)
        return tuple(_as_data(one) for one in (first, second))  # type: ignore[return-value]

    @property
    def values(self) -> list[Any]:
        """The values of the question; of a set its members."""
        return SUBJECTS[self.shape][1]

    @property
    def answers(self) -> list[Any]:
        """Every answer that can be given; None: not answered."""
        if self.shape != "set":
            return [None, *self.values]
        sizes = range(len(self.values) + 1)
        return [None, *(list(some) for size in sizes for some in combinations(self.values, size))]

    def exactly(self, answer: Any) -> dict[str, Any]:
        """A condition that holds for this answer alone."""
        if answer is None:
            return {"asked": "unknown"}
        if self.shape != "set":
            return {"asked": answer}
        without = [value for value in self.values if value not in answer]
        parts = [{"asked": f"includes {value}"} for value in answer]
        parts += [{"asked": {"includes none of": without}}] if without else []
        return {"all": parts}

    def files(self, test: Any, *, asks: bool = True) -> Files:
        """A ruleset that stops where the test holds, waits where it is false, and perhaps asks more."""
        more = {"label": "And then?", "kind": "yes or no", "required": True, "only if": {"asked": test}}
        wish = {"wish": WISH} if self.attribute else {}
        inputs = {"asked": SUBJECTS[self.shape][0], **wish, **({"next": more} if asks else {})}
        stops = rule("tested", {"stop": "It holds"}, {"asked": test})
        waits = rule("negated", {"defer": "It is false"}, {"not": {"asked": test}})
        return clinic(stops, waits, inputs=inputs, base=BASE[:1])


def _as_data(said: str) -> Any:
    """As YAML has it: lists and yes or no are no texts."""
    if said.startswith("["):
        return [_as_data(one.strip()) for one in said[1:-1].split(",")]
    return {"yes": True, "no": False}.get(said, said)


def form_samples() -> list[FormSample]:
    """Every form with every shape that it can be said of."""
    plain = [FormSample(form, shape) for form in TEST_FORMS.values() for shape in form.shapes]
    return plain + [FormSample(form, "number", True) for form in TEST_FORMS.values() if form.attribute]


# -- kinds of question ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class KindSample:
    """One kind of question: how it is written, and what it takes."""

    kind: InputKind
    was: Any
    now: Any
    takes: Any
    wider: Any
    """What only the changed question takes; None where nothing can be changed."""
    wrong: tuple[Any, ...]

    def __str__(self) -> str:
        return self.kind.name

    def files(self, written: Any) -> Files:
        """A ruleset that asks such a question, and has a rule that looks at it."""
        one = {"label": f"Which {self.kind.name}?", self.kind.key: written}
        looks = rule("looks", {"add sessions": 2}, {"asked": "given"})
        return clinic(looks, inputs={"asked": one}, base=BASE[:1])


_NUMBERS = ("0 to 10", "0 to 20", 3, 15, (99, "3", True))
_QUESTIONS: dict[Shape, Callable[[InputKind], tuple[Any, ...]]] = {
    "choice": lambda _: (["a", "b"], ["a", "b", "c"], "b", "c", ("zzz", 1, ["a"])),
    "set": lambda _: (["a", "b"], ["a", "b", "c"], ["b", "a"], ["c"], (["zzz"], "a", ["a", "a"])),
    "yes_no": lambda kind: (kind.name, kind.name, True, None, ("yes", 1)),
    "number": lambda kind: (*_NUMBERS[:4], (*_NUMBERS[4], *((2.5,) if kind.whole else ()))),
}
covers(_QUESTIONS, get_args(Shape), "sample kinds of question")


def kind_samples() -> list[KindSample]:
    """Every kind of question."""
    return [KindSample(kind, *_QUESTIONS[kind.shape](kind)) for kind in KINDS.values()]


# -- members of an answer -------------------------------------------------------------------------------


def with_everything() -> Files:
    """A ruleset whose answer has something in every list."""
    rules = [
        rule(effect.name.replace("_", "-"), {effect.key: VALUES[effect.value](effect)[0]})
        for effect in effects(where=lambda one: one.member in ANSWER and one.category != "gate")
        if effect.goes_with is None
    ]
    return clinic(*rules)


# -- files ----------------------------------------------------------------------------------------------


def written(folder: Path, files: Files) -> Path:
    """Write the ruleset below the folder; the folder of rulesets."""
    return write(files, folder)
