"""The process that checks one ruleset: ``python -m service.vetting.checker PARENT``.

It reads an order from standard input and writes a verdict to standard output. Its exit code is 0 where there
is a verdict, whatever it says.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from time import monotonic, sleep

from service.analysis.compare.breaking import breaking, raises_major
from service.model.problem import Place, Problem, in_order
from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.serving.trying import try_scenarios
from service.store.editions import edition_of, read_edition
from service.store.folders import Shelf, read_shelf
from service.store.proven import prove_snapshot
from service.store.snapshot import take_snapshot
from service.vetting.confined import FAULTY, OUT_OF_MEMORY
from service.vetting.lifetime import die_with_parent
from service.vetting.looking import NAMES, Basis
from service.vetting.verdict import Limits, Order, Served, Verdict, order_from_json

_TRIES = 6
_BETWEEN_TRIES_S = 0.05
_PROVING = 0.5
"""The share of the time by the clock that proofs may take."""


def main() -> None:
    """Check as ordered.

    Raises:
        SystemExit: always, with the exit code.
    """
    os.nice(5)  # answers come first
    die_with_parent(int(sys.argv[1]))
    try:
        order = order_from_json(sys.stdin.buffer.read())
        _limit(order.limits)
        said = judged(order).to_json()
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # with no memory left to end in good order
    except Exception:  # noqa: BLE001 - a fault of ours must not look like a verdict
        os._exit(FAULTY)
    os._exit(0)  # the process ends here anyhow: nothing is freed one by one


def judged(order: Order) -> Verdict:
    """The verdict on one ruleset: read, checked, compiled, proven, tried, and held against the old one."""
    began = monotonic()
    read, basis = _read(order)
    found = [*read.problems]
    if read.ruleset is not None:
        found += _further(order, read)
    problems = in_order(found)
    good = read.ruleset is not None and not any(problem.severity == "error" for problem in problems)
    edition = edition_of(read) if good else None
    return Verdict(order.ruleset, basis, problems, edition, seconds=round(monotonic() - began, 3))


def _read(order: Order) -> tuple[Read, Basis]:
    """The ruleset, with how the folders looked that it was read from: the same before and after reading.

    Where they never keep still, what was read last.
    """
    source, name = order.source, order.ruleset
    rests_on = {name}
    for _ in range(_TRIES):
        basis = source.basis(sorted(rests_on))
        read = read_shelf(source.root, source.shown_as, only=name).read.get(name) or _nothing(order)
        found = {file.partition("/")[0] for file in read.files} | {name}
        if read.ruleset is None:
            found.add(NAMES)  # what is missing may come to lie beside it
        if found <= rests_on and basis.still(source):
            break
        if found <= rests_on:
            sleep(_BETWEEN_TRIES_S)
        rests_on |= found
    return read, basis


def _nothing(order: Order) -> Read:
    """What came of reading a folder that has just gone."""
    place = Place(f"{order.source.shown(order.ruleset)}/ruleset.yaml")
    return Read(order.ruleset, (Problem(place, "unreadable", "The folder can't be read: it is gone."),), None)


def _further(order: Order, read: Read) -> Iterator[Problem]:
    """What is wrong with a ruleset that could be read; one thing after another, as each rests on the last."""
    shelf = Shelf(order.source.root, {order.ruleset: read}, ())
    snapshot = take_snapshot(shelf)
    yield from snapshot.broken.get(order.ruleset, ())
    compiled = snapshot.served.get(order.ruleset)
    if compiled is None:
        return
    seconds = order.limits.seconds * _PROVING
    yield from prove_snapshot(snapshot, shelf.read, seconds=seconds).problems
    for tried in try_scenarios(compiled, compiled.ruleset.scenarios):
        yield from tried.problems
    yield from _left_behind(order.served, compiled.ruleset)


def _left_behind(served: Served, ruleset: Ruleset) -> tuple[Problem, ...]:
    """How an edit would refuse assessments that are accepted now; going back to an edition may do so."""
    if served.edition is None or ruleset.digest in served.digests:
        return ()
    old = read_edition(served.edition).ruleset
    return () if old is None or raises_major(old, ruleset) else breaking(old, ruleset)


def _limit(limits: Limits) -> None:
    memory = limits.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
