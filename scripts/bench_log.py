"""What logging costs: logged beside unlogged evaluation over HTTP, on SQLite and PostgreSQL.

Each is /v1/evaluate of the shipped pico-laser ruleset with its scenarios' assessments in turn, asked by wrk
(Debian's package wrk) on many connections, under the same server with two workers; in rounds that take
turns. The database's commits are real ones: each is on the disk before its answers go out.

    python -m scripts.bench_log [--seconds 5] [--rounds 5] [--connections 64] [--postgres URL]

Without --postgres a throwaway server is started, where PostgreSQL is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_WORKERS = 2
_WANTED = 0.7


def main() -> int:
    """Print the rates and their ratios; 1 where a ratio is under what is wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0, help="threads a worker; 0 takes the usual number")
    parser.add_argument("--postgres", help="the URL of a database that may be written to")
    told = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("bench_log: wrk is not installed")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="picoplan-bench-")))
        urls = {"unlogged": "", "sqlite": ""}
        postgres = told.postgres or stack.enter_context(_postgres())
        if postgres:
            urls["postgresql"] = postgres
        served = {
            what: stack.enter_context(_served(what, url, folder, told.threads)) for what, url in urls.items()
        }
        script = folder / "post.lua"
        script.write_text(_lua())
        rates: dict[str, list[float]] = {what: [] for what in served}
        for _ in range(told.rounds):
            for what, url in served.items():
                rates[what].append(_wrk(url, script, told))
    return _report(rates, told)


def _report(rates: dict[str, list[float]], told: argparse.Namespace) -> int:
    print(f"{_WORKERS} workers, {told.connections} connections, medians of {told.rounds} rounds")
    good = True
    for what, seen in rates.items():
        ratio = statistics.median(one / other for one, other in zip(seen, rates["unlogged"], strict=True))
        good = good and ratio >= _WANTED
        print(f"{what:12} {statistics.median(seen):8.0f} requests/s   {ratio:5.0%} of the unlogged rate")
    if "postgresql" not in rates:
        print("postgresql   not measured: it is not installed, and no --postgres was given")
    return 0 if good else 1


@contextmanager
def _served(what: str, url: str, folder: Path, threads: int) -> Iterator[str]:
    """The address of a server of its own."""
    data, told = folder / what, folder / f"{what}.url"
    data.mkdir()
    environ = {**os.environ, "PICOPLAN_DATA_DIR": str(data), "PICOPLAN_DATABASE_URL": url}
    command = [sys.executable, "-m", "scripts.bench_log_server", what, str(told), str(threads)]
    with (folder / f"{what}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log)
    try:
        for _ in range(1200):
            if told.exists() and told.read_text().endswith("\n"):
                break
            if process.poll() is not None:
                raise SystemExit((folder / f"{what}.log").read_text()[-2000:])
            time.sleep(0.1)
        time.sleep(1)
        yield told.read_text().strip() + "/v1/evaluate"
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


def _lua() -> str:
    """Requests of wrk: the scenarios' assessments, one after the other."""
    from service.store.folders import read_shelf, shipped

    ruleset = read_shelf(shipped(), only="pico-laser").read["pico-laser"].ruleset
    assert ruleset is not None
    bodies = [
        json.dumps({"ruleset": ruleset.id, "assessment": dict(one.assessment)}) for one in ruleset.scenarios
    ]
    return "\n".join(
        [
            "local bodies = {" + ",\n".join(f"[[{body}]]" for body in bodies) + "}",
            "local number = 0",
            'local headers = {["Content-Type"] = "application/json"}',
            "request = function()",
            "  number = number % #bodies + 1",
            '  return wrk.format("POST", nil, headers, bodies[number])',
            "end",
        ]
    )


def _wrk(url: str, script: Path, told: argparse.Namespace) -> float:
    command = ["wrk", "-t1", f"-c{told.connections}", f"-d{told.seconds}s", "-s", str(script), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"bench_log: requests failed:\n{said}")
    return next(float(line.split()[1]) for line in said.splitlines() if line.startswith("Requests/sec"))


if __name__ == "__main__":
    sys.exit(main())
