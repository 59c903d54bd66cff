"""A server in a process of its own, on a free port, with its log in a file."""

import http.client
import json
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.waiting import PATIENCE_S, until
from tests.web.started import started

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


class Served:
    """A running server; stops with SIGTERM at the end and must exit with 0."""

    def __init__(self, folder: Path, environ: dict[str, str] | None = None, **told: Any) -> None:
        """Start it; its log and its database are in ``folder``."""
        self.log_file = folder / "log"
        environment = {**os.environ, "PICOPLAN_DATA_DIR": str(folder / "data"), **(environ or {})}
        self.process = started({"port": 0, **told}, environment, self.log_file)
        listening = self.wait_for("listening")  # one of its workers does, and others may only begin
        self.port = int(str(listening["at"]).rpartition(":")[2])
        until(lambda: len(self.began()) >= listening["workers"], self.log_text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.stop() == 0

    def stop(self) -> int:
        """Ask the server to stop, wait, and give its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def until_ready(self) -> Self:
        """Itself, once a good version of every ruleset serves in the worker that answers."""
        until(lambda: self.ask("GET", "/readyz")[0] == 200, self.log_text)
        return self

    @property
    def database(self) -> Path:
        """Its file, where no other database was named."""
        (found,) = (self.log_file.parent / "data").rglob("*.sqlite3")
        return found

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open between requests."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to one request on a connection of its own."""
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, headers)
        finally:
            connection.close()

    def log_text(self) -> str:
        """Everything that the server has written."""
        return self.log_file.read_text(encoding="utf-8")

    def events(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [json.loads(line) for line in self.log_text().splitlines() if line.endswith("}")]

    def began(self) -> list[int]:
        """The processes of the workers that have ever begun."""
        return [line["process"] for line in self.events() if line["event"] == "worker serves"]

    def wait_for(self, event: str, **members: Any) -> dict[str, Any]:
        """The first line of the log of that kind, once it is there."""

        def line() -> dict[str, Any] | None:
            over = self.process.poll() is not None
            for line in self.events():
                if line["event"] == event and members.items() <= line.items():
                    return line
            assert not over, otherwise()
            return None

        def otherwise() -> str:
            return f"no line {event} {members} in the log:\n{self.log_text()}"

        return until(line, otherwise)


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """One request and its answer on an open connection; a dict goes as JSON."""
    if isinstance(body, dict):
        body, headers = json.dumps(body), {**JSON, **(headers or {})}
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
