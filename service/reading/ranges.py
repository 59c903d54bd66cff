"""Numbers and ranges as authors write them: ``5``, ``4 to 6``, ``4-6``, ``{min, typical, max}``."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from service.model.number import Number, Triple, alike, exact, half_up, parse_number, written
from service.model.problem import shown
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

_NUMBER = r"-?[0-9][0-9.,]*"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\bto\b|[-\u2013\u2014])\s*({_NUMBER})\Z")
_WITH_WORDS = re.compile(
    rf"(?:every|about|~)?\s*({_NUMBER}(?:\s*(?:\bto\b|[-\u2013\u2014])\s*{_NUMBER})?)\s*([^\W\d_]+|%)?\.?\Z",
    re.IGNORECASE,
)
_IN_WEEKS = {"day": Fraction(1, 7), "month": Fraction(52, 12), "year": Fraction(52)}
_WITH_EXPONENT = re.compile(r"-?[0-9]+(\.[0-9]+)?[eE]\+?[0-9]{1,2}\Z")
_PARTS = ("min", "typical", "max")


def split_range(text: str) -> tuple[str, str] | None:
    """The two ends of ``a to b`` or ``a-b`` between numbers, as texts; None where it is no such range."""
    match = _RANGE.match(text)
    return (match.group(1), match.group(2)) if match else None


def read_number(problems: ProblemCollector, node: Node) -> Number | None:
    """A decimal number, or None with a problem noted."""
    if isinstance(node.data, str):
        number = parse_number(node.data.strip())
        if number is not None:
            return number
        message = f'"{shown(node.data)}" is not a number. {mend_of(node.data, key=node.name())}'
        problems.error(node.at(), "not-a-number", message)
    elif node.data is None:
        problems.error(node.key(), "missing-value", f"{node.name()} has no value. Write a number.")
    else:
        problems.error(node.at(), "wrong-type", f"{node.name()} must be a number.")
    return None


def mend_of(text: str, *, factor: bool = False, key: str = "") -> str:
    """How to write the number that the text seems to mean, below the key; ``factor``: one that multiplies."""
    plain = text.strip()
    candidates = [
        plain.lstrip("0") or "0",
        plain.replace(",", "."),
        plain.removesuffix("%").strip() if not factor else _of_percent(plain),
        plain.removeprefix("+"),
        "0" + plain,
        plain.removesuffix("."),
    ]
    if _WITH_EXPONENT.match(plain):
        candidates.append(f"{Decimal(plain):f}")
    for candidate in candidates:
        if candidate != plain and parse_number(candidate) is not None:
            return f"Write {candidate}."
    bare = _without_words(plain, key)
    if bare is not None:
        return f"Write {bare}."
    return "Write it as 5 or 1.25, with at most 15 digits."


def _of_percent(text: str) -> str:
    """``130 %`` as a factor, 1.3; else the text as it is."""
    percent = parse_number(text.removesuffix("%").strip()) if text.endswith("%") else None
    return text if percent is None else written(exact(Fraction(percent) / 100))


def _without_words(text: str, key: str) -> str | None:
    """``8 to 12 weeks`` without its unit, in weeks below a key that counts these; None: there is none."""
    found = _WITH_WORDS.match(text.strip())
    if found is None or found[1] == text.strip():
        return None
    numbers = [parse_number(end) for end in split_range(found[1]) or (found[1],)]
    weeks = _IN_WEEKS.get((found[2] or "").lower().removesuffix("s")) if "weeks" in key else None
    if weeks is not None:
        numbers = [None if number is None else half_up(exact(number * weeks)) for number in numbers]
    known = [written(number) for number in numbers if number is not None]
    said = ", in weeks" if weeks is not None else ", without the unit" if found[2] else ""
    return " to ".join(known) + said if len(known) == len(numbers) else None


def read_bounds(
    problems: ProblemCollector, node: Node, *, such_as: str = "0 to 40"
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
        bare = _without_words(node.data, node.name())
        mend = f"Write {bare}." if bare and " to " in bare else f"Give both ends, such as {such_as}."
        message = f'"{shown(node.data)}" is not a range. {mend}'
        problems.error(node.at(), "not-a-range", message)
        return None
    low, high = (parse_number(end) for end in ends)
    if low is None or high is None:
        wrong = ends[0] if low is None else ends[1]
        place = node.at(node.data.find(wrong) if low is None else node.data.rfind(wrong))
        problems.error(place, "not-a-number", f'"{shown(wrong)}" is not a number. {mend_of(wrong)}')
        return None
    if low > high:
        message = f'"{shown(node.data)}" goes down. Write {ends[1]} to {ends[0]}.'
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
        if not _is_range(node.data):
            _no_range(problems, node, factor=not whole_middle)
            return None
        bounds = read_bounds(problems, node, such_as="4 to 6")
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


def _is_range(text: str) -> bool:
    return " to " in text or split_range(text.strip()) is not None


def _no_range(problems: ProblemCollector, node: Node, *, factor: bool) -> None:
    mend = mend_of(node.data, factor=factor, key=node.name())
    if mend.startswith("Write it"):
        mend = "Write it as 5, as 4 to 6, or with min, typical and max."
    problems.error(node.at(), "not-a-number", f'"{shown(node.data)}" is not a number or a range. {mend}')


def _three_parts(problems: ProblemCollector, node: Node) -> Triple | None:
    complete = True
    for key, _ in node.entries():
        if key not in _PARTS:
            problems.unknown_key(node, key, _PARTS)
            complete = False
    missing = [part for part in _PARTS if part not in node.data]
    if missing:
        if complete:
            words = " and ".join(f'"{part}"' for part in missing)
            verb = "is" if len(missing) == 1 else "are"
            problems.error(node.at(), "missing-key", f"{words} {verb} missing. Give min, typical and max.")
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
