"""Plain data as a person writes it in a ruleset's file: options on a line each, rules as blocks.

All scalars are texts, as the reader has them: ``{"severity": "at least moderate", "evidence": ["EV-1"]}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.model.flow import flow, is_below_zero, text

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x9f]")
_PLAIN = re.compile(r"(?!(?:null|~)\Z)[^\W_](?:[^:#]|:(?! |\Z)|(?<! )#)*\Z", re.IGNORECASE)
_CURLY_END = re.compile("[“”„‟‘’‚«»]\\Z")


def one_line(typed: str) -> str:
    """What was typed in a field, on one line and without control characters."""
    return _CONTROL.sub("", " ".join(typed.split()))


def block_scalar(words: str) -> str:
    """A text behind a key of its own line: in quotes where YAML would see something else in it."""
    plain = is_below_zero(words) or (_PLAIN.match(words) and not _CURLY_END.search(words))
    return words if plain else json.dumps(words, ensure_ascii=False)


def block_value(value: Any) -> str:
    """A text, list or mapping behind a key of its own line."""
    return block_scalar(value) if isinstance(value, str) else flow(value)


def option_line(name: str, option: Mapping[str, Any], beside: str = "") -> str:
    """An option with its label and attributes; its keys stand below those of the line ``beside``."""
    line = f"{text(name)}:"
    for number, (key, value) in enumerate(option.items()):
        column = re.search(rf"(?<=[ {{]){re.escape(key)}: ", beside)
        lead = " {" if number == 0 else " "
        goal = 0 if column is None else column.start() - len(lead)
        line = f"{line.ljust(goal)}{lead}{text(key)}: {flow(value)}" + (
            "," if number + 1 < len(option) else "}"
        )
    return line


def rule_lines(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """A rule as an item of a list, set to the left: ``- id: ours``, and its other keys below."""
    lines = [line for key, value in rule.items() for line in _key_lines(key, value)]
    return tuple(f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))


def _key_lines(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{key}: {block_value(value)}"
        return
    yield f"{key}:"
    for name, below in value.items():
        if name in _GROUPS and isinstance(below, list) and below:
            yield f"  {name}:"
            yield from (f"    - {flow(part)}" for part in below)
        else:
            yield f"  {text(name)}: {block_value(below)}"


_GROUPS = ("any", "all")
