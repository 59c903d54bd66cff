"""Everything that a ruleset says, thing by thing and part by part, in both vocabularies.

A part has a value, by which two versions are compared, and two ways to be said: ``spelled`` as its author
writes it, and ``read`` as a clinician reads it. So what was edited never depends on how it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Literal

from schemas.json_numbers import BEYOND, JsonNumber
from schemas.language import ANSWER, EFFECTS, KINDS, covers
from schemas.ruleset_fields import yes_or_no
from schemas.words import QUANTITIES
from service.model.client_page import ClientPage
from service.model.condition import Condition, Scalar
from service.model.flow import flow
from service.model.number import exact, parse_number
from service.model.problem import Place
from service.model.ruleset import (
    Contradiction,
    Guarantee,
    Input,
    Option,
    Paper,
    Rule,
    Ruleset,
    Scenario,
    TextPath,
    Translation,
)
from service.model.texts import in_words
from service.wording.answers import VERDICT_WORDS, answered, expectation
from service.wording.conditions import as_written, clauses, in_a_line
from service.wording.effects import spelled, spelled_effects, values_of_effects, words_of_effect
from service.wording.labels import Labels, attribute_words, in_order, option_label
from service.wording.phrases import capitalized, in_full, joined_by_and, measured, plain, scalar

Kind = Literal[
    "ruleset",
    "question",
    "client page",
    "contradiction",
    "rule",
    "guarantee",
    "scenario",
    "paper",
    "translation",
]
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Values whose order means something."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a thing.

    ``key`` names it as authors do, ``label`` as clinicians read it; several parts may have one label, and
    are read together. ``value`` is compared. ``spelled``: the value in a file's words; None: nothing to say.
    ``read``: the value in labels. ``several``: each of these words stands for itself, so that what came and
    what went can be told. ``of``: what the page takes for a thing, of which it is all, as of a verdict.
    ``about``: before the words of several such parts, as an answer's label. ``new``: read of a new thing.
    ``order``: only the order of what other parts say, compared where both versions have one.
    """

    key: str
    label: str
    value: object
    spelled: str | None
    read: Callable[[], Words]
    several: bool = False
    of: str = ""
    about: str = ""
    new: bool = False
    order: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """A question, rule, guarantee, scenario or paper, or the ruleset itself; ``title``: in a sentence."""

    kind: Kind
    name: str
    title: str
    place: Place | None
    parts: Mapping[str, Part]


def things(ruleset: Ruleset) -> dict[Kind, dict[str, Thing]]:
    """All that the ruleset says, by kind and id."""
    labels = Labels(ruleset)
    every = (
        (_ruleset(ruleset),),
        (_question(labels, one) for one in ruleset.inputs.values()),
        (_client_page(labels, ruleset.client_page),) if ruleset.client_page.places else (),
        (_contradiction(labels, one) for one in ruleset.contradictions),
        (_rule(labels, one) for one in ruleset.rules),
        (_guarantee(labels, one) for one in ruleset.guarantees),
        (_scenario(labels, one) for one in ruleset.scenarios),
        (_paper(one) for one in ruleset.evidence.values()),
        (_translation(language, texts) for language, texts in ruleset.translations.items()),
    )
    found: dict[Kind, dict[str, Thing]] = {}
    for of_a_kind in every:
        for one in of_a_kind:
            found.setdefault(one.kind, {})["" if one.kind == "ruleset" else one.name] = one
    return found


def _thing(kind: Kind, name: str, title: str, place: Place | None, parts: Iterator[Part]) -> Thing:
    return Thing(kind, name, title, place, {part.key: part for part in parts})


def id_part(name: str) -> Part:
    """The id of a thing, for where it is another now."""
    return Part("id", "id", name, name, _just(name))


def _just(*words: str) -> Callable[[], Words]:
    return lambda: words


def _text(key: str, label: str, text: str | None, *, of: str = "", new: bool = False) -> Part:
    return Part(key, label, text, text, _just(*filter(None, (text,))), of=of, new=new)


def _condition(
    key: str, label: str, condition: Condition | None, labels: Labels, otherwise: Words = ()
) -> Part:
    def read() -> Words:
        return condition_lines(labels, condition) if condition is not None else otherwise

    said = ", ".join(as_written(condition)) if condition is not None else None
    return Part(key, label, condition, said, read, several=True, new=True)


def condition_lines(labels: Labels, condition: Condition) -> Words:
    """What must all hold as a clinician reads it, a line each."""
    return tuple(in_a_line((clause,)) for clause in clauses(labels, condition))


