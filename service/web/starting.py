"""Start the service: everything opened and made once, then handed to the server."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from schemas.language_tags import load as load_languages
from service.clinical.canonicals import Canonicals
from service.drafting.drafts import Drafts
from service.drafting.editable_folder import NotEditable, make_editable
from service.reading.hook_clients import BadClients, read_hook_clients
from service.serving.erasing import forget_self_checks
from service.store.api_keys import KeyRing, open_keys
from service.store.archive import Archive, open_archive
from service.store.browser_sessions import open_browser_sessions
from service.store.clinical_hooks import HookRecords, open_hook_records
from service.store.database import bring_up_to_date_apart
from service.store.faults import DatabaseFault
from service.store.whereabouts import database_url, names_database, readable_by_others, state_folder
from service.vetting.publisher import Publisher, publish_first, publish_until_stopped
from service.vetting.sources import Source
from service.web.app import AppParts, app_over, live_over
from service.web.bench.opening import open_drafting
from service.web.browsers import Browsers
from service.web.client_page import Asked
from service.web.decisions import Records, open_records
from service.web.fhir import ClinicalSettings
from service.web.follower import Follower
from service.web.guard import Guard, LiveKeys
from service.web.listening import listening
from service.web.live import Live
from service.web.log import Log, open_log
from service.web.measuring import Pulse, Watched
from service.web.metrics import Metrics, forget_process, shared_folder
from service.web.origins import checked_origins, checked_public_url
from service.web.rate_limiter import NoRedis, RateLimiter
from service.web.server import Child, Worker, run
from service.web.settings import CannotServe, Settings
from service.web.telemetry import Telemetry

if TYPE_CHECKING:
    from service.web.hook_clients import HookClients
    from service.web.spans import Spans

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_configured(environ: Mapping[str, str]) -> bool:
    """Whether the standard variables name a collector for traces, and none says that there be no traces."""
    named = any(environ.get(name, "").strip() for name in _ENDPOINTS)
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return named and not disabled and environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() != "none"


def open_spans(environ: Mapping[str, str], log: Log) -> Spans | None:
    """What makes spans, where traces are configured. Each worker starts it for itself."""
    if not is_configured(environ):
        return None
    module = importlib.import_module("service.web.spans")
    spans: Spans = module.Spans(log)
    return spans


STARTS_WITHIN_S = 20
"""Seconds that the service waits at its start for checks of rulesets that were never published."""

STARTS_WITHIN_WITHOUT_WATCHING_S = 120
"""The same where it does not watch: what is not checked then does not go live."""


def serve(settings: Settings) -> NoReturn:
    """Serve until told to stop. SIGTERM lets requests in flight finish; then the exit code is 0.

    Raises:
        CannotServe: the address is taken, can't be had, or is open to other machines and no API key lives; or
            settings are wrong.
        NotARulesetsFolder: there is no folder of rulesets.
        SystemExit: at the end, with the exit code.
    """
    if min(settings.workers, settings.threads, settings.connections) < 1:
        raise CannotServe("at least one worker with one thread is needed")
    if settings.allow_edits:
        _make_editable(settings.source)
    settings.source.ids()  # where there is no folder, say so before a database is made for it
    checked_origins(settings.allow_origins)
    ask_origins = checked_origins(settings.ask_origins)
    public_url = checked_public_url(settings.public_url)
    clinical = _clinical(settings)
    _checked_proxies(settings.trust_proxies)
    log = open_log()
    load_languages()  # before rulesets are read, which then fill the memory that this leaves free
    counting = _counting(settings, log)
    asked = Asked(settings.ask, ask_origins, counting, settings.record_self_checks) if settings.ask else None
    try:
        keys = _keys(settings, log)
        with listening(settings, keys.ring) as address, ExitStack() as kept:
            archive = open_archive(settings.source.root)
            _are_known(settings, archive)
            publisher = _first_published(settings, archive, log)
            live = live_over(archive, settings, log)
            sessions, sealing = open_browser_sessions(settings.source.root)
            browsers = Browsers(sessions, sealing.secrets_at, counting, public_url)
            clinical = replace(
                clinical, canonicals=Canonicals(public_url or str(address)), is_public=public_url is not None
            )
            hook_records = open_hook_records(settings.source.root)
            guard = Guard(keys, counting, browsers, _hook_clients(clinical, hook_records, counting, log))
            watched = Watched({"archive": live.follower, "keys": keys.follower}, counting.loses_redis)
            values = _shared_values(kept)
            drafting, bench = open_drafting(kept, settings, archive, public_url, log)
            parts = AppParts(
                guard=guard,
                browsers=browsers,
                origins=settings.allow_origins,
                clinical=clinical,
                hook_records=hook_records,
                threads=settings.threads,
                asked=asked,
                drafting=drafting,
            )
            worker = _worker(settings, archive, live, parts, watched, values, log)
            _log_limits(settings, keys.ring, counting, log)
            watching = [Child("publisher", _watching(publisher))] if settings.watch else []
            run(settings, address, worker, log, beside=[bench, *watching])
    except DatabaseFault as fault:
        raise CannotServe(str(fault)) from fault
    raise SystemExit(0)


def _make_editable(source: Source) -> None:
    try:
        make_editable(source.root, source.shown_as)
    except NotEditable as error:
        raise CannotServe(str(error)) from error


def _clinical(settings: Settings) -> ClinicalSettings:
    """How clinical systems are served, as far as the settings say."""
    clients = None
    if settings.cds_clients is not None:
        try:
            clients = read_hook_clients(settings.cds_clients)
        except BadClients as error:
            raise CannotServe(str(error)) from error
    return ClinicalSettings(
        clients=clients,
        prefetch_all=settings.cds_prefetch == "all",
        max_age_days=settings.cds_max_age_days,
    )


def _hook_clients(
    clinical: ClinicalSettings, records: HookRecords, counting: RateLimiter, log: Log
) -> HookClients | None:
    """Who knows the callers of hooks; None: this machine alone calls them, and signs nothing."""
    if clinical.clients is None:
        return None
    from service.web.hook_clients import HookClients  # with it PyJWT, which is large

    return HookClients(clinical.clients, records, clinical.canonicals.origin, counting, log)


def _worker(
    settings: Settings,
    archive: Archive,
    live: Live,
    parts: AppParts,
    watched: Watched,
    values: Path,
    log: Log,
) -> Worker:
    """What each worker does; workers share what they count in ``values``."""
    spans = open_spans(os.environ, log)
    if spans is not None:
        watched = replace(watched, spans_dropped=spans.dropped)
    telemetry = Telemetry(Metrics(values), log, spans)
    records = open_records(settings.source.root, settings.log_mode, archive, log, telemetry.metrics)
    pulse = Pulse(telemetry.metrics, records.recorder.standing, watched)
    parts = replace(parts, records=records, telemetry=telemetry, pulse=pulse)
    starts = [live.follow, telemetry.start, records.recorder.start, pulse.start]
    starts.append(_forgetting_self_checks(records, log).follow)
    if parts.guard is not None:
        starts.append(parts.guard.follow)
    if parts.drafting is not None:
        starts.append(_forgetting_drafts(parts.drafting.drafts, log).follow)
    return Worker(
        app_over(live, settings.default_ruleset, log, parts),
        starts=partial(_each, *starts),
        ends=partial(_each, records.recorder.close, pulse.close, telemetry.close),
        gone=partial(forget_process, values),
    )


FORGETS_EVERY_S = 3_600
"""Seconds between looks for self-checks and drafts that are to be forgotten."""


def _forgetting_self_checks(records: Records, log: Log) -> Follower:
    """Forgets what clients asked for themselves once it is too old, also where that is kept no longer."""

    def tell(trouble: str) -> None:
        if trouble:
            log.error("self-checks are not forgotten", says=trouble)
        else:
            log.info("self-checks are forgotten again")

    return Follower(
        lambda: forget_self_checks(records.decisions, datetime.now(UTC).date()), tell, every_s=FORGETS_EVERY_S
    )


def _forgetting_drafts(drafts: Drafts, log: Log) -> Follower:
    """Forgets drafts that nobody has changed for too long."""

    def tell(trouble: str) -> None:
        if trouble:
            log.error("drafts are not forgotten", says=trouble)
        else:
            log.info("drafts are forgotten again")

    return Follower(drafts.forget, tell, every_s=FORGETS_EVERY_S)


def _checked_proxies(proxies: Iterable[str]) -> None:
    for one in proxies:
        try:
            ip_network(one)
        except ValueError as error:
            mend = "write it as 10.0.0.7 or 10.0.0.0/8"
            raise CannotServe(f'"{one[:80]}" is no address of a proxy: {mend}') from error


def _counting(settings: Settings, log: Log) -> RateLimiter:
    try:
        return RateLimiter(settings.limit, settings.redis_url, log)
    except NoRedis as error:
        raise CannotServe(str(error)) from error


def _log_limits(settings: Settings, ring: KeyRing | None, counting: RateLimiter, log: Log) -> None:
    """Say where limits are not what they seem."""
    if counting.is_shared:
        if not counting.reaches_redis:
            log.error("Redis can't be reached, each worker counts requests by itself until it can")
    elif ring is not None and ring.asked_for and settings.workers > 1:
        log.warning(
            "each worker counts requests by itself, so up to workers times the limit get through",
            workers=settings.workers,
            limit=None if settings.limit is None else str(settings.limit),
            mend="name a Redis as PICOPLAN_REDIS_URL, where all count together",
        )


def _keys(settings: Settings, log: Log) -> LiveKeys:
    """The keys; the log says where the database that they are in is not what it seems."""
    root = settings.source.root
    if not names_database() and (folder := state_folder(root)).found_anew:
        log.info("the database is found by the folder that rulesets points at", database=str(folder.database))
    bring_up_to_date_apart(database_url(root))
    store = open_keys(root)
    ring = store.ring()
    if store.file is not None and readable_by_others(store.file):
        log.warning(
            "others on this machine can read the database",
            database=store.shown_as,
            mend="let only its owner read it and the files beside it: chmod 600",
        )
    if not ring.asked_for and (elsewhere := store.kept_elsewhere()):
        log.warning(
            "there are no keys here, but in databases beside this one",
            database=store.shown_as,
            beside=[str(path) for path in elsewhere],
            mend="serve the folder that has them, as it was given then, or name the database",
        )
    if settings.require_keys and not ring.living:
        raise CannotServe(
            f"no API key lives in {store.shown_as}, and keys are required: add one with picoplan keys add, "
            "or name the database that has them"
        )
    return LiveKeys(store, log, required=settings.require_keys)


def _each(*those: Callable[[], None]) -> None:
    for one in those:
        one()


def _shared_values(kept: ExitStack) -> Path:
    """The folder in which the workers share what metrics count, until the end."""
    try:
        return kept.enter_context(shared_folder())
    except OSError as error:
        raise CannotServe(f"no folder can be made for metrics: {error.strerror}") from error


def _are_known(settings: Settings, archive: Archive) -> None:
    """Hold the rulesets that settings name against those that there are."""
    default = settings.default_ruleset
    named = [("the default ruleset", default)] if default is not None else []
    named += [("the ruleset for clients", one) for one in settings.ask]
    unknown = [(what, one) for what, one in named if one not in settings.source.ids()]
    there = {one.ruleset for one in archive.timeline()} if unknown else set()
    for what, one in unknown:
        if one not in there:
            raise CannotServe(f"{what} {one} is not in {settings.source.root}")


def _first_published(settings: Settings, archive: Archive, log: Log) -> Publisher:
    """The publisher, once what was never published is checked, where that is quick."""
    publisher = Publisher(settings.source, archive, log, only_signed=settings.only_signed)
    seconds = STARTS_WITHIN_S if settings.watch else STARTS_WITHIN_WITHOUT_WATCHING_S
    publish_first(publisher, seconds, everything=not settings.watch)
    return publisher


def _watching(publisher: Publisher) -> Callable[[int, bool], None]:
    """What the process beside the workers does. The first goes on from here, a later one begins anew."""
    return lambda parent, first: publish_until_stopped(publisher if first else publisher.anew(), parent)
