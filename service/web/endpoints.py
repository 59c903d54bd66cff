"""Every endpoint: its method and path, what it does, and who may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, Literal

from service.clinical.canonicals import FHIR_PATH
from service.model.caller import SCOPES, Caller, Scope

_SHOWN = {
    **dict.fromkeys(("ruleset_id", "decision_id", "questionnaire_id", "draft_id"), "id"),
    "job_id": "job",
    "rule_id": "rule",
    "file": "file",
    "name": "name",
    "what": "what",
    "question_id": "question",
    "option_id": "option",
}

Face = Literal["api", "page", "fhir", "hooks"]
"""Whom an endpoint is for. ``api``: programs, by the OpenAPI document. ``page``: people in a browser, who are
known by a cookie. ``fhir``: clinical systems, by the CapabilityStatement. ``hooks``: clients of CDS Hooks."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    ``name`` is its operation id, ``rule`` its path as Flask writes it. A key needs one of the ``scopes``;
    with none it is open to everybody. ``needs_log``: it is there only where there is a database, in which
    decisions are logged and drafts kept.
    ``house``: a key of a clinic may not ask, whatever its scopes. ``or_role``: a key by which somebody signs
    may ask, whatever its scopes. ``in_languages``: its answers are in the
    language that is asked for. ``held``: of a draft
    it is answered by the process that holds that. ``most_bytes``: so large may what a page sends there be,
    where that is more than others may; who asks is known before it is read. Those of the ``api`` alone stand
    in the OpenAPI document.
    """

    name: str
    method: str
    rule: str
    does: str
    scopes: frozenset[Scope] = frozenset()
    needs_log: bool = False
    house: bool = False
    in_languages: bool = False
    face: Face = "api"
    or_role: bool = False
    held: bool = False
    most_bytes: int | None = None

    @property
    def path(self) -> str:
        """The path as documents write it, such as ``/v1/rulesets/{id}``."""
        return re.sub(r"<(?:path:)?(\w+)>", lambda found: f"{{{_SHOWN[found[1]]}}}", self.rule)

    def is_for(self, caller: Caller) -> bool:
        """Whether the scopes of whoever asks, or his role, let him ask here."""
        signs = self.or_role and caller.role is not None
        return not self.scopes or signs or not self.scopes.isdisjoint(caller.scopes)


@dataclass(frozen=True, slots=True)
class Deprecated:
    """That an endpoint is to go: since when nobody should begin to use it, and from when on it may be gone.

    Raises:
        ValueError: fewer than twelve months lie between the two.
    """

    since: date
    sunset: date

    def __post_init__(self) -> None:
        if (self.sunset - self.since).days < 365:
            raise ValueError(f"nothing is taken away within twelve months of {self.since}")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What each of its answers says: ``Deprecation`` of RFC 9745 and ``Sunset`` of RFC 8594."""
        since, sunset = (datetime.combine(day, time(), UTC) for day in (self.since, self.sunset))
        return [
            ("Deprecation", f"@{int(since.timestamp())}"),
            ("Sunset", format_datetime(sunset, usegmt=True)),
        ]


DEPRECATED: dict[str, Deprecated] = {}
"""What is to go, by the endpoint's name. Nothing is now."""

_EVALUATE: frozenset[Scope] = frozenset(("evaluate",))
_READ: frozenset[Scope] = frozenset(("read",))
_OPERATE: frozenset[Scope] = frozenset(("operate",))
_ERASE: frozenset[Scope] = frozenset(("erase",))
_EDIT: frozenset[Scope] = frozenset(("edit",))
_PUBLISH: frozenset[Scope] = frozenset(("publish",))
_EITHER = _EVALUATE | _READ
_LOOK = _EITHER | _EDIT
_RULESET = "/v1/rulesets/<ruleset_id>"
_DECISION = "/v1/decisions/<decision_id>"
_DRAFT = "/v1/drafts/<draft_id>"
_FORM_BYTES = 4_000_000
"""So large may a form with the text of a file be."""
_DRAFT_FILE = f"{_DRAFT}/files/<path:name>"


