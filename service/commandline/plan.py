"""A plan as a person reads it: the numbers first, then how they come about, then why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.language import ANSWER, effects, members
from schemas.words import QUANTITIES
from service.commandline.console import dim, heading, wrapped
from service.model.ruleset import Paper, Ruleset
from service.wording.answers import (
    ON_ONE_SESSION,
    gate_of,
    note_words,
    quantity_words,
    value_words,
)
from service.wording.effects import ONE_SESSION_WORDS
from service.wording.phrases import capitalized
from service.wording.steps import Trail, WorkedStep

Answer = Mapping[str, Any]


def plan_lines(ruleset: Ruleset, assessment: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    """The whole plan, line by line."""
    yield heading(f"{ruleset.title} ({ruleset.id} {ruleset.version}) on {answer['as_of']}")
    yield ""
    yield from _numbers(answer)
    for member in _notes_in_order():
        yield from _notes(ANSWER[member].label, answer.get(member, []))
    yield from _benefits(answer)
    yield from _unanswered(ruleset, answer)
    if answer["sessions"] is not None:
        for title, moves in Trail(ruleset, assessment, answer).sections():
            yield from _section(title, _aligned(moves))
    yield from _facts(answer)
    yield from _rules(ruleset, answer)
    yield from _papers(ruleset, answer)
    warnings = [one for one in answer["warnings"] if one["code"] != "unanswered"]  # these stand above
    lines = [line for one in warnings for line in _bullet(f"{one['code']}: {one['text']}")]
    yield from _section("Warnings", lines)
    yield ""
    made = f"Decision {answer['decision_id']} of {answer['evaluated_at']}"
    yield dim(f"{made}, {answer['ruleset']['digest']}")


def _notes_in_order() -> tuple[str, ...]:
    """The members that list texts: from the gates on, and last what stands before them in an answer."""
    names = members("notes", "deferrals", "moments")
    first = next(at for at, name in enumerate(names) if gate_of(name) is not None)
    return names[first:] + names[:first]


def _numbers(answer: Answer) -> Iterator[str]:
    one = answer[ON_ONE_SESSION]
    planned, given = answer["sessions"] is not None, quantity_words(answer)
    seldom = {effect.quantity for effect in effects("review")}
    rows = {
        "Verdict": f"{answer['verdict_text']} ({answer['verdict']})",
        "Is one enough?": capitalized(
            f"{'' if one == 'undecided' else 'one session '}{ONE_SESSION_WORDS[one]}."
        ),
    }
    for name in QUANTITIES:
        if name in given or name not in seldom:
            rows[ANSWER[name].label] = given.get(name, "not said" if planned else "no number")
    if planned and answer["support"] is not None:
        rows["Support"] = f"{answer['support']}, the weakest of the rules that gave numbers"
    indent = max(map(len, rows)) + 2
    for label, text in rows.items():
        yield from wrapped(text, indent, first=label)


def _aligned(moves: Sequence[WorkedStep]) -> list[str]:
    wide = max(len(step.move) for step in moves)
    numbers = max(len(step.now) for step in moves)
    return [f"{step.move:{wide}}  {step.now:{numbers}}  {step.why}".rstrip() for step in moves]


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield heading(title)
        for line in lines:
            yield f"  {line}"


def _notes(title: str, notes: list[dict[str, Any]]) -> Iterator[str]:
    lines: list[str] = []
    for note in notes:
        rule = f" [{note['rule']}]" if note["rule"] else ""
        lines += _bullet(f"{note_words(note)}{rule}")
    yield from _section(title, lines)


def _benefits(answer: Answer) -> Iterator[str]:
    for member in members("named texts"):
        lines = [line for one in answer[member] for line in _bullet(one["text"])]
        yield from _section(ANSWER[member].label, lines)


def _unanswered(ruleset: Ruleset, answer: Answer) -> Iterator[str]:
    labels = [f"{ruleset.inputs[name].label} ({name})" for name in answer["unanswered"]]
    yield from _section(ANSWER["unanswered"].label, [line for label in labels for line in _bullet(label)])


def _facts(answer: Answer) -> Iterator[str]:
    facts = [f"{name}: {value_words(value)}" for name, value in answer["conclusions"].items()]
    facts += [
        f"{name}: {'unknown' if value is None else value_words(value)}"
        for name, value in answer["scores"].items()
    ]
    yield from _section("Concluded and scored", facts)


def _rules(ruleset: Ruleset, answer: Answer) -> Iterator[str]:
    lines: list[str] = []
    for hit in answer["fired"]:
        matched = ", ".join(f"{key} {value_words(value)}" for key, value in hit["matched"].items())
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
