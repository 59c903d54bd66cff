"""Where the processor time of an answer goes: ``python -m scripts.bench_parts [--rounds N]``.

60 generated rules and 200 assessments, as for ``scripts/bench.py``. Each part is done by itself; "all" is the
whole application without the server, with 64 requests at a time, each logged in SQLite.
What is left between the two is following requests (their line in the log, metrics) and the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import uvloop

from scripts import bench_workload
from service.engine.chunks import lower
from service.engine.program import Program
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.fired import starting_facts
from service.evaluation.intake import Answered, Intake
from service.evaluation.truth import holding
from service.model.decision import Decision
from service.model.exact_json import write_json
from service.serving.answer import AnswerWriter
from service.store.archive import open_archive
from service.store.decisions.log import open_log as open_decisions
from service.store.decisions.logged import logged
from service.store.editions import edition_of
from service.store.folders import read_shelf
from service.web.app import AppParts, app_over, live_over
from service.web.asgi import Application
from service.web.body import parse
from service.web.decisions import open_records
from service.web.log import open_log
from service.web.settings import Settings

_RULES, _BODIES, _AT_ONCE = 60, 200, 64
_AT = "2026-12-01T09:00:00Z"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=10, help="rounds over the assessments; medians are told"
    )
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PICOPLAN_DATABASE_URL"] = f"sqlite:///{folder / 'bench.sqlite3'}"
        bench_workload.write_ruleset(folder / "rulesets" / "made", bench_workload.rules(_RULES))
        facts = bench_workload.assessments(_BODIES, _RULES)
        bodies = [json.dumps({"ruleset": "made", "assessment": one}).encode() for one in facts]
        parts = dict(_parts(folder, bodies, rounds))
        with _application(folder) as application:
            whole = _whole(application, bodies, rounds)
    print(f"{'part':<14}{'us an answer':>14}")
    for part, spent in {**parts, "following": whole - sum(parts.values()), "all": whole}.items():
        print(f"{part:<14}{spent:>14.0f}")
    return 0


def _parts(folder: Path, bodies: list[bytes], rounds: int) -> Iterator[tuple[str, float]]:
    compiled = CompiledRuleset(read_shelf(folder / "rulesets").read["made"].ruleset)
    ruleset = compiled.ruleset
    intake, start, writer = Intake(ruleset), starting_facts(ruleset), AnswerWriter(compiled)
    program = Program(lower(ruleset))
    holds = [holding((index, ruleset.rules[index].when) for index in stage) for stage in ruleset.stages]
    read: list[Any] = [parse(body) for body in bodies]
    answered = [
        one for one in (intake.read(body["assessment"], start, ruleset) for body in read) if _is_good(one)
    ]
    decisions: list[Any] = [compiled.decide(body["assessment"]) for body in read]
    assert all(isinstance(one, Decision) for one in decisions)

    def write(decision: Decision) -> dict[str, Any]:
        return writer.write(decision, decision_id="1", evaluated_at=_AT, as_of=_AT[:10], explain=False)

    answers = [write(one) for one in decisions]
    rows = [
        logged(body["assessment"], answer, write_json(answer))
        for body, answer in zip(read, answers, strict=True)
    ]
    log = open_decisions(folder / "rulesets").writer()
    yield "parsing", _each(bodies, parse, rounds)
    validation = _each(read, lambda body: intake.read(body["assessment"], start, ruleset), rounds)
    firing = _each(
        answered, lambda one: [program.fire(stage, one.facts) for stage in range(program.stages)], rounds
    )
    double = _each(answered, lambda one: [each(one.facts) for each in holds], rounds)
    yield from (("validation", validation), ("firing", firing), ("double entry", double))
    decided = _each(read, lambda body: compiled.decide(body["assessment"]), rounds)
    yield "planning", decided - validation - firing - double
    yield "writing", _each(decisions, lambda one: write_json(write(one)), rounds)
    ready = _each(rows, lambda row: row.row, rounds)
    commits = [rows[begin : begin + _AT_ONCE] for begin in range(0, len(rows), _AT_ONCE)]
    inserting = (
        _each(commits, lambda some: log.write([row.row for row in some]), 1) * len(commits) / len(rows)
    )
    yield "log", max(ready, inserting)
    log.close()


def _is_good(one: object) -> bool:
    return isinstance(one, Answered)


def _each(those: list[Any], does: Callable[[Any], object], rounds: int) -> float:
    """Processor microseconds that it takes for each, the median of the rounds."""
    spent = []
    for _ in range(rounds):
        began = process_time()
        for one in those:
            does(one)
        spent.append((process_time() - began) / len(those) * 1e6)
    return statistics.median(spent)


@contextmanager
def _application(folder: Path) -> Iterator[Application]:
    root = folder / "rulesets"
    with (folder / "log").open("wb") as lines:
        log = open_log(lines)
        archive = open_archive(root)
        archive.publish(edition_of(read_shelf(root).read["made"]), datetime.now(UTC))
        records = open_records(root, "required", archive, log)
        live = live_over(archive, Settings(rulesets=root), log)
        yield app_over(live, None, log, AppParts(records=records))
        records.recorder.close()


def _whole(application: Application, bodies: list[bytes], rounds: int) -> float:
    """Processor microseconds of an answer by the application, in all threads of the process."""

    async def ask(body: bytes) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            assert message.get("status", 200) == 200

        headers = [
            (b"host", b"127.0.0.1:8000"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/v1/evaluate",
            "query_string": b"",
            "headers": headers,
        }
        await application(scope, receive, send)

    async def ask_on(those: list[bytes]) -> None:
        for body in those:
            await ask(body)

    async def all_of_them() -> float:
        spent = []
        for _ in range(rounds + 1):
            began = process_time()
            await asyncio.gather(*(ask_on(bodies[number::_AT_ONCE]) for number in range(_AT_ONCE)))
            spent.append((process_time() - began) / len(bodies) * 1e6)
        return statistics.median(spent[1:])

    return uvloop.run(all_of_them())


if __name__ == "__main__":
    sys.exit(main())
