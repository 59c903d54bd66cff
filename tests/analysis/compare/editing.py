"""A generated ruleset with one thing edited, as an author would: it may be for nothing, or a mistake."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.generated import Choices

Files = dict[str, Any]


def edited(choices: Choices, files: Files) -> Files:
    """The ruleset after one to three edits."""
    made = deepcopy(files)
    for _ in range(choices.whole(1, 3)):
        choices.pick(_EDITS)(choices, made)
    return made


def _rules(files: Files) -> list[dict[str, Any]]:
    return [rule for file in files["factors"].values() for rule in file["rules"]]


def _rule(choices: Choices, files: Files) -> dict[str, Any]:
    return choices.pick(_rules(files))


def _question(choices: Choices, files: Files) -> dict[str, Any]:
    inputs = files["assessment"]["inputs"]
    return inputs[choices.pick(list(inputs))]  # type: ignore[no-any-return]


def _another_base(choices: Choices, files: Files) -> None:
    rule = _rule(choices, files)
    if not {"stop", "no numbers", "sessions from score"} & rule["then"].keys():
        rule["then"]["sessions"] = choices.pick(("2 to 4", "3", "5 to 6", "1 to 2"))
        rule["support"] = "judgement"


def _another_factor(choices: Choices, files: Files) -> None:
    rule = _rule(choices, files)
    if not {"stop", "no numbers"} & rule["then"].keys():
        rule["then"]["sessions times"] = choices.pick((1, 2, "1 to 2"))
        rule["support"] = "judgement"


def _another_gate(choices: Choices, files: Files) -> None:
    rule = _rule(choices, files)
    gate = choices.pick(("refer", "defer", "advise"))
    if gate in rule["then"] and len(rule["then"]) > 1:
        del rule["then"][gate]
        rule["then"].pop("until", None)
        rule["then"].pop("defer weeks", None)
    else:
        rule["then"][gate] = "Look first"


def _another_condition(choices: Choices, files: Files) -> None:
    rule, other = _rule(choices, files), _rule(choices, files)
    rule["when"] = deepcopy(other["when"])


def _narrower(choices: Choices, files: Files) -> None:
    rule, other = _rule(choices, files), _rule(choices, files)
    rule["when"] = {"all": [deepcopy(rule["when"]), deepcopy(other["when"])]}


def _gone(choices: Choices, files: Files) -> None:
    file = choices.pick([file for file in files["factors"].values() if len(file["rules"]) > 1] or [None])
    if file is not None:
        file["rules"].remove(choices.pick(file["rules"]))


def _renamed(choices: Choices, files: Files) -> None:
    rule = _rule(choices, files)
    rule["id"] = f"{rule['id']}-again"


def _another_text(choices: Choices, files: Files) -> None:
    _rule(choices, files)["because"] = "It was seen again"


def _shuffled(choices: Choices, files: Files) -> None:
    for file in files["factors"].values():
        file["rules"].reverse()


def _limits(choices: Choices, files: Files) -> None:
    files["ruleset"]["limits"]["sessions"] = "1 to 20"


def _asked_otherwise(choices: Choices, files: Files) -> None:
    question = _question(choices, files)
    for how in ("required", "must ask", "default"):
        question.pop(how, None)
    how = choices.pick(("required", "must ask", "optional", "default"))
    if how in ("required", "must ask"):
        question[how] = True
    elif how == "default" and question.get("kind") == "yes or no":
        question["default"] = True


def _asked_of_all(choices: Choices, files: Files) -> None:
    _question(choices, files).pop("only if", None)


def _other_bounds(choices: Choices, files: Files) -> None:
    question = _question(choices, files)
    for kind in ("number", "whole number"):
        if kind in question:
            bounds = question.pop(kind)
            question[choices.pick(("number", "whole number"))] = choices.pick((bounds, "0 to 3", "0 to 60"))


def _option_more(choices: Choices, files: Files) -> None:
    question = _question(choices, files)
    for kind in ("one of", "levels", "any of"):
        options = question.get(kind)
        if isinstance(options, list):
            options.append("another")
        elif isinstance(options, dict):
            options["another"] = deepcopy(next(iter(options.values())))


def _option_less(choices: Choices, files: Files) -> None:
    question = _question(choices, files)
    for kind in ("one of", "levels", "any of"):
        options = question.get(kind)
        if options and len(options) > 2:
            options.pop(choices.pick(list(options)) if isinstance(options, dict) else 0)


_EDITS: tuple[Callable[[Choices, Files], None], ...] = (
    _another_base,
    _another_base,
    _another_factor,
    _another_gate,
    _another_condition,
    _narrower,
    _gone,
    _renamed,
    _another_text,
    _shuffled,
    _limits,
    _asked_otherwise,
    _asked_of_all,
    _other_bounds,
    _option_more,
    _option_less,
)
