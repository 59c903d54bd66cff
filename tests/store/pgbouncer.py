"""A real PgBouncer in transaction mode, else as Debian installs it, before the PostgreSQL of the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.ports import free_port

PATIENCE_S = 30
DEBIANS = Path("/etc/pgbouncer/pgbouncer.ini")
NEEDED = "no PgBouncer: install Debian's package pgbouncer"
PASSWORD = "bouncer"


class PgBouncer:
    """A PgBouncer on a port of its own, which it keeps; it can be stopped and started again."""

    def __init__(self, postgres: str, program: str, settings: str = "") -> None:
        """``settings``: lines more for its section ``[pgbouncer]``."""
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="picoplan-pgbouncer-"))
        self.port = free_port()
        server = make_url(postgres)
        self.user = server.username or "postgres"
        host = server.query.get("host") or server.host or "127.0.0.1"
        given = f" password={server.password}" if server.password else ""
        (self.folder / "users").write_text(f'"{self.user}" "{PASSWORD}"\n')
        shutil.copyfile(DEBIANS, self.folder / "debians")
        (self.folder / "ini").write_text(
            f"%include {self.folder}/debians\n"
            f"[databases]\n* = host={host} port={server.port or 5432} user={self.user}{given}\n"
            f"[pgbouncer]\npool_mode = transaction\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_file = {self.folder}/users\n"
            f"logfile = {self.folder}/log\npidfile = {self.folder}/pid\n{settings}"
        )
        if os.geteuid() == 0:  # it refuses to run as root
            nobody = pwd.getpwnam("nobody")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def url(self, database: str) -> str:
        """The URL of a database behind it."""
        return f"postgresql://{self.user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._process = subprocess.Popen(
            [self._program, "-q", self.folder / "ini"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **self._as,
        )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.remove()
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it at once, as its crash would; its clients lose their connections."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def remove(self) -> None:
        """End it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def new_pgbouncer(postgres: str, settings: str = "") -> PgBouncer:
    """One that runs; skips the test where it is not installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or not os.access(DEBIANS, os.R_OK):
        pytest.skip(NEEDED)
    bouncer = PgBouncer(postgres, program, settings)
    bouncer.start()
    return bouncer
