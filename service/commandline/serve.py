"""``picoplan serve``: the service."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import rich_click as click

from service.commandline.arguments import LimitType, Unreadable
from service.model.limit import Limit, NoLimit
from service.serving.recording import Mode
from service.store.folders import NotARulesetsFolder
from service.web.settings import CannotServe, Settings
from service.web.starting import serve

_STANDARD = Settings()
Command = TypeVar("Command", bound=Callable[..., Any])


class _CommaSeparated(click.ParamType[str]):
    """One of several; in the environment they are told apart by commas. Whether it is good is asked later."""

    name = "text"
    envvar_list_splitter = ","

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's signature
        """The text without spaces around it."""
        return value.strip()


def _option(*names: str, env: str | None = None, **told: Any) -> Callable[[Command], Command]:
    """An option; ``env``: the variable that stands for it."""
    if env is not None:
        told |= {"envvar": env, "show_envvar": True}
    return click.option(*names, **told)


def _number(
    name: str, least: int, most: int, says: str, *, metavar: str = "NUMBER", env: str | None = None
) -> Callable[[Command], Command]:
    """An option that is a whole number, by default that of the settings of its name."""
    standard = getattr(_STANDARD, name.removeprefix("--").replace("-", "_"))
    kind = click.IntRange(least, most)
    return _option(name, env=env, type=kind, metavar=metavar, default=standard, show_default=True, help=says)


@click.command("serve")
@click.option(
    "--rulesets",
    metavar="DIR",
    help="The folder of rulesets, or one ruleset. Without it: those that come with picoplan.",
)
@click.option("--host", default=_STANDARD.host, show_default=True, help="The address to listen on.")
@_number("--port", 0, 65_535, "The port to listen on; 0 takes a free one.")
@_number("--workers", 1, 256, "How many processes answer.")
@_number("--threads", 1, 256, "How many threads each process has for what takes longer than evaluating.")
@_number(
    "--connections",
    1,
    100_000,
    "How many connections each process keeps open at once; others wait to be let in.",
)
@_number(
    "--drain",
    0,
    600,
    "How long a stop says at /readyz that it comes, and still takes requests, before it begins.",
    metavar="SECONDS",
    env="PICOPLAN_DRAIN",
)
@_option(
    "--trust-proxy",
    "trust_proxies",
    type=_CommaSeparated(),
    metavar="ADDRESS",
    multiple=True,
    env="PICOPLAN_TRUST_PROXY",
    help="Believe the proxy at this address, or network such as 10.0.0.0/8, whose requests it passes on; "
    "can be said again.",
)
@_option(
    "--publish",
    type=click.Choice(["saved", "signed"]),
    default="saved",
    show_default=True,
    env="PICOPLAN_PUBLISH",
    help="Which edits go live: all that are saved and pass, or only those that were signed off.",
)
@_option(
    "--allow-edits",
    is_flag=True,
    env="PICOPLAN_ALLOW_EDITS",
    help="Let the workbench publish drafts into the folder of rulesets, which may be empty or not there yet.",
)
@_option(
    "--log",
    "log_mode",
    type=click.Choice(["required", "best-effort"]),
    default=_STANDARD.log_mode,
    show_default=True,
    env="PICOPLAN_LOG",
    help="Whether an answer waits until its decision is safely logged, or is given in any case.",
)
@click.option(
    "--no-watch",
    is_flag=True,
    help="Look at the rulesets when the service starts, and not again: edits wait for the next start.",
)
@_option(
    "--limit",
    type=LimitType(),
    metavar="N/UNIT",
    default=str(_STANDARD.limit),
    show_default=True,
    env="PICOPLAN_LIMIT",
    help="How many requests each API key may send that has no limit of its own; none: any number.",
)
@_option(
    "--allow-origin",
    "allow_origins",
    type=_CommaSeparated(),
    metavar="ORIGIN",
    multiple=True,
    env="PICOPLAN_ALLOW_ORIGINS",
    help="Let pages of this origin, such as https://booking.example, ask from a browser; can be said again.",
)
@_option(
    "--public-url",
    metavar="URL",
    default=None,
    env="PICOPLAN_PUBLIC_URL",
    help="Where browsers beyond this machine see the service, as https://rules.clinic.example. Without it "
    "the workbench is for this machine alone.",
)
@_option(
    "--cds-clients",
    metavar="FILE",
    default=None,
    env="PICOPLAN_CDS_CLIENTS",
    help="The systems that may call CDS Hooks, and by which keys they sign. Without it: this machine alone.",
)
@_option(
    "--cds-prefetch",
    type=click.Choice(["form", "all"]),
    default=_STANDARD.cds_prefetch,
    show_default=True,
    env="PICOPLAN_CDS_PREFETCH",
    help="What they prefetch: the answers to a form or, where their servers can't search by it, all answers.",
)
@_number(
    "--cds-max-age-days",
    1,
    3_650,
    "How old prefetched answers may be.",
    metavar="DAYS",
    env="PICOPLAN_CDS_MAX_AGE_DAYS",
)
@_option(
    "--ask",
    type=_CommaSeparated(),
    metavar="RULESET",
    multiple=True,
    env="PICOPLAN_ASK",
    help="Let clients ask this ruleset for themselves, without a key, at /ask/RULESET; can be said again.",
)
@_option(
    "--ask-origin",
    "ask_origins",
    type=_CommaSeparated(),
    metavar="ORIGIN",
    multiple=True,
    env="PICOPLAN_ASK_ORIGINS",
    help="Let pages of this origin, such as https://clinic.example, show the client page within their own; "
    "can be said again.",
)
@_option(
    "--record-self-checks",
    is_flag=True,
    env="PICOPLAN_RECORD_SELF_CHECKS",
    help="Keep what clients answer on the client page for 30 days, as self-checks; else nothing is kept.",
)
@click.option(
    "--without-keys",
    is_flag=True,
    help="Listen beyond this machine also where there are no API keys, since something else guards the port.",
)
@_option(
    "--require-keys",
    is_flag=True,
    env="PICOPLAN_REQUIRE_KEYS",
    help="Start only where an API key lives, and let nobody in without one, whatever the database holds.",
)
def command(
    rulesets: str | None,
    host: str,
    port: int,
    workers: int,
    threads: int,
    connections: int,
    drain: int,
    trust_proxies: tuple[str, ...],
    publish: str,
    allow_edits: bool,
    log_mode: Mode,
    no_watch: bool,
    limit: Limit | NoLimit,
    allow_origins: tuple[str, ...],
    public_url: str | None,
    cds_clients: str | None,
    cds_prefetch: Literal["form", "all"],
    cds_max_age_days: int,
    ask: tuple[str, ...],
    ask_origins: tuple[str, ...],
    record_self_checks: bool,
    without_keys: bool,
    require_keys: bool,
) -> None:
    """Answer other systems over HTTP, until told to stop.

    A file that is saved while the service runs is checked, and goes live where it passes; otherwise the last
    good version goes on. What served and what was decided is kept in a database: a file in
    PICOPLAN_DATA_DIR, or the one that PICOPLAN_DATABASE_URL names, or the URL in the file
    PICOPLAN_DATABASE_URL_FILE.

    From the first "picoplan keys add" on, requests need an API key. Requests of a key are counted by each
    worker for itself, or by all together in the Redis that PICOPLAN_REDIS_URL names.

    The log on standard error says where the service listens, which rulesets serve, and the problems of those
    that do not. SIGTERM lets requests in flight finish; Ctrl-C stops at once.
    """
    if without_keys and require_keys:
        raise click.UsageError("say --without-keys or --require-keys (PICOPLAN_REQUIRE_KEYS), not both")
    settings = Settings(
        rulesets=None if rulesets is None else Path(rulesets),
        rulesets_shown_as=rulesets,
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        connections=connections,
        drain=drain,
        trust_proxies=tuple(filter(None, trust_proxies)),
        open_beyond_loopback=without_keys,
        require_keys=require_keys,
        watch=not no_watch,
        only_signed=publish == "signed",
        allow_edits=allow_edits,
        log_mode=log_mode,
        limit=None if limit == "none" else limit,
        redis_url=os.environ.get("PICOPLAN_REDIS_URL", "").strip() or None,
        allow_origins=tuple(filter(None, allow_origins)),
        public_url=(public_url or "").strip() or None,
        cds_clients=Path(cds_clients) if cds_clients else None,
        cds_prefetch=cds_prefetch,
        cds_max_age_days=cds_max_age_days,
        ask=tuple(filter(None, ask)),
        ask_origins=tuple(filter(None, ask_origins)),
        record_self_checks=record_self_checks,
    )
    try:
        serve(settings)
    except (CannotServe, NotARulesetsFolder) as error:
        raise Unreadable(str(error)) from error
