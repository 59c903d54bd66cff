"""Two versions of a ruleset compared: what was edited, and whose answers change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from schemas.language import Part, covers
from service.analysis.compare.carried_over import CarriedOver, to_be_read
from service.analysis.compare.edits import RulesetEdit, edits
from service.analysis.compare.plan_differences import Engines
from service.analysis.compare.plan_parts import plan_parts
from service.analysis.compare.regions import ChangeCount, Region, RegionFinder, count
from service.analysis.compare.search import Class, FoundChanges, OnProgress, find_changes
from service.analysis.compare.statements import (
    MOST_STATEMENTS,
    Group,
    Statement,
    changes_in_words,
    headline,
    in_words,
    merged,
    regions,
)
from service.analysis.compare.text_changes import (
    score_changes,
    support_changes,
    text_changes,
    translated_texts,
    verdict_texts,
)
from service.analysis.compare.versions import VersionPair, newly_refused
from service.analysis.proofs.logic import Deadline, Formula, Undecided, and_, or_
from service.analysis.proofs.questions import Assessment
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import Scalar
from service.model.decision import Decision
from service.model.problem import Refusal
from service.wording.answers import refusal_words
from service.wording.labels import Labels
from service.wording.phrases import spelled_scalar
from service.wording.things import Kind

_FINDING = 0.6
"""The share of the time in which changes are looked for; the rest is for saying what they are."""


_SAYING = 0.6
"""The share of that rest which is for plans; texts and counts have what is left."""


_PARTS: dict[Part, str] = {
    "gates": "who is stopped, deferred or referred",
    "course": "the number of sessions",
    "interval": "the weeks between sessions",
    "review": "the weeks until the review",
    "maintenance": "the weeks between visits that keep the result",
    "progress": "what remains after sessions were done",
}
covers(_PARTS, get_args(Part), "names of the parts of a plan")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing.

    ``plans``: changes of plans; ``texts``: of what is said alone; ``refused`` and ``accepted``: assessments
    that only the old, or only the new version takes. ``not_decided``: what may hold more changes, in words;
    nothing: there are no others, proven over every possible assessment. ``to_be_read``: rules that say
    something else over the support that they had.
    """

    edits: tuple[RulesetEdit, ...]
    plans: tuple[Statement, ...] = ()
    texts: tuple[Statement, ...] = ()
    refused: tuple[Statement, ...] = ()
    accepted: tuple[Statement, ...] = ()
    count: ChangeCount | None = None
    not_decided: tuple[str, ...] = ()
    to_be_read: tuple[CarriedOver, ...] = ()

    @property
    def means_something(self) -> bool:
        """Whether any plan changes, or what is accepted, or (not decided) may change."""
        return bool(self.plans or self.refused or self.accepted or self.not_decided)


def compare(
    old: CompiledRuleset,
    new: CompiledRuleset,
    *,
    seconds: float = 30,
    on_progress: OnProgress | None = None,
    labels: Labels | None = None,
) -> Comparison:
    """Compare two versions; what takes longer than ``seconds`` is not decided.

    Questions, answers and rules are named by ``labels``, else by their ids.
    """
    edited = edits(old.ruleset, new.ruleset)
    if old.ruleset.digest == new.ruleset.digest:
        return Comparison(edited)
    compared = _Comparing(old, new, seconds, labels).compared(edited, on_progress)
    return replace(compared, to_be_read=to_be_read(old.ruleset, new.ruleset))


