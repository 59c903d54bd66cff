"""All that there is to say of one ruleset: its rules, and what came of checking, proving and trying it.

Worked clients stand here in words: what they answered, what they get, and whether that is as expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.language import ANSWER, members
from service.analysis.compare.meaning import changes
from service.analysis.proofs.results import Proof, State
from service.documenting.signature import moved_over, read_sign_offs
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, in_order
from service.model.ruleset import Rule, Ruleset, Scenario, SignOff
from service.reading.allowing import Allow
from service.reading.ruleset import Read
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf, shipped
from service.vetting.check import CheckedShelf, OnProgress, check_shelf, only
from service.wording.answers import (
    ON_ONE_SESSION,
    VERDICT_WORDS,
    Answered,
    answered,
    gate_of,
    note_words,
    quantity_words,
)
from service.wording.effects import ONE_SESSION_WORDS
from service.wording.labels import Labels


@dataclass(frozen=True, slots=True)
class Worked:
    """A scenario that was run: its answer as JSON data (None: it has none), and what is not as expected."""

    scenario: Scenario
    answer: Mapping[str, Any] | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A worked client on the page.

    ``answers`` leaves out the usual noes; ``unasked`` names those of them that this client was not asked.
    ``hears``: what is said to client or clinician, each with its tone and label.
    """

    anchor: str
    name: str
    answers: tuple[Answered, ...]
    unasked: tuple[str, ...]
    verdict: str
    verdict_kind: str
    gets: tuple[Answered, ...]
    hears: tuple[tuple[str, str, str], ...]
    problems: tuple[str, ...]


