"""A database of each kind, and an archive in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from service.store.archive import Archive
from service.store.database import Database
from tests.store.postgres import empty_database


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'archive.sqlite3'}"


_KINDS = ["sqlite", "postgresql", pytest.param("pgbouncer", marks=pytest.mark.long)]


@pytest.fixture(params=_KINDS)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database that has no tables yet."""
    names = {"sqlite": "sqlite_url", "postgresql": "postgres_url", "pgbouncer": "pgbouncer_url"}
    found: str = request.getfixturevalue(names[request.param])
    return found


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, and nothing in them, to be copied: to make them takes its time."""
    file = tmp_path_factory.mktemp("tables") / "tables.sqlite3"
    Database(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_tables(postgres: str) -> Iterator[str]:
    """The name of a database of PostgreSQL like it."""
    with empty_database(postgres) as url:
        Database(url).close()
        yield str(make_url(url).database)


@pytest.fixture(params=_KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that has its tables, and nothing in them."""
    match request.param:
        case "sqlite":
            file = tmp_path / "archive.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_tables"), file)
            yield f"sqlite:///{file}"
        case "postgresql":
            like = request.getfixturevalue("postgres_tables")
            with empty_database(request.getfixturevalue("postgres"), like) as url:
                yield url
        case _:
            yield request.getfixturevalue("pgbouncer_url")


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
