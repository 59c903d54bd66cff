"""Slips of somebody who edits rulesets and does not program: how well each is told, and if its mend works.

The cases are the files of ``slips/``, made as those of ``cases/`` are. ``problems`` has the one line that the
author gets. ``mended`` are the edits that it says to make: after them the files read as meant. Where there is
a ``client``, the slip is in the file of one, given to ``picoplan evaluate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.commandline.arguments import Unparsable
from service.commandline.assessments import Mistaken, ask
from service.store.folders import read_shelf
from service.store.mending import apply, with_mends
from tests.mistakes.making import CLIENT, SHOWN_AS, SLIPS, Looked, edit, make

FILES = sorted(SLIPS.glob("*.yaml"))


@dataclass(frozen=True, slots=True)
class Told:
    """How a slip is told: in one message, at its place, with its cause, and with a mend that works.

    ``lines`` are what the author gets, ``after`` what is left once it is mended. ``offered``: the mend is
    among those that ``picoplan check --fix`` makes.
    """

    lines: tuple[str, ...]
    after: tuple[str, ...]
    once: bool
    place: bool
    cause: bool
    mend: bool
    offered: bool

    @property
    def well(self) -> bool:
        """Whether all four are so."""
        return self.once and self.place and self.cause and self.mend


def told(case: Mapping[str, Any], folder: Path) -> Told:
    """Make the slip in a copy below the folder, and mend it: as offered, else as it is said to be written."""
    root, meant = make(_below(folder, "slip"), case), make(_below(folder, "meant"), case)
    edit(meant, case, "mended")
    lines = _lines(root, case)
    found = [_parts(line) for line in lines]
    wanted = _parts(case["problems"][0])
    offered = "client" not in case and _mended_as_offered(root, case["ruleset"])
    if not offered:
        edit(root, case, "mended")
    after = _lines(root, case)
    return Told(
        lines=lines,
        after=after,
        once=len(lines) == 1 and len(case["problems"]) == 1,
        place=bool(found) and found[0][0] == wanted[0],
        cause=bool(found) and found[0][1] == wanted[1],
        mend=not after and _texts(root) == _texts(meant),
        offered=offered,
    )


def _below(folder: Path, name: str) -> Path:
    below = folder / name
    below.mkdir()
    return below


def _parts(line: str) -> tuple[str, str]:
    """A line's place, and all that it says."""
    place, _, says = line.partition(": ")
    return place, says


def _lines(root: Path, case: Mapping[str, Any]) -> tuple[str, ...]:
    """What is told of a client's file; else of the ruleset and scenarios, and of proofs where need be."""
    if "client" in case:
        return _of_client(root, case["ruleset"])
    looked = Looked(root, case["ruleset"])
    problems = looked.reading()
    if all(problem.severity == "warning" for problem in problems):
        problems = (*problems, *looked.scenarios(), *(looked.proofs() if case["found_by"] == "proof" else ()))
    looked.snapshot.close()
    return tuple(map(str, problems))


def _of_client(root: Path, ruleset: str) -> tuple[str, ...]:
    try:
        ask(str(root), ruleset, str(root / CLIENT))
    except (Mistaken, Unparsable) as error:
        problems = error.problems if isinstance(error, Mistaken) else (error,)
        return tuple(str(problem).replace(f"{root}/", "") for problem in problems)
    return ()


def _mended_as_offered(root: Path, ruleset: str) -> bool:
    """Whether a mend is offered for the one problem; it is made."""
    shelf = read_shelf(root, SHOWN_AS, only=ruleset)
    mends = [problem.mend for problem in with_mends(shelf, shelf.all_problems) if problem.mend is not None]
    apply(shelf, mends[:1])
    return bool(mends)


def _texts(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files}
