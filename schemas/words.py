"""The words that answers, guarantees and limits are made of, with what they mean to authors and clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from schemas.language import (
    MOMENTS,
    ONE_SESSION,
    SUPPORTS,
    VERDICTS,
    Moment,
    Quantity,
    Support,
    Verdict,
    covers,
)

VERDICT_TEXTS: Mapping[Verdict, str] = {
    "do_not_treat": "No laser sessions. Please talk to a clinician.",
    "defer": "Not now. We look again later.",
    "clinician_review": "A clinician looks at this first.",
    "goal_reached": "The result that was hoped for is reached.",
    "one_session_may_suffice": "One session may be enough. We look again afterwards.",
    "several_sessions": "Plan for several sessions.",
}
"""What the answer says where a ruleset gives no text of its own."""
covers(VERDICT_TEXTS, VERDICTS, "texts of verdicts")

VERDICT_HELP: Mapping[Verdict, str] = {
    "do_not_treat": "A rule says stop.",
    "defer": "Not now.",
    "clinician_review": "A clinician looks at this first.",
    "goal_reached": "The improvement seen has met the goal.",
    "one_session_may_suffice": "One session may be enough.",
    "several_sessions": "Several sessions are planned.",
}
covers(VERDICT_HELP, VERDICTS, "help on verdicts")

ONE_SESSION_HELP: Mapping[str, str] = {
    "may_suffice": "A rule vouches for a single session.",
    "will_not_suffice": "More than one is needed.",
    "undecided": "No rule says so.",
}
covers(ONE_SESSION_HELP, ONE_SESSION, "help on whether one session may be enough")

SUPPORT_HELP: Mapping[Support, str] = {
    "published": "The number stands in a paper.",
    "derived": "It was worked out from published figures.",
    "interpolated": "It lies between published figures.",
    "judgement": "It is your own judgement; it needs no paper.",
}
covers(SUPPORT_HELP, SUPPORTS, "help on support")

MOMENT_WORDS: Mapping[Moment, str] = {
    "before": "Before the session",
    "same_day": "On the day",
    "after": "After the session",
}
covers(MOMENT_WORDS, MOMENTS, "words of moments")

OUTCOMES: Mapping[str, str] = {
    "stop": "No sessions.",
    "defer": "Not now.",
    "refer": "A clinician looks.",
    "numbers": "The plan has numbers.",
    "one session": "One session may be enough.",
}
"""What a guarantee can speak of, beside ``sessions above N``."""


class Limited(NamedTuple):
    """A number that rulesets limit: how high a limit may be, such as what, and help."""

    most: int
    such_as: str
    help: str


class Measured(NamedTuple):
    """A number of a plan in words: ``one`` and ``several`` of what it counts, ``named``: the number itself.

    ``limit``: what its limits may be, None where rulesets have none for it.
    """

    one: str
    several: str
    named: str
    limit: Limited | None = None


QUANTITIES: Mapping[Quantity, Measured] = {
    "sessions": Measured(
        "session",
        "sessions",
        "sessions",
        Limited(100, "1 to 20", "No plan has fewer or more sessions, such as 1 to 20."),
    ),
    "interval_weeks": Measured(
        "week",
        "weeks",
        "weeks between sessions",
        Limited(520, "2 to 26", "No plan has fewer or more weeks between sessions, such as 2 to 26."),
    ),
    "remaining": Measured("session", "sessions", "still needed"),
    "review_weeks": Measured("week", "weeks", "weeks until the review"),
    "maintenance_weeks": Measured("week", "weeks", "weeks between visits that keep the result"),
}
covers(QUANTITIES, get_args(Quantity), "words of quantities")

LIMITED: Mapping[Quantity, Limited] = {
    name: measured.limit for name, measured in QUANTITIES.items() if measured.limit is not None
}
"""The numbers of a plan that a ruleset limits."""