# -- the ruleset itself ---------------------------------------------------------------------------------


def _ruleset(one: Ruleset) -> Thing:
    return _thing("ruleset", one.id, "the ruleset", one.place, _ruleset_parts(one))


def _ruleset_parts(one: Ruleset) -> Iterator[Part]:
    yield _text("title", "title", one.title)
    yield _text("version", "version", one.version)
    yield _text("effective", "first day", one.effective.isoformat() if one.effective is not None else None)
    yield _text("owner", "owner", one.owner)
    yield _text("language", "language", one.language if one.language != "en" else None)
    yield _text("time zone", "time zone", one.time_zone if one.time_zone != "UTC" else None)
    yield _text("extends", "what it builds on", one.extends)
    for member in fields(one.limits):
        low, high = getattr(one.limits, member.name)
        label = f"of {QUANTITIES[member.name].named}"  # type: ignore[index]
        yield _text(f"limits, {member.name.replace('_', ' ')}", label, f"{low} to {high}", of="the limits")
    factors = tuple(one.factors)
    read = _just(joined_by_and(map(plain, factors)))
    yield Part("factors", "factors, in their order", Ordered(factors), ", ".join(factors), read, order=True)
    for name, title in one.factors.items():
        yield _text(f"factors, {name}", "text", title, of=f"the factor “{plain(name)}”", new=True)
    for name, levels in one.conclusion_levels.items():
        key, of, read = (
            f"conclusions, {name}",
            f"the conclusion “{plain(name)}”",
            _just(joined_by_and(map(plain, levels))),
        )
        yield Part(key, "text", Ordered(levels), ", ".join(levels), read, of=of, new=True)
    for verdict, text in one.verdicts.items():
        of = f"the verdict “{VERDICT_WORDS[verdict].name}”"
        yield _text(f"verdicts, {verdict}", "text", text, of=of, new=True)
    for name, text in one.benefit_texts.items():
        yield _text(f"benefits, {name}", "text", text, of=f"the benefit “{plain(name)}”", new=True)
    for name, text in one.removed.items():
        yield _text(f"removed, {name}", "text", text, of=f"what was asked as “{plain(name)}”", new=True)


# -- questions ------------------------------------------------------------------------------------------


def how_answered(one: Input) -> str:
    """How a question is answered: ``one of these``, ``a whole number from 0 to 40``."""
    low, high = one.domain.low, one.domain.high
    how = KINDS[one.kind].how
    return (
        f"{how} from {scalar(low)} to {measured(high, one.unit)}"
        if low is not None and high is not None
        else how
    )


def if_left_open(labels: Labels, one: Input) -> str:
    """What leaving a question open comes to: ``Required``, ``Must be asked``, ``Taken as “no”``."""
    if one.required:
        return "Required"
    if one.must_ask:
        return "Must be asked"
    return "Optional" if one.default is None else f"Taken as {_in_labels(labels, one, one.default)}"


def _in_labels(labels: Labels, one: Input, answer: Scalar | frozenset[str]) -> str:
    """An answer to a question, in quotes where it is a single one."""
    if isinstance(answer, frozenset):
        order = [option.id for option in one.options]
        return (
            joined_by_and(labels.answer(one.id, name) for name in in_order(answer, order)) or "none of them"
        )
    return f"“{labels.answer(one.id, answer)}”"


def _question(labels: Labels, one: Input) -> Thing:
    return _thing("question", one.id, f"the question “{one.label}”", one.place, _question_parts(labels, one))


def _question_parts(labels: Labels, one: Input) -> Iterator[Part]:
    low, high = one.domain.low, one.domain.high
    bounds = f"{in_full(low)} to {in_full(high)}" if low is not None and high is not None else None

    def how(key: str, value: object, said: str | None) -> Part:
        return Part(key, "kind of answer", value, said, lambda: (how_answered(one),), new=True)

    def left_open(key: str, value: object, said: str | None) -> Part:
        return Part(key, "if it is left open", value, said, lambda: (if_left_open(labels, one),), new=True)

    yield how("kind", one.kind, one.kind)
    yield _text("label", "label", one.label)
    yield _text("help", "help", one.help)
    yield how("unit", one.unit, one.unit)
    yield how("bounds", Ordered((low, high)), bounds)
    yield left_open("required", one.required, "yes" if one.required else None)
    yield left_open("must ask", one.must_ask, "yes" if one.must_ask else None)
    yield left_open("default", one.default, None if one.default is None else spelled(one.default))
    yield _condition("only if", "asked only where", one.only_if, labels)
    changeable = "yes" if one.changeable else "no"
    said = "yes" if one.changeable else None
    yield Part("changeable", "may the client choose otherwise", one.changeable, said, _just(changeable))
    for option in one.options:
        yield from _option_parts(option)
    if KINDS[one.kind].ordered:
        levels = tuple(option.id for option in one.options)
        words = tuple(map(option_label, one.options))
        said, read = ", ".join(levels), _just(joined_by_and(words))
        yield Part("levels", "choices, from low to high", Ordered(levels), said, read, order=True)


