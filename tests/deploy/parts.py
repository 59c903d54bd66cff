"""What compose.yaml runs, as processes of this machine, by the same files of configuration.

Of those files nothing is changed but addresses, ports and paths; ``adapted`` fails where one is not there.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import URL

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PATIENCE_S = 90
AS_NOBODY: dict[str, Any] = (
    {"user": pwd.getpwnam("nobody").pw_uid, "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    if os.geteuid() == 0
    else {}
)


def adapted(file: Path, changes: Mapping[str, object]) -> str:
    """The text of a file with addresses and paths of this machine in place of its own."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{old} is not in {file}"
        text = text.replace(old, str(new))
    return text


def program(name: str) -> str | None:
    """Where a program lies; those that serve are not always on the path of who runs the tests."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def until(is_so: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until something is so; ``what`` tells why that failed."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)


class Part:
    """A process that listens on a port, and can be started again there. Its output is in a file."""

    def __init__(self, name: str, folder: Path, port: int, command: list[str], **run: Any) -> None:
        self.name = name
        self.port = port
        self._log = folder / f"{name}.log"
        self._command = [program(command[0]) or command[0], *command[1:]]
        self._run = run
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it can be used."""
        self.launch()
        self.await_start()

    def launch(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, **self._run
            )

    def await_start(self) -> None:
        """Wait until it takes connections."""
        until(self._listens, lambda: f"{self.name} does not start:\n{self.log()[-3000:]}")

    def stop(self) -> int:
        """Ask it to stop, and wait until it has; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(PATIENCE_S)

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """Everything that it has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def events(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log of that kind, where it writes JSON."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.endswith("}")]
        return [line for line in lines if line["event"] == event]

    def connections(self) -> int:
        """How many connections to it are open or were closed in the last minute."""
        wanted = f":{self.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[2].endswith(wanted) for row in rows)

    def _listens(self) -> bool:
        assert self.runs, f"{self.name} has ended:\n{self.log()[-3000:]}"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


