"""What the service is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from service.clinical.hooks import MAX_AGE_DAYS
from service.drafting.draft_limits import DraftLimits
from service.model.limit import USUAL, Limit
from service.serving.recording import Mode
from service.store.folders import shipped
from service.vetting.sources import Source


class CannotServe(Exception):
    """What the settings ask for can't be done: wrong usage, said in one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    ``rulesets`` is a folder of rulesets or one ruleset (None: the shipped ones), in problems called
    ``rulesets_shown_as``. ``default_ruleset`` answers requests that name none. ``port`` 0 takes a free one.
    ``connections`` is how many each worker keeps open at once. ``keepalive``, ``drain`` and
    ``graceful_timeout`` are in seconds: how long an idle connection is kept, and the head of a request
    waited for; how long a stop goes on taking requests while ``/readyz`` says so; and how long it then waits
    for those in flight. A connection whose client takes nothing of its answer for ``stalled`` seconds is
    dropped. A worker whose event loop stands still for ``hangs_after`` seconds is killed.
    Of the addresses or networks in ``trust_proxies`` it is believed for whom they ask.
    ``open_beyond_loopback`` lets other machines in without API keys;
    with ``require_keys`` nobody at all is let in without one, also where there never was a key.
    ``watch``: edits go live while it runs; without it, when it starts. ``only_signed``: only signed ones do.
    ``log_mode``: whether an answer is given before its decision is safely logged. ``limit`` holds for each
    key that has none of its own (None: there is none); ``redis_url`` is where all workers count together.
    ``allow_origins``: the web pages of these origins may ask from a browser. ``public_url``: where browsers
    beyond this machine see the service, as https://rules.clinic.example; without it they get no pages.
    ``cds_clients``: the file of the systems that may call CDS Hooks; None: this machine alone.
    ``cds_prefetch``: whether their servers find responses by their ``form``, or give ``all`` of a patient.
    Prefetched answers count for ``cds_max_age_days``.
    ``ask``: the rulesets that clients may ask for themselves, without a key; pages of ``ask_origins`` may
    show the client page within their own. ``record_self_checks``: what clients answer there is logged.
    ``drafts``: what the process of a draft may take.
    ``allow_edits``: drafts are published into the folder, which may be empty or made.
    """

    rulesets: Path | None = None
    rulesets_shown_as: str | None = None
    default_ruleset: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    connections: int = 1_000
    keepalive: int = 65
    stalled: int = 60
    drain: int = 0
    graceful_timeout: int = 30
    hangs_after: int = 30
    trust_proxies: tuple[str, ...] = ()
    open_beyond_loopback: bool = False
    require_keys: bool = False
    watch: bool = True
    only_signed: bool = False
    log_mode: Mode = "required"
    limit: Limit | None = USUAL
    redis_url: str | None = None
    allow_origins: tuple[str, ...] = ()
    public_url: str | None = None
    cds_clients: Path | None = None
    cds_prefetch: Literal["form", "all"] = "form"
    cds_max_age_days: int = MAX_AGE_DAYS
    ask: tuple[str, ...] = ()
    ask_origins: tuple[str, ...] = ()
    record_self_checks: bool = False
    drafts: DraftLimits = field(default_factory=DraftLimits)
    allow_edits: bool = False

    @property
    def source(self) -> Source:
        """Where the rulesets come from."""
        root = self.rulesets or shipped()
        shown_as = str(root) if self.rulesets_shown_as is None else self.rulesets_shown_as
        return Source(root, shown_as.rstrip("/") or "/", may_be_empty=self.allow_edits)
