"""What a batch gains: /v1/evaluate/batch as NDJSON beside single requests, on one server with two workers.

All are assessments of the scenarios of the shipped pico-laser ruleset, logged in SQLite before they are
answered (required), in rounds that take turns: single requests on one connection and, by wrk (Debian's
package wrk), on many; then one and two streams of lines, which clients send and read at the same time. Beside
the rates stand the processor time that an assessment costs the workers, how long single requests take while
a stream runs, and the workers' memory. With --half-duplex the streams are sent whole before anything is read.
With --before the checkout in DIR, set up with its own .venv, takes the same streams of 10,000 lines in turns;
both serve the rulesets of FOLDER, see ``bench_log``.

    python -m scripts.bench_batch [--lines 20000] [--rounds 3] [--seconds 4] [--half-duplex]
    python -m scripts.bench_batch --before DIR --over FOLDER [--rounds 3]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_load import load, scenario_bodies, write_requests
from scripts.bench_log import ROOT, rulesets_of, serving, serving_before

_HEADERS = {"Content-Type": "application/json"}
_WANTED = 5
_MANY = 40
_APART_S = 0.3  # both at once may go to one worker; later the one that is idle takes the second


def main() -> int:
    """Print the rates and their ratios; 1 where a stream is not five times as fast as a connection."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=20_000, help="lines of a stream")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of single requests in a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--half-duplex", action="store_true", help="send a whole stream before reading")
    parser.add_argument("--before", type=Path, help="another checkout to stand beside")
    parser.add_argument(
        "--over",
        type=Path,
        default=ROOT,
        help='whose "rulesets" are served beside it (default: this checkout)',
    )
    told = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="picoplan-bench-")))
        if told.before is not None:
            return _beside_another(folder, told, stack)
        with serving("sqlite", "", folder, 0) as url:
            return _measured(_Bench(url, folder, told))


def _beside_another(folder: Path, told: argparse.Namespace, stack: ExitStack) -> int:
    """Print how fast a stream is beside another checkout; 1 where it is slower."""
    rulesets = rulesets_of(told.over, folder)
    bodies = [json.dumps(body).encode() for body in scenario_bodies(told.over / "rulesets")]
    told.lines = min(told.lines, 10_000)
    urls = {
        "now": stack.enter_context(serving("sqlite", "", folder, 0, rulesets)),
        "before": stack.enter_context(serving_before(told.before.resolve(), folder, rulesets)),
    }
    rates: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(told.rounds):
        for name, url in urls.items():
            rates[name].append(_streams(_Bench(url, folder, told), bodies, 1))
    for name, seen in rates.items():
        print(f"{name:8} {statistics.median(seen):8.0f} lines/s of a stream of {told.lines}")
    ratio = _ratio(rates["now"], rates["before"])
    print(f"beside the checkout before: {ratio:.2f}")
    return 0 if ratio >= 1 else 1