def usual_noes(labels: Labels, scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The yes-or-no questions that most clients answer with no: said once for all of them."""
    run = list(scenarios)
    return tuple(
        one.id
        for one in labels.ruleset.inputs.values()
        if one.domain.shape == "yes_no"
        and sum(scenario.assessment.get(one.id) is False for scenario in run) * 2 > len(run) > 1
    )


def client_rows(labels: Labels, worked: Iterable[Worked]) -> tuple[ClientRow, ...]:
    """Every worked client."""
    run = list(worked)
    usual = usual_noes(labels, [one.scenario for one in run])
    return tuple(_client(labels, number, one, usual) for number, one in enumerate(run, 1))


def _client(labels: Labels, number: int, worked: Worked, usual: tuple[str, ...]) -> ClientRow:
    given = worked.scenario.assessment
    shown = {name: value for name, value in given.items() if name not in usual or value is not False}
    unasked = tuple(labels.question(name) for name in usual if given.get(name) is None)
    answer = worked.answer
    return ClientRow(
        f"client-{number}",
        worked.scenario.name,
        answered(labels, shown),
        unasked,
        VERDICT_WORDS[answer["verdict"]].name if answer is not None else "No answer",
        answer["verdict"] if answer is not None else "none",
        _gets(answer) if answer is not None else (),
        _hears(labels, answer) if answer is not None else (),
        worked.problems,
    )


def _gets(answer: Mapping[str, Any]) -> tuple[Answered, ...]:
    vouched = (ANSWER[ON_ONE_SESSION].label, ONE_SESSION_WORDS[answer[ON_ONE_SESSION]])
    none = [] if answer["sessions"] is not None else [(ANSWER["sessions"].label, "no number")]
    numbers = quantity_words(answer)
    if answer["remaining"] == answer["sessions"]:
        numbers.pop("remaining", None)
    return (vouched, *none, *((ANSWER[name].label, words) for name, words in numbers.items()))


def _hears(labels: Labels, answer: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """What gates say, the gravest first, then what was not asked."""
    gates = [(gate, name) for name in members("notes", "deferrals") if (gate := gate_of(name)) is not None]
    notes = [(gate.tone, gate.label, note_words(note)) for gate, name in gates for note in answer[name]]
    unasked = [("refer", "Not asked", labels.question(name)) for name in answer["unanswered"]]
    return tuple(notes + unasked)


class Faulty(Exception):
    """The ruleset has errors that keep it from being compiled; ``problems`` are they."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(f"{len(self.problems)} errors")


@dataclass(frozen=True, slots=True)
class LetStand:
    """Warnings of one code that an author let stand, with the reason; ``rule``: where it is one rule's."""

    code: str
    reason: str
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One ruleset with all that is known of it.

    ``problems`` are those still open; ``base``: the ruleset that it extends; ``older``: the one that it is
    compared with, and ``meaning`` what the edits since mean to clients, a line each.
    """

    ruleset: Ruleset
    proofs: tuple[Proof, ...]
    worked: tuple[Worked, ...]
    problems: tuple[Problem, ...]
    let_stand: tuple[LetStand, ...]
    signed: tuple[SignOff, ...]
    base: Ruleset | None = None
    older: Ruleset | None = None
    meaning: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many errors are open, scenarios aside."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many warnings are open."""
        return len(self.problems) - self.errors

    @property
    def failed(self) -> int:
        """How many scenarios are not as expected."""
        return sum(bool(one.problems) for one in self.worked)

    def guarantees(self, state: State) -> int:
        """How many guarantees are in that state."""
        return sum(proof.state == state for proof in self.proofs)


def gather(
    shelf: Shelf,
    name: str,
    *,
    older: Ruleset | None = None,
    on_progress: OnProgress | None = None,
    seconds: float = 30,
) -> Dossier:
    """Check, prove and try the ruleset ``name`` of the shelf; ``seconds`` bounds proving.

    Raises:
        Faulty: it has errors, so that there is nothing to compile.
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    read = shelf.read[name]
    checked = check_shelf(only(shelf, name), prove_seconds=seconds, on_progress=on_progress)
    try:
        if name in checked.snapshot.broken:
            raise Faulty(checked.snapshot.broken[name])
        compiled = checked.snapshot.served[name]
        proofs = checked.proofs[name]
        return Dossier(
            compiled.ruleset,
            proofs.guarantees,
            tuple(_worked(checked, name)),
            in_order((*read.problems, *proofs.problems)),
            tuple(_let_stand(read, compiled.ruleset)),
            moved_over(read_sign_offs(folder_of(shelf, name)), read),
            _base(shelf, compiled.ruleset),
            older,
            _meaning(older, compiled, seconds),
        )
    finally:
        checked.close()


def folder_of(shelf: Shelf, name: str) -> Path:
    """The folder of one ruleset of the shelf."""
    return shelf.root if shelf.single else shelf.root / name


def _worked(checked: CheckedShelf, name: str) -> Iterable[Worked]:
    for tried in checked.tried[name]:
        said = tuple(_without_name(problem, tried.scenario.name) for problem in tried.problems)
        yield Worked(tried.scenario, tried.answer, said)


def _meaning(older: Ruleset | None, compiled: CompiledRuleset, seconds: float) -> tuple[str, ...]:
    """Whose answers differ from those of the older version."""
    if older is None:
        return ()
    before = CompiledRuleset(older)
    try:
        return changes(before, compiled, seconds=seconds).meaning
    finally:
        before.close()


def _without_name(problem: Problem, name: str) -> str:
    """What the problem says, without the scenario's name before it: that stands above it already."""
    head, colon, rest = problem.message.partition('": ')
    return rest if colon and name.startswith(head[1:].removesuffix("...")) else problem.message


def _let_stand(read: Read, ruleset: Ruleset) -> Iterable[LetStand]:
    for allow in read.let_stand:
        yield LetStand(allow.code, allow.reason, _rule_of(allow, ruleset))


def _rule_of(allow: Allow, ruleset: Ruleset) -> Rule | None:
    """The rule in whose ``allow`` the warning is let stand; None where the whole ruleset lets it stand."""
    if allow.start is None:
        return None
    before = [r for r in ruleset.rules if r.place.file == allow.place.file and r.place <= allow.place]
    return max(before, key=lambda rule: rule.place, default=None)


def _base(shelf: Shelf, ruleset: Ruleset) -> Ruleset | None:
    """The ruleset that this one extends: beside it, else among the shipped ones."""
    if ruleset.extends is None:
        return None
    if ruleset.extends in shelf.read:
        return shelf.read[ruleset.extends].ruleset
    beside = shelf.root.parent if shelf.single else shelf.root
    for folder in (beside, shipped()):
        try:
            read = read_shelf(folder / ruleset.extends).read
        except NotARulesetsFolder:
            continue
        return next(iter(read.values())).ruleset
    return None