def _each(scopes: frozenset[Scope], *rows: tuple[str, str, str, str], **same: Any) -> tuple[Endpoint, ...]:
    """Endpoints that have all else in common, each by its name, method, rule and what it does."""
    return tuple(Endpoint(*row, scopes, **same) for row in rows)


ENDPOINTS: tuple[Endpoint, ...] = (
    *_each(
        _EVALUATE,
        ("evaluate", "POST", "/v1/evaluate", "Evaluate one assessment."),
        (
            "evaluate_batch",
            "POST",
            "/v1/evaluate/batch",
            "Evaluate many assessments: a JSON array, or NDJSON of any length.",
        ),
        ("what_if", "POST", "/v1/what-if", "The smallest changes that would change the plan."),
        in_languages=True,
    ),
    *_each(
        _LOOK,
        ("try_assessment", "POST", "/v1/try", "What would be answered to one assessment."),
        ("plan_table", "POST", "/v1/table", "What would be answered to each combination of some answers."),
        in_languages=True,
        or_role=True,
    ),
    Endpoint("rulesets", "GET", "/v1/rulesets", "The rulesets that serve.", _LOOK, or_role=True),
    *_each(
        _LOOK,
        ("ruleset", "GET", _RULESET, "One ruleset: its factors, texts, rules and evidence."),
        ("assessment_schema", "GET", f"{_RULESET}/assessment-schema", "The JSON Schema of its assessments."),
        ("rule", "GET", f"{_RULESET}/rules/<rule_id>", "One of its rules, and the papers that it cites."),
        in_languages=True,
        or_role=True,
    ),
    Endpoint(
        "ruleset_history",
        "GET",
        f"{_RULESET}/history",
        "What was published of it, and when.",
        _LOOK,
        or_role=True,
    ),
    Endpoint(
        "drafts",
        "GET",
        "/v1/drafts",
        "The drafts of rulesets that are there for the key.",
        _EDIT,
        needs_log=True,
        or_role=True,
    ),
    Endpoint(
        "begin_draft",
        "POST",
        "/v1/drafts",
        "Begin a draft: from an edition, a zip, or of a new ruleset.",
        _EDIT,
        needs_log=True,
    ),
    Endpoint(
        "draft", "GET", _DRAFT, "One draft, and what files it has.", _EDIT, needs_log=True, or_role=True
    ),
    Endpoint("discard_draft", "DELETE", _DRAFT, "Discard a draft.", _EDIT, needs_log=True),
    Endpoint("draft_file", "GET", _DRAFT_FILE, "A file of a draft.", _EDIT, needs_log=True, or_role=True),
    *_each(
        _EDIT,
        ("save_draft_file", "PUT", _DRAFT_FILE, "Save a file of a draft."),
        ("delete_draft_file", "DELETE", _DRAFT_FILE, "Take a file out of a draft."),
        needs_log=True,
    ),
    *_each(
        _EDIT,
        ("draft_zip", "GET", f"{_DRAFT}/export.zip", "The draft's files, as a zip."),
        ("draft_patch", "GET", f"{_DRAFT}/export.patch", "What was edited, as git apply takes it."),
        needs_log=True,
        or_role=True,
    ),
    Endpoint(
        "rebase_draft", "POST", f"{_DRAFT}/rebase", "Bring what is live into a draft.", _EDIT, needs_log=True
    ),
    Endpoint(
        "sign_draft",
        "POST",
        f"{_DRAFT}/sign",
        "Sign a draft as it stands.",
        _PUBLISH,
        needs_log=True,
        or_role=True,
    ),
    Endpoint(
        "save_draft",
        "POST",
        f"{_DRAFT}/save",
        "Save a draft into the folder that is served.",
        _PUBLISH,
        needs_log=True,
    ),
    *_each(
        _READ,
        ("decision", "GET", _DECISION, "A logged decision."),
        ("verify", "POST", f"{_DECISION}/verify", "The decision made again: is it the same?"),
        ("find_decisions", "POST", "/v1/refs/find", "The decisions that were made with a ref."),
        needs_log=True,
    ),
    Endpoint(
        "erase_decisions",
        "POST",
        "/v1/refs/erase",
        "Erase the decisions that were made with a ref.",
        _ERASE,
        needs_log=True,
    ),
    Endpoint(
        "draft_problems",
        "GET",
        f"{_DRAFT}/problems",
        "What is wrong with a draft, its worked clients, and its guarantees.",
        _EDIT,
        needs_log=True,
        or_role=True,
    ),
    *_each(
        _EDIT,
        ("draft_evaluate", "POST", f"{_DRAFT}/evaluate", "What a draft would answer to one assessment."),
        (
            "draft_batch",
            "POST",
            f"{_DRAFT}/evaluate/batch",
            "What a draft would answer to each of an array of assessments.",
        ),
        (
            "draft_what_if",
            "POST",
            f"{_DRAFT}/what-if",
            "The smallest changes that would change the plan of a draft.",
        ),
        held=True,
        in_languages=True,
        needs_log=True,
        or_role=True,
    ),
    Endpoint(
        "draft_complete",
        "POST",
        f"{_DRAFT}/complete",
        "What may stand at a place of a draft's file.",
        _EDIT,
        held=True,
        most_bytes=_FORM_BYTES,
        needs_log=True,
    ),
    Endpoint(
        "mend_draft",
        "POST",
        f"{_DRAFT}/mend",
        "Make a mend that is offered for a problem of a draft.",
        _EDIT,
        needs_log=True,
    ),
    Endpoint(
        "draft_table",
        "POST",
        f"{_DRAFT}/table",
        "What a draft would answer to each combination of some answers.",
        _EDIT,
        held=True,
        in_languages=True,
        needs_log=True,
        or_role=True,
    ),
    *_each(
        _EDIT,
        ("draft_test", "GET", f"{_DRAFT}/test", "The worked clients of a draft, as expected or not."),
        ("draft_coverage", "GET", f"{_DRAFT}/coverage", "What no worked client of a draft has seen."),
        ("draft_diff", "POST", f"{_DRAFT}/diff", "What was edited in a draft, and whose answers change."),
        ("draft_replay", "POST", f"{_DRAFT}/replay", "What a draft would have changed for past clients."),
        ("draft_job", "GET", f"{_DRAFT}/jobs/<job_id>", "What takes long with a draft, and what came of it."),
        needs_log=True,
        or_role=True,
    ),
    *_each(
        frozenset(),
        ("health", "GET", "/healthz", "Whether the service runs."),
        ("ready", "GET", "/readyz", "Which rulesets serve, since when, and what keeps newer edits from it."),
    ),
    Endpoint(
        "metrics",
        "GET",
        "/metrics",
        "What Prometheus reads: counts and times of all workers.",
        _OPERATE,
        house=True,
    ),
    *_each(
        frozenset(),
        ("openapi", "GET", "/openapi.json", "What there is, as OpenAPI 3.1."),
        ("docs", "GET", "/docs", "The same for people, to read and to try out."),
        ("docs_file", "GET", "/docs/<file>", "The files of that page."),
        ("problem", "GET", "/problems/<name>", "What a type or a code of problems is, and its mend."),
        ("welcome", "GET", "/", "What there is."),
    ),
)
"""In the order in which documents list them."""

