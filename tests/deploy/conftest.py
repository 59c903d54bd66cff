"""One site for all tests of the session: what compose.yaml runs, and a proxy of each kind."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.deploy.parts import Part, Site
from tests.store.postgres import postgres
from tests.web.small import write_small

__all__ = ["postgres"]

PROGRAMS = ("nginx", "haproxy", "caddy", "pgbouncer", "redis-server", "openssl", "curl")


@pytest.fixture(scope="session")
def site(postgres: str) -> Iterator[Site]:
    """Two replicas with their database, by way of PgBouncer, and Redis; with a key."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"install {', '.join(missing)}")
    name = f"picoplan_deploy_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    folder = Path(tempfile.mkdtemp(prefix="picoplan-deploy-"))
    folder.chmod(0o755)  # parts of it run as another user
    write_small(folder / "rulesets")
    url = make_url(postgres)
    where = {"host": url.host or url.query["host"], "port": url.port or 5432, "dbname": name}
    site = Site(folder, folder / "rulesets", where)
    try:
        site.start()
        yield site
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def nginx(site: Site) -> Part:
    return site.nginx()


@pytest.fixture(scope="session")
def haproxy(site: Site) -> Part:
    return site.haproxy()


@pytest.fixture(scope="session")
def caddy(site: Site) -> Part:
    return site.caddy()


@pytest.fixture(params=["nginx", "haproxy", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Part:
    """Each of the proxies."""
    part: Part = request.getfixturevalue(request.param)
    return part
