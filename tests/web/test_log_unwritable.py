"""A log that can't be written, for real: a full disk, a file that is read-only, a PostgreSQL that is.

The service answers 503 and says so in its metrics, also where nobody asks. Once the log can be written again
it answers by itself, and nothing that it ever answered is missing.
"""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.upkeep import checked_parts
from tests.vetting.desk import at_once
from tests.waiting import until, until_all
from tests.web.measured import scrape
from tests.web.serving import Served
from tests.web.small import write_small

SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
CLIENTS = 8


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> None:
    """Leave no room on it."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (65_536, 4_096, 1):
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                _write_on(filler, size)


def _write_on(filler: io.RawIOBase, size: int) -> None:
    while True:
        filler.write(b"x" * size)


class Asking:
    """Clients who ask over and over, from several threads, until told to stop."""

    def __init__(self, server: Served) -> None:
        self.decided: list[str] = []
        self.statuses: set[int] = set()
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            status, headers, content = self._server.ask("POST", "/v1/evaluate", SPOTS)
            self.statuses.add(status)
            if status == 200:
                self.decided.append(json.loads(content)["decision_id"])
            else:
                assert json.loads(content)["errors"][0]["code"] == "not-logged"
                assert headers["retry-after"]

    def until_more(self) -> None:
        """Wait until some more were answered."""
        before = len(self.decided)
        until(lambda: len(self.decided) > before + 2 * CLIENTS)


def missing(url: str, decided: list[str]) -> list[str]:
    """Which of these decisions are not in the log, which must be sound."""
    with closing(Database(url)) as database:
        assert [part for part in checked_parts(database) if part.findings] == []
        log = DecisionLog(database)
        return [one for one in decided if log.decision(one) is None]


def failing(server: Served) -> float:
    return scrape(server).sum("picoplan_decision_log_failing")


def harmed_and_healed(
    folder: Path,
    environ: dict[str, str],
    harm: Callable[[], object],
    heal: Callable[[], object],
    url: str,
) -> None:
    """Serve, harm the log, and heal it: once under load, and once while nobody asks for anything."""
    clinic = folder / "rulesets"
    at_once(write_small(clinic))
    with Served(folder, environ, rulesets=str(clinic), workers=2) as server:
        with Asking(server) as clients:
            clients.until_more()
            harm()
            until(lambda: 503 in clients.statuses)
            until(lambda: failing(server) == 1)
            before = len(clients.decided)
            until_all(lambda: failing(server) == 1)
            assert len(clients.decided) == before, "it answered while it said that it could not log"
            heal()
            clients.until_more()
        assert clients.statuses == {200, 503}
        until(lambda: failing(server) == 0)
        harm()
        until(lambda: failing(server) == 1)
        heal()
        until(lambda: failing(server) == 0)
        until_all(lambda: server.ask("POST", "/v1/evaluate", SPOTS)[0] == 200)
        assert missing(url, clients.decided) == []
        assert any(one["event"] == "decisions can be logged again" for one in server.events())


@pytest.mark.long
def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk / 'log.sqlite3'}"
        heal = (disk / "filler").unlink
        harmed_and_healed(tmp_path, {"PICOPLAN_DATABASE_URL": url}, lambda: fill(disk), heal, url)


@pytest.mark.long
def test_a_sqlite_file_that_nobody_may_change_any_more(tmp_path: Path) -> None:
    """Not even root, who may write what is read-only for others."""
    file = tmp_path / "log.sqlite3"

    def change(how: str) -> None:
        subprocess.run(["chattr", how, file, f"{file}-wal"], check=True)

    url = f"sqlite:///{file}"
    environ = {"PICOPLAN_DATABASE_URL": url}
    try:
        harmed_and_healed(tmp_path, environ, lambda: change("+i"), lambda: change("-i"), url)
    finally:
        change("-i")  # else nobody could remove them


@pytest.mark.long
def test_a_postgresql_that_takes_no_writes(tmp_path: Path, postgres_url: str) -> None:
    """As one that has become a standby: connections break, and new ones can only read."""
    name = make_url(postgres_url).database

    def tell(*statements: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def harm() -> None:
        tell(
            f"ALTER DATABASE {name} SET default_transaction_read_only = on",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

    def heal() -> None:
        tell("SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET ALL")

    harmed_and_healed(tmp_path, {"PICOPLAN_DATABASE_URL": postgres_url}, harm, heal, postgres_url)
