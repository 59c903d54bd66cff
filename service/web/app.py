"""The whole application, put together. Importing this module builds and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.serving.erasing import erase_decisions, find_decisions
from service.serving.evaluate import Answering
from service.serving.tabulating import plan_table, try_one
from service.serving.what_if import what_if
from service.store.archive import Archive
from service.store.clinical_hooks import HookRecords
from service.store.folders import read_shelf
from service.store.snapshot import Snapshot, take_snapshot
from service.web.asgi import Answers, Application
from service.web.batch import BatchEndpoint
from service.web.bench.asking import DraftAsking
from service.web.bench.drafting import Drafting
from service.web.bench.forwarding import Forwarding
from service.web.browsers import Browsers, secrets_in_memory
from service.web.call import View
from service.web.cds_hooks import FeedbackEndpoint, HookEndpoint, HooksView
from service.web.changing_drafts import BeginDraft, MendDraft, RebaseDraft, SaveDraftFile
from service.web.client_page import Asked, ClientPages
from service.web.decisions import ByRefEndpoint, DecisionViews, Records, deciding_for
from service.web.drafts import DraftViews
from service.web.drafts_publishing import DraftPublishing, SaveDraft, SignDraft
from service.web.draining import Draining
from service.web.endpoints import CLIENT_PAGES, CLINICAL, PAGES, endpoints
from service.web.evaluating import Decisions, EvaluateEndpoint, TryingEndpoint
from service.web.fhir import CLOSED, ClinicalSettings, FhirEvaluateEndpoint, FhirViews
from service.web.flask_app import PicoplanApp
from service.web.guard import Guard
from service.web.health import HealthViews
from service.web.live import Live, log_does_not_serve, log_serves
from service.web.log import Log, open_log
from service.web.measuring import Pulse
from service.web.metrics import Metrics
from service.web.openapi.document import DocsViews, OpenApiView
from service.web.origins import allow_origins, cors_headers
from service.web.problems import ProblemPages
from service.web.rate_limiter import RateLimiter
from service.web.reading_rulesets import RulesetViews
from service.web.settings import CannotServe, Settings
from service.web.telemetry import MetricsView, Telemetry
from service.web.workbench.seen_drafts import DraftBars
from service.web.workbench.workbench import Workbench


def create_app(settings: Settings, log: Log | None = None) -> Application:
    """The app that serves what the folder holds as it is now, without an archive: edits don't go live.

    Raises:
        CannotServe: the default ruleset is not in the folder.
        NotARulesetsFolder: there is no folder of rulesets.
    """
    log = log or open_log()
    source = settings.source
    shelf = read_shelf(source.root, source.shown_as)
    default = settings.default_ruleset
    if default is not None and default not in shelf.read:
        raise CannotServe(f"the default ruleset {default} is not in {shelf.root}")
    snapshot = take_snapshot(shelf)
    _log_start(log, snapshot)
    return app_over(Live(log, Answering(snapshot, default_ruleset=default)), default, log)


def live_over(archive: Archive, settings: Settings, log: Log) -> Live:
    """What serves by an archive's timelines, caught up with them."""
    default = settings.default_ruleset
    answering = Answering(Snapshot({}, {}), default_ruleset=default, archive=archive, timeline=())
    live = Live(log, answering, archive, settings.source.shown)
    live.catch_up()
    return live


@dataclass(frozen=True, slots=True, kw_only=True)
class AppParts:
    """What an app is made over, beside what is live.

    ``records``: where decisions are logged; None: they are not. Without a ``guard`` nobody is asked for a
    key; ``browsers`` knows who is signed in. ``telemetry`` follows its requests and ``pulse`` measures its
    process; these three are made if left out. ``origins``: the web pages that may ask from a browser;
    ``clinical``: how clinical systems are served, and ``hook_records`` where feedback of theirs is kept;
    ``threads``: how many work beside the event loop. ``asked``: what clients may ask for themselves; None:
    nothing. ``drafting``: drafts; None: there are none.
    """

    records: Records | None = None
    guard: Guard | None = None
    browsers: Browsers | None = None
    telemetry: Telemetry | None = None
    pulse: Pulse | None = None
    origins: Sequence[str] = ()
    clinical: ClinicalSettings = CLOSED
    hook_records: HookRecords | None = None
    threads: int = 4
    asked: Asked | None = None
    drafting: Drafting | None = None


_ALONE = AppParts()


