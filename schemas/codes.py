"""The codes that answers can carry: of mistakes in ``errors``, and of ``warnings``. Each stays the same.

Documents, the pages at ``/problems/`` and the tables of the guides are held to this one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MistakeCode:
    """One code of ``errors``: the statuses with which it comes, what it says, and the mend."""

    name: str
    statuses: tuple[int, ...]
    says: str
    mend: str


_CODES = (
    MistakeCode(
        "not-json", (400,),
        "The body is empty or no JSON; NaN and Infinity are none either. The message tells "
        "line and column, in a batch those of the whole of it.",
        "Send one JSON document in UTF-8; NaN and Infinity are none; the message tells line "
        "and column.",
    ),
    MistakeCode(
        "too-deep", (400,),
        "Nested more than 32 deep.",
        "An assessment is flat: send no more than 32 levels.",
    ),
    MistakeCode(
        "duplicate-member", (400,),
        "A member is named twice, so one of its values would be lost.",
        "Send each member once.",
    ),
    MistakeCode(
        "not-whole", (400, 422),
        "The body ended too soon (400); or a whole number has a fraction (422).",
        "Send as many bytes as `Content-Length` says; or send a number without a fraction.",
    ),
    MistakeCode(
        "too-slow", (408,),
        "The body did not come in time.",
        "Wait for as long as Retry-After says. Send the body at once.",
    ),
    MistakeCode(
        "too-large", (413,),
        "The body, or a line or item of a batch, is over 64 KB; or an array is over 8 MB.",
        "One assessment has a few hundred bytes: look at what else you send; send a large "
        "batch as NDJSON.",
    ),
    MistakeCode(
        "busy", (503,),
        "This process answers as many streams of lines as it does for one key, or for all; "
        "send it again soon.",
        "Wait for as long as Retry-After says. Send fewer streams at a time.",
    ),
    MistakeCode(
        "too-many", (422,),
        "An array has more than 1,000 items; or a draft would have more than 500 files.",
        "Cut the array into parts of 1,000, or send NDJSON; put several rules in one file.",
    ),
    MistakeCode(
        "unsupported-media-type", (415,),
        "The content type is not JSON.",
        "Send `Content-Type: application/json`, or `application/x-ndjson` to the batch "
        "endpoint, and no `Content-Encoding`.",
    ),
    MistakeCode(
        "wrong-type", (422,),
        "A text where a number belongs, and the like.",
        "Send what the schema says: true or false, a number without quotes, an array for a "
        "set.",
    ),
    MistakeCode(
        "missing", (422,),
        "A member or an answer that is needed is not there.",
        "Ask the question that `pointer` names, or send the member.",
    ),
    MistakeCode(
        "unknown-member", (422,),
        "The request has no such member.",
        "Take the member out; the answers of a client go into `assessment`.",
    ),
    MistakeCode(
        "unknown-input", (422,),
        "The ruleset has no such question; of one that it had, `hint` says what to send "
        "instead.",
        "The question is gone, or misspelled; `hint` says what took its place, or names the "
        "nearest.",
    ),
    MistakeCode(
        "unknown-option", (422,),
        "The question has no such option; likewise.",
        "The option is gone, or misspelled; send its id, not its label. `hint` as above.",
    ),
    MistakeCode(
        "duplicate-option", (422,),
        "An array names an option twice.",
        "Send each option of a set once.",
    ),
    MistakeCode(
        "not-a-language", (422,),
        "`language` is no language tag (BCP 47).",
        "Send a language tag such as `es` or `zh-Hans`, not a name and no underscore.",
    ),
    MistakeCode(
        "out-of-bounds", (422,),
        "A number is too small or too large, or has more than 30 digits.",
        "Keep to `minimum` and `maximum` of the schema, and to 30 digits.",
    ),
    MistakeCode(
        "not-applicable", (422,),
        "The question does not apply to this client; leave it out.",
        "Leave the answer out: `only_if` of the question does not hold.",
    ),
    MistakeCode(
        "contradiction", (422,),
        "Answers that can't all be true; `pointers` names all of them, `pointer` the first, "
        "and the message is the clinic's.",
        "Show the message at all `pointers`, and let a person mend one of the answers.",
    ),
    MistakeCode(
        "key-needed", (401,),
        "No API key was sent, or it is wrong, or it was revoked.",
        "Send the token that you were given; ask for a new one if it was revoked.",
    ),
    MistakeCode(
        "token-needed", (401,),
        "A hook was called without a signed token of a client that is known, or with one that is not right.",
        "Sign a new token for each call, as docs/cds-hooks.md says; the operator's log has the reason.",
    ),
    MistakeCode(
        "scope-needed", (403,),
        "The key lacks the scope that is named.",
        "Ask for a key that may.",
    ),
    MistakeCode(
        "house-only", (403,),
        "The key belongs to a clinic, and only the house may ask for this.",
        "Ask for a key that may.",
    ),
    MistakeCode(
        "rate-limited", (429,),
        "The key has sent as many requests as it may.",
        "Wait for as long as Retry-After says. Slow down, or ask for a higher limit; "
        "`RateLimit` says what is left.",
    ),
    MistakeCode(
        "keys-unavailable", (503,),
        "This process started while the keys could not be read; try again later.",
        "Wait for as long as Retry-After says. The database is away for the moment.",
    ),
    MistakeCode(
        "unknown-ruleset", (404,),
        "No such ruleset.",
        "Take an id from `GET /v1/rulesets`; your key sees its own alone.",
    ),
    MistakeCode(
        "unknown-rule", (404,),
        "The ruleset has no such rule.",
        "Take the rule's id from `fired` of an answer.",
    ),
    MistakeCode(
        "unknown-file", (404,),
        "The page at `/docs`, or the draft, has no such file.",
        "Open `/docs`; or take the name from `files` of the draft.",
    ),
    MistakeCode(
        "unknown-questionnaire", (404,),
        "No Questionnaire has that id.",
        "Search `/fhir/R4/Questionnaire`.",
    ),
    MistakeCode(
        "not-for-fhir", (404,),
        "The ruleset can't be asked by a Questionnaire.",
        "Ask the operator; `picoplan check` says why.",
    ),
    MistakeCode(
        "unknown-problem", (404,),
        "No type and no code of problems has that name.",
        "Take the path from `type` of a problem, or a `code` of its `errors`.",
    ),
    MistakeCode(
        "unknown-draft", (404,),
        "No such draft: it was discarded, or is another clinic's.",
        "Take the id from `GET /v1/drafts`; your key sees its clinic's alone.",
    ),
    MistakeCode(
        "edit-not-allowed", (403,),
        "The key may not edit that ruleset.",
        "Ask the operator for a key that may.",
    ),
    MistakeCode(
        "shipped-ruleset", (403,),
        "The ruleset comes with picoplan, and can only be built upon.",
        "Begin a draft of a new ruleset that extends it.",
    ),
    MistakeCode(
        "bad-id", (422,),
        "A ruleset can't have that id.",
        "Take lower-case letters, digits, `-` and `_`.",
    ),
    MistakeCode(
        "cant-begin", (422,),
        "The new ruleset can't be begun.",
        "The message says why: take another id, or name another ruleset to build on.",
    ),
    MistakeCode(
        "bad-zip", (422,),
        "It is no zip of one ruleset's folder, or it holds too much.",
        "Zip the folder of one ruleset, with nothing else in it; the message names what is in the way.",
    ),
    MistakeCode(
        "too-many-drafts", (422,),
        "The clinic has 50 drafts.",
        "Discard one that is needed no more.",
    ),
    MistakeCode(
        "bad-file-name", (422,),
        "A ruleset has no file of that name.",
        "Take a name of the plan, such as `ruleset.yaml` or `factors/1-concern.yaml`.",
    ),
    MistakeCode(
        "file-too-large", (422,),
        "The file is over 1 MB.",
        "Put rules in several files.",
    ),
    MistakeCode(
        "draft-too-large", (422,),
        "The files of the draft would be over 8 MB together.",
        "Remove some of them.",
    ),
    MistakeCode(
        "not-text", (422,),
        "The file is no text in UTF-8.",
        "Save it as UTF-8; the message names the line.",
    ),
    MistakeCode(
        "if-match-needed", (428,),
        "It isn't said which content of the file is to be changed.",
        "Send its ETag as `If-Match`, or `If-None-Match: *` for a new file.",
    ),
    MistakeCode(
        "changed-meanwhile", (412,),
        "Somebody has changed it since you read it; nothing was saved. `sides` has the three texts.",
        "Choose part by part, and send that with the ETag of theirs, or in `files`.",
    ),
    MistakeCode(
        "draft-not-good", (422,),
        "The draft has errors or clients not as expected, or is not proven: it can't be signed or saved.",
        "Mend that first: `GET /v1/drafts/{id}/problems` tells each with its mend.",
    ),
    MistakeCode(
        "bad-role", (422,),
        "Nobody can sign as that, or the key signs as another.",
        "Write a role on one line; with a key leave it out, for the key says it.",
    ),
    MistakeCode(
        "role-needed", (403,),
        "The key has no role, and signs nothing.",
        "Ask for a key that was added with `--role`.",
    ),
    MistakeCode(
        "day-to-come", (422,),
        "The day of the signature has not come yet.",
        "Name the day on which it was read.",
    ),
    MistakeCode(
        "day-too-early", (422,),
        "The day of the signature is too long ago for anybody to have read these rules.",
        "Name the day on which it was read: is the year right?",
    ),
    MistakeCode(
        "awaits-sign-off", (422,),
        "Only what was signed off goes live here, and nobody has signed the draft.",
        "Have it read and signed.",
    ),
    MistakeCode(
        "effective-overlap", (422,),
        "Another version has the days from `effective` on.",
        "Name a later day in `ruleset.yaml`, or leave `effective` out to serve at once.",
    ),
    MistakeCode(
        "publish-not-allowed", (403,),
        "The key may not publish that ruleset.",
        "Ask the operator for a key that may.",
    ),
    MistakeCode(
        "edits-not-allowed", (403,),
        "The service does not write the folder of rulesets, or the ruleset has no place in it.",
        "Take the draft as a zip or a patch, or ask the operator for `--allow-edits`.",
    ),
    MistakeCode(
        "folder-not-written", (503,),
        "The ruleset's folder can't be replaced; nothing was changed.",
        "Tell the operator: the message says why.",
    ),
    MistakeCode(
        "drafts-unavailable", (503,),
        "The drafts can't be reached at the moment.",
        "Wait for as long as Retry-After says. The database is away for the moment.",
    ),
    MistakeCode(
        "draft-broken", (422,),
        "No state of the draft is good, so that nothing can be tried.",
        "Mend the draft: its `problems` say where.",
    ),
    MistakeCode(
        "draft-busy", (503,),
        "The draft is being checked, or took too long and is started anew.",
        "Wait for as long as Retry-After says.",
    ),
    MistakeCode(
        "unknown-mend", (412,),
        "The newest state of the draft has no such mend, or the draft was changed since.",
        "Take the mend and its `state` from the draft's problems anew.",
    ),
    MistakeCode(
        "unknown-job", (404,),
        "Of the draft there is no such job, or what came of it is kept no more.",
        "Ask for it anew.",
    ),
    MistakeCode(
        "jobs-full", (429,),
        "As many jobs of drafts go on as may.",
        "Wait for as long as Retry-After says.",
    ),
    MistakeCode(
        "unknown-version", (404,),
        "That version or digest never served.",
        "Take them from an answer that you keep.",
    ),
    MistakeCode(
        "unknown-digest", (404,),
        "That version or digest never served.",
        "Take them from an answer that you keep.",
    ),
    MistakeCode(
        "not-effective", (404,),
        "The ruleset, or the version or digest that you name, does not serve for that day "
        "yet.",
        "Ask for a day on which it serves; `hint` names it.",
    ),
    MistakeCode(
        "not-together", (404,),
        "That digest is not of that version, or what you name did not serve on that day.",
        "Send the digest alone.",
    ),
    MistakeCode(
        "archive-unavailable", (503,),
        "The edition is kept, and can't be reached at the moment.",
        "Wait for as long as Retry-After says. The database is away for the moment.",
    ),
    MistakeCode(
        "archive-damaged", (503,),
        "The edition is kept, and can't be read any more.",
        "Tell the operator: an earlier edition can't be read any more.",
    ),
    MistakeCode(
        "not-ready", (503,),
        "The ruleset has errors and does not serve.",
        "Tell the clinic: the ruleset has errors and does not serve.",
    ),
    MistakeCode(
        "ruleset-retired", (404,),
        "The ruleset serves no more, whatever day, version or digest is named; what was "
        "decided under it can still be had.",
        "Ask the operator which ruleset takes its place; `hint` names those that serve.",
    ),
    MistakeCode(
        "being-checked", (503,),
        "The ruleset is new, and its first check goes on; send the request again soon.",
        "Wait for as long as Retry-After says. The ruleset is new at the clinic, and is "
        "checked for the first time.",
    ),
    MistakeCode(
        "not-logged", (503,),
        "The decision could not be logged, so no answer is given; send the request again.",
        "Wait for as long as Retry-After says. The database is away for the moment.",
    ),
    MistakeCode(
        "bad-idempotency-key", (400,),
        "The `Idempotency-Key` is empty, longer than 255 characters, or not ASCII.",
        "Send a UUID.",
    ),
    MistakeCode(
        "idempotency-conflict", (409,),
        "The `Idempotency-Key` belongs to a request with another body.",
        "Make a new key for each new request.",
    ),
    MistakeCode(
        "unknown-decision", (404,),
        "No decision of that id is logged.",
        "Take `decision_id` from the answer; another clinic's is not there for your key.",
    ),
    MistakeCode(
        "log-unavailable", (503,),
        "The log of decisions can't be reached at the moment.",
        "Wait for as long as Retry-After says. The database is away for the moment.",
    ),
    MistakeCode(
        "decision-damaged", (500, 503),
        "The decision is logged, and its row is no longer what was written.",
        "Tell the operator: the record was changed.",
    ),
)  # fmt: skip

MISTAKE_CODES: Mapping[str, MistakeCode] = {one.name: one for one in _CODES}
"""Every code of a mistake, by its name."""

PROBLEM_NAMES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    409: "conflict",
    412: "changed-meanwhile",
    413: "too-large",
    415: "unsupported-media-type",
    417: "expectation-failed",
    422: "invalid-assessment",
    428: "if-match-needed",
    429: "rate-limited",
    500: "internal-error",
    501: "not-implemented",
    503: "not-ready",
}
"""What kind of problem a status is."""

PROBLEM_TYPES = tuple(f"/problems/{name}" for name in PROBLEM_NAMES.values())
"""What the ``type`` of a problem can be, in the order of the statuses."""

WARNING_CODES = ("no-base", "unanswered", "plan-finished", "not-signed-off", "text-missing")
"""The codes of the warnings of an answer."""
