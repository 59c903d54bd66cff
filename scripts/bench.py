#!/usr/bin/env python3
"""What a decision costs, as ratios against baselines measured in the same run.

    .venv/bin/python scripts/bench.py                  all parts
    .venv/bin/python scripts/bench.py engine answer    some of them

Parts: engine (the rules alone, beside CLIPS and zen-engine), answer (validate, fire, double entry, plan,
beside zen-engine's bare evaluation), http (/v1/evaluate beside a bare Flask view that returns the same
bytes), what-if (other answers of every worked client, beside one answer), start (a cold `picoplan check`),
memory (each process of a service).

Machines are noisy: read the ratios, not the microseconds. Times are processor time, the best of several
rounds that take turns. The peers are installed only for this: .venv/bin/uv pip install clipspy zen-engine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import bench_http, bench_load, bench_memory, bench_peers  # noqa: E402 - the checkout must be on the path first
from scripts.bench_workload import assessments, holds, rules, write_ruleset  # noqa: E402
from service.engine.chunks import lower  # noqa: E402
from service.engine.program import Program  # noqa: E402
from service.model.number import exact  # noqa: E402
from service.serving.evaluate import Answering  # noqa: E402
from service.serving.what_if import what_if  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402
from service.store.snapshot import take_snapshot  # noqa: E402

_ROUNDS = 12
_ASSESSMENTS = 300


def main() -> int:
    """Run the parts that are asked for; 1 where a bound that the README states is not met."""
    parts = {
        "engine": engine,
        "answer": answer,
        "http": http,
        "clinical": clinical,
        "what-if": what_ifs,
        "start": start,
        "memory": memory,
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which parts; all where none is named")
    chosen = parser.parse_args().parts or list(parts)
    met = [parts[name]() for name in chosen]
    return 0 if all(met) else 1


def stated(what: str, ratio: float, bound: float, *, at_least: bool = False) -> bool:
    """Print one ratio beside its bound; whether it is met."""
    met = ratio >= bound if at_least else ratio <= bound
    word = "at least" if at_least else "at most"
    print(f"  {what:<66} {ratio:6.2f}   ({word} {bound:g}: {'met' if met else 'NOT MET'})")
    return met


def timed(runs: dict[str, Callable[[Any], Any]], data: dict[str, list[Any]]) -> dict[str, float]:
    """Microseconds of processor time a call: the best of several rounds, in which all take turns."""
    best: dict[str, float] = {}
    for _ in range(_ROUNDS):
        for name, run in runs.items():
            items = data[name]
            begun = time.process_time()
            for item in items:
                run(item)
            spent = (time.process_time() - begun) / len(items) * 1e6
            best[name] = min(best.get(name, spent), spent)
    return best


def generated(count: int, folder: Path) -> Answering:
    """The workload of ``count`` rules, read and compiled as any ruleset is."""
    write_ruleset(folder / f"generated-{count}", rules(count))
    return Answering(take_snapshot(read_shelf(folder / f"generated-{count}")))


def engine() -> bool:
    """The rules alone: which fire?"""
    with tempfile.TemporaryDirectory() as name:
        runs: dict[str, Callable[[Any], Any]] = {}
        data: dict[str, list[Any]] = {}
        for count in (60, 1000):
            ruleset = generated(count, Path(name)).snapshot.served[f"generated-{count}"].ruleset
            program = Program(lower(ruleset))
            key = f"picoplan {count}"
            runs[key] = lambda facts, program=program: program.fire(0, facts)
            data[key] = [_facts(one) for one in assessments(_ASSESSMENTS, count)]
            _prove(
                key,
                lambda facts, p=program, r=ruleset: {r.rules[i].id for i in p.fire(0, facts)},
                count,
                data[key],
            )
        for peer, make in bench_peers.PEERS.items():
            runs[peer] = make(rules(60))
            data[peer] = assessments(_ASSESSMENTS, 60)
            _prove(peer, runs[peer], 60, data[peer])
        best = timed(runs, data)
    print("engine: microseconds of processor time an assessment")
    for key, spent in best.items():
        print(f"  {key:<20} {spent:8.1f}")
    return all(
        [
            stated(
                "60 rules: durable_rules behind our door / CLIPS", best["picoplan 60"] / best["clips"], 0.5
            ),
            stated(
                "60 rules: durable_rules behind our door / zen-engine",
                best["picoplan 60"] / best["zen"],
                0.25,
            ),
            stated(
                "1,000 rules / 60 rules, about as many firing", best["picoplan 1000"] / best["picoplan 60"], 3
            ),
        ]
    )


def _facts(assessment: dict[str, Any]) -> dict[str, Any]:
    """An assessment as validation leaves it: numbers exact."""
    return {key: exact(value) if isinstance(value, float) else value for key, value in assessment.items()}


def _prove(name: str, run: Callable[[Any], Any], count: int, data: list[dict[str, Any]]) -> None:
    """An engine that is wrong is not timed."""
    made = rules(count)
    fired = []
    plain = assessments(_ASSESSMENTS, count)
    for one, given in zip(plain, data, strict=True):
        wanted = {rule_id for rule_id, parts in made if holds(parts, one)}
        fired.append(len(wanted))
        if set(run(given)) != wanted:
            raise SystemExit(f"bench: {name} does not fire the right rules")
    print(f"engine: {name}: {statistics.mean(fired):.1f} rules fire an assessment, all right")


def answer() -> bool:
    """The whole answer in process: validate, fire, double entry, plan, JSON data."""
    with tempfile.TemporaryDirectory() as name:
        answering = generated(60, Path(name))
        data = assessments(_ASSESSMENTS, 60)
        bodies = [{"ruleset": "generated-60", "assessment": one} for one in data]
        shipped_ones, shipped_bodies = _shipped()
        count = len(shipped_ones.snapshot.served["pico-laser"].ruleset.rules)
        runs: dict[str, Callable[[Any], Any]] = {
            "answer, 60 rules": answering.evaluate,
            "zen-engine alone, 60 rules": bench_peers.PEERS["zen"](rules(60)),
            "answer, pico-laser": shipped_ones.evaluate,
            "zen-engine alone, as many": bench_peers.PEERS["zen"](rules(count)),
        }
        keys = list(runs)
        best = timed(
            runs,
            dict(zip(keys, [bodies, data, shipped_bodies, assessments(_ASSESSMENTS, count)], strict=True)),
        )
    print("answer: microseconds of processor time an assessment")
    for key, spent in best.items():
        print(f"  {key:<28} {spent:8.1f}")
    return all(
        [
            stated("whole answer, 60 generated rules / zen-engine alone", best[keys[0]] / best[keys[1]], 1),
            stated(
                f"whole answer, pico-laser ({count} rules) / zen-engine alone",
                best[keys[2]] / best[keys[3]],
                1,
            ),
        ]
    )


def _shipped() -> tuple[Answering, list[dict[str, Any]]]:
    """pico-laser as shipped, and its own scenarios as requests."""
    answering = Answering(take_snapshot(read_shelf(shipped())))
    ruleset = answering.snapshot.served["pico-laser"].ruleset
    bodies = [{"ruleset": ruleset.id, "assessment": dict(one.assessment)} for one in ruleset.scenarios]
    return answering, [json.loads(json.dumps(body)) for body in bodies]


def http() -> bool:
    """Requests a second over real HTTP."""
    if not bench_load.has_wrk():
        raise SystemExit("bench: the http part needs wrk (apt-get install wrk)")
    ours, bare, ratio = bench_http.requests_per_second()
    print("http: requests a second, two workers")
    print(f"  {'/v1/evaluate':<20} {ours:8.0f}")
    print(f"  {'a bare Flask view':<20} {bare:8.0f}")
    return stated("/v1/evaluate / bare Flask view, same bytes", ratio, 0.6, at_least=True)


def clinical() -> bool:
    """The same answers by FHIR and by a hook, beside /v1/evaluate over HTTP."""
    spent = bench_http.clinical_milliseconds()
    print("clinical: milliseconds of a request over HTTP, one after the other")
    for path, milliseconds in spent.items():
        print(f"  {path:<42} {milliseconds:8.2f}")
    evaluate, *others = spent.items()
    good = [stated(f"{path} / /v1/evaluate", time / evaluate[1], 2) for path, time in others]
    return all(good)


def memory() -> bool:
    """The processes of a service that has answered some thousand requests, each logged."""
    print("memory: megabytes")
    spent = bench_memory.megabytes()
    for name, sizes in spent.items():
        print(
            f"  {name:<20} {sizes['Rss']:8.1f} resident, {sizes['Pss']:6.1f} with each shared page in parts"
        )
    resident = stated("the largest serving worker, resident", spent["worker"]["Rss"], 120)
    return stated("the same, each shared page in parts", spent["worker"]["Pss"], 60) and resident


def what_ifs() -> bool:
    """What other answers would come to, for each worked client of the shipped rulesets."""
    answering = Answering(take_snapshot(read_shelf(shipped())))
    spent: list[float] = []
    single: list[float] = []
    for name, compiled in answering.snapshot.served.items():
        for scenario in compiled.ruleset.scenarios:
            body = {"ruleset": name, "assessment": scenario.assessment}
            for ask, times in ((answering.evaluate, single), (lambda one: what_if(answering, one), spent)):
                begun = time.process_time()
                ask(body)
                times.append((time.process_time() - begun) * 1000)
    print(f"what-if: milliseconds of processor time, {len(spent)} worked clients")
    print(f"  median {statistics.median(spent):.1f}, slowest {max(spent):.1f}")
    print(f"  median, in evaluations: {statistics.median(spent) / statistics.median(single):.0f}")
    return stated("the slowest, milliseconds", max(spent), 300)


def start() -> bool:
    """A cold `picoplan check` of the shipped rulesets, without proofs and with, beside Python alone."""
    check = [str(Path(sys.executable).parent / "picoplan"), "check", str(shipped())]
    commands = {
        "check --no-proofs": [*check, "--no-proofs"],
        "check": check,
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    best: dict[str, float] = {}
    for _ in range(5):
        for name, command in commands.items():
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            spent = time.perf_counter() - begun
            best[name] = min(best.get(name, spent), spent)
    print("start: seconds from a cold start")
    for name, spent in best.items():
        print(f"  {name:<20} {spent:8.2f}")
    return all(
        [
            stated("check --no-proofs of the shipped rulesets, seconds", best["check --no-proofs"], 1.5),
            stated("what the proofs add, seconds", best["check"] - best["check --no-proofs"], 3),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
