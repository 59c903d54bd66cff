"""What is told of drafts: their problems, and what takes long."""

from __future__ import annotations

from marshmallow import Schema

from schemas.member import anything, flag, many, text, whole


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


class DraftJobSchema(Schema):
    """What takes long with a draft, and what came of it."""

    job = text("Its id.")
    kind = text("What is done.", enum=("test", "coverage", "diff", "replay"))
    state = whole("For which state of the draft.", minimum=1)
    stage = text("How far it is.", enum=("running", "done", "failed"))
    result = anything("What came of it once it is done; else null.", type=["object", "null"])
    message = text("Why it failed; else null.", allow_none=True)
