"""What changed classes of assessments come to in words: few statements, with regions and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from schemas.language import Part
from service.analysis.compare.plan_differences import Change
from service.analysis.compare.regions import Cube, Region, RegionFinder
from service.analysis.compare.search import Class
from service.analysis.compare.spelling import a_range
from service.analysis.compare.universe import Assessment
from service.analysis.proofs.logic import Formula, and_, or_
from service.model.number import Triple

MOST_EXACT = 8
MOST_STATEMENTS = 16
_MOST_CLASSES = 60
"""Of more classes than this it is not tried to say exactly which they are."""

Signature = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One kind of change, and for whom.

    ``says``: what changes; ``cubes`` and ``where``: any of these regions, as data and in words. ``whole``:
    all of them change and nobody else; otherwise some among them do. ``example``: an assessment that both
    engines were asked, and ``changes``: what they made of it, each part as it was and as it is.
    ``of_numbers``: it is numbers that change, which show only where nothing holds them back.
    """

    says: tuple[str, ...]
    cubes: tuple[Cube, ...] = ()
    where: tuple[str, ...] = ()
    whole: bool = True
    example: Assessment | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    of_numbers: bool = False
    holds: Formula = field(default=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Classes that change in the same way: to the number (``exact``), or in the same direction."""

    says: Signature
    classes: tuple[Class, ...]
    exact: bool

    @property
    def holds(self) -> Formula:
        """Where one of its classes holds."""
        return or_(one.holds for one in self.classes)


def regions(
    cubes: RegionFinder,
    part: Part,
    changed: Sequence[Class],
    accepted: Formula,
    numbers: Formula,
    anywhere: Formula,
) -> Iterator[tuple[Group, Region]]:
    """The groups of a part with their regions: exact numbers where these are few, else in which direction.

    ``anywhere``: where this part may differ, for what can't be said in few words.

    Raises:
        Undecided: it would take more time than there is.
    """

    def within(group: Group) -> Formula:
        shown = part not in ("gates", "progress") and not any(one.hidden for one in group.classes)
        return and_((accepted, numbers)) if shown else accepted

    exact = [*_groups(changed, exactly=True)]
    if part != "progress" and len(exact) <= MOST_EXACT:
        found = [(group, cubes.cover(group.holds, within(group))) for group in exact]
        if all(region.whole for _, region in found):
            yield from found
            return
    outer: dict[bool, Region] = {}
    for group in _groups(changed, exactly=False):
        if part != "progress" and len(group.classes) <= _MOST_CLASSES:
            region = cubes.cover(group.holds, within(group))
            if region.whole:
                yield group, region
                continue
        hidden = any(one.hidden for one in group.classes)
        if hidden not in outer:
            found_outer = cubes.cover(anywhere, within(group))
            outer[hidden] = Region(found_outer.cubes if found_outer.whole else (), False)
        yield group, outer[hidden]


def _groups(changed: Iterable[Class], *, exactly: bool) -> Iterator[Group]:
    by_signature: dict[Signature, list[Class]] = {}
    for one in changed:
        by_signature.setdefault(headline(one, exactly=exactly), []).append(one)
    ordered = sorted(by_signature.items(), key=lambda item: (-len(item[1]), item[0]))
    yield from (Group(says, tuple(classes), exactly) for says, classes in ordered)


def headline(one: Class, *, exactly: bool) -> Signature:
    """What changes in a class: in numbers, or only in which direction."""
    return tuple(_headline(one, exactly=exactly))


def _headline(one: Class, *, exactly: bool) -> Iterator[str]:
    if one.part == "gates":
        yield from sorted(_gate(*facet) for facet in one.shown)
        return
    changes = {name: (was, now) for name, was, now in one.changes}
    names = {
        "course": ("sessions", "one_session", "verdict"),
        "interval": ("interval_weeks",),
        "review": ("review_weeks",),
        "progress": ("remaining", "verdict"),
    }[one.part]
    found = False
    for name in names:
        if name in changes:
            was, now = changes[name]
            found = True
            yield f"{label(name)} {shown(was)} -> {shown(now)}" if exactly else _direction(name, was, now)
    if not found:
        yield "a clinician is asked, or is no longer asked, for another reason"


def _direction(name: str, was: object, now: object) -> str:
    if name not in ("sessions", "interval_weeks", "review_weeks", "remaining"):
        return f"{label(name)} {shown(was)} -> {shown(now)}"
    if was is None or now is None:
        return f"{label(name)}: {'a number' if was is None else 'no number'} now"
    before, after = cast(Triple, was), cast(Triple, now)
    pairs = [*zip(before, after, strict=True)]
    if all(one <= other for one, other in pairs):
        return f"{label(name)}: more"
    return (
        f"{label(name)}: fewer"
        if all(one >= other for one, other in pairs)
        else f"{label(name)}: another range"
    )


_GATES: Mapping[str, tuple[str, str]] = {
    "stop": ("stopped by {} now", "no longer stopped by {}"),
    "no_numbers": ("no numbers now, by {}", "numbers no longer held back by {}"),
    "defer": ("deferred by {} now", "no longer deferred by {}"),
    "refer": ("referred by {} now", "no longer referred by {}"),
    "unanswered": ("{} has to be asked now", "{} has no longer to be asked"),
}


def _gate(facet: tuple[object, ...], now: bool) -> str:
    here, gone = _GATES[str(facet[0])]
    return (here if now else gone).format(facet[1])


_LABELS = {
    "one_session": "one session",
    "interval_weeks": "weeks between sessions",
    "review_weeks": "weeks until the review",
    "remaining": "still needed",
    "stops": "stopped by",
    "deferrals": "deferred by",
    "referrals": "referred by",
}


def label(name: str) -> str:
    """A part of the plan in words."""
    return _LABELS.get(name, name)


def shown(value: object) -> str:
    """A part of a plan in words."""
    if value is None:
        return "no number"
    if isinstance(value, Triple):
        return a_range(value)
    if isinstance(value, tuple | frozenset):
        names = [
            str(one) or "picoplan itself"
            for one in (sorted(value) if isinstance(value, frozenset) else value)
        ]
        return ", ".join(names) if names else "nobody"
    return str(value)


def changes_in_words(changes: Iterable[Change]) -> tuple[tuple[str, str, str], ...]:
    """What changed for an example; what remains is left out where it is the whole plan."""
    by_name = {name: (was, now) for name, was, now in changes}
    if by_name.get("remaining") == by_name.get("sessions", 0):
        by_name.pop("remaining", None)
    return tuple(
        (label(name), _listed(name, was), _listed(name, now)) for name, (was, now) in by_name.items()
    )


def _listed(name: str, value: object) -> str:
    if name == "unanswered" and not value:
        return "nothing"
    return shown(value)


def merged(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Statements about the same region as one; the example is that of the first with the most to show."""
    by_region: dict[object, Statement] = {}
    for number, one in enumerate(statements):
        key: object = (one.cubes, one.whole) if one.cubes and one.whole else number
        before = by_region.get(key)
        if before is None:
            by_region[key] = one
            continue
        richer = one if len(one.changes) > len(before.changes) else before
        by_region[key] = Statement(
            (*before.says, *(says for says in one.says if says not in before.says)),
            one.cubes,
            one.where,
            one.whole,
            richer.example,
            richer.changes,
            before.of_numbers or one.of_numbers,
            or_((before.holds, one.holds)),
        )
    return tuple(by_region.values())
