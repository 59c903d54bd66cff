"""A logged answer beside the one that other rules give: what has changed, by which rules, and how often.

All that came of it as JSON data: ``replay_document``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.language import ANSWER, NEWEST_LANGUAGE, members
from service.model.problem import Refusal
from service.serving.verifying import UNSIGNED
from service.store.decisions.selection import Selection
from service.store.editions import Edition

Kind = Literal["refused", "plan", "words", "reasons", "same"]
"""``refused``: the assessment is invalid now. ``plan``: the verdict, a number or what is unanswered differs.
``words``: the plan is the same, what is told with it is not. ``reasons``: only why differs."""

PLAN = members(matters="plan")
WORDS = members(matters="words")
REASONS = tuple(name for name in members(matters="reasons") if not ANSWER[name].optional)

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member of the answer, as it was logged and as it would be."""

    member: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Blamed:
    """The rules that fire only in the logged answer, only now, or in both but with other effects."""

    no_longer: tuple[str, ...]
    now: tuple[str, ...]
    edited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What other rules make of one decision; ``mistakes`` says why it is refused."""

    kind: Kind
    changes: tuple[MemberChange, ...] = ()
    mistakes: tuple[Refusal, ...] = ()


SAME = Outcome("same")


def compared(was: Answer, now: Answer | tuple[Refusal, ...]) -> Outcome:
    """What has changed. Where rules stand in their files, and who has signed them, is no change."""
    if isinstance(now, tuple):
        return Outcome("refused", mistakes=now)
    plan = _changes(PLAN, was, now)
    words = [
        change
        for change in _changes(WORDS, was, now)
        if _without_rule(change.was) != _without_rule(change.now)
    ]
    if plan:
        return Outcome("plan", (*plan, *words))
    if words:
        return Outcome("words", tuple(words))
    reasons = [change for change in _changes(REASONS, was, now) if _why(change.was) != _why(change.now)]
    return Outcome("reasons", tuple(reasons)) if reasons else SAME


def blamed(was: Answer, now: Answer) -> Blamed:
    """Which rules make the difference between two answers."""
    before = {hit["rule"]: hit["effects"] for hit in was["fired"]}
    after = {hit["rule"]: hit["effects"] for hit in now["fired"]}
    return Blamed(
        no_longer=tuple(rule for rule in before if rule not in after),
        now=tuple(rule for rule in after if rule not in before),
        edited=tuple(rule for rule in before if rule in after and before[rule] != after[rule]),
    )


def _changes(names: Iterable[str], was: Answer, now: Answer) -> list[MemberChange]:
    """What differs. A member that an older answer has not yet, and that is empty now, is no change."""
    return [
        MemberChange(name, was.get(name), now.get(name))
        for name in names
        if (was.get(name) or None) != (now.get(name) or None)
    ]


def _without_rule(value: Any) -> Any:
    """What is told, whichever rule tells it."""
    if not isinstance(value, list):
        return value
    return [
        {name: said for name, said in one.items() if name != "rule"} if isinstance(one, dict) else one
        for one in value
    ]


def _why(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {name: said for name, said in one.items() if name != "defined_at"}
        for one in value
        if one.get("code") != UNSIGNED
    ]


MOST_EXAMPLES = 3
"""So many decisions are named for each kind of change."""

MOST_IDS = 10
"""So many decisions are named of each kind that is not the same."""

MOST_MISTAKES = 200
"""So many different mistakes are counted by themselves."""

GONE, NEW = "gone", "new"
"""Shifts of the sessions that are no number: there are no sessions any more, or there are now."""

NOBODY = ""
"""In the place of a rule: no rule did it, but an option's attribute, a limit, a default or a text."""


@dataclass(frozen=True, slots=True)
class Example:
    """A decision that changes, and what."""

    decision_id: str
    changes: tuple[MemberChange, ...]


@dataclass(slots=True)
class NewMistake:
    """A mistake that an assessment has now: how many have it, and which was the first."""

    message: str
    decision_id: str
    decisions: int = 0


