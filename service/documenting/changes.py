"""What was edited between two rulesets, in words, and what it means for clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from service.documenting.clients import VERDICT_NAMES, answered, expected
from service.documenting.conditions import clauses, in_a_line
from service.documenting.effects import effects
from service.documenting.guarantees import says
from service.documenting.naming import Naming
from service.documenting.phrases import begun, both, plain
from service.documenting.questions import Question, Traits, questions, traits
from service.model.ruleset import Guarantee, Input, Paper, Rule, Ruleset, Scenario


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a thing: ``holds`` is compared, ``words`` are shown; a list where it is of several.

    So a new label of a question is one edit, and not one of every rule that looks at the question.
    ``told``: said of a new thing too.
    """

    holds: object
    words: str | tuple[str, ...]
    told: bool = False


Parts = Mapping[str, Part]
Described = Mapping[str, tuple[str, Parts]]
"""Things of one kind by id: how a sentence names each, and its parts."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the ruleset ``since``: what was ``edited``, and what it ``means`` for clients.

    A line each. ``meaning`` is empty where nobody worked it out.
    """

    since: str
    edited: tuple[str, ...]
    meaning: tuple[str, ...] = ()


def changes_since(older: Ruleset, newer: Ruleset, meaning: tuple[str, ...] = ()) -> Changes:
    """Every edit from the older ruleset to the newer, a line each."""
    if older.digest == newer.digest:
        return Changes(named(older), (), meaning)
    return Changes(named(older), _edited(older, newer, {**_HEADER, **_OF_ALL, **_SCENARIOS}), meaning)


def differences(base: Ruleset, ruleset: Ruleset) -> tuple[str, ...]:
    """What a ruleset has otherwise than the one that it extends; each has scenarios of its own."""
    return _edited(base, ruleset, _OF_ALL)


def named(ruleset: Ruleset) -> str:
    """``Pico laser sessions, version 1.0.0``."""
    return f"{ruleset.title}, version {ruleset.version}"


def _edited(
    older: Ruleset, newer: Ruleset, kinds: Mapping[str, Callable[[Naming], Described]]
) -> tuple[str, ...]:
    before, after = Naming(older), Naming(newer)
    return tuple(line for describe in kinds.values() for line in _lines(describe(before), describe(after)))


def _lines(before: Described, after: Described) -> Iterator[str]:
    for name, (title, _) in before.items():
        if name not in after:
            yield f"{begun(title)} was removed."
    for name, (title, parts) in after.items():
        if name not in before:
            yield f"{begun(title)} is new. {_told(parts)}".rstrip()
            continue
        for part, now in parts.items():
            was = before[name][1][part]
            if was.holds != now.holds:
                yield f"{begun(title)}, {part}: {_edit(was.words, now.words)}."


def _told(parts: Parts) -> str:
    return " ".join(
        f"{begun(name)}: {_quoted(part.words)}." for name, part in parts.items() if part.told and part.words
    )


def _edit(was: str | tuple[str, ...], now: str | tuple[str, ...]) -> str:
    if isinstance(was, str) or isinstance(now, str):
        return f"was {_quoted(was)}, is now {_quoted(now)}"
    gone = tuple(item for item in was if item not in now)
    new = tuple(item for item in now if item not in was)
    if not gone and not new:
        return f"now in this order: {_quoted(now)}"
    said = [f"no longer {_quoted(gone)}"] if gone else []
    return "; ".join(said + ([f"now {_quoted(new)}"] if new else []))


def _quoted(words: str | tuple[str, ...]) -> str:
    if isinstance(words, str):
        return f"“{words}”" if words else "nothing"
    return ", ".join(f"“{item}”" for item in words) if words else "nothing"


def _plain(text: str | None, *, told: bool = False) -> Part:
    return Part(text or "", text or "", told)


def _header(naming: Naming) -> Described:
    ruleset = naming.ruleset
    parts = {
        "title": _plain(ruleset.title),
        "version": _plain(ruleset.version),
        "owner": _plain(ruleset.owner),
        "first day": _plain(ruleset.effective.isoformat() if ruleset.effective else None),
        "what it builds on": _plain(ruleset.extends),
    }
    return {"header": ("the ruleset", parts)}


def _limits(naming: Naming) -> Described:
    limits = naming.ruleset.limits
    spans = {"sessions": limits.sessions, "weeks between sessions": limits.interval_weeks}
    return {
        name: ("the limits", {f"of {name}": Part((low, high), f"{low} to {high}")})
        for name, (low, high) in spans.items()
    }


