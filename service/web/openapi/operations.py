"""What the OpenAPI document says of each endpoint, by its name in the table of endpoints, and its examples.

The service makes the examples itself, from the rulesets that serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
from marshmallow import Schema

from schemas.answer import AnswerSchema
from schemas.drafts import (
    DRAFT_ID,
    BeginDraftRequest,
    CompleteRequest,
    CompletionSchema,
    DraftJobSchema,
    DraftReportSchema,
    DraftSchema,
    DraftsSchema,
    HistorySchema,
    MendRequest,
    RebaseRequest,
    SavedDraftSchema,
    SavedFileSchema,
    SaveRequest,
    SignRequest,
)
from schemas.language_tags import FORM, LONGEST_TAG
from schemas.request import EraseRequest, FindRequest
from schemas.responses import (
    DecisionSchema,
    DecisionsFoundSchema,
    ErasedSchema,
    HealthSchema,
    ProblemKindSchema,
    ReadinessSchema,
    RuleSchema,
    RulesetListSchema,
    RulesetSchema,
    TableSchema,
    TriedSchema,
    VerificationSchema,
    WelcomeSchema,
    WhatIfSchema,
)
from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset, DoubleEntryError
from service.model.decision import Decision
from service.model.draft import Draft, DraftState
from service.model.exact_json import write_json
from service.model.ruleset import Ruleset
from service.serving.choosing import Ready
from service.serving.describing import history_document, rule_document, ruleset_line
from service.serving.refused import mistaken
from service.serving.sampling import DECISION_ID, sample_answer, sample_assessment
from service.serving.verifying import Verified
from service.serving.what_if import what_if_document
from service.store.decisions.logged import document, logged
from service.store.editions import Published
from service.web.batch import MOST_ITEMS
from service.web.body import HEADER, PATTERN
from service.web.drafts import PATCH, YAML, ZIP, draft_document
from service.web.ndjson import NDJSON
from service.web.openapi.components import reference
from service.web.problems import problem_data, refused_data

DRAFT_EXAMPLE = "d-a2b3c4d5e6f7"

INSTANCE = "urn:uuid:01920000-0000-7000-8000-000000000000"
"""The id of a request that is an example."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples by endpoint, and what stands for something in a path.

    ``bodies`` are those of evaluate requests, by ruleset, and ``tables`` those of tables; ``answers`` are by
    endpoint.
    """

    bodies: dict[str, Json] = field(default_factory=dict)
    tables: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    in_paths: dict[str, str] = field(default_factory=dict)
    mistakes: Json | None = None

    def bodies_of(self, name: str) -> dict[str, Json]:
        """Those of the body of that name, by ruleset."""
        return self.tables if name == TABLE_BODY else self.bodies

    def problem(self, status: int) -> Json:
        """A problem of that status."""
        if status == 422 and self.mistakes is not None:
            return self.mistakes
        return problem_data(status, INSTANCE)


def examples_of(rulesets: Sequence[CompiledRuleset], welcome: Json) -> Examples:
    """Examples from these rulesets, the same for the same digests."""
    made = Examples(in_paths={"{decision}": DECISION_ID, "{draft}": DRAFT_EXAMPLE})
    made.answers["health"] = {"status": "ok"}
    made.answers["welcome"] = welcome
    made.answers["rulesets"] = {"rulesets": [ruleset_line(one.ruleset) for one in rulesets]}
    made.answers["ready"] = {
        "status": "ready",
        "decision_log": "written",
        "first_checks": None,
        "rulesets": [_standing(one) for one in rulesets],
    }
    made.answers["drafts"] = {"drafts": []}
    made.answers["verify"] = Verified(DECISION_ID, same=True).as_json()
    for compiled in rulesets:
        try:
            sample = sample_assessment(compiled)
            if sample is not None:
                made.bodies[compiled.ruleset.id] = {"ruleset": compiled.ruleset.id, "assessment": sample}
                made.tables.update(_table_body(compiled.ruleset, sample))
        except (DoubleEntryError, EngineFault):
            continue  # whoever asks it is told; the document does without
    for compiled in rulesets:
        if compiled.ruleset.id in made.bodies:
            return _with_answers(made, compiled)
    return made


def _with_answers(made: Examples, compiled: CompiledRuleset) -> Examples:
    """The examples with those that one ruleset gives."""
    ruleset = compiled.ruleset
    made.in_paths.update({"{ruleset}": ruleset.id, "{rule}": ruleset.rules[0].id})
    made.answers["rule"] = rule_document(ruleset, ruleset.rules[0])
    made.answers.update(_drafts(ruleset))
    assessment = made.bodies[ruleset.id]["assessment"]
    answer = sample_answer(Ready(compiled), assessment)
    made.answers["evaluate"] = answer
    made.answers["try_assessment"] = {**answer, "decision_id": None}
    made.answers["decision"] = _decision(assessment, answer, compiled.ruleset.language_version)
    day = date.fromisoformat(answer["as_of"])
    now = compiled.decide(assessment, day.month)
    if isinstance(now, Decision):
        made.answers["what_if"] = what_if_document(compiled, assessment, now, day)
    decided = compiled.decide({"no-such-question": True}, day.month)
    mistakes = refused_data(mistaken(decided), INSTANCE) if isinstance(decided, tuple) else None
    return replace(made, mistakes=mistakes)


def _drafts(ruleset: Ruleset) -> dict[str, Any]:
    """A draft of a ruleset, and what was published of that, as they are told."""
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    text = f"id: {ruleset.id}\n".encode()
    draft = Draft(DRAFT_EXAMPLE, ruleset.id, None, ruleset.digest, at, at, None, 2)
    state = DraftState(draft, 2, {"ruleset.yaml": text + b"version: 1.1.0\n"}, {"ruleset.yaml": text})
    newest = Published(ruleset.id, ruleset.version, ruleset.digest, at.date(), at, 1, title=ruleset.title)
    told = orjson.loads(draft_document(state, {ruleset.id: newest}))
    saved = {"name": "ruleset.yaml", "etag": told["files"][0]["etag"], "state": 2}
    line = {name: told[name] for name in told if name not in ("files", "removed", "signed")}
    in_folder = {
        "ruleset": told["ruleset"],
        "version": newest.version,
        "digest": newest.digest,
        "folder": f"rulesets/{told['ruleset']}",
        "kept": None,
        "is_new": True,
    }
    return {
        **dict.fromkeys(("draft", "begin_draft", "rebase_draft", "sign_draft"), told),
        "save_draft": in_folder,
        "drafts": {"drafts": [line]},
        "save_draft_file": saved,
        "ruleset_history": history_document([newest], at.date()),
    }


def _table_body(ruleset: Ruleset, sample: Json) -> dict[str, Json]:
    """The body of a table of the first two choices that the sample makes, by ruleset; none: it makes one."""
    choices = [name for name in sample if ruleset.inputs[name].domain.shape == "choice"]
    if len(choices) < 2:
        return {}
    rows, column = choices[:2]
    others = {name: answer for name, answer in sample.items() if name not in (rows, column)}
    body = {"ruleset": ruleset.id, "rows": rows, "columns": [column], "assessment": others}
    return {ruleset.id: body}


def _decision(assessment: Json, answer: Json, language_version: int) -> Json:
    made = logged(assessment, answer, write_json(answer), language_version=language_version)
    return dict(orjson.loads(document(made)))


def _standing(compiled: CompiledRuleset) -> Json:
    ruleset = compiled.ruleset
    return {
        "id": ruleset.id,
        "version": ruleset.version,
        "digest": ruleset.digest,
        "since": "2026-12-01T09:00:00Z",
        "state": "current",
        "stale_since": None,
        "checking_since": None,
        "problems": [],
    }


Json = dict[str, Any]

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ResponseDoc:
    """A success, or another answer that is no problem.

    ``content`` has what each media type holds: a Marshmallow schema, or JSON Schema. ``headers`` are names
    of ``service/web/openapi/document.py``, beside those that every answer has. ``links`` are OpenAPI's.
    """

    says: str
    content: Mapping[str, type[Schema] | Json] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    links: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is said of one endpoint.

    ``problems`` are the statuses of problems beside those that any request may get. ``body`` has the schema
    of each media type that is taken; a name such as ``EvaluateRequest`` is for one that depends on rulesets.
    """

    tag: str
    answers: Mapping[int, ResponseDoc]
    says: str = ""
    problems: tuple[int, ...] = ()
    parameters: tuple[Json, ...] = ()
    body: Mapping[str, type[Schema] | Json | str] = field(default_factory=dict)