_ANY: frozenset[Scope] = frozenset(SCOPES)
_OF = "/workbench/<ruleset_id>/<of>"
_TRY = f"{_OF}/try"
_TABLE = f"{_OF}/table"
_RULES = f"{_OF}/rules"
_PUBLISHED = f"{_OF}/publish"
_HISTORY = "/workbench/<ruleset_id>/history"
_BUILD = "/workbench/<ruleset_id>/build"
_DISCARD = f"{_OF}/discard"
_SIDES = f"{_OF}/sides/<path:file>"
_REBASE = f"{_OF}/rebase"
_ZIP_BYTES = 9_000_000
_CLIENTS = f"{_OF}/clients"
_COMPARE = f"{_OF}/compare"
_EDITS = f"{_OF}/edit"
_ADD = f"{_OF}/add"


PAGES: tuple[Endpoint, ...] = (
    Endpoint("page_home", "GET", "/workbench", "The rulesets.", _ANY, face="page"),
    Endpoint("page_sign_in", "GET", "/workbench/sign-in", "Where to sign in.", face="page"),
    Endpoint(
        "page_signs_in",
        "POST",
        "/workbench/sign-in",
        "Sign in with a key.",
        face="page",
        most_bytes=_FORM_BYTES,  # what was typed before goes on from there
    ),
    Endpoint("page_sign_out", "POST", "/workbench/sign-out", "Sign out.", face="page"),
    *_each(
        _LOOK,
        ("page_try", "GET", _TRY, "A new client to try."),
        ("page_tries", "POST", _TRY, "A client's answers, as filled in."),
        ("page_tried", "GET", f"{_TRY}/<token>", "The answer to a client."),
        ("page_prints", "GET", f"{_TRY}/<token>/print", "For the client."),
        face="page",
        held=True,
        or_role=True,
    ),
    *_each(
        _EVALUATE,
        ("page_asks", "GET", f"{_TRY}/<token>/record", "Asks before it decides."),
        ("page_records", "POST", f"{_TRY}/<token>/record", "A real decision."),
        face="page",
    ),
    *_each(
        _LOOK,
        ("page_rules", "GET", _RULES, "The rules in words."),
        ("page_rule", "GET", f"{_RULES}/<rule_id>", "One rule."),
        ("page_table", "GET", _TABLE, "A table of answers."),
        ("page_tabulates", "POST", _TABLE, "The other answers, as filled in."),
        ("page_tabulated", "GET", f"{_TABLE}/<token>", "A table for a client."),
        ("page_csv", "GET", f"{_TABLE}/<token>/table.csv", "A table as CSV."),
        face="page",
        held=True,
        or_role=True,
    ),
    *_each(
        _EDIT,
        ("page_begins", "POST", "/workbench/<ruleset_id>/drafts", "Begins a draft."),
        ("page_build", "GET", _BUILD, "Asks for a name."),
        ("page_builds", "POST", _BUILD, "Begins a draft of a new ruleset."),
        face="page",
    ),
    Endpoint(
        "page_uploads",
        "POST",
        "/workbench/drafts",
        "Begins a draft with the files of a zip.",
        _EDIT,
        face="page",
        most_bytes=_ZIP_BYTES,
    ),
    *_each(
        _EDIT,
        ("page_discard", "GET", _DISCARD, "Asks before it discards."),
        ("page_discards", "POST", _DISCARD, "Discards a draft."),
        face="page",
    ),
    Endpoint("page_sides", "POST", _SIDES, "Both sides.", _EDIT, face="page", most_bytes=_FORM_BYTES),
    *_each(
        _EDIT,
        ("page_rebase", "GET", _REBASE, "What live has changed."),
        ("page_rebases", "POST", _REBASE, "Goes on from what is live."),
        face="page",
    ),
    Endpoint(
        "page_draft_state",
        "GET",
        f"{_OF}/state",
        "How far its check has come.",
        _LOOK,
        face="page",
        or_role=True,
    ),
    *_each(
        _LOOK,
        ("page_clients", "GET", _CLIENTS, "The worked clients."),
        ("page_client", "GET", f"{_CLIENTS}/<client>", "A worked client."),
        face="page",
        held=True,
        or_role=True,
    ),
    *_each(
        _EDIT,
        ("page_asks_accept", "GET", f"{_CLIENTS}/<client>/accept", "Asks before what he gets is expected."),
        ("page_accepts", "POST", f"{_CLIENTS}/<client>/accept", "What he gets, as expected from now on."),
        ("page_asks_delete", "GET", f"{_CLIENTS}/<client>/delete", "Asks before a worked client goes."),
        ("page_deletes", "POST", f"{_CLIENTS}/<client>/delete", "A worked client, deleted."),
        ("page_asks_change", "GET", f"{_CLIENTS}/<client>/change", "A worked client as a form."),
        ("page_changes", "POST", f"{_CLIENTS}/<client>/change", "A worked client, changed."),
        ("page_asks_copy", "GET", f"{_CLIENTS}/<client>/copy", "Asks for the name of a copy."),
        ("page_copies", "POST", f"{_CLIENTS}/<client>/copy", "A worked client, copied."),
        ("page_asks_keep", "GET", f"{_TRY}/<token>/keep", "Asks for the name of a client who was tried."),
        ("page_keeps", "POST", f"{_TRY}/<token>/keep", "A client who was tried, as a worked one."),
        ("page_makes", "POST", _CLIENTS, "A client who was found, as a worked one."),
        face="page",
        held=True,
    ),
    *_each(
        _EDIT,
        ("page_compare", "GET", _COMPARE, "A draft beside what is live."),
        ("page_compares", "POST", _COMPARE, "The client of both tables, as filled in."),
        ("page_compared", "GET", f"{_COMPARE}/<token>", "Both tables for a client."),
        face="page",
        held=True,
        or_role=True,
    ),
    Endpoint(
        "page_meaning", "GET", f"{_OF}/meaning", "Whose answers change.", _EDIT, face="page", or_role=True
    ),
    Endpoint("page_replay", "GET", f"{_OF}/past-clients", "Past decisions, again.", _READ, face="page"),
    Endpoint(
        "page_never_tried",
        "GET",
        f"{_OF}/never-tried",
        "Clients to be made.",
        _EDIT,
        face="page",
        or_role=True,
    ),
    Endpoint("page_edit_begins", "GET", _EDITS, "The files of a draft.", _EDIT, face="page", or_role=True),
    Endpoint("page_adds_file", "POST", _EDITS, "Another file.", _EDIT, face="page"),
    Endpoint(
        "page_edit", "GET", f"{_EDITS}/<path:file>", "A file of a draft.", _EDIT, face="page", or_role=True
    ),
    Endpoint(
        "page_edits",
        "POST",
        f"{_EDITS}/<path:file>",
        "A file, as typed.",
        _EDIT,
        face="page",
        most_bytes=_FORM_BYTES,
    ),
    Endpoint(
        "page_completes",
        "POST",
        f"{_OF}/complete",
        "What may stand in a file.",
        _EDIT,
        face="page",
        held=True,
        most_bytes=_FORM_BYTES,
    ),
    *_each(
        _EDIT,
        ("page_add", "GET", _ADD, "What can be added to a draft."),
        ("page_add_rule", "GET", f"{_ADD}/rule", "A new rule."),
        ("page_adds_rule", "POST", f"{_ADD}/rule", "A rule, as filled in."),
        ("page_added_rule", "GET", f"{_ADD}/rule/<rule_id>", "An added rule."),
        ("page_add_option", "GET", f"{_ADD}/<what>", "A laser or concern."),
        ("page_adds_option", "POST", f"{_ADD}/<what>", "The same, as filled in."),
        ("page_added_option", "GET", f"{_ADD}/<what>/<question_id>/<option_id>", "What follows of it."),
        face="page",
        held=True,
    ),
    *_each(
        _EDIT,
        ("page_history", "GET", _HISTORY, "What served of a ruleset."),
        ("page_past", "GET", f"{_HISTORY}/<digest>", "What it would change."),
        face="page",
        or_role=True,
    ),
    Endpoint("page_goes_back", "POST", f"{_HISTORY}/<digest>", "Go back to it.", _PUBLISH, face="page"),
    *_each(
        _EDIT,
        ("page_publish", "GET", _PUBLISHED, "Before it goes live."),
        ("page_takes_out", "GET", f"{_PUBLISHED}/<file>", "It as a file."),
        ("page_changes_read", "POST", f"{_PUBLISHED}/read", "Read it is."),
        face="page",
        or_role=True,
    ),
    Endpoint("page_signs", "POST", f"{_PUBLISHED}/sign", "Sign it.", _PUBLISH, face="page", or_role=True),
    Endpoint("page_saves", "POST", f"{_PUBLISHED}/save", "Save it into the folder.", _PUBLISH, face="page"),
    *_each(
        _READ,
        ("page_decisions", "GET", "/workbench/decisions", "Where to look a decision up."),
        ("page_decision", "GET", "/workbench/decisions/<decision_id>", "A decision."),
        face="page",
    ),
    Endpoint("page_file", "GET", "/workbench/static/<file>", "The files that pages load.", face="page"),
)
"""The pages of the workbench."""

