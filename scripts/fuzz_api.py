#!/usr/bin/env python3
"""Requests that nobody would think of: does the service keep to its own OpenAPI document, whatever is sent?

    .venv/bin/python scripts/fuzz_api.py                       a quick look
    .venv/bin/python scripts/fuzz_api.py --examples 2000       a long run: most of ten minutes
    .venv/bin/python scripts/fuzz_api.py --rulesets DIR        over other rulesets

A real server with two workers serves the rulesets, and schemathesis asks it with all its checks on: requests
that the document allows must be done, others refused; each answer must have a status, headers and a body that
are documented; nothing may be a fault. Exit code 1 where anything is not so, or no assessment was decided.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.live_edits_server import Server  # noqa: E402 - the checkout must be on the path
from service.store.folders import shipped  # noqa: E402

_READY_WITHIN_S = 120


def main() -> int:
    """Run, and say what was found."""
    told = arguments().parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder, told.rulesets or shipped(), workers=2)
        try:
            url = told.document or f"http://127.0.0.1:{server.port}/openapi.json"
            until_ready(server.port)
            before = (folder / "log").stat().st_size
            code = fuzz(folder, url, server.port, told)
        finally:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait()
        return max(code, look_at((folder / "log").read_bytes()[before:].splitlines()))


def fuzz(folder: Path, document: str, port: int, told: argparse.Namespace) -> int:
    """Let schemathesis ask the server; its exit code."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", document, "--url", f"http://127.0.0.1:{port}"),
        *("--checks", "all", "--max-examples", str(told.examples), "--no-color", "--continue-on-failure"),
        *(("--seed", str(told.seed)) if told.seed is not None else ("--generation-deterministic",)),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "scripts.fuzz_api_hooks", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env={**os.environ, **hooks}, check=False).returncode


def until_ready(port: int) -> None:
    """Wait until a good version of every ruleset serves, however busy the machine is.

    Raises:
        TimeoutError: that does not come about.
    """
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_READY_WITHIN_S)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            time.sleep(1)  # until the other worker has it, too
            return
        connection.close()
        time.sleep(0.1)
    raise TimeoutError("not every ruleset serves")


def look_at(log: Sequence[bytes]) -> int:
    """Look at what the server's log says of the run; 1 where it had a fault or decided nothing."""
    lines = [json.loads(line) for line in log]
    requests = [one for one in lines if one["event"] == "request"]
    answered = Counter((one.get("route"), one["status"]) for one in requests)
    faults = [one for one in lines if one["level"] in ("error", "critical")]
    for fault in faults:
        print(f"fault: {json.dumps(fault)[:1000]}")
    decided = answered["/v1/evaluate", 200]
    print(f"requests: {answered.total()}; assessments decided: {decided}; faults in the log: {len(faults)}")
    for (route, status), count in sorted(answered.items(), key=str):
        print(f"  {status} {route}: {count}")
    return 0 if decided and not faults else 1


def arguments() -> argparse.ArgumentParser:
    """What the script is told."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=20, help="requests of each kind for each endpoint")
    parser.add_argument(
        "--seed", type=int, help="draw by this seed (without it: the same requests every time)"
    )
    parser.add_argument("--rulesets", type=Path, help="a folder of rulesets (without it: the shipped ones)")
    parser.add_argument("--document", help="a file with another document, to hold the service to that one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
