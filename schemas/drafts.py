"""What is asked and told about drafts of rulesets, and about what served before."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from schemas.member import anything, day, flag, many, moment, text, texts, whole
from schemas.mistake import StrictSchema, refuse
from schemas.request import JsonDay, JsonFlag, JsonName, JsonObject, RequestMember

DRAFT_ID = "^d-[a-z2-7]{12}$"
"""What the id of a draft looks like."""

DIGEST = "^sha256:[0-9a-f]{64}$"
ETAG = '^"[0-9a-f]{32}"$'


class JsonStateNumber(RequestMember):
    """The number of a draft's state."""

    most = 2**31 - 1

    def taken(self, value: Any) -> int:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= self.most:
            refuse("wrong-type", "must be a whole number from 1 on", "Take state from the draft.")
        return int(value)


class JsonFiles(RequestMember):
    """Texts by the names of files; null where there shall be none."""

    def taken(self, value: Any) -> dict[str, str | None]:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, dict) or any(not isinstance(one, str | None) for one in value.values()):
            refuse("wrong-type", "must be an object of texts", 'Send {"ruleset.yaml": "id: ..."}.')
        return dict(value)


class JsonText(RequestMember):
    """The text of a file."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str):
            refuse("wrong-type", "must be a string", "Send the whole text of the file.")
        return value


class JsonPlace(RequestMember):
    """A line or a column, which count from 1."""

    most = 10_000_000

    def taken(self, value: Any) -> int:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= self.most:
            refuse("wrong-type", "must be a whole number from 1 on", "Lines and columns count from 1.")
        return int(value)


class CompleteRequest(StrictSchema):
    """A place in the text of a file, as it stands while somebody edits it."""

    file = JsonName(required=True, metadata={"description": "The file, as factors/1-concern.yaml."})
    text = JsonText(required=True, metadata={"description": "Its text, also one that is half typed."})
    line = JsonPlace(required=True, metadata={"description": "The line of the cursor, from 1."})
    column = JsonPlace(required=True, metadata={"description": "Before which character it is, from 1."})


class OfferSchema(Schema):
    """One thing that may stand there."""

    label = text("What it is.")
    insert = text("What is written, with the quotes, colon or brackets that it needs.")
    detail = text("What is said about it: its label or help.")
    kind = text("Whether it is a key, a value, or an example.", enum=("key", "value", "example"))


class CompletionSchema(Schema):
    """What may stand at a place of a file, and what is said about what stands there."""

    start = whole("From this column on it is written, from 1.", minimum=1)
    end = whole("Up to before this one.", minimum=1)
    offers = many(OfferSchema, "What may stand there, in the order of the language.")
    says = text("What is said about the key or value that stands there; empty where nothing is.")


class MendRequest(StrictSchema):
    """A mend of a draft's problem, as its problems have it."""

    state = JsonStateNumber(required=True, metadata={"description": "The state of which they are."})
    mend = JsonObject(required=True, metadata={"description": "The `mend` of the problem."})


class BeginDraftRequest(StrictSchema):
    """Of which ruleset, and what the draft begins with: the live edition where nothing else is said."""

    ruleset = JsonName(required=True, metadata={"description": "The ruleset's id; a new one's is free."})
    digest = JsonName(
        allow_none=True,
        metadata={"description": "Begin with this edition, which was published: its digest, or 12 digits."},
    )
    new = JsonFlag(allow_none=True, metadata={"description": "Begin a new ruleset."})
    extends = JsonName(
        allow_none=True,
        metadata={"description": "The new ruleset builds on this one, which serves or comes with picoplan."},
    )


class RebaseRequest(StrictSchema):
    """With which edition the draft goes on, and what files hold that both sides have changed."""

    digest = JsonName(
        allow_none=True, metadata={"description": "The digest of the edition; without it the live one."}
    )
    state = JsonStateNumber(
        allow_none=True,
        metadata={"description": "The state of the draft that `files` are for: another meanwhile is a 412."},
    )
    files = JsonFiles(
        allow_none=True,
        metadata={"description": "What these files shall hold, by name; null where there shall be none."},
    )


