"""Load on a service by wrk (Debian's package wrk), in a process of its own: rate and times."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


class Load(NamedTuple):
    """Requests a second, and the median and the 99th percentile of their times in ms."""

    rate: float
    median_ms: float
    p99_ms: float


def has_wrk() -> bool:
    """Whether the load generator is installed."""
    return shutil.which("wrk") is not None


def write_requests(bodies: Iterable[Mapping[str, Any]], script: Path) -> Path:
    """Write what wrk posts, one body after the other, into a file, and return it."""
    written = ",\n".join(f"[=[{json.dumps(body)}]=]" for body in bodies)
    lines = [
        f"local bodies = {{{written}}}",
        "local number = 0",
        'local headers = {["Content-Type"] = "application/json"}',
        "request = function()",
        "  number = number % #bodies + 1",
        '  return wrk.format("POST", nil, headers, bodies[number])',
        "end",
    ]
    script.write_text("\n".join(lines), encoding="utf-8")
    return script


def scenario_bodies(rulesets: Path | None = None, ruleset_id: str = "pico-laser") -> list[dict[str, Any]]:
    """The body of an evaluate for each scenario of a ruleset of a folder (None: the shipped ones)."""
    from service.store.folders import read_shelf, shipped

    ruleset = read_shelf(rulesets or shipped(), only=ruleset_id).read[ruleset_id].ruleset
    assert ruleset is not None
    return [{"ruleset": ruleset.id, "assessment": dict(one.assessment)} for one in ruleset.scenarios]


def load(url: str, script: Path, connections: int, seconds: float) -> Load:
    """Ask on so many connections, for so many seconds.

    Raises:
        SystemExit: requests failed, or wrk is not installed.
    """
    if not has_wrk():
        raise SystemExit("bench: wrk is not installed")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(script), url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(f"bench: requests failed:\n{printed}")
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", printed, re.MULTILINE)
    times = {
        share: float(number) * _MILLISECONDS[unit]
        for share, number, unit in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)\s*$", printed, re.MULTILINE)
    }
    if rate is None or len(times) < 2:
        raise SystemExit(f"bench: no figures in:\n{printed}")
    return Load(float(rate[1]), times["50"], times["99"])