_PAGE = {one.name: one for one in PAGES}


def may_open(caller: Caller, page: str) -> bool:
    """Whether a page of that name is for a visitor: no link leads to one that is not."""
    return _PAGE[page].is_for(caller)


DRAFTS = "/v1/drafts"
"""The path at which drafts are, and below it."""

HOOKS_PATH = "/cds-services"
"""The path at which CDS Hooks are, and below it."""

_QUESTIONNAIRE = f"{FHIR_PATH}/Questionnaire"

CLINICAL: tuple[Endpoint, ...] = (
    *_each(
        frozenset(),
        ("fhir_metadata", "GET", f"{FHIR_PATH}/metadata", "What there is, as FHIR R4."),
        (
            "fhir_operation",
            "GET",
            f"{FHIR_PATH}/OperationDefinition/evaluate",
            "The operation that gives a plan.",
        ),
        face="fhir",
    ),
    *_each(
        _EITHER,
        ("fhir_search", "GET", _QUESTIONNAIRE, "Questionnaires, by url."),
        ("fhir_questionnaire", "GET", f"{_QUESTIONNAIRE}/<questionnaire_id>", "The questions of a ruleset."),
        face="fhir",
    ),
    Endpoint("hooks", "GET", HOOKS_PATH, "The services of CDS Hooks 2.0.", _EVALUATE, face="hooks"),
    Endpoint(
        "hook",
        "POST",
        f"{HOOKS_PATH}/<ruleset_id>",
        "The card of a client's newest answers.",
        _EVALUATE,
        face="hooks",
        in_languages=True,
    ),
    Endpoint(
        "hook_feedback",
        "POST",
        f"{HOOKS_PATH}/<ruleset_id>/feedback",
        "What became of cards.",
        _EVALUATE,
        face="hooks",
    ),
    Endpoint(
        "fhir_evaluate",
        "POST",
        f"{FHIR_PATH}/QuestionnaireResponse/$evaluate",
        "The plan for a client's answers.",
        _EVALUATE,
        face="fhir",
        in_languages=True,
    ),
)
"""What clinical systems ask, each by the standard that says how."""


