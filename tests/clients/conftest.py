"""Each client as the tests call it, and a server to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.calling import Caller
from tests.clients.packages import Packages
from tests.web.serving import Served
from tests.web.small import write_small


@pytest.fixture(scope="session")
def wheel(client_packages: Packages) -> Path:
    return client_packages.wheel


@pytest.fixture(scope="session")
def tarball(client_packages: Packages) -> Path:
    return client_packages.tarball


@pytest.fixture(scope="session")
def node_folder(client_packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose programs find the npm package."""
    return client_packages.unpack_for_node(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session", params=["python", "typescript"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Each client in turn."""
    if request.param == "python":
        return Caller.python(request.getfixturevalue("wheel"))
    return Caller.node(request.getfixturevalue("node_folder"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of two workers over the small ruleset, with a log of its own."""
    folder = tmp_path_factory.mktemp("clients")
    write_small(folder / "rulesets")
    own = {"PICOPLAN_DATABASE_URL": ""}
    with Served(folder, own, rulesets=str(folder / "rulesets"), workers=2, watch=False) as served:
        yield served.until_ready()
