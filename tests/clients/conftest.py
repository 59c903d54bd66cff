"""Both clients as they are built, each as the tests call it, and a server to ask."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.calling import Caller
from tests.web.serving import Served
from tests.web.small import write_small

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the npm package, made once for all processes of a run."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: install node and npm")
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    folder = shared / "picoplan-clients"
    with (shared / "picoplan-clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            made = [sys.executable, "-m", "scripts.make_clients", "--into", str(folder)]
            subprocess.run(made, cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def tarball(built: Path) -> Path:
    (found,) = built.glob("*.tgz")
    return found


@pytest.fixture(scope="session")
def node_folder(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose programs find the npm package, unpacked as npm does."""
    folder = tmp_path_factory.mktemp("node")
    with tarfile.open(tarball) as packed:
        packed.extractall(folder, filter="data")
    (folder / "node_modules").mkdir()
    (folder / "package").rename(folder / "node_modules" / "picoplan-client")
    return folder


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