class _Comparing:
    """Compares two versions, once."""

    def __init__(
        self, old: CompiledRuleset, new: CompiledRuleset, seconds: float, labels: Labels | None
    ) -> None:
        self._labels = labels
        self._deadline = Deadline(seconds)
        self._pair = VersionPair(old.ruleset, new.ruleset, self._deadline)
        self._engines = Engines(old, new, self._pair.renamed)
        self._cubes = RegionFinder(self._pair)
        self._open: list[str] = []
        self._rules: tuple[str, ...] = ()

    def compared(self, edited: tuple[RulesetEdit, ...], on_progress: OnProgress | None) -> Comparison:
        self._rules = _edited_rules(edited)
        refused = tuple(self._refused(new_refuses=True))
        accepted = tuple(self._refused(new_refuses=False))
        self._pair.solver.deadline = self._deadline.part(_FINDING)
        found = find_changes(self._pair, self._engines, on_progress)
        self._pair.solver.deadline = self._deadline.part(_SAYING)
        self._note_open(found)
        plans = merged(self._all_plans(found))
        if len(plans) > MOST_STATEMENTS:
            self._open.append(f"{len(plans) - MOST_STATEMENTS} more kinds of change")
        self._pair.solver.deadline = self._deadline
        counted = self._counted(plans)
        texts = tuple(self._texts())
        return Comparison(
            edited,
            _bare(plans[:MOST_STATEMENTS]),
            _bare(texts),
            _bare(refused),
            _bare(accepted),
            counted,
            tuple(dict.fromkeys(self._open)),
        )

    def _note_open(self, found: list[FoundChanges]) -> None:
        for one in found:
            if not one.seen.sure:
                why = "" if not one.in_time else ", looked at in samples"
                self._open.append(f"{_PARTS[one.part]}{why}")

    # -- what is accepted -------------------------------------------------------------------------

    def _refused(self, *, new_refuses: bool) -> Iterator[Statement]:
        sides = self._pair.sides if new_refuses else self._pair.sides[::-1]
        try:
            for one in newly_refused(self._pair, *sides):
                says = tuple(self._refusal(one, now=new_refuses) for one in one.refusals)
                region = self._cubes.cover(one.holds, sides[0].accepts())
                yield self._statement(says, region, one.holds, one.example, ())
        except Undecided:
            self._open.append("which assessments are accepted")

    def _refusal(self, refusal: Refusal, *, now: bool) -> str:
        """What is said of a refusal: with its mend where it is one of the new version."""
        said = refusal.message if self._labels is None else refusal_words(self._labels, refusal)
        return f"{said} {refusal.hint}".strip() if now else f"until now: {said}"

    # -- plans ------------------------------------------------------------------------------------

    def _all_plans(self, found: list[FoundChanges]) -> Iterator[Statement]:
        """The statements of every part, in order; made of the fewest classes first, for that takes least."""
        by_part = {
            one.part: [*self._plans(one)] for one in sorted(found, key=lambda one: len(one.seen.changed))
        }
        for one in found:
            yield from by_part[one.part]

    def _plans(self, found: FoundChanges) -> Iterator[Statement]:
        if not found.seen.changed:
            return
        done = 0
        try:
            for group, region in regions(
                self._cubes,
                found.part,
                found.seen.changed,
                self._pair.accepted,
                found.shows,
                found.anywhere,
                self._labels,
            ):
                done += 1
                yield self._of_group(found, group, region)
        except Undecided:
            self._open.append(f"for whom exactly {_PARTS[found.part]} changes")
            if not done:
                one = found.seen.changed[0]
                group = Group(headline(one, self._labels, exactly=True), (one,), exact=True)
                yield replace(self._of_group(found, group, Region((), False)), where=self._fired_for())

    def _fired_for(self) -> tuple[str, ...]:
        """Where no region was found: for whom an edited rule fires, if only they can be meant."""
        names = (name if self._labels is None else self._labels.rule(name) for name in self._rules)
        return tuple(f"those for whom {name} fires" for name in names)

    def _of_group(self, found: FoundChanges, group: Group, region: Region) -> Statement:
        shown = self._shown(found, group)
        anyhow = found.part in ("gates", "progress") or any(one.hidden for one in group.classes)
        holds = group.holds if anyhow else and_((group.holds, found.shows))
        one = self._statement(
            group.says, region, holds, shown.example, changes_in_words(shown.changes, self._labels)
        )
        return replace(one, of_numbers=found.part != "gates")

    def _shown(self, found: FoundChanges, group: Group) -> Class:
        """The smallest example of the group that shows the same, else that of one of its classes."""
        first = group.classes[0]
        if first.hidden or found.part == "progress":
            return first
        accepted = self._pair.accepted
        try:
            example = self._pair.smallest(accepted, group.holds, found.calm)
            example = example or self._pair.smallest(accepted, group.holds, found.shows)
        except Undecided:
            return first
        decided = None if example is None else self._engines.decide(example)
        if example is None or decided is None:
            return first
        tried = replace(first, example=example, changes=self._engines.changes(decided))
        return tried if headline(tried, self._labels, exactly=group.exact) == group.says else first

    def _counted(self, plans: tuple[Statement, ...]) -> ChangeCount | None:
        if self._open or not plans or not all(one.whole and one.cubes for one in plans):
            return None
        try:
            cubes = [cube for one in plans for cube in one.cubes]
            return count(self._pair, cubes, or_(one.holds for one in plans), True)
        except Undecided:
            return None

    # -- texts ------------------------------------------------------------------------------------

    def _texts(self) -> Iterator[Statement]:
        pair = self._pair
        told: set[str] = set()
        try:
            for one in text_changes(pair, self._labels):
                example = pair.smallest(pair.accepted, one.holds)
                if example is not None:
                    region = self._cubes.cover(one.holds, pair.accepted)
                    told |= one.scores
                    yield self._statement(one.says, region, one.holds, example, ())
            yield from self._value_statements(told)
        except Undecided:
            self._open.append("who is told something else")
        old, new = (side.ruleset for side in pair.sides)
        yield from (Statement((text,)) for text in verdict_texts(old, new))
        yield from (Statement((text,)) for text in translated_texts(old, new, self._labels))

    def _value_statements(self, told: set[str]) -> Iterator[Statement]:
        """Whose support or scores change, as both engines say of an example.

        ``told``: scores of whose points a text tells already.

        Raises:
            Undecided: it would take more time than there is.
        """
        pair = self._pair
        parts = [plan_parts(pair, side) for side in pair.sides]
        scores = [one for one in score_changes(pair, *parts) if not one.scores <= told]
        for changed, values, undecided in (
            (support_changes(pair), _support, "on what the numbers rest"),
            (scores, _scores, "what scores come to"),
        ):
            for one in changed:
                example = pair.smallest(pair.accepted, one.holds)
                decided = self._engines.decide(example) if example is not None else None
                if example is None or decided is None:
                    continue
                differing = tuple(_differing(*map(values, decided)))
                if differing:
                    region = replace(self._cubes.cover(one.holds, pair.accepted), whole=False)
                    yield self._statement(one.says, region, one.holds, example, differing)
                else:
                    self._open.append(undecided)

    def _statement(
        self,
        says: tuple[str, ...],
        region: Region,
        holds: Formula,
        example: Assessment,
        changes: tuple[tuple[str, str, str], ...],
    ) -> Statement:
        where = tuple(in_words(self._pair.questions, cube, self._labels) for cube in region.cubes)
        return Statement(says, region.cubes, where, region.whole, example, changes, holds=holds)