def face_of(path: str) -> Face:
    """Whom the endpoints at a path are for, or would be."""
    if path.startswith("/fhir/"):
        return "fhir"
    return "hooks" if path == HOOKS_PATH or path.startswith(f"{HOOKS_PATH}/") else "api"


WORKBENCH = "/workbench"
"""The path below which the pages are."""

ASK = "/ask"
"""The path below which clients ask for themselves."""

_ASK = f"{ASK}/<ruleset_id>"

CLIENT_PAGES: tuple[Endpoint, ...] = (
    Endpoint("ask_start", "GET", _ASK, "The client page, before the first question."),
    Endpoint("ask_begins", "POST", _ASK, "The first question."),
    Endpoint("ask_page", "GET", f"{_ASK}/<token>", "A question, the answers so far, or what comes of them."),
    Endpoint("ask_answers", "POST", f"{_ASK}/<token>", "An answer, as it was given."),
    Endpoint("ask_style", "GET", f"{ASK}/ask.css", "How the pages look."),
    Endpoint("ask_script", "GET", f"{ASK}/print.js", "The button that prints."),
    Endpoint("ask_icon", "GET", f"{ASK}/icon.svg", "The icon of the pages."),
)
"""The client page, where the service is told to have one. No id of a ruleset looks like one of its files."""

_NAMES = {(one.method, one.rule): one.name for one in (*ENDPOINTS, *CLINICAL)}


def deprecation(method: str, route: str | None) -> list[tuple[str, str]]:
    """What answers to a method of a route say of its end."""
    name = _NAMES.get(("GET" if method == "HEAD" else method, route or "")) if DEPRECATED else None
    going = DEPRECATED.get(name or "")
    return [] if going is None else going.headers


IN_LANGUAGES = frozenset(one.rule for one in (*ENDPOINTS, *CLINICAL) if one.in_languages)
"""The routes whose answers are in the language that is asked for."""


def endpoints(*, logged: bool) -> tuple[Endpoint, ...]:
    """Those that are there; ``logged``: decisions are logged, and can be asked for."""
    return tuple(one for one in ENDPOINTS if logged or not one.needs_log)
