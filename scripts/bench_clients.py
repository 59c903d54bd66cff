"""How fast the clients get a list of assessments answered, beside curl in the same run.

One server with two workers logs to SQLite before it answers. In rounds that take turns curl sends the list
as one stream of lines (``curl -T``, to /dev/null), and each client takes it through evaluate_many. A client
is a process of its own; its time is from the first request to the last answer, its memory the most it took.

    .venv/bin/python -m scripts.bench_clients [--lines 10000] [--rounds 5] [--wanted 0.9]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.bench_load import scenario_bodies
from scripts.bench_log import serving
from scripts.make_clients import general_document, make_python, make_typescript

_PYTHON = """
import json, resource, sys, time
from picoplan_client import PicoplanClient
began, answered = time.perf_counter(), 0
with PicoplanClient(sys.argv[1]) as client, open(sys.argv[2], "rb") as lines:
    for told in client.evaluate_many(map(json.loads, lines)):
        answered += "verdict" in told
took = time.perf_counter() - began
print(answered, took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
_NODE = """
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { PicoplanClient } from "picoplan-client";
const [url, file] = process.argv.slice(2);
async function* requests() {
  for await (const line of createInterface({ input: createReadStream(file) })) yield JSON.parse(line);
}
let answered = 0;
const began = performance.now();
for await (const told of new PicoplanClient(url).evaluateMany(requests())) answered += "verdict" in told;
console.log(answered, (performance.now() - began) / 1000, process.resourceUsage().maxRSS / 1024);
"""


def main() -> int:
    """Print the rates and their ratios; 1 where the Python client does not reach the share that is wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--wanted", type=float, default=0.9, help="the share of curl's rate")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="picoplan-bench-") as name:
        folder = Path(name)
        ways = _ways(folder)
        bodies = [json.dumps(body).encode() for body in scenario_bodies()]
        lines = folder / "lines.ndjson"
        lines.write_bytes(b"".join(bodies[at % len(bodies)] + b"\n" for at in range(told.lines)))
        with serving("sqlite", "", folder, 0) as url:
            return _measured(ways, url.removesuffix("/v1/evaluate"), lines, told)


def _ways(folder: Path) -> dict[str, Callable[[str, Path], tuple[float, float, float]]]:
    described = general_document()
    wheel, package = make_python(described, folder), make_typescript(described, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    _printed("npm", "install", "--prefix", str(folder), "--offline", "--no-audit", "--no-fund", str(package))
    (folder / "ask.mjs").write_text(_NODE)
    python = {**os.environ, "PYTHONPATH": str(wheel)}  # a wheel of plain Python is imported as it is
    return {
        "curl": _curl,
        "Python client": lambda url, lines: _measurement(
            sys.executable, "-c", _PYTHON, url, str(lines), env=python
        ),
        "TypeScript client": lambda url, lines: _measurement(
            "node", str(folder / "ask.mjs"), url, str(lines)
        ),
    }


def _curl(url: str, lines: Path) -> tuple[float, float, float]:
    began = time.perf_counter()
    written = _printed(
        *(
            "curl",
            "-sS",
            "--fail",
            "-T",
            str(lines),
            "-X",
            "POST",
            "-H",
            "Content-Type: application/x-ndjson",
        ),
        *("-o", "/dev/null", "-w", "%{size_download}", f"{url}/v1/evaluate/batch"),
    )
    took = time.perf_counter() - began
    if int(written) < 1000 * len(lines.read_bytes().splitlines()):
        raise SystemExit(f"bench_clients: curl got {written} bytes")
    return len(lines.read_bytes().splitlines()), took, 0


def _measurement(*command: str, env: dict[str, str] | None = None) -> tuple[float, float, float]:
    answered, took, megabytes = map(float, _printed(*command, env=env).split())
    return answered, took, megabytes


def _printed(*command: str, env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


def _measured(
    ways: dict[str, Callable[[str, Path], tuple[float, float, float]]],
    url: str,
    lines: Path,
    told: argparse.Namespace,
) -> int:
    _printed("curl", "-sS", "--retry", "60", "--retry-connrefused", "-o", "/dev/null", f"{url}/healthz")
    rates: dict[str, list[float]] = {way: [] for way in ways}
    memory: dict[str, float] = {}
    for _ in range(told.rounds):
        for way, ask in ways.items():
            answered, took, memory[way] = ask(url, lines)
            if answered != told.lines:
                raise SystemExit(f"bench_clients: {way} got {answered} answers to {told.lines} lines")
            rates[way].append(answered / took)
    print(f"2 workers, SQLite, {told.lines} lines, medians of {told.rounds} rounds")
    for way, seen in rates.items():
        weighs = f"   {memory[way]:4.0f} MB" if memory[way] else ""
        print(
            f"{way:18} {statistics.median(seen):8.0f} assessments/s"
            f"   {_ratio(seen, rates['curl']):5.2f} of curl{weighs}"
        )
    return 0 if _ratio(rates["Python client"], rates["curl"]) >= told.wanted else 1


def _ratio(seen: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(seen, others, strict=True))


if __name__ == "__main__":
    sys.exit(main())
