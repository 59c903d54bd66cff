"""The whole application, put together. Importing this module builds and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence

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
from service.web.origins import allow_origins, told_to
from service.web.problem_pages import ProblemPages
from service.web.rate_limiter import RateLimiter
from service.web.reading_rulesets import RulesetViews
from service.web.settings import CannotServe, Settings
from service.web.telemetry import MetricsView, Telemetry
from service.web.workbench.draft_bars import DraftBars
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


def app_over(
    live: Live,
    default: str | None,
    log: Log,
    records: Records | None = None,
    *,
    guard: Guard | None = None,
    browsers: Browsers | None = None,
    telemetry: Telemetry | None = None,
    pulse: Pulse | None = None,
    origins: Sequence[str] = (),
    clinical: ClinicalSettings = CLOSED,
    hook_records: HookRecords | None = None,
    threads: int = 4,
    asked: Asked | None = None,
    drafting: Drafting | None = None,
) -> Application:
    """The app that serves what is live; what it decides is logged where there are records.

    Without a ``guard`` nobody is asked for a key; ``browsers`` knows who is signed in. ``telemetry`` follows
    its requests and ``pulse`` measures its process. All of these are made if left out. ``origins``: the web
    pages that may ask from a browser; ``clinical``: how clinical systems are served, and ``hook_records``
    where feedback of theirs is kept; ``threads``: how many work beside the event loop. ``asked``: what
    clients may ask for themselves; None: nothing. ``drafting``: drafts; None: there are none.
    """
    telemetry = telemetry or Telemetry(Metrics(), log)
    pulse = pulse or Pulse(telemetry.metrics, records.recorder.standing if records is not None else None)
    deciding, draining = deciding_for(records), Draining()
    keyed = (lambda: False) if guard is None else guard.asks
    decisions = Decisions(deciding, telemetry, log)
    direct: dict[str, Answers] = {
        "evaluate": EvaluateEndpoint(live, default, decisions),
        "evaluate_batch": BatchEndpoint(live, log, deciding, telemetry, draining),
        "try_assessment": TryingEndpoint(live, log, try_one),
        "plan_table": TryingEndpoint(live, log, plan_table),
        "what_if": TryingEndpoint(live, log, what_if),
        "fhir_evaluate": FhirEvaluateEndpoint(live, decisions, clinical),
        "hook": HookEndpoint(live, decisions, clinical),
        "hook_feedback": FeedbackEndpoint(
            live, clinical, hook_records, None if records is None else records.decisions.decision
        ),
    }
    if records is not None:
        direct["find_decisions"] = ByRefEndpoint(records, log, find_decisions)
        direct["erase_decisions"] = ByRefEndpoint(records, log, erase_decisions)
    draft_views: dict[str, View] = {}
    if drafting is not None:
        draft_views = DraftViews(drafting, log).by_name()
        direct |= _changing_drafts(drafting, live, log) | DraftAsking(drafting).by_name()
    decision_views = DecisionViews(records, log) if records is not None else None
    views: dict[str, View] = {
        "metrics": MetricsView(telemetry.metrics, live, pulse),
        **RulesetViews(live).by_name(),
        **HealthViews(live, draining, logged=records is not None).by_name(),
        **OpenApiView(live, default, logged=records is not None, keyed=keyed).by_name(),
        **DocsViews().by_name(),
        **ProblemPages().by_name(),
        **FhirViews(live, clinical).by_name(),
        **HooksView(live, clinical).by_name(),
        **(decision_views.by_name() if decision_views is not None else {}),
        **draft_views,
    }
    table = endpoints(logged=records is not None)
    browsers = browsers or Browsers(None, secrets_in_memory(), RateLimiter(None, None, log))
    may_be_asked = () if asked is None else asked.rulesets
    workbench = Workbench(
        live,
        browsers,
        guard,
        deciding,
        telemetry,
        log,
        decision_views,
        drafting=drafting,
        may_be_asked=may_be_asked,
    )
    views |= workbench.by_name()
    pages = (*CLINICAL, *(one for one in PAGES if one.name in views))
    clients = None if asked is None else ClientPages(live, browsers, asked, deciding, telemetry)
    if clients is not None:
        pages, views = (*pages, *CLIENT_PAGES), views | clients.by_name()
    app = PicoplanApp(log, telemetry, (*table, *pages), views, guard)
    workbench.join(app)
    if clients is not None:
        clients.join(app)
    if origins:
        allow_origins(app, origins)
    forwarding = None
    if drafting is not None:
        unshown = workbench.unshown_drafts
        forwarding = Forwarding(drafting, guard, browsers, telemetry, unshown, DraftBars(live), log)
    return Application(
        app,
        {one: direct[one.name] for one in (*table, *CLINICAL) if one.name in direct},
        guard,
        draining,
        origins=told_to(origins),
        canonicals=clinical.canonicals,
        threads=threads,
        forwarding=forwarding,
    )


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
