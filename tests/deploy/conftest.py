"""One site for all tests of the session: what compose.yaml runs, and a proxy of each kind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.deploy.parts import Part, Site, program
from tests.store.postgres import empty_database
from tests.web.small import write_small

PROGRAMS = ("nginx", "haproxy", "caddy", "pgbouncer", "redis-server", "openssl", "curl")


@pytest.fixture(scope="session")
def site(postgres: str) -> Iterator[Site]:
    """Two replicas with their database, by way of PgBouncer, and Redis; with a key."""
    missing = [name for name in PROGRAMS if program(name) is None]
    if missing:
        pytest.skip(f"install {', '.join(missing)}")
    folder = Path(tempfile.mkdtemp(prefix="picoplan-deploy-"))
    folder.chmod(0o755)  # parts of it run as another user
    write_small(folder / "rulesets")
    with empty_database(postgres) as url:
        site = Site(folder, folder / "rulesets", make_url(url))
        try:
            site.start()
            yield site
        finally:
            site.close()
            shutil.rmtree(folder, ignore_errors=True)


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
