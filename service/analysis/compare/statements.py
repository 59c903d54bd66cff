"""What changed classes of assessments come to in words: few statements, with regions and examples.

By the ids that rulesets are written with, or by labels where there are some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from schemas.language import EFFECTS, Part, members
from schemas.words import QUANTITIES
from service.analysis.compare.plan_differences import BuiltIn, Change
from service.analysis.compare.regions import Cube, Region, RegionClause, RegionFinder
from service.analysis.compare.search import Class
from service.analysis.proofs.logic import Formula, and_, or_
from service.analysis.proofs.questions import AskedQuestions, AskedShape, Assessment, Cell
from service.model.condition import Scalar
from service.model.number import Number, Triple, written
from service.wording.answers import ON_ONE_SESSION, VERDICT_WORDS, done_by, gate_of
from service.wording.effects import ONE_SESSION_WORDS
from service.wording.labels import Labels
from service.wording.phrases import a_range, listed, spelled_scalar

_MOST_EXCEPTIONS = 3
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
    labels: Labels | None = None,
) -> Iterator[tuple[Group, Region]]:
    """The groups of a part with their regions: exact numbers where these are few, else in which direction.

    ``anywhere``: where this part may differ, for what can't be said in few words.

    Raises:
        Undecided: it would take more time than there is.
    """

    def within(group: Group) -> Formula:
        shown = part not in ("gates", "progress") and not any(one.hidden for one in group.classes)
        return and_((accepted, numbers)) if shown else accepted

    exact = [*_groups(changed, labels, exactly=True)]
    if part != "progress" and len(exact) <= MOST_EXACT:
        found = [(group, cubes.cover(group.holds, within(group))) for group in exact]
        if all(region.whole for _, region in found):
            yield from found
            return
    outer: dict[bool, Region] = {}
    for group in _groups(changed, labels, exactly=False):
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


def _groups(changed: Iterable[Class], labels: Labels | None, *, exactly: bool) -> Iterator[Group]:
    by_signature: dict[Signature, list[Class]] = {}
    for one in changed:
        by_signature.setdefault(headline(one, labels, exactly=exactly), []).append(one)
    ordered = sorted(by_signature.items(), key=lambda item: (-len(item[1]), item[0]))
    yield from (Group(says, tuple(classes), exactly) for says, classes in ordered)


def headline(one: Class, labels: Labels | None, *, exactly: bool) -> Signature:
    """What changes in a class: in numbers, or only in which direction."""
    return tuple(_headline(one, labels, exactly=exactly))


def _headline(one: Class, labels: Labels | None, *, exactly: bool) -> Iterator[str]:
    if one.part == "gates":
        yield from sorted(_gate(*facet, labels) for facet in one.shown)
        return
    changes = {name: (was, now) for name, was, now in one.changes}
    found = False
    for name in _members_of(one.part):
        if name in changes:
            was, now = changes[name]
            found = True
            yield _from_to(name, was, now, labels) if exactly else _direction(name, was, now, labels)
    if not found:
        yield "a clinician is asked, or is no longer asked, for another reason"


def _members_of(part: Part) -> Iterator[str]:
    """The members of the answer in which a change of a part shows, what it counts first."""
    yield from dict.fromkeys(one.quantity for one in EFFECTS.values() if one.quantity and one.part == part)
    for word in reversed(members("word")):
        if part == "course" or (part == "progress" and word == "verdict"):
            yield word


def _from_to(name: str, was: object, now: object, labels: Labels | None) -> str:
    return f"{label(name)} {_listed(name, was, labels)} -> {_listed(name, now, labels)}"


def _direction(name: str, was: object, now: object, labels: Labels | None) -> str:
    if name not in QUANTITIES:
        return _from_to(name, was, now, labels)
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


def _gate(facet: tuple[object, ...], now: bool, labels: Labels | None) -> str:
    """Whom a gate, or a question that must be asked, keeps from a plan now, or keeps no longer."""
    kind, who = str(facet[0]), facet[1]
    if kind == "unanswered":
        who = _question(labels, str(who))
        return f"{who} has to be asked now" if now else f"{who} has no longer to be asked"
    gate, who = EFFECTS[kind], _rule(labels, who)
    if gate.withholds and gate.verdict == "clinician_review":
        return f"no numbers now, by {who}" if now else f"numbers no longer held back by {who}"
    done = done_by(gate)
    return f"{done} by {who} now" if now else f"no longer {done} by {who}"


def _rule(labels: Labels | None, name: object) -> str:
    """A rule by its id or its title; a reason that is built in has neither."""
    return labels.rule(str(name)) if labels is not None and name else str(name)


def _question(labels: Labels | None, name: str) -> str:
    return name if labels is None else f"“{labels.question(name)}”"


_WORDS: Mapping[str, Mapping[str, str]] = {
    "verdict": {verdict: f"“{words.name}”" for verdict, words in VERDICT_WORDS.items()},
    ON_ONE_SESSION: ONE_SESSION_WORDS,
}
"""What the words of an answer are called where labels stand in the place of ids."""


def label(name: str) -> str:
    """A part of the plan in words."""
    gate = gate_of(name)
    if gate is not None:
        return f"{done_by(gate)} by"
    return next((unit.named for one, unit in QUANTITIES.items() if one == name), name.replace("_", " "))


def shown(value: object, labels: Labels | None = None) -> str:
    """A part of a plan in words."""
    if value is None:
        return "no number"
    if isinstance(value, Triple):
        return a_range(value)
    if isinstance(value, tuple | frozenset):
        names = [
            _rule(labels, one) or "picoplan itself"
            for one in (sorted(value) if isinstance(value, frozenset) else value)
        ]
        return ", ".join(names) if names else "nobody"
    return str(value)


def changes_in_words(
    changes: Iterable[Change], labels: Labels | None = None
) -> tuple[tuple[str, str, str], ...]:
    """What changed for an example; what remains is left out where it is the whole plan."""
    by_name = {name: (was, now) for name, was, now in changes}
    if by_name.get("remaining") == by_name.get("sessions", 0):
        by_name.pop("remaining", None)
    return tuple(
        (label(name), *_two_in_words(_listed(name, was, labels), _listed(name, now, labels), was, now))
        for name, (was, now) in by_name.items()
    )


def _two_in_words(before: str, after: str, was: object, now: object) -> tuple[str, str]:
    return (before, after) if before != after else (_reasons(was), _reasons(now))


def _reasons(value: object) -> str:
    """Who refers, where a reason that is built in is spelled out, for only that differs."""
    named = value if isinstance(value, tuple) else (value,)
    return ", ".join(one.reason if isinstance(one, BuiltIn) else shown(one) for one in named)


def _listed(name: str, value: object, labels: Labels | None) -> str:
    if labels is not None and isinstance(value, str):
        return _WORDS.get(name, {}).get(value, value)
    if name != "unanswered":
        return shown(value, labels)
    if not value or labels is None or not isinstance(value, tuple):
        return shown(value) if value else "nothing"
    return ", ".join(_question(labels, str(one)) for one in value)


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


# -- regions in words ------------------------------------------------------------------------------------


def in_words(questions: AskedQuestions, cube: Cube, labels: Labels | None = None) -> str:
    """``concern tattoo, goal complete``; everyone, where there is no clause."""
    if not cube:
        return "every assessment"
    parts: dict[str, list[str]] = {}
    for clause in cube:
        parts.setdefault(clause.question, []).append(_clause(questions, clause, labels))
    return ", ".join(f"{_question(labels, name)} {' and '.join(says)}" for name, says in parts.items())


def _clause(questions: AskedQuestions, clause: RegionClause, labels: Labels | None) -> str:
    if clause.shape == "flag":
        return "yes" if clause.held else "no"
    if clause.shape == "set":
        if clause.member is not None:
            member = _answer(labels, clause.question, clause.member)
            return f"{'includes' if clause.held else 'without'} {member}"
        return "given" if clause.held else "not given"
    asked = next(one for one in questions.asked[clause.question] if one.shape == clause.shape)
    if clause.values == {None}:
        return "not given"
    if not clause.others - {None} and None not in clause.values:
        return "given"
    excluded = [value for value in asked.values if value in clause.others]
    if asked.shape == "choice" and None not in clause.others and len(excluded) <= _MOST_EXCEPTIONS:
        included = sum(value is not None for value in clause.values)
        if included > 2 * len(excluded) and included > _MOST_EXCEPTIONS:
            left_out = (_answer(labels, asked.name, value) for value in excluded)
            return f"not {listed(left_out, 'or')}"
    given = _values(questions, asked, clause.values, labels)
    return listed([*given, "not given"] if None in clause.values else given, "or")


def _values(
    questions: AskedQuestions, asked: AskedShape, values: Collection[Scalar | None], labels: Labels | None
) -> list[str]:
    kept = [value for value in asked.values if value in values]
    if asked.shape == "number":
        return _ranges(list(asked.cells.values()), kept)
    if asked.shape == "choice" and _is_ordered(questions, asked):
        order = list(asked.values)
        first, last = order.index(kept[0]), order.index(kept[-1])
        if len(kept) > 2 and last - first + 1 == len(kept):
            return [" to ".join(_answer(labels, asked.name, value) for value in (kept[0], kept[-1]))]
    return [_answer(labels, asked.name, value) for value in kept]


def _answer(labels: Labels | None, question: str, value: Scalar | None) -> str:
    if value is None:
        return ""
    return spelled_scalar(value) if labels is None else labels.answer(question, value)


def _is_ordered(questions: AskedQuestions, asked: AskedShape) -> bool:
    one = questions.newest(asked.name)
    return one.domain.ordered and [option.id for option in one.options] == list(asked.values)


def _ranges(cells: Sequence[Cell], kept: Collection[Scalar]) -> list[str]:
    """Runs of cells as ranges of numbers."""
    runs: list[list[Cell]] = []
    before = False
    for cell in cells:
        now = cell.one in kept
        if now and before:
            runs[-1].append(cell)
        elif now:
            runs.append([cell])
        before = now
    return [_range(run) for run in runs]


def _range(run: Sequence[Cell]) -> str:
    first, last = run[0], run[-1]
    low: Number = (
        first.low + 1 if _is_gap(first) and first.whole and isinstance(first.low, int) else first.low
    )
    high: Number = last.high - 1 if _is_gap(last) and last.whole and isinstance(last.high, int) else last.high
    open_low, open_high = (_is_gap(cell) and not cell.whole for cell in (first, last))
    if low == high and not open_low:
        return written(low)
    if not open_low and not open_high:
        return f"{written(low)} to {written(high)}"
    start, end = "above" if open_low else "from", "to below" if open_high else "to"
    return f"{start} {written(low)} {end} {written(high)}"


def _is_gap(cell: Cell) -> bool:
    return cell.low != cell.high