def app_over(live: Live, default: str | None, log: Log, parts: AppParts = _ALONE) -> Application:
    """The app that serves what is live; what it decides is logged where there are records."""
    records, guard, asked, drafting = parts.records, parts.guard, parts.asked, parts.drafting
    telemetry = parts.telemetry or Telemetry(Metrics(), log)
    pulse = parts.pulse or Pulse(telemetry.metrics, None if records is None else records.recorder.standing)
    browsers = parts.browsers or Browsers(None, secrets_in_memory(), RateLimiter(None, None, log))
    deciding, draining, logged = deciding_for(records), Draining(), records is not None
    decisions = DecisionViews(records, log) if records is not None else None
    workbench = Workbench(
        live,
        browsers,
        guard,
        deciding,
        telemetry,
        log,
        decisions,
        drafting=drafting,
        may_be_asked=() if asked is None else asked.rulesets,
    )
    clients = None if asked is None else ClientPages(live, browsers, asked, deciding, telemetry)
    views: dict[str, View] = {
        "metrics": MetricsView(telemetry.metrics, live, pulse),
        **HealthViews(live, draining, records).by_name(),
        **_views(live, default, log, parts),
        **({} if decisions is None else decisions.by_name()),
        **workbench.by_name(),
        **({} if clients is None else clients.by_name()),
    }
    direct: dict[str, Answers] = {
        "evaluate_batch": BatchEndpoint(live, log, deciding, telemetry, draining),
        **_deciding(live, default, Decisions(deciding, telemetry, log), parts),
        **_answering(live, log, parts),
    }
    table = endpoints(logged=logged)
    pages = (*(one for one in PAGES if one.name in views), *(() if clients is None else CLIENT_PAGES))
    app = PicoplanApp(log, telemetry, (*table, *CLINICAL, *pages), views, guard)
    workbench.join(app)
    if clients is not None:
        clients.join(app)
    if parts.origins:
        allow_origins(app, parts.origins)
    forwarding = None
    if drafting is not None:
        bars, unshown = DraftBars(live, drafting.drafts), workbench.unshown_drafts
        forwarding = Forwarding(drafting, guard, browsers, telemetry, unshown, bars, log)
    return Application(
        app,
        {one: direct[one.name] for one in (*table, *CLINICAL) if one.name in direct},
        guard,
        draining,
        origins=cors_headers(parts.origins),
        canonicals=parts.clinical.canonicals,
        threads=parts.threads,
        forwarding=forwarding,
    )


def _views(live: Live, default: str | None, log: Log, parts: AppParts) -> dict[str, View]:
    """The views of programs that read, by their endpoints' names."""
    keyed = (lambda: False) if parts.guard is None else parts.guard.asks
    return {
        **RulesetViews(live).by_name(),
        **OpenApiView(live, default, logged=parts.records is not None, keyed=keyed).by_name(),
        **DocsViews().by_name(),
        **ProblemPages().by_name(),
        **FhirViews(live, parts.clinical).by_name(),
        **HooksView(live, parts.clinical).by_name(),
        **({} if parts.drafting is None else DraftViews(parts.drafting, log).by_name()),
    }


def _deciding(live: Live, default: str | None, decisions: Decisions, parts: AppParts) -> dict[str, Answers]:
    """What decides one assessment, by its endpoint's name."""
    return {
        "evaluate": EvaluateEndpoint(live, default, decisions),
        "fhir_evaluate": FhirEvaluateEndpoint(live, decisions, parts.clinical),
        "hook": HookEndpoint(live, decisions, parts.clinical),
    }


def _answering(live: Live, log: Log, parts: AppParts) -> dict[str, Answers]:
    """What else answers without Flask, by its endpoint's name: nothing of it decides."""
    records, drafting = parts.records, parts.drafting
    decision = None if records is None else records.decisions.decision
    direct: dict[str, Answers] = {
        "try_assessment": TryingEndpoint(live, log, try_one),
        "plan_table": TryingEndpoint(live, log, plan_table),
        "what_if": TryingEndpoint(live, log, what_if),
        "hook_feedback": FeedbackEndpoint(live, parts.clinical, parts.hook_records, decision),
    }
    if records is not None:
        direct["find_decisions"] = ByRefEndpoint(records, log, find_decisions)
        direct["erase_decisions"] = ByRefEndpoint(records, log, erase_decisions)
    if drafting is not None:
        direct |= _changing_drafts(drafting, live, log) | DraftAsking(drafting).by_name()
    return direct


def _changing_drafts(drafting: Drafting, live: Live, log: Log) -> dict[str, Answers]:
    """What changes drafts, and publishes them, by its endpoint's name."""
    publishing = DraftPublishing(drafting, live, log)
    return {
        "begin_draft": BeginDraft(drafting.drafts, log),
        "save_draft_file": SaveDraftFile(drafting.drafts, log),
        "rebase_draft": RebaseDraft(drafting.drafts, log),
        "mend_draft": MendDraft(drafting, log),
        "sign_draft": SignDraft(publishing, log),
        "save_draft": SaveDraft(publishing, log),
    }


def _log_start(log: Log, snapshot: Snapshot) -> None:
    for name, compiled in snapshot.served.items():
        log_serves(log, name, compiled)
    for name, problems in snapshot.broken.items():
        log_does_not_serve(log, name, [str(problem) for problem in problems])
    if snapshot.problems:
        log.warning("problems beside the rulesets", problems=[str(problem) for problem in snapshot.problems])