def _texts(naming: Naming) -> Described:
    ruleset = naming.ruleset
    texts = {
        f"factor {name}": (f"the factor “{plain(name)}”", text) for name, text in ruleset.factors.items()
    }
    texts |= {
        f"verdict {name}": (f"the verdict “{VERDICT_NAMES[name]}”", text)
        for name, text in ruleset.verdicts.items()
    }
    texts |= {
        f"benefit {name}": (f"the benefit “{plain(name)}”", text) for name, text in ruleset.benefits.items()
    }
    texts |= {
        f"levels {name}": (f"the conclusion “{plain(name)}”", both(map(plain, levels)))
        for name, levels in ruleset.conclusion_levels.items()
    }
    return {name: (title, {"text": _plain(text, told=True)}) for name, (title, text) in texts.items()}


def _questions(naming: Naming) -> Described:
    known = {one.anchor.removeprefix("answers-"): one for one in traits(naming)}
    return {
        one.id: (
            f"the question “{one.label}”",
            _question(naming.ruleset.inputs[one.id], one, known.get(one.id)),
        )
        for one in questions(naming)
    }


def _question(one: Input, shown: Question, known: Traits | None) -> Parts:
    rows = known.rows if known is not None else ()
    columns = known.columns if known is not None else ()
    properties = tuple(
        f"{label} ({', '.join(f'{column}: {value}' for column, value in zip(columns, row, strict=True))})"
        for label, row in rows
    )
    return {
        "label": _plain(shown.label),
        "help": _plain(shown.help),
        "kind of answer": _plain(shown.how, told=True),
        "choices": Part(shown.options, shown.options, told=True),
        "if it is left open": _plain(shown.asked, told=True),
        "may the client choose otherwise": _plain("yes" if shown.changeable else "no"),
        "asked only where": Part(one.only_if, tuple(in_a_line((part,)) for part in shown.only_if), told=True),
        "what rules know of the answers": Part(properties, properties),
    }


def _rules(naming: Naming) -> Described:
    return {rule.id: (f"the rule “{rule.title}”", _rule(naming, rule)) for rule in naming.ruleset.rules}


def _rule(naming: Naming, rule: Rule) -> Parts:
    when = tuple(in_a_line((part,)) for part in clauses(naming, rule.when))
    does = tuple(one.in_a_line() for one in effects(naming, rule))
    return {
        "title": _plain(rule.title),
        "factor": Part(rule.factor, naming.ruleset.factors[rule.factor]),
        "when": Part(rule.when, when, told=True),
        "what it does": Part(rule.then, does, told=True),
        "why": _plain(rule.because),
        "support": _plain(rule.support, told=True),
        "evidence": Part(rule.evidence, rule.evidence),
    }


def _guarantees(naming: Naming) -> Described:
    return {
        one.id: (f"the guarantee “{one.title}”", _guarantee(naming, one)) for one in naming.ruleset.guarantees
    }


def _guarantee(naming: Naming, one: Guarantee) -> Parts:
    when = tuple(in_a_line((part,)) for part in clauses(naming, one.when)) if one.when is not None else ()
    promised = (one.always, one.never, one.raising)
    return {
        "title": _plain(one.title),
        "for whom": Part(one.when, when or "every client", told=True),
        "what it says": Part(promised, says(naming, one), told=True),
    }


def _papers(naming: Naming) -> Described:
    return {one.id: (f"the paper {one.id}", _paper(one)) for one in naming.ruleset.evidence.values()}


def _paper(paper: Paper) -> Parts:
    return {
        "title": _plain(paper.title, told=True),
        "authors": _plain(paper.authors),
        "journal": _plain(paper.journal),
        "year": _plain(paper.year),
        "link": _plain(paper.doi or paper.url),
        "what it says": _plain(paper.says, told=True),
    }


def _scenarios(naming: Naming) -> Described:
    return {
        one.name: (f"the worked client “{one.name}”", _scenario(naming, one))
        for one in naming.ruleset.scenarios
    }


def _scenario(naming: Naming, one: Scenario) -> Parts:
    answers = tuple(f"{label} {said}" for label, said in answered(naming, one.assessment))
    wanted = (one.expect, one.fired, one.not_fired)
    return {"answers": Part(one.assessment, answers), "what is expected": Part(wanted, expected(one))}


_HEADER = {"header": _header}
_OF_ALL: dict[str, Callable[[Naming], Described]] = {
    "limits": _limits,
    "texts": _texts,
    "questions": _questions,
    "rules": _rules,
    "guarantees": _guarantees,
    "papers": _papers,
}
_SCENARIOS = {"scenarios": _scenarios}
