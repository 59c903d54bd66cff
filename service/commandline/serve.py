"""``picoplan serve``: the service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import rich_click as click

from service.commandline.arguments import LimitType, Unreadable
from service.model.limit import Limit, NoLimit
from service.serving.recording import Mode
from service.store.folders import NotARulesetsFolder
from service.web.settings import CannotServe, Settings
from service.web.starting import serve

_STANDARD = Settings()


class _CommaSeparated(click.ParamType[str]):
    """One of several; in the environment they are told apart by commas. Whether it is good is asked later."""

    name = "text"
    envvar_list_splitter = ","

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's signature
        """The text without spaces around it."""
        return value.strip()


@click.command("serve")
@click.option(
    "--rulesets",
    metavar="DIR",
    help="The folder of rulesets, or one ruleset. Without it: those that come with picoplan.",
)
@click.option("--host", default=_STANDARD.host, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="NUMBER",
    default=_STANDARD.port,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="NUMBER",
    default=_STANDARD.workers,
    show_default=True,
    help="How many processes answer.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    metavar="NUMBER",
    default=_STANDARD.threads,
    show_default=True,
    help="How many threads each process has for what takes longer than evaluating.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 100_000),
    metavar="NUMBER",
    default=_STANDARD.connections,
    show_default=True,
    help="How many connections each process keeps open at once; others wait to be let in.",
)
@click.option(
    "--drain",
    type=click.IntRange(0, 600),
    metavar="SECONDS",
    default=_STANDARD.drain,
    envvar="PICOPLAN_DRAIN",
    show_default=True,
    show_envvar=True,
    help="How long a stop says at /readyz that it comes, and still takes requests, before it begins.",
)
@click.option(
    "--trust-proxy",
    "trust_proxies",
    type=_CommaSeparated(),
    metavar="ADDRESS",
    multiple=True,
    envvar="PICOPLAN_TRUST_PROXY",
    show_envvar=True,
    help="Believe the proxy at this address, or network such as 10.0.0.0/8, whose requests it passes on; "
    "can be said again.",
)
@click.option(
    "--publish",
    type=click.Choice(["saved", "signed"]),
    default="saved",
    envvar="PICOPLAN_PUBLISH",
    show_default=True,
    show_envvar=True,
    help="Which edits go live: all that are saved and pass, or only those that were signed off.",
)
@click.option(
    "--allow-edits",
    is_flag=True,
    envvar="PICOPLAN_ALLOW_EDITS",
    show_envvar=True,
    help="Let the workbench publish drafts into the folder of rulesets, which may be empty or not there yet.",
)
@click.option(
    "--log",
    "log_mode",
    type=click.Choice(["required", "best-effort"]),
    default=_STANDARD.log_mode,
    envvar="PICOPLAN_LOG",
    show_default=True,
    show_envvar=True,
    help="Whether an answer waits until its decision is safely logged, or is given in any case.",
)
@click.option(
    "--no-watch",
    is_flag=True,
    help="Look at the rulesets when the service starts, and not again: edits wait for the next start.",
)
@click.option(
    "--limit",
    type=LimitType(),
    metavar="N/UNIT",
    default=str(_STANDARD.limit),
    envvar="PICOPLAN_LIMIT",
    show_default=True,
    show_envvar=True,
    help="How many requests each API key may send that has no limit of its own; none: any number.",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    type=_CommaSeparated(),
    metavar="ORIGIN",
    multiple=True,
    envvar="PICOPLAN_ALLOW_ORIGINS",
    show_envvar=True,
    help="Let pages of this origin, such as https://booking.example, ask from a browser; can be said again.",
)
@click.option(
    "--public-url",
    metavar="URL",
    default=None,
    envvar="PICOPLAN_PUBLIC_URL",
    show_envvar=True,
    help="Where browsers beyond this machine see the service, as https://rules.clinic.example. Without it "
    "the workbench is for this machine alone.",
)
@click.option(
    "--cds-clients",
    metavar="FILE",
    default=None,
    envvar="PICOPLAN_CDS_CLIENTS",
    show_envvar=True,
    help="The systems that may call CDS Hooks, and by which keys they sign. Without it: this machine alone.",
)
@click.option(
    "--cds-prefetch",
    type=click.Choice(["form", "all"]),
    default=_STANDARD.cds_prefetch,
    envvar="PICOPLAN_CDS_PREFETCH",
    show_default=True,
    show_envvar=True,
    help="What they prefetch: the answers to a form or, where their servers can't search by it, all answers.",
)
@click.option(
    "--cds-max-age-days",
    type=click.IntRange(1, 3_650),
    metavar="DAYS",
    default=_STANDARD.cds_max_age_days,
    envvar="PICOPLAN_CDS_MAX_AGE_DAYS",
    show_default=True,
    show_envvar=True,
    help="How old prefetched answers may be.",
)
@click.option(
    "--ask",
    type=_CommaSeparated(),
    metavar="RULESET",
    multiple=True,
    envvar="PICOPLAN_ASK",
    show_envvar=True,
    help="Let clients ask this ruleset for themselves, without a key, at /ask/RULESET; can be said again.",
)
@click.option(
    "--ask-origin",
    "ask_origins",
    type=_CommaSeparated(),
    metavar="ORIGIN",
    multiple=True,
    envvar="PICOPLAN_ASK_ORIGINS",
    show_envvar=True,
    help="Let pages of this origin, such as https://clinic.example, show the client page within their own; "
    "can be said again.",
)
@click.option(
    "--record-self-checks",
    is_flag=True,
    envvar="PICOPLAN_RECORD_SELF_CHECKS",
    show_envvar=True,
    help="Keep what clients answer on the client page for 30 days, as self-checks; else nothing is kept.",
)
@click.option(
    "--without-keys",
    is_flag=True,
    help="Listen beyond this machine also where there are no API keys, since something else guards the port.",
)
@click.option(
    "--require-keys",
    is_flag=True,
    envvar="PICOPLAN_REQUIRE_KEYS",
    show_envvar=True,
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
