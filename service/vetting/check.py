"""Check rulesets: read, check, compile, try their scenarios, prove, and hold them against what serves.

Every command and the publisher check by :func:`check_shelf`, here or in a process of its own:
``python -m service.vetting.check PARENT FILE`` waits for a line on standard input, takes its request from the
open file with that number, and writes messages to standard output (see :mod:`service.vetting.report`). Its
exit code is 0 where all is told, whatever it says.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from schemas.ruleset_fields import FEWEST_DIGITS
from service.analysis.checks.consequences import deduplicated
from service.analysis.proofs.results import PROOFS, Proofs
from service.model.problem import Place, Problem, in_order, shown
from service.model.ruleset import Ruleset
from service.reading.allowing import allowed
from service.reading.extending import MOVED
from service.reading.ruleset import Read
from service.serving.trying import ScenarioResult, mistaken, try_scenarios
from service.store.editions import digests_before, edition_of, read_edition
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf
from service.store.snapshot import Snapshot, take_snapshot
from service.vetting.process import FAULTY, OUT_OF_MEMORY, die_with_parent
from service.vetting.report import (
    CheckLimits,
    CheckMessage,
    CheckReport,
    CheckRequest,
    FolderChecked,
    FolderProved,
    FolderRefused,
    ProvingProgress,
    Served,
    as_line,
    errors_of,
    request_from_line,
)
from service.vetting.sources import NAMES, Fingerprints, Source

OnProgress = Callable[[str, int, int], None]
"""Called as checking goes on: the ruleset's id, how many steps are done, and how many there are."""

_TRIES = 6
_BETWEEN_TRIES_S = 0.05
_SHOWN_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class CheckedShelf:
    """What came of checking the rulesets of a folder, as far as was asked for; each mapping is by id.

    ``snapshot`` has those that could be compiled, and the errors of the others.
    """

    shelf: Shelf
    snapshot: Snapshot
    tried: Mapping[str, tuple[ScenarioResult, ...]] = field(default_factory=dict)
    proofs: Mapping[str, Proofs] = field(default_factory=dict)
    refusing: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    """How an edit would refuse assessments that are accepted now."""

    @property
    def read_problems(self) -> tuple[Problem, ...]:
        """What reading, checks and compiling found in the folder, each once, in order."""
        broken = [problem for problems in self.snapshot.broken.values() for problem in problems]
        return in_order([*self.shelf.all_problems, *broken])

    @property
    def failures(self) -> tuple[Problem, ...]:
        """Where scenarios come out otherwise than expected."""
        return in_order(problem for every in self.tried.values() for one in every for problem in one.problems)

    @property
    def proof_problems(self) -> tuple[Problem, ...]:
        """What proofs found. What a ruleset and one that extends it share is one problem.

        Where both have it with examples of their own, those of the ruleset in whose files it stands are
        shown.
        """
        found: dict[Problem, Problem] = {}
        for name, proofs in self.proofs.items():
            folder = self.snapshot.served[name].ruleset.place.file.rpartition("/")[0]
            for problem in proofs.problems:
                without = replace(problem, examples=())
                if without not in found or problem.place.file.startswith(f"{folder}/"):
                    found[without] = problem
        return in_order(found.values())

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        """Every problem of one ruleset, in order."""
        found = [*self.shelf.read[name].problems, *self.snapshot.broken.get(name, ())]
        found += [problem for one in self.tried.get(name, ()) for problem in one.problems]
        if name in self.proofs:
            found += self.proofs[name].problems
        return in_order([*found, *self.refusing.get(name, ())])

    def close(self) -> None:
        """Free what the engine holds."""
        self.snapshot.close()


