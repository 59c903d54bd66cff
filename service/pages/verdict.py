"""What would be answered to a client, as a page shows it: the verdict, the numbers, the texts, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.language import ANSWER, NEWEST_LANGUAGE, members
from schemas.language_tags import direction
from schemas.words import QUANTITIES
from service.model.ruleset import SESSIONS_DONE, Rule, Ruleset
from service.pages.pictures import Calendar, Picture, calendar, waterfall
from service.wording.answers import (
    ON_ONE_SESSION,
    SUPPORT_MEANS,
    VERDICT_WORDS,
    note_words,
    quantity_words,
    value_words,
)
from service.wording.effects import ONE_SESSION_WORDS, EffectWords, effect_words
from service.wording.labels import Labels, paper_link
from service.wording.phrases import capitalized
from service.wording.steps import Trail, WorkedStep

Answer = Mapping[str, Any]

MOST_DRAWN = 30
"""Plans of more sessions than this get no picture, only words."""


@dataclass(frozen=True, slots=True)
class SessionRange:
    """The sessions of a plan as a picture: each is done, sure to come, or perhaps needed."""

    sentence: str
    marks: tuple[str, ...]
    typical: int


@dataclass(frozen=True, slots=True)
class CitedPaper:
    """A paper that a rule cites: its id, its title, and where to read it (None: not known)."""

    id: str
    title: str
    link: str | None


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that fired: what it is about and why, what it saw, what it does, and where it stands."""

    id: str
    title: str
    because: str
    factor: str
    matched: tuple[tuple[str, str], ...]
    does: tuple[EffectWords, ...]
    support: str | None
    papers: tuple[CitedPaper, ...]
    defined_at: str


@dataclass(frozen=True, slots=True)
class WorkedNumber:
    """How a number comes about: a picture (None: too many steps), and each step beside its rule."""

    title: str
    picture: Picture | None
    steps: tuple[tuple[WorkedStep, Rule | None], ...]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The whole, in the order of the page. ``language`` and ``direction`` are those of authored texts."""

    language: str
    direction: str
    verdict: str
    name: str
    means: str
    text: str
    one_session: str
    numbers: tuple[tuple[str, str], ...]
    sessions: SessionRange | None
    sessions_words: str
    support: tuple[str, str] | None
    texts: tuple[tuple[str, tuple[str, ...]], ...]
    unanswered: tuple[tuple[str, str], ...]
    fired: tuple[FiredRule, ...]
    worked: tuple[WorkedNumber, ...]
    calendar: Calendar | None
    warnings: tuple[str, ...]


def verdict_view(
    ruleset: Ruleset, assessment: Mapping[str, Any], answer: Answer, day: date | None = None
) -> VerdictView:
    """The view of an answer; ``ruleset`` is what decided, in the answer's language.

    ``day``: when the next session might be. Of an answer of an earlier version of the language the steps are
    left out.
    """
    labels = Labels(ruleset)
    words = VERDICT_WORDS[answer["verdict"]]
    numbers = quantity_words(answer)
    rules = {rule.id: rule for rule in ruleset.rules}
    support = answer["support"]
    is_newest = ruleset.language_version == NEWEST_LANGUAGE
    return VerdictView(
        language=ruleset.language,
        direction=direction(ruleset.language),
        verdict=answer["verdict"],
        name=words.name,
        means=words.means,
        text=answer["verdict_text"],
        one_session=_one_session(answer[ON_ONE_SESSION]),
        numbers=tuple((ANSWER[name].label, text) for name, text in numbers.items()),
        sessions=_range(ruleset, assessment, answer, numbers.get("sessions", "")),
        sessions_words=numbers.get("sessions", ""),
        support=None if support is None else (support, SUPPORT_MEANS[support]),
        texts=tuple(_texts(answer)),
        unanswered=tuple((name, ruleset.inputs[name].label) for name in answer["unanswered"]),
        fired=tuple(_fired(labels, rules[hit["rule"]], hit) for hit in answer["fired"]),
        worked=tuple(_worked(ruleset, assessment, answer)) if is_newest else (),
        calendar=calendar(assessment, answer, day),
        warnings=tuple(one["text"] for one in answer["warnings"] if one["code"] != "unanswered"),
    )


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """A test of a rule as written, what it came to and what it looked at; ``first``: the first that fails."""

    written: str
    truth: str
    given: str
    first: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why one rule fires or not."""

    title: str
    id: str
    defined_at: str
    fires: bool
    tests: tuple[TestOutcome, ...]


