"""The app in process with its log, and a server of its own for the session."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from service.web.app import create_app
from service.web.asgi import Application
from service.web.log import open_log
from service.web.settings import Settings
from tests.waiting import PATIENCE_S
from tests.web.client import Client, client_of
from tests.web.drafted import OUR_CLINIC, DraftsOf, write_clinic
from tests.web.serving import Served
from tests.web.small import write_broken, write_small

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where databases go that no test names: never where the user's are."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICOPLAN_DATA_DIR", str(folder))
        patch.delenv("PICOPLAN_DATABASE_URL", raising=False)
        yield folder


@pytest.fixture(scope="session")
def rulesets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good ruleset and a broken one."""
    folder = tmp_path_factory.mktemp("rulesets")
    write_small(folder)
    write_broken(folder)
    return folder


@pytest.fixture
def lines() -> io.BytesIO:
    """What the app of this test logs."""
    return io.BytesIO()


@pytest.fixture
def app(rulesets: Path, lines: io.BytesIO) -> Application:
    """An app over both rulesets."""
    return create_app(Settings(rulesets=rulesets, rulesets_shown_as="clinic"), open_log(lines))


@pytest.fixture
def client(app: Application) -> Client:
    """A client of that app, without a server."""
    return client_of(app)


@pytest.fixture(scope="session")
def served(rulesets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server over both rulesets: two workers, four threads each."""
    told = {"rulesets": str(rulesets), "rulesets_shown_as": "clinic", "workers": 2}
    with Served(tmp_path_factory.mktemp("served"), **told) as server:
        yield server


@pytest.fixture(scope="session")
def clinic_drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DraftsOf]:
    """Drafts of a clinic's own ruleset, on a server of their own."""
    folder = write_clinic(tmp_path_factory.mktemp("clinic") / "rulesets")
    with Served(tmp_path_factory.mktemp("drafted"), rulesets=str(folder), workers=1, watch=False) as server:
        yield DraftsOf(server.until_ready(), folder, OUR_CLINIC)
