"""The HTTP part of the bench: /v1/evaluate beside a bare Flask view, under the same server.

Both answer the same bytes to the same requests from wrk (Debian's package wrk), with as many workers and
threads, in rounds that take turns.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_WORKERS = 2
_SECONDS = 4
_ROUNDS = 5
_CONNECTIONS = 16


def requests_per_second() -> tuple[float, float, float]:
    """Requests a second of /v1/evaluate and of the bare view, and their ratio: medians of the rounds."""
    body = json.dumps({"ruleset": "pico-laser", "assessment": _assessment()})
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "post.lua"
        lines = [
            'wrk.method = "POST"',
            'wrk.headers["Content-Type"] = "application/json"',
            f"wrk.body = [[{body}]]",
        ]
        script.write_text("\n".join(lines))
        ours = _Served("picoplan", 0, Path(name))
        answer = Path(name) / "answer.json"
        answer.write_bytes(_post(ours.url, body))
        bare = _Served("bare", 0, Path(name), str(answer))
        try:
            seen = [(_wrk(ours.url, script), _wrk(bare.url, script)) for _ in range(_ROUNDS)]
        finally:
            ours.stop()
            bare.stop()
    ratios = statistics.median(one / other for one, other in seen)
    return statistics.median(one for one, _ in seen), statistics.median(other for _, other in seen), ratios


def worker_megabytes() -> float:
    """The memory of the largest serving worker after some thousand answers, in MB (resident set)."""
    body = json.dumps({"ruleset": "pico-laser", "assessment": _assessment()})
    with tempfile.TemporaryDirectory() as name:
        served = _Served("picoplan", 0, Path(name))
        try:
            for _ in range(2_000):
                _post(served.url, body)
            return max(_resident(pid) for pid in served.workers())
        finally:
            served.stop()


def _assessment() -> dict[str, object]:
    """An assessment with every safety question answered, as an integrator sends it."""
    from service.store.folders import read_shelf, shipped

    ruleset = read_shelf(shipped()).read["pico-laser"].ruleset
    assert ruleset is not None
    return dict(ruleset.scenarios[0].assessment)


class _Served:
    """A server process on a free port."""

    def __init__(self, what: str, port: int, folder: Path, *more: str) -> None:
        told = folder / f"{what}.url"
        command = [sys.executable, str(Path(__file__).resolve()), what, str(port), str(told), *more]
        self._process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if told.exists() and told.read_text().endswith("\n"):
                break
            time.sleep(0.05)
        self.url = told.read_text().strip() + "/v1/evaluate"
        for _ in range(100):
            try:
                urllib.request.urlopen(told.read_text().strip() + "/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)

    def workers(self) -> list[int]:
        """The process ids of the server's workers."""
        found = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def stop(self) -> None:
        """Stop it gracefully."""
        self._process.terminate()
        self._process.wait(30)


def _post(url: str, body: str) -> bytes:
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: bytes = response.read()
        return answer


def _wrk(url: str, script: Path) -> float:
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "-s", str(script), url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"bench: requests failed:\n{told}")
    return next(float(line.split()[1]) for line in told.splitlines() if line.startswith("Requests/sec"))


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"bench: no memory figure for process {pid}")


def has_wrk() -> bool:
    """Whether the load generator is installed."""
    return shutil.which("wrk") is not None


def _serve(what: str, port: int, told: Path, answer: Path | None) -> None:
    """In a process of its own: the service, or an endpoint that always answers the same, in its place."""
    from service.web.app import create_app
    from service.web.asgi import Application
    from service.web.call import Answer, json_answer
    from service.web.draining import Draining
    from service.web.endpoints import ENDPOINTS
    from service.web.exchange import Exchange
    from service.web.listening import listening
    from service.web.log import open_log
    from service.web.server import Worker, run
    from service.web.settings import Settings

    settings = Settings(port=port, workers=_WORKERS)
    log = open_log()
    application = create_app(settings, log)
    if what != "picoplan":
        content = answer.read_bytes() if answer else b"{}"

        async def bare(exchange: Exchange) -> Answer:
            await exchange.body.piece()
            return json_answer(content)

        direct = {one: bare for one in ENDPOINTS if one.name == "evaluate"}
        application = Application(application.app, direct, None, Draining())
    with listening(settings) as address:
        told.write_text(f"{address}\n")
        run(settings, address, Worker(application), log)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else None)
