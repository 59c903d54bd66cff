"""What holds for every test.

With ``PICOPLAN_NO_SKIPS=1`` a skipped test fails the run, as in CI. Hypothesis draws the same examples at
every run; tests of properties have a longer run of their own.

Tests start hundreds of processes. Where the environment keeps Python from writing down what it has compiled,
each of them would compile the service anew, which is most of what starting it costs. So it is written to a
folder of the run then, and never beside the sources.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.clients.packages import Packages
    from tests.store.pgbouncer import PgBouncer
    from tests.web.serving import Served

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    """Give this process and all that it starts one folder for what is compiled, until the run is over."""
    if not sys.dont_write_bytecode:
        return
    folder = tempfile.mkdtemp(prefix="picoplan-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    sys.dont_write_bytecode, sys.pycache_prefix = False, folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder


@pytest.fixture(scope="session")
def shipped_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of two workers over the shipped rulesets, for tests that only ask.

    One for all of them: it proves the rulesets before it listens, which takes seconds.
    """
    from tests.web.serving import Served

    own = {"PICOPLAN_DATABASE_URL": ""}
    with Served(tmp_path_factory.mktemp("shipped"), own, workers=2, watch=False) as server:
        yield server.until_ready()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of a file: while it is open no event loop can run beside it."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def client_packages(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Packages:
    """The wheel and the npm package of the clients: made once for all processes of a run."""
    from tests.clients.packages import made_packages

    base = tmp_path_factory.getbasetemp()
    return made_packages(base.parent if hasattr(request.config, "workerinput") else base)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL, as its administrator: one for all tests of a process."""
    from tests.store.postgres import server

    with server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty database."""
    from tests.store.postgres import empty_database

    with empty_database(postgres) as url:
        yield url


def skipped(config: pytest.Config) -> list[str]:
    """List the skipped tests and why, where they are forbidden."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PICOPLAN_NO_SKIPS") != "1" or reporter is None:
        return []
    return [f"{report.nodeid}: {reason(report)}" for report in reporter.stats.get("skipped", [])]


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Say why a test was skipped, in the words of the one who skipped it."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that would have passed, had its skipped tests counted for nothing."""
    if session.exitstatus == pytest.ExitCode.OK and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the skipped tests before pytest's closing line."""
    for line in skipped(config):
        terminalreporter.write_line(f"PICOPLAN_NO_SKIPS: no test may be skipped here: {line}", red=True)


@pytest.fixture(scope="session")
def pgbouncer(postgres: str) -> Iterator[PgBouncer]:
    """A PgBouncer in transaction mode before it: one for all tests of a process that don't stop it."""
    from tests.store.pgbouncer import new_pgbouncer

    bouncer = new_pgbouncer(postgres)
    yield bouncer
    bouncer.remove()


@pytest.fixture
def pgbouncer_url(postgres_url: str, pgbouncer: PgBouncer) -> str:
    """The URL of an empty database behind it."""
    from sqlalchemy import make_url

    return pgbouncer.url(str(make_url(postgres_url).database))
