"""Which lines two texts have in common, in bounded time, whatever the texts are."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


def written_like(text: str, before: bytes) -> bytes:
    """A text with LF line ends as a file is saved whose content was ``before``.

    It gets the byte-order mark and the CRLF line ends that this has. Where nothing else differs it is this.
    """
    plain = before.removeprefix(codecs.BOM_UTF8)
    if plain.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n") == text:
        return before
    mark = before[: len(before) - len(plain)]
    return mark + (text.replace("\n", "\r\n") if b"\r\n" in before else text).encode()


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
