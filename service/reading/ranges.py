"""Numbers and ranges as authors write them: ``5``, ``4 to 6``, ``4-6``, ``{min, typical, max}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from schemas.language import effects
from service.model.number import Number, Triple, alike, exact, half_up, parse_number, written
from service.model.problem import advice, shown
from service.reading.node import Node
from service.reading.numbers_in_text import Counted, number_in_text
from service.reading.problem_collector import ProblemCollector

_NUMBER = r"-?[0-9][0-9.,]*"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\bto\b|[-\u2013\u2014])\s*({_NUMBER})\Z")
_PARTS = ("min", "typical", "max")


def split_range(text: str) -> tuple[str, str] | None:
    """The two ends of ``a to b`` or ``a-b`` between numbers, as texts; None where it is no such range."""
    match = _RANGE.match(text)
    return (match.group(1), match.group(2)) if match else None


def read_number(problems: ProblemCollector, node: Node, of: Counted = "number") -> Number | None:
    """A decimal number, or None with a problem noted."""
    if isinstance(node.data, str):
        number = parse_number(node.data.strip())
        if number is not None:
            return number
        message = f'"{shown(node.data)}" is not a number. ' + mend_of(node.data, of=of, key=_counted(node))
        problems.error(node.at(), "not-a-number", message)
    elif node.data is None:
        problems.error(node.key(), "missing-value", f"{node.name()} has no value. Write a number.")
    else:
        problems.error(node.at(), "wrong-type", f"{node.name()} must be a number.")
    return None


def _counted(node: Node) -> str:
    """The key that says what is counted at the node: its own, or that of what it is a part of."""
    return next((key for key in reversed(node.path) if isinstance(key, str) and key not in _PARTS), "")


_UP_TO = ("at most", "up to")
_TIMES = ("x", "×")
_NOTHING = frozenset({"n/a", "na", "n.a.", "none", "nothing", "nil", "-", "?", "tbd", "todo", "unknown", "x"})
"""What people write where they have no number."""


def mend_of(
    text: str, *, of: Counted = "number", key: str = "", range_too: bool = False, whole: bool = False
) -> str:
    """How to write the number that the text seems to mean, below the key.

    ``range_too``: or the range; ``whole``: it must be without a fraction.
    """
    bare = _bare(text, of, key)
    if whole and (bare is None or "." in bare):
        return _no_such(text) or "Write a whole number."
    if bare is not None:
        _, to, high = bare.partition(" to ")
        if to and not range_too:
            return f"Write one number, such as {high}."
        told = f"Write {bare}."
        return told if "in weeks" in bare else advice(told, text.strip(), bare.partition(",")[0])
    return _no_such(text) or "Write it as 5 or 1.25, with at most 15 digits."


def _no_such(text: str) -> str:
    return "Write a number, or remove the line." if text.strip().lower() in _NOTHING else ""


def _bare(text: str, of: Counted, key: str) -> str | None:
    """The number or range that the text says, as it is to be written; None where that is not certain.

    What is said in days, months or years is told in weeks below a key that counts these, and nowhere else.
    """
    said = number_in_text(text)
    if said is None or (of == "count" and (said.of_percent or "/" in text)):
        return None
    if (said.before in _UP_TO and of != "count") or (said.before in _TIMES and of != "factor"):
        return None
    weeks = said.in_weeks()
    if weeks is not None and of == "count":
        return f"{weeks.text}, in weeks" if "weeks" in key else None
    more = said.plus and of == "count" and not key.startswith("add ")  # which a base would take for all
    if more or not said.goes_with(key):
        return None
    told = said.as_factor() if of == "factor" else said
    without = ", without the unit" if said.unit and not said.of_percent and of != "factor" else ""
    return f"{told.text}{without}"


def read_bounds(
    problems: ProblemCollector, node: Node, *, such_as: str = "0 to 40", of: Counted = "number"
) -> tuple[Number, Number] | None:
    """``a to b``, two numbers that don't fall, or None with a problem noted."""
    if node.data is None:
        problems.error(
            node.key(), "missing-value", f"{node.name()} has no value. Write a range such as {such_as}."
        )
        return None
    if not isinstance(node.data, str):
        two = (
            isinstance(node.data, list)
            and len(node.data) == 2
            and all(isinstance(end, str) for end in node.data)
        )
        mend = f" Write {shown(' to '.join(node.data))}." if two else ""
        problems.error(node.at(), "wrong-type", f"{node.name()} must be a range such as {such_as}.{mend}")
        return None
    ends = split_range(node.data.strip())
    if ends is None:
        mend = _mend_of_range(node.data, of, _counted(node)) or f"Give both ends, such as {such_as}."
        message = f'"{shown(node.data)}" is not a range. ' + mend
        problems.error(node.at(), "not-a-range", message)
        return None
    low, high = (parse_number(end) for end in ends)
    if low is None or high is None:
        wrong = ends[0] if low is None else ends[1]
        place = node.at(node.data.find(wrong) if low is None else node.data.rfind(wrong))
        problems.error(place, "not-a-number", f'"{shown(wrong)}" is not a number. ' + mend_of(wrong))
        return None
    if low > high:
        better = f"{ends[1]} to {ends[0]}"
        message = f'"{shown(node.data)}" goes down.' + advice(f" Write {better}.", node.data.strip(), better)
        problems.error(node.at(), "impossible-range", message)
        return None
    return low, high


