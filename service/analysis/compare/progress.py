"""What remains after sessions were done: worked out from exact numbers, and so looked at in samples."""

from __future__ import annotations

from collections.abc import Callable

from service.analysis.compare.classes import Class, Seen, distinct, literal
from service.analysis.compare.facets import CAPS, REMAINING, Facets, differing
from service.analysis.compare.looked_at import all_of
from service.analysis.compare.outcome import SHOWS, Engines
from service.analysis.compare.pair import Pair
from service.analysis.compare.sampling import variants
from service.analysis.proofs.logic import Formula, Model, and_, not_, or_

_MOST_CLASSES = 150


class Progress:
    """Looks for plans that differ by what was done so far."""

    def __init__(self, pair: Pair, engines: Engines, old: Facets, new: Facets) -> None:
        self._pair, self._engines = pair, engines
        self._names = sorted(all_of(pair.old.ruleset, pair.new.ruleset))
        sides = [*old.by_part["progress"].items(), *new.by_part["progress"].items()]
        self._atoms = distinct(held for _, held in sides)
        reckoned = or_(held for facet, held in sides if facet[0] in REMAINING)
        course = differing(old.by_part["course"], new.by_part["course"])
        caps = or_(held for facet, held in course.items() if facet[0] in CAPS)
        here = differing(old.by_part["progress"], new.by_part["progress"]).values()
        self.differs = or_((*here, and_((caps, reckoned))))
        """Where what remains may be worked out otherwise; else only the number of sessions changes it."""

    def go(self, seen: Seen, told: Callable[[], None]) -> None:
        """Note in ``seen`` each class with a sample that changes; the others are not known.

        Raises:
            Undecided: it would take more time than there is.
        """
        solver = self._pair.solver
        if self.differs is False:
            return
        with solver:
            solver.add(self._pair.accepted)
            solver.add(self.differs)
            for _ in range(_MOST_CLASSES):
                model = solver.find()
                if model is None:
                    return
                key = and_(literal(model, held) for held in self._atoms)
                self._look(seen, model, key)
                solver.add(not_(key))
                told()
        seen.sure = False

    def _look(self, seen: Seen, model: Model, key: Formula) -> None:
        example = self._pair.universe.assessment(model)
        for variant in variants(self._pair.universe, example, self._names):
            decided = self._engines.decide(variant)
            changes = () if decided is None else self._engines.changes(decided)
            if any(name in SHOWS["progress"] for name, _, _ in changes):
                seen.changed.append(Class("progress", key, variant, changes))
                return
        seen.sure = False
