"""The HTTP part of the bench: /v1/evaluate beside a bare Flask view, under the same server.

Both answer the same bytes to the same requests from wrk (Debian's package wrk), with as many workers and
threads, in rounds that take turns.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from scripts.bench_load import load, write_requests

ROOT = Path(__file__).resolve().parent.parent
_WORKERS = 2
_SECONDS = 4
_ROUNDS = 5
_CONNECTIONS = 16
_IN_A_ROUND = 150


def requests_per_second() -> tuple[float, float, float]:
    """Requests a second of /v1/evaluate and of the bare view, and their ratio: medians of the rounds."""
    body = {"ruleset": "pico-laser", "assessment": _assessment()}
    with tempfile.TemporaryDirectory() as name:
        script = write_requests([body], Path(name) / "post.lua")
        ours = _Served("picoplan", 0, Path(name))
        answer = Path(name) / "answer.json"
        answer.write_bytes(_post(ours.url, json.dumps(body)))
        bare = _Served("bare", 0, Path(name), str(answer))
        try:
            seen = [(_rate(ours.url, script), _rate(bare.url, script)) for _ in range(_ROUNDS)]
        finally:
            ours.stop()
            bare.stop()
    ratios = statistics.median(one / other for one, other in seen)
    return statistics.median(one for one, _ in seen), statistics.median(other for _, other in seen), ratios


def clinical_milliseconds() -> dict[str, float]:
    """Milliseconds of a request by path: /v1/evaluate, and the same answers by FHIR and by a hook.

    Medians of rounds that take turns, over one connection; nothing is logged.
    """
    with tempfile.TemporaryDirectory() as name:
        served = _Served("picoplan", 0, Path(name))
        address = urlsplit(served.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
        try:
            bodies = _clinical_bodies(served.url.removesuffix("/v1/evaluate"), _assessment())
            spent: dict[str, list[float]] = {path: [] for path in bodies}
            for _ in range(3 * _ROUNDS):
                for path, body in bodies.items():
                    begun = time.perf_counter()
                    for _ in range(_IN_A_ROUND):
                        _asked(connection, path, body)
                    spent[path].append((time.perf_counter() - begun) * 1_000 / _IN_A_ROUND)
        finally:
            connection.close()
            served.stop()
    return {path: statistics.median(times) for path, times in spent.items()}


def _asked(connection: http.client.HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"bench: {path} was answered by {answer.status}: {content[:400]!r}")


def _clinical_bodies(origin: str, assessment: dict[str, object]) -> dict[str, bytes]:
    """The body for each path: an evaluate request, a response, and a call of a hook with that response."""
    with urllib.request.urlopen(f"{origin}/fhir/R4/Questionnaire/pico-laser", timeout=10) as got:
        form = json.load(got)
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{form['url']}|{form['version']}",
        "subject": {"reference": "Patient/12"},
        "authored": datetime.now(UTC).isoformat(),
        "item": [{"linkId": name, "answer": _values(answer)} for name, answer in assessment.items()],
    }
    call = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/7", "patientId": "12"},
        "prefetch": {"answers": response},
    }
    bodies: dict[str, object] = {
        "/v1/evaluate": {"ruleset": "pico-laser", "assessment": assessment},
        "/fhir/R4/QuestionnaireResponse/$evaluate": response,
        "/cds-services/pico-laser": call,
    }
    return {path: json.dumps(body).encode() for path, body in bodies.items()}


def _values(answer: object) -> list[dict[str, object]]:
    if isinstance(answer, bool):
        return [{"valueBoolean": answer}]
    if isinstance(answer, int | float):
        return [{"valueInteger" if isinstance(answer, int) else "valueDecimal": answer}]
    codes = (answer or ["none-of-these"]) if isinstance(answer, list) else [answer]
    return [{"valueCoding": {"code": code}} for code in codes]


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
        for _ in range(1_200):
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

    def stop(self) -> None:
        """Stop it gracefully."""
        self._process.terminate()
        self._process.wait(30)


def _post(url: str, body: str) -> bytes:
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: bytes = response.read()
        return answer


def _rate(url: str, script: Path) -> float:
    return load(url, script, _CONNECTIONS, _SECONDS).rate


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
