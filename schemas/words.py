"""The words that answers and guarantees are made of, each with what it means to authors and clients."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.language import ONE_SESSION, SUPPORTS, VERDICTS, Quantity, Support, Verdict, covers

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

OUTCOMES: Mapping[str, str] = {
    "stop": "No sessions.",
    "defer": "Not now.",
    "refer": "A clinician looks.",
    "numbers": "The plan has numbers.",
    "one session": "One session may be enough.",
}
"""What a guarantee can speak of, beside ``sessions above N``."""

LIMITED: Mapping[Quantity, tuple[int, str, str]] = {
    "sessions": (100, "1 to 20", "No plan has fewer or more sessions, such as 1 to 20."),
    "interval_weeks": (520, "2 to 26", "No plan has fewer or more weeks between sessions, such as 2 to 26."),
}
"""The numbers of a plan that a ruleset limits: how high a limit may be, such as what, and help."""
