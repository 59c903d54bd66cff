"""The trail of steps as arithmetic that a person can do again by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.commandline.wording import number, said, three
from service.model.number import as_json
from service.model.ruleset import Ruleset

_OF = {
    "sessions": "How the sessions come about (min, typical, max)",
    "interval_weeks": "How the weeks between sessions come about (min, typical, max)",
    "remaining": "How the sessions still needed come about (min, typical, max)",
}
_EFFECTS = {
    ("times", "sessions"): "sessions_times",
    ("add", "sessions"): "add_sessions",
    ("add", "interval_weeks"): "add_interval_weeks",
    ("most", "sessions"): "most_sessions",
}
_BUILT_IN = {
    "round": ("rounded", "min down, typical half up, max up, none under 1"),
    "will_not_suffice": ("at least 2", "one session will not suffice"),
    "unvouched": ("typical 2", "no rule says that one session may suffice"),
    "widen": ("made a range", "none smaller than the one before it, max above min"),
}


class Trail:
    """Writes the steps of one answer."""

    def __init__(self, ruleset: Ruleset, assessment: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self._ruleset = ruleset
        self._assessment = assessment
        self._scores = answer["scores"]
        self._steps: list[dict[str, Any]] = answer["steps"]
        self._effects = {hit["rule"]: hit["effects"] for hit in answer["fired"]}

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """For each thing that was worked out, its heading and its moves, one a line."""
        for of, heading in _OF.items():
            rows = [(*self._move(step), three(step)) for step in self._steps if step["of"] == of]
            if rows:
                wide = max(len(move) for move, _, _ in rows)
                numbers = max(len(now) for _, _, now in rows)
                yield heading, [f"{move:{wide}}  {now:{numbers}}  {why}".rstrip() for move, why, now in rows]

    def _move(self, step: Mapping[str, Any]) -> tuple[str, str]:
        """What the step does, and by which rule or for what reason."""
        does, of, rule = step["does"], step["of"], step["rule"]
        if does in ("base", "base_not_used"):
            return self._base(step)
        if does == "limit":
            low, high = getattr(self._ruleset.limits, of)
            return "within limits", f"{low} to {high}, the limits of {self._ruleset.id}"
        if (does, of) in _EFFECTS:
            sign = {"times": "x", "add": "+", "most": "at most"}[does]
            amount, source = self._amount(self._effects[rule][_EFFECTS[does, of]])
            move = f"{sign} {amount}".replace("+ -", "- ")
            return move, f"{rule} ({source})" if source else rule
        move, why = _BUILT_IN[does]
        return move, f"{rule}: {why}" if rule else why

    def _base(self, step: Mapping[str, Any]) -> tuple[str, str]:
        rule, of = step["rule"], step["of"]
        move = "base" if step["does"] == "base" else "not used"
        if rule is None:
            done = said(self._given("sessions_done") or 0)
            return f"- {done}", "the sessions, less those done"
        effects = self._effects[rule]
        why = rule if step["does"] == "base" else f"{rule}: another base needs more"
        if of == "remaining":
            return move, f"{why} ({self._progress(effects['remaining_from_progress'])})"
        if of == "sessions" and "sessions_from_score" in effects:
            return move, f"{why} ({self._from_score(effects['sessions_from_score'])})"
        return move, why

    def _from_score(self, how: Mapping[str, Any]) -> str:
        score = self._scores[how["score"]]
        return (
            f"{how['score']} {said(score)} x {number(how['times'])}, "
            f"min and max {number(how['spread'])} away, none under {number(how['at_least'])}"
        )

    def _progress(self, how: Mapping[str, Any]) -> str:
        """The formula behind ``remaining from progress``, with its numbers in."""
        target = how["target"]
        if isinstance(target, str):
            target = self._attribute(target) if "." in target else self._given(target)
        done, seen = self._given(how["sessions"]), self._given(how["improvement"])
        wanted, margin = number(target), number(how["margin"])
        left, goal = _share_left(seen), _share_left(target)
        away = f", min and max for {margin} points more and less" if how["margin"] else ""
        return (
            f"{number(seen)} of {wanted} % after {done}: the least m with "
            f"{left}^({done}+m) <= {goal}^{done}{away}"
        )

    def _amount(self, effect: Any) -> tuple[str, str]:
        """The amount of an effect as it was reckoned with, and where it comes from."""
        if isinstance(effect, str):
            name = effect.partition(".")[0]
            return number(self._attribute(effect)), f"{effect} of {said(self._given(name))}"
        if isinstance(effect, Mapping):
            return f"({three(effect)})", ""
        return number(effect), ""

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


def _share_left(percent: float) -> str:
    return number(round((100 - percent) / 100, 10))
