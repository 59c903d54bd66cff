"""What hides a change: rules that stop, wait, refer or hold numbers back in both versions, and progress.

What is hidden in some company shows in quieter company. So each class of assessments is looked at where it is
quietest: what shows no change there shows none anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from schemas.language import Part
from service.analysis.compare.facets import CALLING, STOPPING, WITHHOLDING, Facets
from service.analysis.compare.looked_at import counting, improving
from service.analysis.compare.pair import Pair, Side
from service.analysis.proofs.logic import Formula, and_, not_, or_
from service.model.condition import Scalar


@dataclass(frozen=True, slots=True)
class Quiet:
    """Degrees of quiet, the quietest first; under the last all may be hidden.

    In the first ``firsts`` of them no session was done, or no improvement was seen yet, so that progress
    holds no numbers back. ``numbers``: what is looked at is not held back by rules of both versions.
    """

    degrees: tuple[Formula, ...]
    numbers: Formula
    firsts: int = 3

    @property
    def loudest(self) -> int:
        """The last degree."""
        return len(self.degrees) - 1


def quiet(pair: Pair, old: Facets, new: Facets, part: Part) -> Quiet:
    """How quiet it can be for a part of the plan."""

    def heard(kinds: Set[str]) -> Formula:
        return not_(and_(_any(side, kinds) for side in (old, new)))

    numbers = heard(STOPPING if part == "review" else WITHHOLDING)
    calm = heard(CALLING)
    first, unseen, early = (and_(how(side) for side in pair.sides) for how in (_first, _unseen, _early))
    claims = ((numbers, calm, first), (numbers, first), (numbers, unseen), (numbers, early), (numbers,), ())
    return Quiet(tuple(map(and_, claims)), numbers)


def _any(found: Facets, kinds: Set[str]) -> Formula:
    return or_(held for facet, held in found.by_part["gates"].items() if facet[0] in kinds)


def _first(side: Side) -> Formula:
    """No session was done, as far as this side counts."""
    return and_(
        or_((not_(fact.given), fact.values.get(0, False)))
        for name in counting(side.ruleset)
        if (fact := side.facts.get(name)) is not None
    )


def _unseen(side: Side) -> Formula:
    """No improvement is known from which anything could be worked out."""
    return not_(or_(side.facts[name].given for name in improving(side.ruleset)))


def _early(side: Side) -> Formula:
    """As few sessions were done as rules can tell from none, or none."""
    return and_(
        or_((not_(fact.given), *(fact.values[number] for number in _fewest(fact.values))))
        for name in counting(side.ruleset)
        if (fact := side.facts.get(name)) is not None
    )


def _fewest(numbers: Iterable[Scalar]) -> Sequence[Scalar]:
    """None, and the fewest above."""
    return sorted(number for number in numbers if not isinstance(number, str) and number >= 0)[:2]