class Replica(Part):
    """A picoplan as the image starts it, with the variables of compose.yaml."""

    def await_start(self) -> None:
        """Wait until it is ready."""
        super().await_start()
        until(self._is_ready, lambda: f"{self.name} is not ready:\n{self.log()[-3000:]}")

    def _is_ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):  # it begins to listen before it can answer
            return False

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask it itself, without a proxy."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
            return exchange(connection, method, path, body, headers)
        finally:
            connection.close()


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to one request on an open connection; data goes as JSON."""
    if body is not None and not isinstance(body, bytes):
        body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


class Site:
    """PostgreSQL is there already; everything else of compose.yaml, with a key of a clinic.

    Beside nginx the other proxies of docs/deploy can be started, before the same two replicas.
    """

    def __init__(self, folder: Path, rulesets: Path, postgres: URL) -> None:
        """``postgres`` is an empty database."""
        self._folder = folder
        self._rulesets = rulesets
        self._postgres = postgres
        self._parts: list[Part] = []
        self._environment: dict[str, str] = {}
        self.replicas: list[Replica] = []
        self.token = ""

    def start(self) -> None:
        """Start everything but the proxies."""
        self._make_secrets()
        self._environment = self._variables(self._redis(), self._pgbouncer())
        self.token = self._first_key()
        self.replicas = [self._replica(service) for service in ("picoplan-1", "picoplan-2")]
        for replica in self.replicas:
            replica.launch()
        for replica in self.replicas:
            replica.await_start()

    def close(self) -> None:
        """End everything."""
        for part in reversed(self._parts):
            part.kill()

    @property
    def database_url(self) -> str:
        """The database, by way of PgBouncer."""
        return (self._folder / "database-url").read_text(encoding="utf-8")

    def connect(self, proxy: Part, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """A connection to a proxy, from an address of this machine."""
        context = ssl.create_default_context(cafile=str(self._folder / "tls-certificate"))
        return http.client.HTTPSConnection(
            "127.0.0.1", proxy.port, timeout=PATIENCE_S, context=context, source_address=(source, 0)
        )

    def ask(
        self,
        proxy: Part,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> tuple[int, dict[str, str], bytes]:
        """One request with the key, on a connection of its own."""
        connection = self.connect(proxy, source)
        try:
            return exchange(connection, method, path, body, {**self.authorization, **(headers or {})})
        finally:
            connection.close()

    def answered_by(self, proxy: Part, path: str, body: Any, *, times: int) -> list[int]:
        """The statuses of so many requests, each with an Idempotency-Key of its own."""
        keys = [{"Idempotency-Key": str(uuid.uuid4())} for _ in range(times)]
        return [self.ask(proxy, "POST", path, body, key)[0] for key in keys]

    @property
    def authorization(self) -> dict[str, str]:
        """The header with the key."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def certificate(self) -> Path:
        """The certificate of the proxies, which is its own authority."""
        return self._folder / "tls-certificate"

    def nginx(self) -> Part:
        """nginx, by docs/deploy/nginx.conf."""
        port = free_port()
        own = adapted(DEPLOY / "nginx.conf", {"443 ssl": f"127.0.0.1:{port} ssl", **self._addresses()})
        (self._folder / "picoplan.conf").write_text(own, encoding="utf-8")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self._folder}/{kind};" for kind in kinds)
        (self._folder / "nginx.conf").write_text(
            f"pid {self._folder}/nginx.pid; daemon off; error_log stderr; events {{}}"
            f"http {{ access_log off; {temporary} include {self._folder}/picoplan.conf; }}",
            encoding="utf-8",
        )
        return self._started(
            "nginx",
            port,
            ["nginx", "-c", f"{self._folder}/nginx.conf", "-e", "stderr", "-p", f"{self._folder}"],
        )

    def haproxy(self) -> Part:
        """HAProxy, by docs/deploy/haproxy.cfg."""
        port, pem = free_port(), self._folder / "picoplan.pem"
        pem.write_text(
            self.certificate.read_text() + (self._folder / "tls-key").read_text(), encoding="utf-8"
        )
        changes = {":443 ssl": f"127.0.0.1:{port} ssl", "/etc/haproxy/picoplan.pem": pem}
        own = adapted(DEPLOY / "haproxy.cfg", changes | self._addresses(secrets=False))
        (self._folder / "haproxy.cfg").write_text(own, encoding="utf-8")
        return self._started("haproxy", port, ["haproxy", "-db", "-f", f"{self._folder}/haproxy.cfg"])

    def caddy(self) -> Part:
        """Caddy, by docs/deploy/Caddyfile."""
        port = free_port()
        changes = {"https://picoplan.clinic.example": f"https://127.0.0.1:{port}", **self._addresses()}
        (self._folder / "Caddyfile").write_text(adapted(DEPLOY / "Caddyfile", changes), encoding="utf-8")
        command = ["caddy", "run", "--config", f"{self._folder}/Caddyfile", "--adapter", "caddyfile"]
        return self._started("caddy", port, command, env={**os.environ, "HOME": str(self._folder)})

    def _make_secrets(self) -> None:
        """Those that the page tells operators to make."""
        folder = self._folder / "secrets"
        subprocess.run([DEPLOY / "compose" / "secrets", folder], check=True, timeout=PATIENCE_S)
        folder.chmod(0o755)
        for secret in ("tls-certificate", "tls-key"):
            folder.joinpath(secret).symlink_to(self._folder / secret)
        names = "subjectAltName=IP:127.0.0.1"
        kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        files = ["-keyout", self._folder / "tls-key", "-out", self._folder / "tls-certificate"]
        subprocess.run(
            ["openssl", "req", *kind, "-subj", "/CN=picoplan", "-addext", names, *files],
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )

    def _redis(self) -> Part:
        port = free_port()
        own = adapted(
            DEPLOY / "compose/redis.conf", {"bind 0.0.0.0": "bind 127.0.0.1", "port 6379": f"port {port}"}
        )
        (self._folder / "redis.conf").write_text(own, encoding="utf-8")
        return self._started("redis", port, ["redis-server", f"{self._folder}/redis.conf"], cwd=self._folder)

    def _pgbouncer(self) -> Part:
        port, url = free_port(), self._postgres
        where = f"host={url.host or url.query['host']} port={url.port or 5432} dbname={url.database}"
        where += f" user={url.username}" + (f" password={url.password}" if url.password else "")
        changes = {
            "host=postgres port=5432 dbname=picoplan": where,
            "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
            "listen_port = 6432": f"listen_port = {port}",
            "/run/secrets/": f"{self._folder}/secrets/",
        }
        own = self._folder / "pgbouncer.ini"
        own.write_text(adapted(DEPLOY / "compose/pgbouncer.ini", changes), encoding="utf-8")
        return self._started("pgbouncer", port, ["pgbouncer", str(own)], cwd="/", **AS_NOBODY)

    def _variables(self, redis: Part, pgbouncer: Part) -> dict[str, str]:
        """Those of compose.yaml, beside what a process of this machine needs."""
        url = adapted(
            self._folder / "secrets/database-url", {"pgbouncer:6432": f"127.0.0.1:{pgbouncer.port}"}
        )
        (self._folder / "database-url").write_text(url, encoding="utf-8")
        own = dict(COMPOSE["services"]["picoplan-1"]["environment"])
        assert own["PICOPLAN_DATABASE_URL_FILE"] == "/run/secrets/database-url"
        own["PICOPLAN_DATABASE_URL_FILE"] = str(self._folder / "database-url")
        own["PICOPLAN_REDIS_URL"] = own["PICOPLAN_REDIS_URL"].replace("redis:6379", f"127.0.0.1:{redis.port}")
        nginx = COMPOSE["services"]["nginx"]["networks"]["inside"]["ipv4_address"]
        assert own["PICOPLAN_TRUST_PROXY"] == nginx
        own["PICOPLAN_TRUST_PROXY"] = "127.0.0.1"
        ours = {key: value for key, value in os.environ.items() if not key.startswith("PICOPLAN_")}
        return {**ours, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **own}

    def _first_key(self) -> str:
        """As the page says: "picoplan keys add", where a replica would run."""
        command = ["picoplan", "keys", "add", "booking", "--clinic", "north", "--limit", "100000/minute"]
        ran = subprocess.run(
            [*command, "--ruleset", "small", "--rulesets", str(self._rulesets)],
            env=self._environment | {"PICOPLAN_DATA_DIR": str(self._folder / "data")},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def _replica(self, service: str) -> Replica:
        told = image_command()
        own = {"0.0.0.0": "127.0.0.1", "/rulesets": str(self._rulesets)}
        port = free_port()
        command = [*(own.get(word, word) for word in told), "--port", str(port)]
        environment = self._environment | {"PICOPLAN_DATA_DIR": str(self._folder / service)}
        replica = Replica(service, self._folder, port, command, env=environment, cwd=self._folder)
        self._parts.append(replica)
        return replica

    def _addresses(self, *, secrets: bool = True) -> dict[str, object]:
        networks = [
            COMPOSE["services"][one.name]["networks"]["inside"]["ipv4_address"] for one in self.replicas
        ]
        ours = {
            f"{at}:8000": f"127.0.0.1:{one.port}" for at, one in zip(networks, self.replicas, strict=True)
        }
        return {**ours, **({"/run/secrets/": f"{self._folder}/"} if secrets else {})}

    def _started(self, name: str, port: int, command: list[str], **run: Any) -> Part:
        part = Part(name, self._folder, port, command, **run)
        self._parts.append(part)
        part.start()
        return part


def image_command() -> list[str]:
    """What the image runs, as its Containerfile says."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    (command,) = [line.removeprefix("CMD ") for line in lines if line.startswith("CMD ")]
    told: list[str] = json.loads(command)
    return told
