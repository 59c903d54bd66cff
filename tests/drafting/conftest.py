"""A desk at which drafts are published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.archive import Archive
from service.store.database import Database
from service.store.drafts import DraftStore
from tests.drafting.desk import Desk
from tests.web.small import write_small


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The desk of a clinic that has published one edition."""
    database = Database(f"sqlite:///{tmp_path / 'drafts.sqlite3'}")
    write_small(tmp_path / "rulesets")
    made = Desk(tmp_path / "rulesets", Archive(database), DraftStore(database))
    made.publish()
    yield made
    database.close()
