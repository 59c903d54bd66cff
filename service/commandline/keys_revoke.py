"""``picoplan keys revoke``: a key that lets nobody in any more."""

from __future__ import annotations

from datetime import UTC, datetime

import rich_click as click

from service.commandline.console import complain, say
from service.commandline.keyrings import RULESETS, opened_keys
from service.commandline.refusing import Unreadable
from service.model.problem import did_you_mean
from service.store.keys.store import KeyStore


@click.command("revoke")
@click.argument("key_id", metavar="ID")
@RULESETS
def command(key_id: str, rulesets: str | None) -> int:
    """Revoke a key, for good. A running service refuses it within a second; decisions made with it stay.

    ID is the key's id, as "picoplan keys list" shows it.

    Exit code 0: it is revoked, or was before. 2: there is no such key, or the database can't be used.
    """
    with opened_keys(rulesets) as (_, store):
        before = store.revoke(key_id, datetime.now(UTC))
        if before is None:
            raise Unreadable(f"there is no key of that id.{_hint(key_id, store)}")
        living = store.ring().living
    if before.revoked is not None:
        say(f'Key {before.id} "{before.wanted.name}" was revoked before.')
        return 0
    say(f'Key {before.id} "{before.wanted.name}" is revoked.')
    if not living:
        complain("No key is left: every request is refused until one is added.")
    return 0


def _hint(said: str, store: KeyStore) -> str:
    """The id that was meant; what was said may be a token, and is not repeated."""
    every = store.all_keys()
    living = {key.id: key for key in every if key.revoked is None}
    for key in living.values():
        if said == key.wanted.name or key.id in said:
            return f" Did you mean {key.id}?"
    return did_you_mean(said, living) or ' See "picoplan keys list".'