_CHANGING_NO_PLAN: tuple[Kind, ...] = ("guarantee", "scenario", "paper", "translation")
_OF_THE_RULESET = frozenset({"title", "version", "owner", "effective"})
"""Kinds of things, and parts of the ruleset itself, whose edits change no plan."""


def _edited_rules(edited: tuple[RulesetEdit, ...]) -> tuple[str, ...]:
    """The rules without which no plan changes, as one of them must fire; none where other things can, too."""
    if any(
        edit.kind not in ("rule", *_CHANGING_NO_PLAN)
        and not (edit.kind == "ruleset" and {part.key for part in edit.parts} <= _OF_THE_RULESET)
        for edit in edited
    ):
        return ()
    return tuple(edit.name for edit in edited if edit.kind == "rule")


def _support(decision: Decision) -> Mapping[str, Scalar | None]:
    return {"support": decision.plan.support}


def _scores(decision: Decision) -> Mapping[str, Scalar | None]:
    return decision.scores


def _differing(
    was: Mapping[str, Scalar | None], now: Mapping[str, Scalar | None]
) -> Iterator[tuple[str, str, str]]:
    """Each value that both have and that is not the same, by its name."""
    for name in sorted(was.keys() & now.keys()):
        if was[name] != now[name]:
            yield name, _spelled(was[name]), _spelled(now[name])


def _spelled(value: Scalar | None) -> str:
    return "unknown" if value is None else spelled_scalar(value)


def _bare(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Statements without the formulas that they were made from."""
    return tuple(replace(one, holds=False) for one in statements)
