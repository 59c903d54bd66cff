"""A text that two have changed: what each did, part by part, and the text that comes of choices.

What one side alone has changed comes by itself. Where both have, somebody chooses; nothing is ever marked in
the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from service.drafting.lines import Run, StepBudget, common_runs, lines_of

Kind = Literal["same", "theirs", "yours", "both"]
Choice = Literal["theirs", "yours", "theirs_then_yours", "yours_then_theirs"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True, slots=True)
class SidesPart:
    """Some lines of the three texts that belong together, each with its line end.

    ``kind``: nobody has changed them, or both alike; they alone; you alone; or both, each in another way.
    """

    kind: Kind
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    yours: tuple[str, ...]


def three_sides(base: str, theirs: str, yours: str, steps: StepBudget | None = None) -> tuple[SidesPart, ...]:
    """The parts of three texts, in order. Line ends, and a byte-order mark, are no difference.

    ``steps``: how many may be taken to tell parts apart.
    """
    return tuple(_parts(_plain_lines(base), _plain_lines(theirs), _plain_lines(yours), steps or StepBudget()))


def needs_choices(parts: Sequence[SidesPart]) -> int:
    """Of how many parts it has to be said which side they are taken from."""
    return sum(part.kind == "both" for part in parts)


def merged(parts: Sequence[SidesPart], choices: Sequence[Choice] = ()) -> str:
    """The text that comes of the parts, with a choice for each that both have changed, in order.

    Raises:
        ValueError: there are more choices than such parts, or fewer.
    """
    chosen = iter(choices)
    if len(choices) != needs_choices(parts):
        raise ValueError(f"{needs_choices(parts)} choices are needed, and {len(choices)} are there")
    sides = [_chosen(part, next(chosen) if part.kind == "both" else None) for part in parts]
    lines = [line for side in sides for line in side]
    # Whose last line has no end is at the end of a text, and others may follow it now.
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines[:-1]) + "".join(lines[-1:])


def _chosen(part: SidesPart, choice: Choice | None) -> tuple[str, ...]:
    taken: dict[str, tuple[str, ...]] = {
        "same": part.yours,
        "theirs": part.theirs,
        "yours": part.yours,
        "theirs_then_yours": part.theirs + part.yours,
        "yours_then_theirs": part.yours + part.theirs,
    }
    return taken[choice or part.kind]


def _plain_lines(text: str) -> list[str]:
    return lines_of(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _parts(base: list[str], theirs: list[str], yours: list[str], steps: StepBudget) -> Iterator[SidesPart]:
    at_base = at_theirs = at_yours = 0
    in_theirs, in_yours = common_runs(base, theirs, steps), common_runs(base, yours, steps)
    for begin, end, their_begin, your_begin in _in_all_three(in_theirs, in_yours):
        between = _part(base[at_base:begin], theirs[at_theirs:their_begin], yours[at_yours:your_begin])
        if between is not None:
            yield between
        if end > begin:
            same = tuple(base[begin:end])
            yield SidesPart("same", same, same, same)
        at_base, at_theirs, at_yours = end, their_begin + end - begin, your_begin + end - begin


def _in_all_three(in_theirs: Sequence[Run], in_yours: Sequence[Run]) -> Iterator[tuple[int, int, int, int]]:
    """Lines of the base that both others have: from, to, and where they begin in theirs and in yours.

    The last are none, behind the ends.
    """
    one = other = 0
    while one < len(in_theirs) and other < len(in_yours):
        a, b = in_theirs[one], in_yours[other]
        begin, end = max(a.one, b.one), min(a.one + a.length, b.one + b.length)
        is_last = not a.length and not b.length
        if begin < end or is_last:
            yield begin, end, a.other + begin - a.one, b.other + begin - b.one
        if is_last:
            return
        if b.length and (not a.length or b.one + b.length <= a.one + a.length):
            other += 1
        else:
            one += 1


def _part(base: list[str], theirs: list[str], yours: list[str]) -> SidesPart | None:
    if not base and not theirs and not yours:
        return None
    kind: Kind = "both"
    if theirs == yours:
        kind = "same"
    elif theirs == base:
        kind = "yours"
    elif yours == base:
        kind = "theirs"
    return SidesPart(kind, tuple(base), tuple(theirs), tuple(yours))
