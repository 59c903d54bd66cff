"""The same ruleset in another order."""

from __future__ import annotations

from random import Random
from typing import Any

from schemas.language import KINDS

_IN_ORDER = {"factors", *(kind.key for kind in KINDS.values() if kind.ordered)}


def shuffled(files: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same ruleset with files, rules, keys, options and lists in another order, and its files renamed.

    The order of levels and of factors is meaning, and stays.
    """
    dice = Random(seed)
    made = {part: _mixed(dice, raw) for part, raw in files.items() if part != "factors"}
    names = [f"{place}-{file.partition('-')[2]}" for place, file in enumerate(files["factors"], start=1)]
    tails = [name.partition("-")[2] for name in names]
    places = dice.sample(range(1, len(names) + 1), len(names))
    renamed = {
        f"{place}-{tail}": _mixed(dice, raw)
        for place, tail, raw in zip(places, tails, files["factors"].values(), strict=True)
    }
    made["factors"] = _in_any_order(dice, renamed)
    return made


def _in_any_order(dice: Random, mapping: dict[Any, Any]) -> dict[Any, Any]:
    keys = list(mapping)
    dice.shuffle(keys)
    return {key: mapping[key] for key in keys}


def _mixed(dice: Random, raw: Any, kept: bool = False) -> Any:
    """A value with everything in it in another order; `kept` keeps the order of this value itself."""
    if isinstance(raw, list):
        inside = [_mixed(dice, one) for one in raw]
        return inside if kept else dice.sample(inside, len(inside))
    if not isinstance(raw, dict):
        return raw
    inside_mapping = {
        key: _mixed_conclusions(dice, value)
        if key == "conclusions" and isinstance(value, dict)
        else _mixed(dice, value, kept=key in _IN_ORDER)
        for key, value in raw.items()
    }
    return inside_mapping if kept else _in_any_order(dice, inside_mapping)


def _mixed_conclusions(dice: Random, declared: dict[str, Any]) -> dict[str, Any]:
    return _in_any_order(dice, {name: list(levels) for name, levels in declared.items()})