@dataclass(slots=True)
class Tally:
    """Counts of decisions.

    ``kinds`` by what changes; ``verdicts`` by the one before and after (``refused`` where there is none);
    ``shifts`` by how many sessions more a plan typically has; ``rules`` by rule, for each of ``no_longer``,
    ``now`` and ``edited``; ``mistakes`` by pointer and code. Decisions that ``elsewhere`` counts are of
    rulesets that the candidate does not have; ``damaged`` are those that can't be read, by their ids.
    ``renewed``: how many were made under an earlier version of the language, and first made again. ``ids``:
    the first decisions of each kind.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    shifts: Counter[int | str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)
    mistakes: dict[tuple[str, str], NewMistake] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    elsewhere: int = 0
    damaged: int = 0
    damaged_ids: list[str] = field(default_factory=list)
    renewed: int = 0
    ids: dict[Kind, list[str]] = field(default_factory=dict)

    @property
    def replayed(self) -> int:
        """How many decisions were made again."""
        return sum(self.kinds.values())

    @property
    def seen(self) -> int:
        """How many decisions were looked at."""
        return self.replayed + self.elsewhere + self.damaged

    @property
    def changed(self) -> int:
        """How many plans change or are refused."""
        return self.kinds["plan"] + self.kinds["refused"]

    @property
    def percent(self) -> float:
        """The same in percent of what was replayed."""
        return 100 * self.changed / self.replayed if self.replayed else 0.0

    def add(self, decision_id: str, was: Answer, now: Answer | None, outcome: Outcome) -> None:
        """Count one decision; ``now`` is None where it is refused."""
        self.kinds[outcome.kind] += 1
        if outcome.kind != "same":
            self._name(outcome.kind, [decision_id])
        if now is None:
            self.verdicts[was["verdict"], "refused"] += 1
            self._add_mistakes(decision_id, outcome)
            return
        self.verdicts[was["verdict"], now["verdict"]] += 1
        shift = _shift(was["sessions"], now["sessions"])
        if shift is not None:
            self.shifts[shift] += 1
        if outcome.kind in ("plan", "words"):
            self._blame(blamed(was, now))
        if outcome.kind != "same":
            self._exemplify(_label(outcome, shift), Example(decision_id, outcome.changes))

    def add_damaged(self, decision_id: str) -> None:
        """Count a decision that can't be read."""
        self.damaged += 1
        if len(self.damaged_ids) < MOST_EXAMPLES:
            self.damaged_ids.append(decision_id)

    def merge(self, later: Tally) -> None:
        """Add the counts of a later part of the log."""
        self.kinds.update(later.kinds)
        self.verdicts.update(later.verdicts)
        self.shifts.update(later.shifts)
        for rule, counts in later.rules.items():
            self.rules.setdefault(rule, Counter()).update(counts)
        for key, mistake in later.mistakes.items():
            kept = self.mistakes.get(key)
            if kept is not None:
                kept.decisions += mistake.decisions
            elif len(self.mistakes) < MOST_MISTAKES:
                self.mistakes[key] = mistake
        for label, examples in later.examples.items():
            for example in examples:
                self._exemplify(label, example)
        for kind, ids in later.ids.items():
            self._name(kind, ids)
        self.elsewhere += later.elsewhere
        self.damaged += later.damaged
        self.renewed += later.renewed
        self.damaged_ids = [*self.damaged_ids, *later.damaged_ids][:MOST_EXAMPLES]

    def _blame(self, rules: Blamed) -> None:
        named = [("no_longer", rules.no_longer), ("now", rules.now), ("edited", rules.edited)]
        for how, names in named:
            for name in names:
                self.rules.setdefault(name, Counter())[how] += 1
        if not any(names for _, names in named):
            self.rules.setdefault(NOBODY, Counter())["edited"] += 1

    def _add_mistakes(self, decision_id: str, outcome: Outcome) -> None:
        for one in dict.fromkeys((mistake.pointer, mistake.code) for mistake in outcome.mistakes):
            message = next(m.message for m in outcome.mistakes if (m.pointer, m.code) == one)
            if one in self.mistakes or len(self.mistakes) < MOST_MISTAKES:
                self.mistakes.setdefault(one, NewMistake(message, decision_id)).decisions += 1

    def _name(self, kind: Kind, ids: Iterable[str]) -> None:
        self.ids[kind] = [*self.ids.get(kind, []), *ids][:MOST_IDS]

    def _exemplify(self, label: str, example: Example) -> None:
        kept = self.examples.setdefault(label, [])
        if len(kept) < MOST_EXAMPLES:
            kept.append(example)