class SignRequest(StrictSchema):
    """Which state of a draft is signed, as what, and when it was read."""

    digest = JsonName(
        required=True, metadata={"description": "The digest that was read, as `digest` of its problems says."}
    )
    role = JsonName(
        allow_none=True,
        metadata={"description": "As what you sign, where no keys are asked for; else the key says it."},
    )
    date = JsonDay(allow_none=True, metadata={"description": "When it was read; without it today."})


class SaveRequest(StrictSchema):
    """Which state of a draft is saved to the folder."""

    digest = JsonName(
        required=True, metadata={"description": "The digest to be saved, as `digest` of its problems says."}
    )


class DraftLineSchema(Schema):
    """A draft in a line."""

    id = text("Its id.", pattern=DRAFT_ID)
    ruleset = text("The id of the ruleset that it edits.")
    clinic = text("Whose it is; null: the house's.", allow_none=True)
    base = text(
        "The digest of the edition that it is held against; null: the ruleset is new.",
        allow_none=True,
        pattern=DIGEST,
    )
    live = text(
        "The digest of the ruleset's newest edition: another than `base` once live has moved; null: there is "
        "none.",
        allow_none=True,
        pattern=DIGEST,
    )
    began = moment("When it was begun, in UTC.")
    changed = moment("When it was changed last, in UTC.")
    by = text("The id of the API key that changed it last; null where there was none.", allow_none=True)
    state = whole("The number of its newest state, which grows with each save.", minimum=1)
    gone = day("The day on which it is deleted, unless it is changed before.")


class DraftsSchema(Schema):
    """The drafts that are there for the key."""

    drafts = many(DraftLineSchema, "The drafts, the one changed last first.")


class DraftFileSchema(Schema):
    """A file of a draft."""

    name = text("Its name within the ruleset's folder, such as `factors/1-concern.yaml`.")
    etag = text("Its ETag: send it as If-Match to change the file.", pattern=ETAG)
    bytes = whole("How large it is.", minimum=0)
    edited = text(
        "What was done to it since the base; null: nothing.", allow_none=True, enum=("added", "changed")
    )


class DraftSignatureSchema(Schema):
    """Who has signed this state of the draft."""

    role = text("As what he signed, such as Medical director.")
    date = text("On which day.")
    digest = text("The digest that was signed.")


class DraftSchema(DraftLineSchema):
    """One draft: its files, and who has signed it."""

    files = many(DraftFileSchema, "Its files, by name.")
    removed = texts("The files of the base that it has no more.")
    signed = many(DraftSignatureSchema, "Who has signed its newest state.")


class SavedFileSchema(Schema):
    """A file as it was saved."""

    name = text("Its name.")
    etag = text("Its ETag from now on.", pattern=ETAG)
    state = whole("The number of the state that the draft has come to.", minimum=1)


class SavedDraftSchema(Schema):
    """A draft that the folder holds; `/readyz` tells when it is live."""

    ruleset = text("The id of the ruleset.")
    version = text("Its version.")
    digest = text("Its digest.", pattern=DIGEST)
    folder = text("The folder that it is in.")
    kept = text(
        "Where what lay there and is of no ruleset lies now; null: there was nothing.", allow_none=True
    )
    is_new = flag("Whether it was saved just now; false: the folder held it before.")


class SidesSchema(Schema):
    """A file that two have changed: its three texts, each null where there is no such file."""

    name = text("Its name.")
    base = text("What both began from; null also where that is kept no longer.", allow_none=True)
    theirs = text("What is there now: in the draft or, where live has moved, live.", allow_none=True)
    yours = text("What you sent or, where live has moved, what the draft holds.", allow_none=True)
    etag = text(
        "The ETag of `theirs`: with it as If-Match the file can be saved.", allow_none=True, pattern=ETAG
    )


