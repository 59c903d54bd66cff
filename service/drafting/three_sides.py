"""A text that two have changed: what each did, part by part, and the text that comes of choices.

What one side alone has changed comes by itself. Where both have, somebody chooses; nothing is ever marked in
the text. Lines that texts have in common are found in bounded time, whatever the texts are. So the files of a
draft are brought together with those of another edition than the one that it was begun from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from service.model.draft import DraftState, FileConflict
from service.reading.folder import as_text

MOST_STEPS = 1_000_000
"""So many steps does one request take to compare texts: less than a second."""


@dataclass(slots=True)
class StepBudget:
    """How many steps are left.

    Of texts that would take more only their ends are in common: that is no mistake, but less is told apart.
    """

    left: int = MOST_STEPS


class Run(NamedTuple):
    """So many lines that are the same in both texts, from these places on (0: the first line)."""

    one: int
    other: int
    length: int


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its LF; the last may have none."""
    *whole, rest = text.split("\n")
    return [line + "\n" for line in whole] + ([rest] if rest else [])


def common_runs(one: Sequence[str], other: Sequence[str], steps: StepBudget) -> list[Run]:
    """The runs of lines that both have, in order, such that as few lines as can be are left over.

    The last has no lines, and stands behind the ends. It is found as by E. W. Myers, "An O(ND) difference
    algorithm and its variations", Algorithmica 1 (1986).
    """
    shorter = min(len(one), len(other))
    head = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if one[-1 - at] != other[-1 - at]), rest)
    inner = _inner_runs(one[head : len(one) - tail], other[head : len(other) - tail], steps)
    runs = [
        Run(0, 0, head),
        *(Run(head + a, head + b, length) for a, b, length in inner),
        Run(len(one) - tail, len(other) - tail, tail),
    ]
    return [*(run for run in runs if run.length), Run(len(one), len(other), 0)]


class _Path(NamedTuple):
    """The furthest place in the first text on a diagonal, and the runs on the way there, the last first."""

    x: int
    runs: tuple[Run, object] | None


_BEGIN = _Path(0, None)


def _inner_runs(one: Sequence[str], other: Sequence[str], steps: StepBudget) -> list[Run]:
    paths: dict[int, _Path] = {}
    for edits in range(len(one) + len(other) + 1):
        for diagonal in range(-edits, edits + 1, 2):
            with_a_line_more, with_one_less = paths.get(diagonal + 1), paths.get(diagonal - 1)
            if with_one_less is not None and (
                with_a_line_more is None or with_one_less.x >= with_a_line_more.x
            ):
                x, runs = with_one_less.x + 1, with_one_less.runs
            else:
                x, runs = with_a_line_more or _BEGIN
            begin = x
            while x < len(one) and x - diagonal < len(other) and one[x] == other[x - diagonal]:
                x += 1
            if x > begin:
                runs = (Run(begin, begin - diagonal, x - begin), runs)
            if x >= len(one) and x - diagonal >= len(other):
                return _in_order(runs)
            paths[diagonal] = _Path(x, runs)
            steps.left -= 1 + x - begin
            if steps.left <= 0:
                return []
    return []


def _in_order(runs: object) -> list[Run]:
    found: list[Run] = []
    while isinstance(runs, tuple):
        run, runs = runs
        found.append(run)
    return found[::-1]


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


Contents = Mapping[str, bytes]


def brought_together(
    state: DraftState, theirs: Contents, chosen: Mapping[str, bytes | None]
) -> dict[str, bytes] | tuple[FileConflict, ...]:
    """The files that come of a draft and of an edition whose files are ``theirs``; or what is to be chosen.

    What one side alone has changed since the draft's base comes by itself, file by file and part by part.
    ``chosen``: what files shall have that somebody has looked at; None: the file goes.
    """
    files: dict[str, bytes] = {}
    conflicts: list[FileConflict] = []
    steps = StepBudget()
    for name in sorted({*state.base_files, *theirs, *state.files, *chosen}):
        sides = FileConflict(name, state.base_files.get(name), theirs.get(name), state.files.get(name))
        found = chosen[name] if name in chosen else _one_file(sides, steps)
        if isinstance(found, FileConflict):
            conflicts.append(found)
        elif found is not None:
            files[name] = found
    return tuple(conflicts) or files


def _one_file(sides: FileConflict, steps: StepBudget) -> bytes | FileConflict | None:
    base, theirs, yours = sides.base, sides.theirs, sides.yours
    if _same(theirs, base) or _same(theirs, yours):
        return yours
    if _same(yours, base):
        return theirs
    if theirs is None or yours is None:
        return sides
    parts = three_sides((base or b"").decode(), theirs.decode(), yours.decode(), steps)
    return sides if needs_choices(parts) else merged(parts).encode()


def _same(one: bytes | None, other: bytes | None) -> bool:
    if one is None or other is None:
        return one is other
    return as_text(one) == as_text(other)