def _option_parts(option: Option) -> Iterator[Part]:
    label = option_label(option)
    yield Part(
        f"option {option.id}, label", "choices", option.label, option.label, _just(label),
        several=True, new=True,
    )  # fmt: skip
    for name, value in option.attributes.items():
        words = f"{capitalized(plain(name))}: {attribute_words(value)}"
        yield Part(
            f"option {option.id}, {name}", "what rules know of the answers", value, spelled(value),
            _just(words),
            several=True, about=label,
        )  # fmt: skip


# -- the client page ------------------------------------------------------------------------------------


def _client_page(labels: Labels, page: ClientPage) -> Thing:
    return _thing("client page", "", "the client page", page.places.get(()), _page_parts(labels, page))


def _page_parts(labels: Labels, page: ClientPage) -> Iterator[Part]:
    yield _text("title", "title", page.title, new=True)
    yield _text("start", "before the first question", page.start, new=True)
    age = None if page.minimum_age is None else str(page.minimum_age)
    yield _text("minimum age", "from what age", age, new=True)
    for name, answer in page.answers.items():
        one = labels.ruleset.inputs[name]
        words = f"{one.label} {_in_labels(labels, one, answer)}"
        yield Part(
            f"answers, {name}", "the same for every client", answer, spelled(answer), _just(words),
            several=True, new=True,
        )  # fmt: skip
    left_out = tuple(labels.question(name) for name in page.left_out)
    said = ", ".join(page.left_out) or None
    yield Part("leave out", "not asked", page.left_out, said, _just(*left_out), several=True, new=True)
    for name, put in page.words.items():
        asked = f"“{labels.question(name)}”"
        yield _text(f"words, {name}, label", f"{asked} is put as", put.label, new=True)
        yield _text(f"words, {name}, help", f"the help beside {asked}", put.help, new=True)
        for option, text in put.options.items():
            label = f"{asked}, answer “{labels.answer(name, option)}”"
            yield _text(f"words, {name}, options, {option}", label, text, new=True)
    yield _text("contact", "contact", page.contact, new=True)


# -- rules and guarantees -------------------------------------------------------------------------------


def _rule(labels: Labels, one: Rule) -> Thing:
    return _thing("rule", one.id, f"the rule “{one.title}”", one.place, _rule_parts(labels, one))


def _rule_parts(labels: Labels, one: Rule) -> Iterator[Part]:
    factor = labels.ruleset.factors[one.factor]
    yield Part("factor", "factor", one.factor, one.factor, _just(factor))
    yield _text("title", "title", one.title)
    yield _condition("when", "when", one.when, labels)
    said = spelled_effects(one.then)
    for key, value in values_of_effects(one.then).items():
        yield Part(
            f"then, {key}", "what it does", value, said[key],
            partial(_effect_lines, labels, one, key),
            several=True, new=True,
        )  # fmt: skip
    yield _text("because", "why", one.because)
    yield _text("support", "support", one.support, new=True)
    papers = one.evidence
    yield Part("evidence", "evidence", papers, ", ".join(papers) or None, _just(*papers), several=True)


def _effect_lines(labels: Labels, one: Rule, key: str) -> Words:
    effect = next(effect for effect in EFFECTS.values() if effect.key == key)
    shown = EFFECTS[effect.goes_with] if effect.goes_with is not None else effect
    return tuple(words.in_a_line() for words in words_of_effect(labels, one, shown))


def promised(labels: Labels, guarantee: Guarantee) -> str:
    """What the guarantee says of those for whom it is, as a clinician reads it."""
    if guarantee.raising is not None:
        return f"Never: fewer sessions for a higher answer to “{labels.question(guarantee.raising)}”"
    word, outcome = ("Always", guarantee.always) if guarantee.always else ("Never", guarantee.never or "")
    return f"{word}: {_outcome(outcome)}"