class EditionLineSchema(Schema):
    """An edition that was published."""

    version = text("Its version.")
    digest = text("Its digest.", pattern=DIGEST)
    title = text("Its title.")
    published = moment("When it was published, in UTC.")
    starts = day("From which day on it serves; null: there was none before it.", allow_none=True)
    effective = day("The day that it names itself; null: none.", allow_none=True)
    serves = flag("Whether it serves today.")
    language_version = anything("Its version of the rule language.", type="integer", minimum=1)


class HistorySchema(Schema):
    """What was published of a ruleset."""

    ruleset = text("Its id.")
    editions = many(EditionLineSchema, "The editions, the newest first.")


class DraftProblemSchema(Schema):
    """A problem of a draft, as `picoplan check --format json` tells it."""

    file = text("The file, with the folder of its ruleset.")
    line = whole("The line, from 1.", minimum=1)
    column = whole("The column, from 1.", minimum=1)
    severity = text("Only errors keep a ruleset from serving.", enum=("error", "warning"))
    code = text("What kind of problem, a word that stays the same.")
    message = text("What is wrong.")
    examples = anything("Assessments that show it.", type="array", items={"type": "object"})
    mend = anything(
        "What mends it, once that was tried: a `label` and `edits`; null: nothing is offered.",
        type=["object", "null"],
    )


class DraftScenarioSchema(Schema):
    """A worked client of a draft."""

    name = text("What it is about.")
    file = text("Where it stands.")
    line = whole("The line, from 1.", minimum=1)
    as_expected = flag("Whether all that is expected came.")
    expected = anything("What is expected.", type="object")
    got = anything("What came instead; null: it could not be planned.", type=["object", "null"])
    problems = many(DraftProblemSchema, "What is not as expected.")


class DraftGuaranteeSchema(Schema):
    """A guarantee of a draft."""

    id = text("Its id.")
    title = text("What it promises.")
    state = text("What came of proving it.", enum=("proven", "broken", "not decided"))
    file = text("Where it stands.")
    line = whole("The line, from 1.", minimum=1)


class CarriedOverSchema(Schema):
    """A rule that says something else over the support that it had."""

    rule = text("Its id.")
    says = text("What changed, what is the same, and what is to be looked up.")
    file = text("Where it stands.")
    line = whole("The line, from 1.", minimum=1)


class DraftReportSchema(Schema):
    """How far the newest state of a draft is checked, and what was found until now."""

    state = whole("The number of the state.", minimum=1)
    stage = text(
        "`checked`: read, checked and its worked clients tried. `proved`: all is proven that can be. "
        "`failed`: the check came to no end, see `message`.",
        enum=("checking", "checked", "proved", "failed"),
    )
    is_final = flag("Whether nothing more will come by itself.")
    problems = many(DraftProblemSchema, "Its problems, by place.")
    scenarios = many(DraftScenarioSchema, "Its worked clients.")
    guarantees = many(DraftGuaranteeSchema, "Its guarantees, once they are proven or not.")
    last_good = whole("The newest state that can be tried; null: none is known.", allow_none=True, minimum=1)
    message = text("Why the check, or proofs, came to no end; else null.", allow_none=True)
    digest = text("The digest of the ruleset; null where it has errors.", allow_none=True)
    version = text("Its version; likewise.", allow_none=True)
    effective = text("From which day it is to serve; null: at once, or it has errors.", allow_none=True)
    title = text("Its title; null where it has errors.", allow_none=True)
    extends = text("The ruleset that it extends; null: none, or it has errors.", allow_none=True)
    to_be_read = many(
        CarriedOverSchema,
        "Rules that say something else than what is live, or than what a new ruleset extends, over the "
        "papers or the reason that they had; null: it is not known yet.",
        allow_none=True,
    )
    of_example = texts("What still is the example that a new ruleset begins with, in words.")


class DraftJobSchema(Schema):
    """What takes long with a draft, and what came of it."""

    job = text("Its id.")
    kind = text("What is done.", enum=("test", "coverage", "diff", "replay"))
    state = whole("For which state of the draft.", minimum=1)
    stage = text("How far it is.", enum=("running", "done", "failed"))
    result = anything("What came of it once it is done; else null.", type=["object", "null"])
    message = text("Why it failed; else null.", allow_none=True)