SCHEMA_JSON = "application/schema+json"

READS_A_BODY = (404, 408, 409, 413, 415, 422, 503)
EVALUATE_BODY = "EvaluateRequest"
TABLE_BODY = "TableRequest"
WHAT_IF_BODY = "WhatIfRequest"
"""The names of the schemas of bodies that depend on the rulesets that serve."""

_STALE = "Picoplan-Ruleset-State"
_VARY = "Vary"


def _path(name: str, says: str, example: str, **told: object) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": {"type": "string", **told},
        "example": example,
    }


_RULESET_ID = _path("id", "The ruleset's id.", "{ruleset}", pattern="^[a-z0-9_-]+$")
_RULE_ID = _path("rule", "The rule's id.", "{rule}", pattern="^[a-z0-9_-]+$")
_DECISION_ID = _path("id", "The `decision_id` of an answer.", "{decision}", format="uuid")
_DRAFT_ID = _path("id", "The draft's id.", "{draft}", pattern=DRAFT_ID)
_DRAFT_FILE = _path("name", "The name of a file, its slash as %2F or as it is.", "ruleset.yaml")
_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the file as you have read it: another meanwhile is a 412 with three sides.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`*`: there is no such file yet.",
    "schema": {"type": "string", "enum": ["*"]},
}
_RETRY = {
    "name": HEADER,
    "in": "header",
    "description": "A new UUID for each request. Sent again with the same body it gets the same bytes, and "
    "no second decision is made.",
    "schema": {"type": "string", "pattern": PATTERN, "maxLength": 255},
}