def _label(outcome: Outcome, shift: int | str | None) -> str:
    """The kind of change that a decision is an example of."""
    if outcome.kind != "plan":
        return outcome.kind
    first = outcome.changes[0]
    if first.member == "verdict":
        return f"{first.was} -> {first.now}"
    if isinstance(shift, int) and shift:
        return f"sessions {shift:+d}"
    return "other numbers"


def _shift(was: Any, now: Any) -> int | str | None:
    """How many sessions more there typically are; None: there are none on either side."""
    if was is None or now is None:
        return None if was is now else (GONE if now is None else NEW)
    shift: int = now["typical"] - was["typical"]
    return shift


_KINDS: tuple[Kind, ...] = ("same", "plan", "refused", "words", "reasons")
_HOW = ("no_longer", "now", "edited")


def replay_document(tally: Tally, candidate: Iterable[Edition], selection: Selection) -> dict[str, Any]:
    """The outcome as JSON data."""
    return {
        "candidate": [{"id": one.ruleset, "version": one.version, "digest": one.digest} for one in candidate],
        "since": None if selection.since is None else selection.since.isoformat(),
        "until": None if selection.until is None else selection.until.isoformat(),
        "decisions": tally.seen,
        "replayed": tally.replayed,
        "of_other_rulesets": tally.elsewhere,
        "damaged": tally.damaged,
        "language_version": NEWEST_LANGUAGE,
        "made_again": tally.renewed,
        "changed": tally.changed,
        "changed_percent": round(tally.percent, 4),
        "kinds": {kind: tally.kinds[kind] for kind in _KINDS},
        "verdicts": [
            {"before": before, "after": after, "decisions": number}
            for (before, after), number in sorted(tally.verdicts.items())
        ],
        "sessions": _sessions(tally),
        "rules": _rule_documents(tally),
        "refused": _refused(tally),
        "examples": _example_documents(tally),
        "decision_ids": {kind: tally.ids.get(kind, []) for kind in _KINDS if kind != "same"},
    }


def _sessions(tally: Tally) -> dict[str, Any]:
    shifts = {name: number for name, number in tally.shifts.items() if isinstance(name, int)}
    return {
        "shift": [{"sessions": shift, "decisions": number} for shift, number in sorted(shifts.items())],
        "numbers_gone": tally.shifts.get(GONE, 0),
        "numbers_new": tally.shifts.get(NEW, 0),
    }


def _rule_documents(tally: Tally) -> list[dict[str, Any]]:
    """The rules that did it, those with the most decisions first."""
    order = sorted(tally.rules, key=lambda rule: (-tally.rules[rule].total(), rule))
    return [{"rule": rule or None, **{how: tally.rules[rule][how] for how in _HOW}} for rule in order]


def _refused(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "pointer": pointer,
            "code": code,
            "message": one.message,
            "decisions": one.decisions,
            "example": one.decision_id,
        }
        for (pointer, code), one in sorted(tally.mistakes.items())
    ]


def _example_documents(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "kind": label,
            "decision_id": example.decision_id,
            "changes": [{"member": one.member, "was": one.was, "now": one.now} for one in example.changes],
        }
        for label, examples in sorted(tally.examples.items())
        for example in examples
    ]
