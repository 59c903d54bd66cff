"""What the service says of itself: that it runs, what it serves, and what there is."""

from __future__ import annotations

from marshmallow import Schema

from schemas.member import many, moment, text, texts


class HealthSchema(Schema):
    """The process runs."""

    status = text("Always `ok`.", enum=("ok",))


class StandingSchema(Schema):
    """The status of one ruleset."""

    id = text("The ruleset's id.")
    version = text("The version that serves today; null where none does.", allow_none=True)
    digest = text("Its digest; null where none serves.", allow_none=True)
    since = moment("Since when it serves; null where none does.", allow_none=True)
    state = text(
        "`stale` where a newer edit waits; `checking` where nothing serves yet, for the first check goes on; "
        "`broken` where there is no good version at all.",
        enum=("current", "stale", "checking", "broken"),
    )
    stale_since = moment("Since when an edit waits; null where none does.", allow_none=True)
    problems = texts("Why it waits: lines with file, line and column.")


class ReadinessSchema(Schema):
    """Which rulesets serve, since when, and what keeps newer edits from it."""

    status = text("Whether a good version of every ruleset serves.", enum=("ready", "not ready"))
    rulesets = many(StandingSchema, "How each ruleset stands.")


class EndpointLineSchema(Schema):
    """An endpoint in a line."""

    method = text("Its method.")
    path = text("Its path.")
    does = text("What it does.")


class WelcomeSchema(Schema):
    """What there is."""

    service = text("The service's name.")
    version = text("Its version.")
    openapi = text("Where the description of the service is, as OpenAPI 3.1.")
    docs = text("Where a person can read it, and try it out.")
    endpoints = many(EndpointLineSchema, "What can be asked.")