_LANGUAGE: Json = {
    "name": "language",
    "in": "query",
    "description": "The language (BCP 47) of the texts; without it the one that Accept-Language asks for, or "
    "else the ruleset's own.",
    "schema": {"type": "string", "pattern": FORM, "maxLength": LONGEST_TAG},
    "example": "es",
}
_ACCEPT_LANGUAGE: Json = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The languages of the texts, where nothing else names one.",
    "schema": {"type": "string"},
    "example": "es-MX, es;q=0.9, en;q=0.5",
}


def _tagged(
    says: str, content: type[Schema] | Json, media: str = JSON, *headers: str
) -> dict[int, ResponseDoc]:
    """A document with an ETag, and that it has not changed."""
    return {
        200: ResponseDoc(says, {media: content}, ("ETag", *headers)),
        304: ResponseDoc("It has not changed: its ETag was sent as If-None-Match.", {}, ("ETag", *headers)),
    }


def _about_a_ruleset(
    says: str, content: type[RulesetSchema] | Json, media: str = JSON
) -> dict[int, ResponseDoc]:
    return _tagged(says, content, media, _VARY, _STALE)


_BYTES: Json = {"type": "string", "format": "binary"}
_WAITS: tuple[Json, ...] = (
    {
        "name": "wait",
        "in": "query",
        "description": "So many seconds the answer may wait.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 30, "default": 0},
    },
    {
        "name": "after",
        "in": "query",
        "description": "It waits until the check is further than that.",
        "schema": {"type": "string", "enum": ["checking", "checked"], "default": "checking"},
    },
)
_ASKS_A_DRAFT = (404, 408, 413, 415, 422, 503)
_BEGINS_A_JOB = (404, 422, 429, 503)
_OF_A_DRAFT = "Of the newest state that is good; where none is, 422 has the errors. "
_JOB = {
    200: ResponseDoc("What came of it.", {JSON: DraftJobSchema}),
    202: ResponseDoc(
        "It goes on: ask again at the address of Location.",
        {JSON: DraftJobSchema},
        ("Location", "Retry-After"),
    ),
}
_ANY_BODY: Json = {"description": "A body of the evaluate endpoint; anything else gets a problem."}
_ANYTHING: Json = {"description": "Anything else gets a problem."}
_ONE_OF_A_BATCH: Json = {"anyOf": [reference("Answer"), reference("BatchProblem")]}
OPERATIONS: dict[str, Operation] = {
    "evaluate": Operation(
        "Decisions",
        {
            200: ResponseDoc(
                "The plan, and why. It is logged before it is given.",
                {JSON: AnswerSchema},
                (_VARY, _STALE, "Picoplan-Logged", "Idempotency-Replayed"),
                {
                    "decision": {
                        "operationId": "decision",
                        "parameters": {"id": "$response.body#/decision_id"},
                    },
                    "verify": {"operationId": "verify", "parameters": {"id": "$response.body#/decision_id"}},
                },
            )
        },
        "Send the answers of one client. `null` is the same as not given; a member that is not a question, "
        "and an answer to a question that does not apply, are refused.",
        READS_A_BODY,
        (_RETRY, _ACCEPT_LANGUAGE),
        {JSON: EVALUATE_BODY},
    ),
    "evaluate_batch": Operation(
        "Decisions",
        {
            200: ResponseDoc(
                "The answers in the same order; for one that was not done a problem, with its number.",
                {JSON: {"type": "array", "items": _ONE_OF_A_BATCH}, NDJSON: {"type": "string"}},
                (_VARY, "Picoplan-Logged"),
            )
        },
        f"Send at most {MOST_ITEMS:,} bodies of the evaluate endpoint: as an array, or one on each "
        "line. One that has mistakes does not spoil the others.",
        (408, 413, 415, 422, 503),
        (_RETRY, _ACCEPT_LANGUAGE),
        {
            JSON: {
                "type": "array",
                "maxItems": MOST_ITEMS,
                "items": {"anyOf": [reference(EVALUATE_BODY), _ANYTHING]},
            },
            NDJSON: {"type": "string"},
        },
    ),
    "try_assessment": Operation(
        "Decisions",
        {200: ResponseDoc("What would be answered.", {JSON: TriedSchema}, (_VARY, _STALE))},
        "Takes the body of the evaluate endpoint, and gives its answer without a `decision_id`: nothing is "
        "decided, and nothing is logged.",
        (404, 408, 413, 415, 422, 503),
        (_ACCEPT_LANGUAGE,),
        {JSON: EVALUATE_BODY},
    ),
    "plan_table": Operation(
        "Decisions",
        {200: ResponseDoc("What would be answered, side by side.", {JSON: TableSchema}, (_VARY, _STALE))},
        "The options of one question are the rows, those of one or two others the columns. `assessment` has "
        "the other answers: in each cell those that apply there count. Nothing is decided or logged.",
        (404, 408, 413, 415, 422, 503),
        (_ACCEPT_LANGUAGE,),
        {JSON: TABLE_BODY},
    ),
    "what_if": Operation(
        "Decisions",
        {200: ResponseDoc("What other answers would come to.", {JSON: WhatIfSchema}, (_VARY, _STALE))},
        "Which other answers to questions that a person can choose would change the verdict or the "
        "sessions, and what would make one session enough? Each change is decided; nothing is logged.",
        (404, 408, 413, 415, 422, 503),
        (_ACCEPT_LANGUAGE,),
        {JSON: WHAT_IF_BODY},
    ),
    "rulesets": Operation("Rulesets", _tagged("The rulesets that serve.", RulesetListSchema)),
    "ruleset": Operation(
        "Rulesets",
        _about_a_ruleset("The ruleset.", RulesetSchema),
        "",
        (404, 422, 503),
        (_RULESET_ID, _LANGUAGE, _ACCEPT_LANGUAGE),
    ),
    "assessment_schema": Operation(
        "Rulesets",
        _about_a_ruleset(
            "The JSON Schema (2020-12) of its assessments, to make a form from.",
            {"type": "object"},
            SCHEMA_JSON,
        ),
        "What JSON Schema has no word for stands under `x-picoplan`. Ask the questions in the order in which "
        "they stand.",
        (404, 422, 503),
        (_RULESET_ID, _LANGUAGE, _ACCEPT_LANGUAGE),
    ),
    "rule": Operation(
        "Rulesets",
        _tagged("The rule.", RuleSchema, JSON, _VARY),
        "",
        (404, 422, 503),
        (_RULESET_ID, _RULE_ID, _LANGUAGE, _ACCEPT_LANGUAGE),
    ),
    "ruleset_history": Operation(
        "Rulesets",
        _tagged("What was published.", HistorySchema),
        "An edition serves until the next one above it takes over.",
        (404, 503),
        (_RULESET_ID,),
    ),
    "drafts": Operation(
        "Drafts",
        {200: ResponseDoc("The drafts.", {JSON: DraftsSchema})},
        "Those of the key's clinic; of the house all of them.",
        (503,),
    ),
    "begin_draft": Operation(
        "Drafts",
        {201: ResponseDoc("The draft.", {JSON: DraftSchema}, ("Location",))},
        "A draft holds the files of one ruleset. Nothing of it is live until it is published. Send a zip of "
        "a ruleset's folder to begin with its files: it is for the ruleset that the query names, or else for "
        "the one whose id its folder bears. Rulesets that come with picoplan can only be built upon.",
        (404, 408, 413, 415, 422, 503),
        (
            {
                "name": "ruleset",
                "in": "query",
                "description": "The id of the ruleset, for a zip.",
                "schema": {"type": "string", "pattern": "^[a-z0-9_-]+$"},
            },
        ),
        {JSON: BeginDraftRequest, ZIP: _BYTES},
    ),
    "draft": Operation(
        "Drafts", {200: ResponseDoc("The draft.", {JSON: DraftSchema})}, "", (404, 503), (_DRAFT_ID,)
    ),
    "discard_draft": Operation(
        "Drafts", {204: ResponseDoc("It is discarded.")}, "For good.", (404, 503), (_DRAFT_ID,)
    ),
    "draft_file": Operation(
        "Drafts",
        _tagged("The file.", {"type": "string"}, YAML),
        "",
        (404, 503),
        (_DRAFT_ID, _DRAFT_FILE),
    ),
    "save_draft_file": Operation(
        "Drafts",
        {
            200: ResponseDoc("It is saved.", {JSON: SavedFileSchema}, ("ETag",)),
            201: ResponseDoc("It is saved, and is new.", {JSON: SavedFileSchema}, ("ETag",)),
        },
        "Each save is a state of the draft; whoever has signed the one before has not signed it. What was "
        "changed meanwhile is not overwritten: `sides` of the problem has the three texts.",
        (404, 408, 412, 413, 415, 422, 428, 503),
        (_DRAFT_ID, _DRAFT_FILE, _IF_MATCH, _IF_NONE_MATCH),
        {YAML: {"type": "string"}},
    ),
    "delete_draft_file": Operation(
        "Drafts",
        {204: ResponseDoc("The draft has it no more.")},
        "",
        (404, 412, 422, 428, 503),
        (_DRAFT_ID, _DRAFT_FILE, _IF_MATCH),
    ),
    "draft_zip": Operation(
        "Drafts",
        {200: ResponseDoc("A zip of the ruleset's folder.", {ZIP: _BYTES}, ("Content-Disposition",))},
        "",
        (404, 503),
        (_DRAFT_ID,),
    ),
    "draft_patch": Operation(
        "Drafts",
        {200: ResponseDoc("The patch.", {PATCH: {"type": "string"}}, ("Content-Disposition",))},
        "It is applied in the folder of rulesets. Where nothing was edited it is empty.",
        (404, 503),
        (_DRAFT_ID,),
    ),
    "rebase_draft": Operation(
        "Drafts",
        {200: ResponseDoc("The draft as it goes on.", {JSON: DraftSchema})},
        "For when live has moved. What one side alone has changed comes by itself, part by part. Where both "
        "have, nothing is changed and `sides` of the problem has the three texts of each such file: choose, "
        "and send the texts in `files`, with the `state` and the `digest` that you chose for.",
        (404, 408, 412, 413, 415, 422, 503),
        (_DRAFT_ID,),
        {JSON: RebaseRequest},
    ),
    "sign_draft": Operation(
        "Drafts",
        {200: ResponseDoc("The draft, with the signature.", {JSON: DraftSchema})},
        "A key signs as its role alone. The signature is of this very state: any edit undoes it. It goes "
        "into `sign-off.yaml` when the draft is saved to the folder.",
        (404, 408, 412, 413, 415, 422, 503),
        (_DRAFT_ID,),
        {JSON: SignRequest},
    ),
    "save_draft": Operation(
        "Drafts",
        {200: ResponseDoc("It is in the folder.", {JSON: SavedDraftSchema})},
        "For a service that was started with `--allow-edits`. The folder is replaced whole, in one step, if "
        "it holds what the draft was begun from: else a 412. Once it is checked it is live: see `/readyz`.",
        (404, 408, 412, 413, 415, 422, 503),
        (_DRAFT_ID,),
        {JSON: SaveRequest},
    ),
    "decision": Operation(
        "Decisions",
        {200: ResponseDoc("The decision.", {JSON: DecisionSchema})},
        "",
        (404, 503),
        (_DECISION_ID,),
    ),
    "verify": Operation(
        "Decisions",
        {200: ResponseDoc("What came of it.", {JSON: VerificationSchema})},
        "It is made again under the edition of the ruleset that it was made with. Nothing is logged.",
        (404, 503),
        (_DECISION_ID,),
    ),
    "find_decisions": Operation(
        "Decisions",
        {200: ResponseDoc("What there is.", {JSON: DecisionsFoundSchema})},
        "The `ref` stands in the body, so that no address and no log has it. Decisions for clients are "
        "found; tests and self-checks where `kinds` asks for them.",
        (408, 413, 415, 422, 503),
        (),
        {JSON: FindRequest},
    ),
    "erase_decisions": Operation(
        "Decisions",
        {200: ResponseDoc("They are erased.", {JSON: ErasedSchema})},
        "For good, and of every kind: what a client is entitled to who wants to be forgotten. They can't be "
        "shown, verified or replayed any more. One that there was none of is no mistake.",
        (408, 413, 415, 422, 503),
        (),
        {JSON: EraseRequest},
    ),
    "draft_problems": Operation(
        "Drafts",
        {
            200: ResponseDoc(
                "How far the newest state is checked, and what was found.", {JSON: DraftReportSchema}
            )
        },
        "Problems and worked clients come first, proofs after. With `wait` the answer waits until the check "
        "is further than `after`.",
        (404, 422, 503),
        (_DRAFT_ID, *_WAITS),
    ),
    "draft_evaluate": Operation(
        "Drafts",
        {200: ResponseDoc("What would be answered.", {JSON: TriedSchema}, (_VARY,))},
        _OF_A_DRAFT + "Takes the body of the evaluate endpoint; `ruleset` may be left out.",
        _ASKS_A_DRAFT,
        (_DRAFT_ID, _ACCEPT_LANGUAGE),
        {JSON: {"type": "object"}},
    ),
    "draft_batch": Operation(
        "Drafts",
        {
            200: ResponseDoc(
                "The answers in the same order; for one that was not done a problem, with its number.",
                {
                    JSON: {
                        "type": "array",
                        "items": {"anyOf": [reference("Tried"), reference("BatchProblem")]},
                    }
                },
                (_VARY,),
            )
        },
        _OF_A_DRAFT + f"Send at most {MOST_ITEMS:,} bodies of the evaluate endpoint, as an array.",
        _ASKS_A_DRAFT,
        (_DRAFT_ID, _ACCEPT_LANGUAGE),
        {JSON: {"type": "array", "maxItems": MOST_ITEMS, "items": _ANY_BODY}},
    ),
    "draft_what_if": Operation(
        "Drafts",
        {200: ResponseDoc("What other answers would come to.", {JSON: WhatIfSchema}, (_VARY,))},
        _OF_A_DRAFT + "Takes the body of the what-if endpoint.",
        _ASKS_A_DRAFT,
        (_DRAFT_ID, _ACCEPT_LANGUAGE),
        {JSON: {"type": "object"}},
    ),
    "draft_complete": Operation(
        "Drafts",
        {200: ResponseDoc("What may stand there, and what is said about it.", {JSON: CompletionSchema})},
        "For editors. " + _OF_A_DRAFT,
        _ASKS_A_DRAFT,
        (_DRAFT_ID,),
        {JSON: CompleteRequest},
    ),
    "mend_draft": Operation(
        "Drafts",
        {200: ResponseDoc("The draft with the mend made.", {JSON: DraftSchema})},
        "Makes one of the mends that the problems of its newest state have, and no other.",
        (404, 408, 412, 413, 415, 422, 503),
        (_DRAFT_ID,),
        {JSON: MendRequest},
    ),
    "draft_table": Operation(
        "Drafts",
        {200: ResponseDoc("What would be answered, side by side.", {JSON: TableSchema}, (_VARY,))},
        _OF_A_DRAFT + "Takes the body of the table endpoint.",
        _ASKS_A_DRAFT,
        (_DRAFT_ID, _ACCEPT_LANGUAGE),
        {JSON: {"type": "object"}},
    ),
    "draft_test": Operation("Drafts", _JOB, _OF_A_DRAFT, _BEGINS_A_JOB, (_DRAFT_ID,)),
    "draft_coverage": Operation(
        "Drafts",
        _JOB,
        _OF_A_DRAFT + "For what is missing ready clients are suggested.",
        _BEGINS_A_JOB,
        (_DRAFT_ID,),
    ),
    "draft_diff": Operation(
        "Drafts",
        _JOB,
        _OF_A_DRAFT + "It is compared with the newest edition; the result is as of `picoplan diff --json`.",
        _BEGINS_A_JOB,
        (_DRAFT_ID,),
    ),
    "draft_replay": Operation(
        "Drafts",
        _JOB,
        _OF_A_DRAFT
        + "The newest 1,000 decisions that the key may read, which needs the scope `read`, too; the "
        "result is as of `picoplan replay --json`.",
        _BEGINS_A_JOB,
        (_DRAFT_ID,),
    ),
    "draft_job": Operation(
        "Drafts",
        _JOB,
        "A newer save ends what goes on; ask for it anew then.",
        (404, 503),
        (_DRAFT_ID, _path("job", "The id of what was begun.", "0123456789abcdef")),
    ),
    "health": Operation("Service", {200: ResponseDoc("It runs.", {JSON: HealthSchema})}),
    "ready": Operation(
        "Service",
        {
            200: ResponseDoc("A good version of every ruleset serves.", {JSON: ReadinessSchema}),
            503: ResponseDoc(
                "A ruleset has no good version; the others serve.", {JSON: ReadinessSchema}, ("Retry-After",)
            ),
        },
    ),
    "metrics": Operation(
        "Service",
        {200: ResponseDoc("Metrics as Prometheus reads them.", {"text/plain": {"type": "string"}})},
    ),
    "problem": Operation(
        "Service",
        {
            200: ResponseDoc(
                "What it is.",
                {JSON: ProblemKindSchema, "text/html": {"type": "string"}},
                ("ETag", _VARY, "Content-Security-Policy"),
            ),
            304: ResponseDoc("It has not changed.", {}, ("ETag", _VARY, "Content-Security-Policy")),
        },
        "A page where a browser asks for one, else JSON.",
        (404,),
        (_path("name", "A `type` of a problem without what stands before it, or a `code`.", "not-found"),),
    ),
    "welcome": Operation("Service", {200: ResponseDoc("What there is.", {JSON: WelcomeSchema})}),
    "openapi": Operation(
        "Service",
        _tagged("This document, as OpenAPI 3.1.", {"type": "object"}, JSON, _VARY),
        "It has the questions of the rulesets that serve, and changes with them.",
    ),
    "docs": Operation(
        "Service",
        {
            200: ResponseDoc(
                "The page.", {"text/html": {"type": "string"}}, ("ETag", "Content-Security-Policy")
            ),
            304: ResponseDoc("It has not changed.", {}, ("ETag", "Content-Security-Policy")),
        },
    ),
    "docs_file": Operation(
        "Service",
        {
            200: ResponseDoc(
                "The file.",
                {media: {"type": "string"} for media in ("text/javascript", "text/css", "image/png")},
                ("ETag",),
            ),
            304: ResponseDoc("It has not changed.", {}, ("ETag",)),
        },
        "",
        (404,),
        (_path("file", "The file's name.", "swagger-ui.css"),),
    ),
}
"""The documentation of every endpoint: a new one needs an entry here."""
