"""The search for changes: part by part of the plan, as long as there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.language import Part
from service.analysis.compare.classes import Classes, Seen
from service.analysis.compare.facets import PARTS, facets
from service.analysis.compare.outcome import Engines
from service.analysis.compare.pair import Pair
from service.analysis.compare.progress import Progress
from service.analysis.compare.quiet import quiet
from service.analysis.proofs.logic import Formula, Undecided

_SHARES: dict[Part, float] = {"gates": 0.4, "review": 0.3, "interval": 0.4, "course": 0.8, "progress": 1}
"""How much of the time that is left each part may take: the quick ones first, for they mostly need little."""

Told = Callable[[int], None]
"""Called as the search goes on, with how many kinds of assessments were looked at."""


@dataclass(slots=True)
class Found:
    """What was found of a part: where it could change at all, and where that shows (``calm``: best).

    ``in_time``: the search came to its end. Where ``seen`` is not sure, there may be changes beside.
    """

    part: Part
    anywhere: Formula
    shows: Formula
    calm: Formula
    seen: Seen = field(default_factory=Seen)
    in_time: bool = True


def find_changes(pair: Pair, engines: Engines, told: Told | None) -> list[Found]:
    """Changes of every part of the plan."""
    old, new = facets(pair, pair.old), facets(pair, pair.new)
    looked_at = 0

    def step() -> None:
        nonlocal looked_at
        looked_at += 1
        if told is not None:
            told(looked_at)

    found: dict[Part, Found] = {}
    deadline = pair.solver.deadline
    for part, share in _SHARES.items():
        pair.solver.deadline = deadline.part(share)
        how = quiet(pair, old, new, part)
        search = (
            Progress(pair, engines, old, new)
            if part == "progress"
            else Classes(pair, engines, old, new, how, part)
        )
        one = Found(part, search.differs, how.numbers, how.degrees[0])
        found[part] = one
        try:
            search.go(one.seen, step)
        except Undecided:
            one.in_time = one.seen.sure = False
    pair.solver.deadline = deadline
    return [found[part] for part in PARTS]
