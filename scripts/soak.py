#!/usr/bin/env python3
"""Does an evaluation leave anything behind, and does any thread lose or gain a firing?

    .venv/bin/python scripts/soak.py                                    a quick look
    .venv/bin/python scripts/soak.py --evaluations 1000000 --rounds 2000 --threaded 200000

Parts: evaluations (decisions on one compiled ruleset), rounds (compile, decide once, free), threads (many
threads on one compiled ruleset). Each decision must fire what the tests' reference evaluator holds. Memory is
resident memory after glibc's free lists are given back; a part fails where it grows past the bound
after its warm-up, the first fifth. Exit code 1 where a part fails.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from service.evaluation.compiled import CompiledRuleset  # noqa: E402 - the checkout must be on the path first
from service.model.decision import Decision  # noqa: E402
from service.model.ruleset import Ruleset  # noqa: E402
from service.store.folders import read_shelf  # noqa: E402
from tests.generated import assessment_from, dump, ruleset_from, seeded  # noqa: E402
from tests.reference import truth  # noqa: E402
from tests.reference.answer import AS_OF, month_of  # noqa: E402

_WARM_UP = 2
_INTERVALS = 10
_MB = 1024 * 1024
_MONTH = month_of(AS_OF)


@dataclass(frozen=True)
class Material:
    """One generated ruleset, assessments of it, and the ids of the rules that each must fire."""

    ruleset: Ruleset
    assessments: list[dict[str, Any]]
    expected: list[frozenset[str]]


def main() -> int:
    """Run the parts at the sizes asked for; 1 where one fails."""
    chosen = arguments()
    material = made(chosen.seed, chosen.rules)
    print(f"{len(material.ruleset.rules)} rules, {len(material.assessments)} assessments, seed {chosen.seed}")
    bound = chosen.bound_mb * _MB
    passed = [
        evaluations(material, chosen.evaluations, bound),
        rounds(material, chosen.rounds, bound),
        threads(material, chosen.threaded, chosen.threads),
    ]
    return 0 if all(passed) else 1


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default, what in (
        ("--evaluations", 20_000, "decisions on one compiled ruleset"),
        ("--rounds", 100, "times to compile, decide once and free"),
        ("--threaded", 8_000, "decisions of all threads together"),
        ("--threads", 8, "threads"),
        ("--rules", 120, "rules in the ruleset"),
        ("--bound-mb", 8, "megabytes that memory may grow after the warm-up"),
        ("--seed", 11, "which generated ruleset"),
    ):
        parser.add_argument(name, type=int, default=default, metavar="N", help=f"{what} ({default:,})")
    return parser.parse_args()


def made(seed: int, rules: int) -> Material:
    """The material of a seed: a ruleset read from files, as any is."""
    choices = seeded(seed)
    files = ruleset_from(choices, rules, max_inputs=12)
    assessments = [assessment_from(choices, files) for _ in range(200)]
    with TemporaryDirectory() as name:
        for path, text in dump(files).items():
            file = Path(name) / "generated" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        ruleset = read_shelf(Path(name)).read["generated"].ruleset
    if ruleset is None:
        sys.exit(f"soak: seed {seed} makes no valid ruleset of {rules} rules; try another")
    held = [truth(files, one) for one in assessments]
    expected = [frozenset(rule for rule, word in words.items() if word == "true") for words in held]
    return Material(ruleset, assessments, expected)


def evaluations(material: Material, count: int, bound: int) -> bool:
    """Decide again and again on one compiled ruleset."""
    compiled = CompiledRuleset(material.ruleset)
    several = len(material.assessments)

    def decide(turn: int) -> bool:
        place = turn % several
        return fired(compiled.decide(material.assessments[place], _MONTH)) == material.expected[place]

    passed = watched("evaluations", decide, count, bound)
    compiled.close()
    return passed


def rounds(material: Material, count: int, bound: int) -> bool:
    """Compile, decide once, free; again and again."""

    def once(turn: int) -> bool:
        place = turn % len(material.assessments)
        compiled = CompiledRuleset(material.ruleset)
        hits = fired(compiled.decide(material.assessments[place], _MONTH))
        compiled.close()
        return hits == material.expected[place]

    return watched("rounds", once, count, bound)


def threads(material: Material, count: int, many: int) -> bool:
    """Decide from many threads that take turns as often as can be."""
    compiled = CompiledRuleset(material.ruleset)
    several = len(material.assessments)
    begun = time.monotonic()

    def run(start: int) -> tuple[int, int]:
        lost = extra = 0
        for turn in range(start, count, many):
            place = turn * 7 % several
            hits = fired(compiled.decide(material.assessments[place], _MONTH))
            lost += len(material.expected[place] - hits)
            extra += len(hits - material.expected[place])
        return lost, extra

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with ThreadPoolExecutor(many) as pool:
        found = list(pool.map(run, range(many)))
    sys.setswitchinterval(usual)
    compiled.close()
    lost, extra = (sum(column) for column in zip(*found, strict=True))
    print(
        f"\nthreads: {count:,} decisions of {many} threads in {time.monotonic() - begun:.0f} s:"
        f" {lost} firings lost, {extra} extra: {verdict(not lost and not extra)}"
    )
    return not lost and not extra


def watched(what: str, run: Callable[[int], bool], count: int, bound: int) -> bool:
    """Run so many turns, print memory at intervals; whether all were right and memory held."""
    print(f"\n{what:>12}  {'resident MB':>11}  {'growth MB':>9}  {'wrong':>5}")
    wrong, baseline, most = 0, 0, 0
    begun = time.monotonic()
    for interval in range(_INTERVALS):
        until = count * (interval + 1) // _INTERVALS
        for turn in range(count * interval // _INTERVALS, until):
            wrong += not run(turn)
        now = resident()
        if interval + 1 <= _WARM_UP:
            baseline = now
        most = max(most, now - baseline)
        print(f"{until:>12,}  {now / _MB:>11.1f}  {(now - baseline) / _MB:>9.2f}  {wrong:>5}")
    held = most <= bound
    print(
        f"{what}: {count:,} in {time.monotonic() - begun:.0f} s, {wrong} wrong,"
        f" grew {most / _MB:.2f} MB at most (bound {bound / _MB:.0f} MB): {verdict(held and not wrong)}"
    )
    return held and not wrong


def fired(decision: Decision | tuple[Any, ...]) -> frozenset[str]:
    """The ids of the rules that fired."""
    if not isinstance(decision, Decision):
        sys.exit(f"soak: a generated assessment was refused: {decision}")
    return frozenset(hit.rule.id for hit in decision.fired)


def resident() -> int:
    """Resident bytes of this process, once all that is free has been given back."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library keeps no such lists
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def verdict(passed: bool) -> str:
    """The last word of a line."""
    return "passed" if passed else "FAILED"


if __name__ == "__main__":
    sys.exit(main())