def why_not(ruleset: Ruleset, answer: Answer, rule_id: str) -> WhyNot | None:
    """That for a rule of an answer that was asked to explain; None: there is no such rule."""
    rule = next((rule for rule in ruleset.rules if rule.id == rule_id), None)
    if rule is None:
        return None
    missed = next((one for one in answer["not_fired"] if one["rule"] == rule_id), None)
    tests = [] if missed is None else missed["conditions"]
    failed = next((place for place, one in enumerate(tests) if one["truth"] != "true"), None)
    return WhyNot(
        rule.title,
        rule.id,
        rule.defined_at,
        missed is None,
        tuple(
            TestOutcome(one["condition"], one["truth"], value_words(one["given"]), place == failed)
            for place, one in enumerate(tests)
        ),
    )


def rules_called(rules: Sequence[Rule], words: str) -> tuple[Rule, ...]:
    """The rules of that id or title, or else those in whose ids and titles all the words stand."""
    wanted = words.casefold().split()
    whole = " ".join(wanted)
    named = tuple(rule for rule in rules if whole in (rule.id.casefold(), rule.title.casefold()))
    return named or tuple(
        rule for rule in rules if all(word in f"{rule.id} {rule.title}".casefold() for word in wanted)
    )


def _worked(ruleset: Ruleset, assessment: Mapping[str, Any], answer: Answer) -> Iterable[WorkedNumber]:
    rules = {rule.id: rule for rule in ruleset.rules}
    quantities = dict.fromkeys(step["of"] for step in answer["steps"])
    for title, words in Trail(ruleset, assessment, answer).sections():
        of = next(one for one in QUANTITIES if one in quantities)
        del quantities[of]
        steps = [step for step in answer["steps"] if step["of"] == of]
        rows = zip(words, (rules.get(step["rule"]) for step in steps), strict=True)
        yield WorkedNumber(title, waterfall(ruleset, of, steps, words), tuple(rows))


def _one_session(said: str) -> str:
    words = ONE_SESSION_WORDS[said]
    return capitalized(f"{'' if said == 'undecided' else 'one session '}{words}.")


def _range(
    ruleset: Ruleset, assessment: Mapping[str, Any], answer: Answer, words: str
) -> SessionRange | None:
    """None where there is no number, or one that is too large to be drawn."""
    sessions = answer["sessions"]
    if sessions is None or not 0 < sessions["max"] <= MOST_DRAWN:
        return None
    done = sessions_done(ruleset, assessment)
    marks = session_marks(sessions, done)
    sentence = f"Sessions in all: {words}." + (f" Done so far: {done}." if done else "")
    return SessionRange(sentence, marks, sessions["typical"])


def sessions_done(ruleset: Ruleset, assessment: Mapping[str, Any]) -> int:
    """How many sessions are done by an assessment."""
    return int(assessment.get(SESSIONS_DONE) or 0) if ruleset.counts_sessions_done else 0


def session_marks(sessions: Mapping[str, Any], done: int) -> tuple[str, ...]:
    """Of each session of a plan whether it is ``done``, ``sure`` to come, or needed ``perhaps``."""
    return tuple(
        "done" if number <= done else "sure" if number <= sessions["min"] else "perhaps"
        for number in range(1, sessions["max"] + 1)
    )


def _texts(answer: Answer) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The texts of an answer below their headings, in the order of its members."""
    for member in members("notes", "deferrals", "moments"):
        if answer.get(member):
            yield ANSWER[member].label, tuple(note_words(note) for note in answer[member])
    for member in members("named texts"):
        if answer.get(member):
            yield ANSWER[member].label, tuple(one["text"] for one in answer[member])


def _fired(labels: Labels, rule: Rule, hit: Mapping[str, Any]) -> FiredRule:
    ruleset = labels.ruleset
    cited = [ruleset.evidence[name] for name in rule.evidence if name in ruleset.evidence]
    return FiredRule(
        id=rule.id,
        title=hit["title"],
        because=hit["because"],
        factor=ruleset.factors[hit["factor"]],
        matched=tuple(_seen(labels, key, value) for key, value in hit["matched"].items()),
        does=effect_words(labels, rule),
        support=hit["support"],
        papers=tuple(CitedPaper(one.id, one.title or one.id, paper_link(one)) for one in cited),
        defined_at=hit["defined_at"],
    )


def _seen(labels: Labels, key: str, value: Any) -> tuple[str, str]:
    """What a rule looked at and saw, in labels; an attribute, a conclusion or a score by its name."""
    if key not in labels.ruleset.inputs:
        return key, value_words(value)
    many = value if isinstance(value, list) else [value]
    shown = [labels.answer(key, one) if isinstance(one, str) else value_words(one) for one in many]
    return labels.question(key), ", ".join(shown) or "none of these"
