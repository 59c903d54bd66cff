"""A PostgreSQL to test with: the one that PICOPLAN_TEST_POSTGRES_URL names, or a private throwaway one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

ENVIRON = "PICOPLAN_TEST_POSTGRES_URL"
SUPERUSER = "picoplan"
NEEDED = f"no PostgreSQL: set {ENVIRON}, or install its server"


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server, as its administrator; a test that asks for one is skipped where there is none."""
    told = os.environ.get(ENVIRON)
    if told:
        yield told
        return
    found = programs()
    if found is None:
        pytest.skip(NEEDED)
    with _cluster(found) as url:
        yield url


@contextmanager
def empty_database(postgres: str, like: str = "template1") -> Iterator[str]:
    """The URL of a new database of the server; it is as empty as the one that it is ``like``."""
    name = f"picoplan_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    head, _, query = postgres.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _cluster(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="picoplan-postgres-"))
    run: dict[str, Any] = {
        "check": True,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": "/",
    }
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        run |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data, control = folder / "data", [programs / "pg_ctl", "-D", folder / "data", "-s", "-w"]
    told = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=30"
    try:
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run([*initdb, "-U", SUPERUSER], **run)
        subprocess.run([*control, "-o", told, "-l", folder / "log", "start"], **run)
        try:
            yield f"postgresql://{SUPERUSER}@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
