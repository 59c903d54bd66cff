"""A database as an earlier picoplan left it, with a ruleset whose files Windows had saved.

``saved_by_windows.json`` was written by the commit 7d0407b: each table's rows, of an archive with one edition
of the small ruleset of ``tests.commandline.samples`` (CRLF throughout, assessment.yaml with a byte-order mark
too), and of three decisions made under it.
"""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import service.store.api_keys
import service.store.decisions.selection
from service.store import database, tables
from tests.commandline.samples import write_small

assert service.store.decisions.selection
assert service.store.api_keys  # all of the tables, and not only the archive's

ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("saved_by_windows.json").read_text(encoding="utf-8")
)
OLD_DIGEST: str = ROWS["ruleset_editions"][0]["digest"]


def leave_to_picoplan(url: str) -> None:
    """Make the database as the earlier picoplan left it; nothing of it is brought up to date."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for table in tables.METADATA.sorted_tables:
            rows = [{name: _value(told) for name, told in row.items()} for row in ROWS.get(table.name, ())]
            if rows and table.name.endswith("_state"):
                connection.execute(table.delete())
            for row in rows:
                connection.execute(table.insert().values(row))
    engine.dispose()


def write_as_windows_does(folder: Path) -> Path:
    """The folder of rulesets from which the edition was published."""
    root = write_small(folder)
    for file in root.rglob("*.yaml"):
        mark = "\ufeff" if file.name == "assessment.yaml" else ""
        file.write_bytes((mark + file.read_text(encoding="utf-8")).replace("\n", "\r\n").encode())
    return root


def _value(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    ((kind, text),) = told.items()
    if kind == "base64":
        return base64.b64decode(text)
    return datetime.fromisoformat(text) if kind == "moment" else date.fromisoformat(text)
