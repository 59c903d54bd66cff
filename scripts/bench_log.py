"""What logging costs: logged beside unlogged evaluation over HTTP, on SQLite and PostgreSQL.

Beside them stands "a file": rows appended to a file that is flushed, by the same group commit. No log that is
on the disk before its answers go out does less, so what a machine's disk and processors leave of the rate
there is the most that a database can leave.

Each is /v1/evaluate of the shipped pico-laser ruleset with its scenarios' assessments in turn, asked by wrk
(Debian's package wrk) on many connections, under the same server with two workers; in rounds that take
turns. The database's commits are real ones: each is on the disk before its answers go out.

    python -m scripts.bench_log [--seconds 5] [--rounds 5] [--connections 64 8]
                                [--postgres URL] [--before DIR --over FOLDER]

Without --postgres a throwaway server is started, where PostgreSQL is installed. With --before the checkout in
DIR, set up with its own .venv, logs in SQLite, too: its rate and its 99th percentile stand beside these. All
of them serve the "rulesets" of FOLDER, which both must be able to read, such as those of a checkout in
between, and leave out what its scenarios expect.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.bench_load import Load, load, scenario_bodies, write_requests

ROOT = Path(__file__).resolve().parent.parent
_WORKERS = 2
_WANTED = {64: 0.8, 8: 0.7}
"""What logging leaves of the rate, at least, by the number of connections."""

_OF_A_FILE = 0.9
"""What it leaves at least of the rate with a file, where even that leaves less than is wanted."""

Seen = dict[str, list[Load]]
"""The load of each round, by what was asked."""


def main() -> int:
    """Print the rates and their ratios; 1 where a ratio is under what is wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 8])
    parser.add_argument("--before", type=Path, help="another checkout to stand beside")
    parser.add_argument(
        "--over", type=Path, default=ROOT, help='whose "rulesets" are served (default: this checkout)'
    )
    parser.add_argument("--threads", type=int, default=0, help="threads a worker; 0 takes the usual number")
    parser.add_argument("--postgres", help="the URL of a database that may be written to")
    told = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="picoplan-bench-")))
        rulesets = rulesets_of(told.over, folder)
        urls = {"unlogged": "", "file": "", "sqlite": ""}
        postgres = told.postgres or stack.enter_context(_postgres())
        if postgres:
            urls["postgresql"] = postgres
        served = {
            what: stack.enter_context(serving(what, url, folder, told.threads, rulesets))
            for what, url in urls.items()
        }
        if told.before is not None:
            served["before"] = stack.enter_context(serving_before(told.before.resolve(), folder, rulesets))
        script = write_requests(scenario_bodies(told.over / "rulesets"), folder / "post.lua")
        print(f"a flush to this disk takes {_flush_ms(folder):.1f} ms; a logged answer waits for one or two")
        good = True
        for connections in told.connections:
            seen: Seen = {what: [] for what in served}
            for _ in range(told.rounds):
                for what, url in served.items():
                    seen[what].append(load(url, script, connections, told.seconds))
            good = _report(seen, connections, told.rounds) and good
    return 0 if good else 1


def _report(seen: Seen, connections: int, rounds: int) -> bool:
    print(f"{_WORKERS} workers, {connections} connections, medians of {rounds} rounds")
    rates = {what: [one.rate for one in of_it] for what, of_it in seen.items()}
    slowest = {what: statistics.median(one.p99_ms for one in of_it) for what, of_it in seen.items()}
    left = {what: _ratio(of_it, rates["unlogged"]) for what, of_it in rates.items()}
    wanted, good = min(_WANTED.get(connections, 0.7), _OF_A_FILE * left["file"]), True
    for what, of_it in rates.items():
        ratio = left[what]
        good = good and (what in ("before", "file") or ratio >= wanted)
        print(
            f"{what:12} {statistics.median(of_it):8.0f} requests/s   {ratio:5.0%} of the unlogged rate"
            f"   {ratio / left['file']:5.0%} of that with a file   p99 {slowest[what]:7.1f} ms"
        )
    if "postgresql" not in rates:
        print("postgresql   not measured: it is not installed, and no --postgres was given")
    if "before" in slowest:
        faster = _ratio(rates["sqlite"], rates["before"])
        print(
            f"beside the checkout before: rate {faster:.2f}, p99 {slowest['sqlite'] / slowest['before']:.2f}"
        )
        good = good and slowest["sqlite"] <= slowest["before"]
    return good


