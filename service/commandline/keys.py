"""``picoplan keys``: who may ask the service, and what."""

from __future__ import annotations

import rich_click as click

from service.commandline.group import LazyGroup

_COMMANDS = {
    "add": "service.commandline.keys_add",
    "list": "service.commandline.keys_list",
    "revoke": "service.commandline.keys_revoke",
}


@click.group("keys", cls=LazyGroup, modules=_COMMANDS)
def command() -> None:
    """Add, list and revoke API keys, also while the service runs: it follows within a second.

    As long as there never was a key, everybody who reaches the service may ask anything. From the first key
    on, also when all are revoked again, each request needs one.
    """
