"""A folder with a small ruleset, an archive for it, and a publisher between the two."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.archive import Archive, open_archive
from service.store.whereabouts import state_folder
from tests.vetting import forked_checks
from tests.vetting.desk import Desk, at_once
from tests.vetting.held import HeldChecks
from tests.web.small import write_small


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the databases of a test go."""
    folder = tmp_path / "data"
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(folder))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    return folder


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork checks from a process that has loaded what they need: that is most of what a check takes."""
    monkeypatch.setattr("service.vetting.process.subprocess", forked_checks)


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    """A folder with a ruleset, ``small``, that serves from when it goes live."""
    folder = tmp_path / "rulesets"
    at_once(write_small(folder))
    return folder


@pytest.fixture
def archive(rulesets: Path, data_dir: Path) -> Iterator[Archive]:
    """An empty archive."""
    opened = open_archive(rulesets)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def dealt_with(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is kept of such a folder by a publisher that has dealt with it: to check it takes its time."""
    folder = tmp_path_factory.mktemp("dealt-with")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PICOPLAN_DATA_DIR", str(folder / "data"))
        patched.delenv("PICOPLAN_DATABASE_URL", raising=False)
        at_once(write_small(folder / "rulesets"))
        archive = open_archive(folder / "rulesets")
        Desk(folder / "rulesets", archive, io.BytesIO()).work()
        archive.close()
        return state_folder(folder / "rulesets").path


@pytest.fixture
def desk(rulesets: Path, data_dir: Path, dealt_with: Path) -> Iterator[Desk]:
    """A publisher that has dealt with the folder as it is."""
    shutil.copytree(dealt_with, state_folder(rulesets).path, dirs_exist_ok=True)
    archive = open_archive(rulesets)
    opened = Desk(rulesets, archive, io.BytesIO())
    opened.work()
    yield opened
    opened.publisher.stop()
    archive.close()


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HeldChecks:
    """Checks that start from now on wait at their end."""
    checks = HeldChecks(tmp_path / "held")
    monkeypatch.setenv("PYTHONPATH", checks.environ)
    return checks