def read_triple(problems: ProblemCollector, node: Node, *, whole_middle: bool) -> Triple | None:
    """A range of sessions or weeks (``whole_middle``: its middle is rounded, halves up) or of factors.

    One number stands for all three. None with a problem noted where it is none of these.
    """
    if isinstance(node.data, dict):
        return _three_parts(problems, node)
    if isinstance(node.data, str) and parse_number(node.data.strip()) is None:
        of: Counted = "count" if whole_middle else "factor"
        if " to " not in node.data and split_range(node.data.strip()) is None:
            _no_range(problems, node, of)
            return None
        bounds = read_bounds(problems, node, such_as="4 to 6", of=of)
        if bounds is None:
            return None
        middle = exact(Fraction(bounds[0] + bounds[1]) / 2)
        return Triple(bounds[0], half_up(middle) if whole_middle else middle, bounds[1])
    if isinstance(node.data, list):
        message = f"{node.name()} must be a number, a range such as 4 to 6, or min, typical and max."
        numbers = [parse_number(one) if isinstance(one, str) else None for one in node.data]
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers) == len(_PARTS) and known == sorted(known):
            parts = ", ".join(f"{part}: {one}" for part, one in zip(_PARTS, node.data, strict=True))
            message = f"{node.name()} must name its three numbers. Write {{{parts}}}."
        problems.error(node.at(), "wrong-type", message)
        return None
    number = read_number(problems, node)
    return None if number is None else alike(number)


def _no_range(problems: ProblemCollector, node: Node, of: Counted) -> None:
    key = _counted(node)
    mend = _mend_of_range(node.data, of, key) or mend_of(node.data, of=of, key=key)
    if mend.startswith("Write it"):
        mend = "Write it as 5, as 4 to 6, or with min, typical and max."
    problems.error(node.at(), "not-a-number", f'"{shown(node.data)}" is not a number or a range. ' + mend)


_THREE = re.compile(r"\W*min\W*([^\s,]+)\W+typical\W*([^\s,]+)\W+max\W*([^\s,]+?)\W*\Z", re.IGNORECASE)
_OPEN = re.compile(
    r"(?:(?:at least|min\.?|from|over|above|more than|>=?|≥)\s*([0-9]+)"
    r"|([0-9]+)\s*(?:\+|or more|and more|and up))\Z"
)


def _mend_of_range(text: str, of: Counted, key: str) -> str:
    """How to write the range that the text seems to mean, below the key; empty where that is not certain."""
    plain = text.strip()
    said, bare = number_in_text(plain), _bare(plain, of, key)
    if bare is not None and " to " in bare:
        return (
            f"Write {bare}."
            if "in weeks" in bare
            else advice(f"Write {bare}.", plain, bare.partition(",")[0])
        )
    three = _THREE.match(plain)
    if three:
        return (
            "Write {"
            + ", ".join(f"{part}: {end}" for part, end in zip(_PARTS, three.groups(), strict=True))
            + "}."
        )
    if found := _OPEN.match(plain.lower()):
        low = int(found[1] or found[2])
        return f"Give both ends, such as {low} to {low + 2}."
    if said is not None and said.before in _UP_TO and of == "count":
        most = next(
            (effect.key for effect in effects("cap") if effect.key.removeprefix("most ") == key), None
        )
        alone = f" For a bound alone write {most}: {said.text}." if most else ""
        return f"Give both ends: write 1 to {said.text}.{alone}"
    return ""


def _short_for(key: str, parts: Sequence[str]) -> str | None:
    """The one part of which the key has letters in their order, as ``mx`` of ``max``."""
    letters = {part: iter(part) for part in parts}
    found = [part for part, left in letters.items() if all(letter in left for letter in key.lower())]
    return found[0] if len(found) == 1 else None


def _note_missing(problems: ProblemCollector, node: Node, parts: Sequence[str]) -> None:
    if parts:
        words, verb = " and ".join(f'"{part}"' for part in parts), "is" if len(parts) == 1 else "are"
        problems.error(node.at(), "missing-key", f"{words} {verb} missing. Give min, typical and max.")


def _three_parts(problems: ProblemCollector, node: Node) -> Triple | None:
    complete, missing = True, [part for part in _PARTS if part not in node.data]
    left = list(missing)
    for key, _ in node.entries():
        if key not in _PARTS:
            part = missing[0] if len(missing) == 1 else _short_for(key, left) or problems.nearest(key, left)
            problems.unknown_key(node, key, _PARTS, part)
            left, complete = [one for one in left if one != part], False
    if complete or 0 < len(left) < len(missing):
        _note_missing(problems, node, left)
    if missing:
        return None
    low, typical, high = (read_number(problems, node.child(part)) for part in _PARTS)
    if low is None or typical is None or high is None or not complete:
        return None
    if not low <= typical <= high:
        wrong = "typical" if low > typical else "max"
        message = f"min, typical and max must go up, not {written(low)}, {written(typical)}, {written(high)}."
        problems.error(node.child(wrong).at(), "impossible-range", message)
        return None
    return Triple(low, typical, high)