def _outcome(outcome: str) -> str:
    if outcome.startswith("sessions above"):
        return f"more than {outcome.rpartition(' ')[2]} sessions"
    if outcome == "numbers":
        return "numbers are given"
    verdict = EFFECTS[outcome.replace(" ", "_")].verdict
    return VERDICT_WORDS[verdict].promised if verdict else "the client hears that one session may be enough"


def _contradiction(labels: Labels, one: Contradiction) -> Thing:
    parts = (_condition("when", "when", one.when, labels), _text("says", "what it says", one.says, new=True))
    return _thing("contradiction", one.id, f"the contradiction “{plain(one.id)}”", one.place, iter(parts))


def _guarantee(labels: Labels, one: Guarantee) -> Thing:
    title = f"the guarantee “{one.title}”"
    return _thing("guarantee", one.id, title, one.place, _guarantee_parts(labels, one))


def _guarantee_parts(labels: Labels, one: Guarantee) -> Iterator[Part]:
    yield _text("title", "title", one.title)
    yield _condition("when", "for whom", one.when, labels, otherwise=("every client",))
    said = {"always": one.always, "never": one.never, "raising": one.raising}
    for key, value in {**said, "never lowers": "sessions" if one.raising else None}.items():
        yield Part(key, "what it says", value, value, lambda: (promised(labels, one),), new=True)


# -- translations ---------------------------------------------------------------------------------------


def _translation(language: str, texts: Mapping[TextPath, Translation]) -> Thing:
    parts = (_text(in_words(path), in_words(path), one.text) for path, one in texts.items())
    place = next((Place(one.place.file) for one in texts.values()), None)
    return _thing("translation", language, f"the texts in {language}", place, parts)


# -- scenarios and papers -------------------------------------------------------------------------------


def _scenario(labels: Labels, one: Scenario) -> Thing:
    title = f"the worked client “{one.name}”"
    return _thing("scenario", one.name, title, one.place, _scenario_parts(labels, one))


def _scenario_parts(labels: Labels, one: Scenario) -> Iterator[Part]:
    def answers() -> Words:
        return tuple(f"{label} {said}" for label, said in answered(labels, one.assessment))

    def expected(key: str, value: object, said: str | None) -> Part:
        return Part(key, "what is expected", value, said, lambda: (expectation(labels, one),))

    given = {name: _exact(value) for name, value in one.assessment.items()}
    yield Part("assessment", "answers", given, flow(one.assessment), answers, several=True)
    wanted = {member: _meant(member, value) for member, value in one.expected.items()}
    yield expected("expect", wanted, flow(one.expected))
    yield expected("fired", one.fired, ", ".join(one.fired) or None)
    yield expected("not fired", one.not_fired, ", ".join(one.not_fired) or None)
    yield _text("as of", "day", None if one.as_of is None else one.as_of.isoformat())


def _exact(value: Any) -> object:
    """An answer as it counts: ``5.0`` is 5, and a set has no order."""
    if isinstance(value, list):
        return tuple(map(_exact, value))
    if isinstance(value, Mapping):
        return {key: _exact(below) for key, below in value.items()}
    is_number = isinstance(value, JsonNumber) and not isinstance(value, bool) and value != BEYOND
    return exact(value) if is_number else value


def _meant(member: str, value: Any) -> object:
    """What is expected of a member as it is compared with the answer: a number or a flag as such."""
    if isinstance(value, Mapping):
        return {key: _meant(member, below) for key, below in value.items()}
    if isinstance(value, list):
        return tuple(_meant(member, below) for below in value)
    holds = ANSWER[member].holds if member in ANSWER else "text"
    if isinstance(value, str) and holds in ("range", "scores"):
        number = parse_number(value)
        return value if number is None else number
    flag = yes_or_no(value) if holds == "levels" else None
    return value if flag is None else flag


_PAPER_LABELS = {
    "title": "title",
    "authors": "authors",
    "journal": "journal",
    "year": "year",
    "doi": "link",
    "url": "link",
    "says": "what it says",
}
covers(_PAPER_LABELS, {one.name for one in fields(Paper)} - {"id"}, "labels of a paper's parts")


def _paper(one: Paper) -> Thing:
    parts = (
        _text(key, label, getattr(one, key), new=key in ("title", "says"))
        for key, label in _PAPER_LABELS.items()
    )
    return _thing("paper", one.id, f"the paper {one.id}", None, parts)
