"""An empty database of each kind, and an archive in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.archive import Archive
from service.store.database import Database


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'archive.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("pgbouncer", marks=pytest.mark.long)])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    names = {"sqlite": "sqlite_url", "postgresql": "postgres_url", "pgbouncer": "pgbouncer_url"}
    found: str = request.getfixturevalue(names[request.param])
    return found


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    """An empty archive."""
    opened = Archive(Database(url))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_archive(sqlite_url: str) -> Iterator[Archive]:
    """An empty archive in a file."""
    opened = Archive(Database(sqlite_url))
    yield opened
    opened.close()
