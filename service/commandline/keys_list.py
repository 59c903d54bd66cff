"""``picoplan keys list``: every key, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import rich_click as click

from service.commandline.console import complain, heading, say
from service.commandline.keyrings import RULESETS, allowed, opened_keys, seen
from service.store.keys.key import Key


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, for a program.")
@RULESETS
def command(as_json: bool, rulesets: str | None) -> int:
    """List keys, the oldest first, those that were revoked too; never a token.

    Exit code 0: listed, also where there are none. 2: there is no such folder, or the database can't be used.
    """
    with opened_keys(rulesets) as (_, store):
        keys, shown_as = store.all_keys(), store.shown_as
    if as_json:
        for key in keys:
            say(orjson.dumps(_data(key)).decode())
        return 0
    if not keys:
        complain(f"There are no keys in {shown_as}: whoever reaches the service may ask anything.")
        return 0
    for line in _table(keys):
        say(line)
    return 0


def _table(keys: Sequence[Key]) -> list[str]:
    rows = [("key", "name", "clinic", "rulesets", "scopes", "limit", "created (UTC)", "revoked (UTC)")]
    for key in keys:
        wanted = key.wanted
        revoked = "" if key.revoked is None else _moment(key.revoked)
        limit = "the service's" if wanted.limit is None else str(wanted.limit)
        whose = wanted.clinic or "(the house)"
        rows.append(
            (key.id, wanted.name, whose, seen(key), allowed(key), limit, _moment(key.created), revoked)
        )
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(to) for cell, to in zip(row, wide, strict=True)).rstrip() for row in rows]
    return [heading(lines[0]), *lines[1:]]


def _data(key: Key) -> dict[str, Any]:
    wanted = key.wanted
    return {
        "id": key.id,
        "name": wanted.name,
        "clinic": wanted.clinic,
        "rulesets": list(wanted.rulesets) or None,
        "default_ruleset": wanted.default_ruleset,
        "scopes": list(wanted.scopes),
        "limit": None if wanted.limit is None else str(wanted.limit),
        "created": _written(key.created),
        "revoked": None if key.revoked is None else _written(key.revoked),
    }


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def _moment(moment: datetime) -> str:
    return moment.isoformat(" ", timespec="minutes")[:16]