@dataclass(frozen=True, slots=True)
class _Bench:
    """One server, and what it is asked."""

    url: str
    folder: Path
    told: argparse.Namespace

    @property
    def at(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.url.removeprefix("http://").partition("/")[0].rpartition(":")
        return host, int(port)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        lines = [json.loads(line) for line in (self.folder / "sqlite.log").read_text().splitlines()]
        return [int(line["process"]) for line in lines if line["event"] == "worker serves"]


def _measured(bench: _Bench) -> int:
    told = bench.told
    asked = scenario_bodies()
    script = write_requests(asked, bench.folder / "post.lua")
    bodies = [json.dumps(body).encode() for body in asked]
    ways: dict[str, Callable[[], float]] = {
        "single calls, 1 connection": lambda: _singles(bench, bodies),
        f"single calls, {told.connections} connections": lambda: (
            load(bench.url, script, told.connections, told.seconds).rate
        ),
        "batch, 1 stream": lambda: _streams(bench, bodies, 1),
        "batch, 2 streams": lambda: _streams(bench, bodies, 2),
    }
    rates: dict[str, list[float]] = {way: [] for way in ways}
    costs: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(told.rounds):
        for way, measure in ways.items():
            spent, began = _processor_s(bench), time.perf_counter()
            rate = measure()
            answered = rate * (time.perf_counter() - began)
            costs[way].append((_processor_s(bench) - spent) / answered * 1e6)
            rates[way].append(rate)
    single, many, stream, streams = ways
    print(f"2 workers, SQLite, {told.lines} lines a stream, medians of {told.rounds} rounds")
    for way, seen in rates.items():
        print(
            f"{way:30} {statistics.median(seen):8.0f} assessments/s"
            f"   {_ratio(seen, rates[single]):5.1f} x 1 connection   {_ratio(seen, rates[many]):5.1f} x"
            f" {told.connections} connections   {statistics.median(costs[way]):5.0f} us of the workers each"
        )
    _print_neighbours(bench, bodies)
    return 0 if min(_ratio(rates[one], rates[single]) for one in (stream, streams)) >= _WANTED else 1


def _ratio(seen: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(seen, others, strict=True))


def _print_neighbours(bench: _Bench, bodies: list[bytes]) -> None:
    """How long single requests take beside a stream, and what the workers weigh before and after."""
    weighed = _megabytes(bench)
    alone = _latencies(bench, bodies, lambda: time.sleep(bench.told.seconds))
    beside = _latencies(bench, bodies, lambda: _streams(bench, bodies, 1))
    many = _latencies(bench, bodies, lambda: _many_streams(bench, bodies))
    for what, seen in (("alone", alone), ("beside a stream", beside), (f"beside {_MANY} streams", many)):
        worst = max(_p95(one) for one in seen)
        every = [one for connection in seen for one in connection]
        print(
            f"single calls {what:17} p50 {statistics.median(every) * 1e3:5.1f} ms"
            f"   p95 {_p95(every) * 1e3:5.1f} ms"
            f"   p95 of the worst of 8 connections {worst * 1e3:5.1f} ms"
        )
    print(f"workers: {weighed:.0f} MB before, {_megabytes(bench):.0f} MB after (the largest, resident)")


def _many_streams(bench: _Bench, bodies: list[bytes]) -> None:
    """Many streams at once of one caller, of whom the service takes some and refuses the others."""
    path = bench.folder / "lines.ndjson"
    path.write_bytes(b"".join(bodies[at % len(bodies)] + b"\n" for at in range(bench.told.lines // 4)))
    command = [sys.executable, "-m", "scripts.bench_batch_client", *map(str, bench.at), str(path), "full"]
    quiet = subprocess.DEVNULL
    clients = [subprocess.Popen(command, stdout=quiet, stderr=quiet) for _ in range(_MANY)]
    for client in clients:
        client.wait()


def _p95(seen: list[float]) -> float:
    return statistics.quantiles(seen, n=20)[-1]


def _singles(bench: _Bench, bodies: list[bytes]) -> float:
    connection = http.client.HTTPConnection(*bench.at)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < bench.told.seconds:
        _asked(connection, bodies[count % len(bodies)])
        count += 1
    connection.close()
    return count / (time.perf_counter() - began)


def _asked(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/v1/evaluate", body, _HEADERS)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"bench_batch: a request failed with {answer.status}")


def _latencies(bench: _Bench, bodies: list[bytes], meanwhile: Callable[[], object]) -> list[list[float]]:
    """Seconds that requests take on each of 8 connections, each asking 20 times a second."""
    over = threading.Event()
    seen: list[list[float]] = [[] for _ in range(8)]

    def ask(taken: list[float]) -> None:
        connection = http.client.HTTPConnection(*bench.at)
        while not over.wait(0.05):
            began = time.perf_counter()
            _asked(connection, bodies[len(taken) % len(bodies)])
            taken.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=ask, args=(taken,)) for taken in seen]
    for thread in threads:
        thread.start()
    meanwhile()
    over.set()
    for thread in threads:
        thread.join()
    return seen


def _streams(bench: _Bench, bodies: list[bytes], streams: int) -> float:
    """Assessments a second of so many streams at once."""
    lines = bench.told.lines
    path = bench.folder / "lines.ndjson"
    path.write_bytes(b"".join(bodies[number % len(bodies)] + b"\n" for number in range(lines)))
    how = "half" if bench.told.half_duplex else "full"
    command = [sys.executable, "-m", "scripts.bench_batch_client", *map(str, bench.at), str(path), how]
    began = time.perf_counter()
    clients = []
    for _ in range(streams):
        clients.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        time.sleep(_APART_S)
    got = [client.communicate()[0] for client in clients]
    took = time.perf_counter() - began
    if [int(one) for one in got] != [lines] * streams:
        raise SystemExit(f"bench_batch: {lines} lines were sent, and {got} answered")
    return lines * streams / (took - _APART_S * (streams - 1))


def _processor_s(bench: _Bench) -> float:
    """Seconds that the workers have run."""
    ticks = 0
    for pid in bench.workers():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _megabytes(bench: _Bench) -> float:
    return max(
        int(line.split()[1]) / 1024
        for pid in bench.workers()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )


if __name__ == "__main__":
    sys.exit(main())
