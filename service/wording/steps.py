"""How the numbers of an answer come about, step by step, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from schemas.json_numbers import JsonNumber
from schemas.language import Category, Effect, effects
from schemas.words import QUANTITIES
from service.model.number import as_json, exact, written
from service.model.ruleset import Ruleset
from service.wording.answers import number_words, value_words

_SIGNS: Mapping[Category, tuple[str, str]] = {
    "factor": ("times", "x"),
    "addition": ("add", "+"),
    "cap": ("most", "at most"),
}
"""What moves a number: how steps name it, and its sign."""
_BUILT_IN = {
    "round": ("rounded", "min down, typical half up, max up, none under 1"),
    "will_not_suffice": ("at least 2", "one session will not suffice"),
    "unvouched": ("typical 2", "no rule says that one session may suffice"),
    "widen": ("made a range", "none smaller than the one before it, max above min"),
}


class WorkedStep(NamedTuple):
    """One step: what it does, by which rule or for what reason, and min, typical and max after it."""

    move: str
    why: str
    now: str


class Trail:
    """The steps of one answer in words, each with its formula and the numbers in it."""

    def __init__(self, ruleset: Ruleset, assessment: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self._ruleset = ruleset
        self._assessment = assessment
        self._scores = answer["scores"]
        self._steps: list[dict[str, Any]] = answer["steps"]
        self._effects = {hit["rule"]: hit["effects"] for hit in answer["fired"]}

    def sections(self) -> Iterator[tuple[str, list[WorkedStep]]]:
        """For each thing that was worked out, its heading and its steps."""
        for of, unit in QUANTITIES.items():
            rows = [WorkedStep(*self._move(step), _three(step)) for step in self._steps if step["of"] == of]
            if rows:
                named = unit.named if unit.several in unit.named else f"{unit.several} {unit.named}"
                yield f"How the {named} come about (min, typical, max)", rows

    def _move(self, step: Mapping[str, Any]) -> tuple[str, str]:
        """What the step does, and by which rule or for what reason."""
        does, of, rule = step["does"], step["of"], step["rule"]
        if does in ("base", "base_not_used"):
            return self._base(step)
        if does == "replan":
            has = self._effects[rule]
            how = next(has[one.name] for one in effects("base", quantity="remaining") if one.name in has)
            return "made again", f"{rule} ({self._progress(how)})"
        if does == "limit":
            low, high = getattr(self._ruleset.limits, of)
            return "within limits", f"{low} to {high}, the limits of {self._ruleset.id}"
        for category, (moves, sign) in _SIGNS.items():
            if does == moves:
                amount, source = self._amount(self._effect(step, category)[1])
                move = f"{sign} {amount}".replace("+ -", "- ")
                return move, f"{rule} ({source})" if source else rule
        move, why = _BUILT_IN[does]
        return move, f"{rule}: {why}" if rule else why

    def _base(self, step: Mapping[str, Any]) -> tuple[str, str]:
        rule = step["rule"]
        move = "base" if step["does"] == "base" else "not used"
        if rule is None:
            done = value_words(self._given("sessions_done") or 0)
            return f"- {done}", "the sessions, less those done"
        why = rule if step["does"] == "base" else f"{rule}: another base needs more"
        effect, value = self._effect(step, "base")
        if effect.value == "progress":
            return move, f"{why} ({self._progress(value)})"
        if effect.value == "score":
            return move, f"{why} ({self._from_score(value)})"
        return move, why

    def _effect(self, step: Mapping[str, Any], category: Category) -> tuple[Effect, Any]:
        """The effect by which the step's rule does it, with its value in the answer."""
        has = self._effects[step["rule"]]
        found = (one for one in effects(category) if one.quantity == step["of"] and one.name in has)
        return next((one, has[one.name]) for one in found)

    def _from_score(self, how: Mapping[str, Any]) -> str:
        score = self._scores[how["score"]]
        return (
            f"{how['score']} {value_words(score)} x {number_words(how['times'])}, "
            f"min and max {number_words(how['spread'])} away, none under {number_words(how['at_least'])}"
        )

    def _progress(self, how: Mapping[str, Any]) -> str:
        """The formula behind ``remaining from progress``, with its numbers in."""
        target = how["target"]
        if isinstance(target, str):
            target = self._attribute(target) if "." in target else self._given(target)
        done, seen = self._given(how["sessions"]), self._given(how["improvement"])
        wanted, margin = number_words(target), number_words(how["margin"])
        away = f", min and max for {margin} points more and less" if how["margin"] else ""
        least = (
            self._even(how, seen, target, done)
            if how["gains"] == "even"
            else self._shrinking(how, _share_left(seen), _share_left(target), done)
        )
        return f"{number_words(seen)} of {wanted} % after {done}: the least m with {least}{away}"

    def _shrinking(self, how: Mapping[str, Any], left: str, goal: str, done: Any) -> str:
        if how["expected"] is None:
            return f"{left}^({done}+m) <= {goal}^{done}"
        weight, after = number_words(how["weight"]), _share_left(how["expected"]["clears"])
        planned = next(
            number_words(step["typical"])
            for step in self._steps
            if step["does"] == "base" and step["of"] == "sessions"
        )
        each = f"({after}^({weight}/{planned}) x {left})^(1/({done}+{weight}))"
        return f"{left} x r^m <= {goal}, where r = {each}"

    def _even(self, how: Mapping[str, Any], seen: Any, target: Any, done: Any) -> str:
        now = number_words(seen)
        if how["expected"] is None:
            each = f"{now} / {done}"
        else:
            weight, adds = number_words(how["weight"]), self._amount(how["expected"]["adds"])[0]
            each = f"({now} + {weight} x {adds}) / ({done}+{weight})"
        return f"{now} + m x g >= {number_words(target)}, where g = {each}"

    def _amount(self, effect: Any) -> tuple[str, str]:
        """The amount of an effect as it was reckoned with, and where it comes from."""
        if isinstance(effect, str):
            name = effect.partition(".")[0]
            return number_words(self._attribute(effect)), f"{effect} of {value_words(self._given(name))}"
        if isinstance(effect, Mapping):
            return f"({_three(effect)})", ""
        return number_words(effect), ""

    def _given(self, name: str) -> Any:
        """The answer to a question, or its default, as JSON data."""
        value = self._assessment.get(name)
        if value is None:
            value = self._ruleset.inputs[name].default if name in self._ruleset.inputs else None
        return value

    def _attribute(self, key: str) -> Any:
        name, _, attribute = key.partition(".")
        chosen = self._given(name)
        option = next(one for one in self._ruleset.inputs[name].options if one.id == chosen)
        return as_json(option.attributes[attribute])  # type: ignore[arg-type]


def _share_left(percent: JsonNumber) -> str:
    return written(exact(Fraction(100 - exact(percent)) / 100))


def _three(triple: Mapping[str, Any]) -> str:
    """``4.8, 6, 7.2``: min, typical and max."""
    return ", ".join(number_words(triple[part]) for part in ("min", "typical", "max"))