def check_shelf(
    shelf: Shelf,
    *,
    scenarios: bool = True,
    prove_seconds: float | None = 30,
    served: Mapping[str, Served] | None = None,
    on_progress: OnProgress | None = None,
    before_proofs: Callable[[CheckedShelf], object] | None = None,
) -> CheckedShelf:
    """Check the rulesets of a folder that was read; whoever calls closes what comes back.

    Without ``scenarios`` only those are told that could not be run. ``prove_seconds`` is for the proofs of
    each ruleset, and what takes longer comes out as not decided; None: nothing is proven. ``served``: what
    each ruleset is held against, by id. ``before_proofs`` gets what is known before proofs begin, for they
    take longest.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    checked = try_shelf(shelf, scenarios=scenarios, served=served, on_progress=on_progress)
    if before_proofs is not None:
        before_proofs(checked)
    return prove_shelf(checked, prove_seconds=prove_seconds, served=served, on_progress=on_progress)


def try_shelf(
    shelf: Shelf,
    *,
    scenarios: bool = True,
    served: Mapping[str, Served] | None = None,
    on_progress: OnProgress | None = None,
) -> CheckedShelf:
    """The quick part of :func:`check_shelf`: compile what was read, and try its scenarios."""
    shelf = _with_what_moved(shelf, served or {})
    checked = CheckedShelf(shelf, take_snapshot(shelf))
    tried = _tried(checked.snapshot, on_progress) if scenarios else _mistaken(checked.snapshot)
    return replace(checked, tried=tried)


def prove_shelf(
    checked: CheckedShelf,
    *,
    prove_seconds: float | None = 30,
    served: Mapping[str, Served] | None = None,
    on_progress: OnProgress | None = None,
) -> CheckedShelf:
    """The rest of :func:`check_shelf`: prove what could be compiled, and hold it against what is served."""
    if prove_seconds is not None:
        checked = replace(checked, proofs=_proofs(checked, prove_seconds, on_progress))
    return replace(checked, refusing=_refusing(checked, served or {}))


def only(shelf: Shelf, name: str) -> Shelf:
    """The shelf with one of its rulesets alone."""
    return replace(shelf, read={name: shelf.read[name]}, problems=())


def _with_what_moved(shelf: Shelf, served: Mapping[str, Served]) -> Shelf:
    """The shelf, each warning of a rule that is replaced and has changed saying how, where that is known.

    It is where what serves replaces the rule as it was.
    """
    told: dict[str, Read] = {}
    for name, one in served.items():
        read = shelf.read.get(name)
        if read is None or read.ruleset is None or one.edition is None:
            continue
        if any(problem.code == MOVED for problem in read.problems):
            old = read_edition(one.edition).ruleset
            problems = [_how_it_moved(problem, old, read.ruleset) for problem in read.problems]
            told[name] = replace(read, problems=in_order(problems))
    return replace(shelf, read={**shelf.read, **told})


def _how_it_moved(problem: Problem, old: Ruleset | None, new: Ruleset) -> Problem:
    """The problem, if it is of a rule that has changed since the old ruleset replaced it, with the change."""
    from service.analysis.compare.edits import edits  # which only this needs

    if problem.code != MOVED or old is None:
        return problem
    was = {rule.id: rule for rule, _ in old.set_aside}
    for rule, place in new.set_aside:
        before = was.get(rule.id)
        replacing = next((one for one in new.rules if one.place == place), None)
        if before is None or replacing is None or replacing.places[("replaces",)].line != problem.place.line:
            continue
        both = (replace(new, rules=(one,), stages=()) for one in (before, rule))
        changes = [
            f"{part.key}: {part.was or 'nothing'} -> {part.now or 'nothing'}"
            for edit in edits(*both)
            if edit.kind == "rule"
            for part in edit.parts
        ]
        if changes:
            said = (
                f'The rule "{rule.id}" that this one replaces has changed: {shown("; ".join(changes), 160)}.'
            )
            mend = f"Read it, and write replaces: {rule.digest[:FEWEST_DIGITS]}."
            return replace(problem, message=f"{said} {mend}")
    return problem


def _mistaken(snapshot: Snapshot) -> dict[str, tuple[ScenarioResult, ...]]:
    return {
        name: tuple(mistaken(compiled, compiled.ruleset.scenarios))
        for name, compiled in sorted(snapshot.served.items())
    }


def _tried(snapshot: Snapshot, on_progress: OnProgress | None) -> dict[str, tuple[ScenarioResult, ...]]:
    tried: dict[str, tuple[ScenarioResult, ...]] = {}
    for name, compiled in sorted(snapshot.served.items()):
        scenarios, done = compiled.ruleset.scenarios, []
        for one in try_scenarios(compiled, scenarios):
            done.append(one)
            if on_progress is not None:
                on_progress(name, len(done), len(scenarios))
        tried[name] = tuple(done)
    return tried


def _proofs(checked: CheckedShelf, seconds: float, on_progress: OnProgress | None) -> dict[str, Proofs]:
    """The proofs of each ruleset; ``allow:`` of its files silences warnings."""
    from service.analysis.proofs.prove import prove  # with z3, which nothing else here needs

    served = dict(sorted(checked.snapshot.served.items()))
    proofs = {
        name: prove(compiled, on_progress=_named(name, on_progress), seconds=seconds)
        for name, compiled in served.items()
    }
    at_home = {
        (problem.place, problem.code)
        for name, done in proofs.items()
        for problem in done.problems
        if served[name].ruleset.wrote(problem.place)
    }
    for name, done in proofs.items():
        read = checked.shelf.read[name]
        allows = [allow for allow in read.allows if allow.code in PROOFS]
        allowed_there = {one for one in done.problems if any(allow.covers(one) for allow in allows)}
        found = [one for one in done.problems if one not in allowed_there]
        told = deduplicated(served[name], found, read.problems, at_home)
        left = allowed([*told, *allowed_there], allows, known=PROOFS, beside=read.problems)
        proofs[name] = replace(done, problems=in_order(left))
    return proofs


def _named(name: str, on_progress: OnProgress | None) -> Callable[[int, int], None] | None:
    return None if on_progress is None else lambda done, of: on_progress(name, done, of)


def _refusing(checked: CheckedShelf, served: Mapping[str, Served]) -> dict[str, tuple[Problem, ...]]:
    """How edits would refuse assessments that are accepted now; going back to an edition may do so."""
    return {
        name: _refused_by(checked.snapshot.served[name].ruleset, checked.shelf.read[name], one)
        for name, one in served.items()
        if name in checked.snapshot.served
    }


def _refused_by(ruleset: Ruleset, read: Read, served: Served) -> tuple[Problem, ...]:
    if served.edition is None or {ruleset.digest, *digests_before(edition_of(read))} & {*served.digests}:
        return ()
    from service.analysis.compare.breaking import breaking, raises_major  # with z3, as above

    old = read_edition(served.edition).ruleset
    return () if old is None or raises_major(old, ruleset) else breaking(old, ruleset)


# In a process of its own: whatever an edit does there costs that process alone.


def main() -> None:
    """Wait for a request, and do as it says.

    Raises:
        SystemExit: whoever started this is gone.
    """
    die_with_parent(int(sys.argv[1]))
    import_module("service.analysis.proofs.prove")  # while it waits: it takes time
    if not sys.stdin.buffer.readline():
        raise SystemExit(0)
    try:
        with os.fdopen(int(sys.argv[2]), "rb") as asked:
            asked.seek(0)
            request = request_from_line(asked.read())
        Thread(target=_end_with_the_orderer, daemon=True).start()
        limit_process(request.limits)
        work(request, _tell)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # with no memory left to end in good order
    except Exception:  # noqa: BLE001 - a fault of ours must not look like a result
        os._exit(FAULTY)
    os._exit(0)  # the process ends here anyhow: nothing is freed one by one


def work(request: CheckRequest, tell: Callable[[CheckMessage], None]) -> None:
    """Do as a request says; what comes of it is told message by message."""
    if request.ruleset is not None:
        tell(report_on(request, request.ruleset))
    else:
        _check_folder(request, tell)


def report_on(request: CheckRequest, name: str) -> CheckReport:
    """Check one ruleset of a source."""
    began = monotonic()
    read, fingerprints = _read(request.source, name)
    checked = check_shelf(
        Shelf(request.source.root, {name: read}, ()),
        prove_seconds=request.prove_seconds,
        served={name: request.served},
    )
    problems = checked.problems_of(name)
    edition = None if errors_of(problems) or read.ruleset is None else edition_of(read)
    proofs = checked.proofs.get(name)
    return CheckReport(
        name,
        fingerprints,
        problems,
        edition,
        seconds=round(monotonic() - began, 3),
        guarantees=None if proofs is None else proofs.states,
    )


def _read(source: Source, name: str) -> tuple[Read, Fingerprints]:
    """The ruleset, and fingerprints of the folders that it was read from: the same before and after reading.

    Where they never keep still, what was read last.
    """
    rests_on = {name}
    for _ in range(_TRIES):
        fingerprints = source.fingerprints(sorted(rests_on))
        read = read_shelf(source.root, source.shown_as, only=name).read.get(name) or _nothing(source, name)
        found = {file.partition("/")[0] for file in read.files} | {name}
        if read.ruleset is None:
            found.add(NAMES)  # what is missing may come to lie beside it
        if found <= rests_on and fingerprints.still(source):
            break
        if found <= rests_on:
            sleep(_BETWEEN_TRIES_S)
        rests_on |= found
    return read, fingerprints


def _nothing(source: Source, name: str) -> Read:
    """What came of reading a folder that has just gone."""
    place = Place(f"{source.shown(name)}/ruleset.yaml")
    return Read(name, (Problem(place, "unreadable", "The folder can't be read: it is gone."),), None)


def _check_folder(request: CheckRequest, tell: Callable[[CheckMessage], None]) -> None:
    """Check all rulesets of a folder."""
    began = shown = monotonic()
    proving = False
    try:
        shelf = read_shelf(request.source.root, request.source.shown_as)
    except NotARulesetsFolder as error:
        tell(FolderRefused(str(error)))
        return

    def before_proofs(checked: CheckedShelf) -> None:
        nonlocal began, proving
        tell(_folder_checked(request.source, checked, monotonic() - began))
        began, proving = monotonic(), True

    def on_progress(name: str, done: int, of: int) -> None:
        nonlocal shown
        if proving and monotonic() - shown > _SHOWN_EVERY_S:
            shown = monotonic()
            tell(ProvingProgress(name, done, of))

    seconds = request.prove_seconds
    checked = check_shelf(shelf, prove_seconds=seconds, on_progress=on_progress, before_proofs=before_proofs)
    if seconds is not None:
        tell(_folder_proved(checked, monotonic() - began))


def _folder_checked(source: Source, checked: CheckedShelf, seconds: float) -> FolderChecked:
    tried = [one for every in checked.tried.values() for one in every]
    return FolderChecked(
        rulesets=len(checked.shelf.read),
        problems=checked.read_problems,
        scenarios=len(tried),
        failed=sum(bool(one.problems) for one in tried),
        failures=checked.failures,
        untested=len(checked.snapshot.broken),
        seconds=seconds,
        extended=tuple(map(str, _extended(source, checked.shelf.read.values()))),
    )


def _folder_proved(checked: CheckedShelf, seconds: float) -> FolderProved:
    states = [proof.state for proofs in checked.proofs.values() for proof in proofs.guarantees]
    return FolderProved(
        problems=checked.proof_problems,
        proven=states.count("proven"),
        undecided=states.count("not decided"),
        seconds=seconds,
    )


def _extended(source: Source, read: Iterable[Read]) -> list[Path]:
    """The folders outside the source's that were read, too, for rulesets in it extend them."""
    names = {file.partition("/")[0] for one in read for file in one.files}
    return source.outside(names)


def _tell(message: CheckMessage) -> None:
    sys.stdout.buffer.write(as_line(message))
    sys.stdout.buffer.flush()


def limit_process(limits: CheckLimits) -> None:
    """Bounds on this process; where the system knows none, only the clock of its parent bounds it."""
    os.nice(limits.niceness)
    wanted = {resource.RLIMIT_AS: limits.memory_mb * 1024 * 1024, resource.RLIMIT_CORE: 0}
    if limits.cpu_seconds is not None:
        wanted[resource.RLIMIT_CPU] = limits.cpu_seconds
    for limit, most in wanted.items():
        above = most + 1 if limit == resource.RLIMIT_CPU else most  # a signal comes first, then the end
        try:
            resource.setrlimit(limit, (most, above))
        except (OSError, ValueError):
            continue


def _end_with_the_orderer() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
