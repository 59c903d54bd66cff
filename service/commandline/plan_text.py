"""A plan as a person reads it: the numbers first, then how they come about, then why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.commandline.console import dim, heading, wrapped
from service.commandline.trail import Trail
from service.commandline.wording import ONE_SESSION, a_range, said
from service.model.ruleset import Paper, Ruleset

_NOTES = (
    ("stops", "No treatment"),
    ("deferrals", "Not now"),
    ("referrals", "A clinician looks first"),
    ("advice", "Advice"),
    ("expected", "What the sessions can be expected to bring"),
)
_LABEL = 16

Answer = Mapping[str, Any]


def plan_lines(ruleset: Ruleset, assessment: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    """The whole plan, line by line."""
    yield heading(f"{ruleset.title} ({ruleset.id} {ruleset.version}) on {answer['as_of']}")
    yield ""
    yield from _numbers(answer)
    for member, title in _NOTES:
        yield from _notes(title, answer[member])
    yield from _benefits(answer)
    yield from _unanswered(ruleset, answer)
    if answer["sessions"] is not None:
        for title, moves in Trail(ruleset, assessment, answer).sections():
            yield from _section(title, moves)
    yield from _facts(answer)
    yield from _rules(ruleset, answer)
    yield from _papers(ruleset, answer)
    warnings = [one for one in answer["warnings"] if one["code"] != "unanswered"]  # these stand above
    lines = [line for one in warnings for line in _bullet(f"{one['code']}: {one['text']}")]
    yield from _section("Warnings", lines)
    yield ""
    made = f"Decision {answer['decision_id']} of {answer['evaluated_at']}"
    yield dim(f"{made}, {answer['ruleset']['digest']}")


def _numbers(answer: Answer) -> Iterator[str]:
    rows = {
        "Verdict": f"{answer['verdict_text']} ({answer['verdict']})",
        "Is one enough?": ONE_SESSION[answer["one_session"]],
        "Sessions": a_range(answer["sessions"]),
        "Between them": a_range(answer["interval_weeks"], "weeks"),
        "Still needed": a_range(answer["remaining"]),
        "Look again after": a_range(answer["review_weeks"], "weeks"),
        "Support": f"{answer['support']}, the weakest of the rules that gave numbers",
    }
    if answer["sessions"] is None:
        for label in ("Sessions", "Between them", "Still needed"):
            rows[label] = "no number"
        rows.pop("Support")
    elif answer["support"] is None:
        rows.pop("Support")
    if answer["review_weeks"] is None:
        rows.pop("Look again after")
    for label, text in rows.items():
        yield from wrapped(text, _LABEL + 2, first=label)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield heading(title)
        for line in lines:
            yield f"  {line}"


def _notes(title: str, notes: list[dict[str, Any]]) -> Iterator[str]:
    lines: list[str] = []
    for note in notes:
        until = f" Until: {note['until']}" if note.get("until") else ""
        rule = f" [{note['rule']}]" if note["rule"] else ""
        lines += _bullet(f"{note['text']}{until}{rule}")
    yield from _section(title, lines)


def _benefits(answer: Answer) -> Iterator[str]:
    lines = [line for one in answer["benefits"] for line in _bullet(one["text"])]
    yield from _section("What further sessions bring", lines)


def _unanswered(ruleset: Ruleset, answer: Answer) -> Iterator[str]:
    labels = [f"{ruleset.inputs[name].label} ({name})" for name in answer["unanswered"]]
    yield from _section("Not asked yet", [line for label in labels for line in _bullet(label)])


def _facts(answer: Answer) -> Iterator[str]:
    facts = [f"{name}: {said(value)}" for name, value in answer["conclusions"].items()]
    facts += [
        f"{name}: {'unknown' if value is None else said(value)}" for name, value in answer["scores"].items()
    ]
    yield from _section("Concluded and scored", facts)


def _rules(ruleset: Ruleset, answer: Answer) -> Iterator[str]:
    lines: list[str] = []
    for hit in answer["fired"]:
        matched = ", ".join(f"{key} {said(value)}" for key, value in hit["matched"].items())
        support = ", ".join([hit["support"] or "none", *hit["evidence"]])
        lines += [f"{hit['title']} ({hit['rule']})"]
        for label, text in (
            ("factor", ruleset.factors[hit["factor"]]),
            ("because", hit["because"]),
            ("matched", matched or "nothing but what is not the case"),
            ("support", support),
            ("defined at", hit["defined_at"]),
        ):
            lines += wrapped(text, 14, first=f"  {label}")
    yield from _section("Why: the rules that fired", lines)


def _papers(ruleset: Ruleset, answer: Answer) -> Iterator[str]:
    cited = dict.fromkeys(paper for hit in answer["fired"] for paper in hit["evidence"])
    wide = max(map(len, cited), default=0) + 2
    lines = [line for name in cited for line in wrapped(_paper(ruleset.evidence[name]), wide, first=name)]
    yield from _section("Papers", lines)


def _paper(paper: Paper) -> str:
    where = f"https://doi.org/{paper.doi}" if paper.doi and "/" in paper.doi[:12] else paper.doi or paper.url
    parts = (paper.title, paper.journal, paper.year, where)
    return ", ".join(part.rstrip(".") for part in parts if part)


def _bullet(text: str) -> list[str]:
    return wrapped(text, 2, first="- ")