def _ratio(rates: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(rates, others, strict=True))


def rulesets_of(checkout: Path, folder: Path) -> Path:
    """A copy in a folder of a checkout's rulesets, without scenarios, which only their own build can read."""
    rulesets = folder / "rulesets"
    shutil.copytree(checkout / "rulesets", rulesets, ignore=shutil.ignore_patterns("scenarios"))
    return rulesets


def _flush_ms(folder: Path) -> float:
    """What a small write takes until it is on the disk."""
    times = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


@contextmanager
def serving(
    what: str, url: str, folder: Path, threads: int, rulesets: Path = ROOT / "rulesets"
) -> Iterator[str]:
    """Where a server of its own evaluates."""
    told = folder / f"{what}.url"
    command = [
        *(sys.executable, "-m", "scripts.bench_log_server"),
        *(what, str(told), str(threads), str(rulesets)),
    ]

    def address(_: str) -> str:
        return told.read_text() if told.exists() else ""

    with _started(what, command, ROOT, folder, url, address) as found:
        yield found


@contextmanager
def serving_before(checkout: Path, folder: Path, rulesets: Path) -> Iterator[str]:
    """Where another checkout evaluates, served as its users do."""
    command = [
        *(str(checkout / ".venv" / "bin" / "picoplan"), "serve", "--rulesets", str(rulesets)),
        *("--port", "0", "--workers", str(_WORKERS), "--no-watch"),
    ]

    def address(log: str) -> str:
        listening = next((line for line in log.splitlines(keepends=True) if "listening" in line), "")
        found = re.search(r"http://[0-9.:]+", listening)
        return f"{found.group()}\n" if found else ""

    with _started("before", command, checkout, folder, "", address) as found:
        yield found


@contextmanager
def _started(
    name: str, command: list[str], root: Path, folder: Path, url: str, address: Callable[[str], str]
) -> Iterator[str]:
    """Where it evaluates, once ``address`` finds its address, a line, by what its log holds so far."""
    data, lines = folder / name, folder / f"{name}.log"
    data.mkdir()
    environ = {**os.environ, "PICOPLAN_DATA_DIR": str(data), "PICOPLAN_DATABASE_URL": url}
    with lines.open("wb") as log:
        process = subprocess.Popen(command, cwd=root, env=environ, stderr=log)
    try:
        while not (found := address(lines.read_text())).endswith("\n"):
            if process.poll() is not None:
                raise SystemExit(lines.read_text()[-2000:])
            time.sleep(0.1)
        time.sleep(1)
        yield f"{found.strip()}/v1/evaluate"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _postgres() -> Iterator[str | None]:
    """A throwaway server that commits to the disk as a real one does; None where there is none."""
    initdb = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found or initdb is None:
        initdb = str(found[-1]) if found else None
    if initdb is None:
        yield None
        return
    programs = Path(initdb).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="picoplan-postgres-"))
    run: dict[str, object] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        run |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    control = [programs / "pg_ctl", "-D", folder / "data", "-s", "-w"]
    try:
        initdb_told = ["-A", "trust", "-U", "picoplan", "-E", "UTF8", "--no-locale"]
        subprocess.run([programs / "initdb", "-D", folder / "data", *initdb_told], **run)  # type: ignore[call-overload]
        options = f"-k {folder} -c listen_addresses=''"
        subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://picoplan@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], **run)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
