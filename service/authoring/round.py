"""One round of checks, in a process of its own: ``python -m service.authoring.round``.

It waits for an order on standard input, one line of JSON, and says on standard output what it finds, a line
of JSON for each part: what reading, checks and scenarios find first, for that is quick, then what proofs
find. It ends when whoever ordered it is gone.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from time import monotonic

from service.authoring.names import extended_folders
from service.authoring.told import Checked, Order, Part, Proved, Proving, Refused, as_line, order_from_line
from service.authoring.writing import refresh_schemas
from service.model.problem import in_order
from service.serving.trying import try_scenarios
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf
from service.store.proven import prove_snapshot
from service.store.snapshot import Snapshot, take_snapshot

_SHOWN_EVERY_S = 0.2
Tell = Callable[[Part], None]


def main() -> None:
    """Do as ordered.

    Raises:
        SystemExit: nobody orders anything any more.
    """
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    order = order_from_line(line)
    _limit(order)
    Thread(target=_end_with_the_orderer, daemon=True).start()
    work(order, _tell)


def work(order: Order, tell: Tell) -> None:
    """One round: what it finds is told part by part."""
    began = monotonic()
    try:
        shelf = read_shelf(Path(order.folder), order.folder)
    except NotARulesetsFolder as error:
        tell(Refused(str(error)))
        return
    snapshot = take_snapshot(shelf)
    tell(_checked(shelf, snapshot, began))
    for ruleset in _own(shelf):
        refresh_schemas(ruleset)
    if order.prove:
        tell(_proved(order, shelf, snapshot, tell))


def _checked(shelf: Shelf, snapshot: Snapshot, began: float) -> Checked:
    tried = [
        one
        for compiled in snapshot.served.values()
        for one in try_scenarios(compiled, compiled.ruleset.scenarios)
    ]
    broken = [problem for problems in snapshot.broken.values() for problem in problems]
    return Checked(
        rulesets=len(shelf.read),
        problems=in_order([*shelf.all_problems, *broken]),
        scenarios=len(tried),
        failed=sum(bool(one.problems) for one in tried),
        failures=in_order(problem for one in tried for problem in one.problems),
        untested=len(snapshot.broken),
        seconds=monotonic() - began,
        extended=tuple(str(folder) for folder in _extended(shelf)),
    )


def _own(shelf: Shelf) -> list[Path]:
    """The rulesets' folders."""
    single = [*shelf.read] == [shelf.root.name]
    return [shelf.root] if single else [shelf.root / name for name in shelf.read]


def _extended(shelf: Shelf) -> Iterator[Path]:
    """The folders outside this one that were read, too, for rulesets here extend them."""
    found = {folder for own in _own(shelf) for folder in extended_folders(own)}
    yield from sorted(folder for folder in found if not folder.is_relative_to(shelf.root))


def _proved(order: Order, shelf: Shelf, snapshot: Snapshot, tell: Tell) -> Proved:
    began = shown = monotonic()

    def told(name: str, done: int, of: int) -> None:
        nonlocal shown
        if monotonic() - shown > _SHOWN_EVERY_S:
            shown = monotonic()
            tell(Proving(name, done, of))

    proven = prove_snapshot(snapshot, shelf.read, told, seconds=order.seconds)
    states = [proof.state for proofs in proven.proofs.values() for proof in proofs.guarantees]
    return Proved(
        problems=proven.problems,
        proven=states.count("proven"),
        undecided=states.count("not decided"),
        seconds=monotonic() - began,
    )


def _tell(part: Part) -> None:
    sys.stdout.buffer.write(as_line(part))
    sys.stdout.buffer.flush()


def _limit(order: Order) -> None:
    """Bounds on this process; where the system knows none, the orderer's clock alone bounds it."""
    wanted = (
        (resource.RLIMIT_AS, order.memory_mb * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, most in wanted:
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            continue


def _end_with_the_orderer() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # the process ends here anyhow: nothing is freed one by one
