"""A ruleset as its authors mean it: questions, rules, limits and texts, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from schemas.language import (
    EFFECTS,
    KINDS,
    NEWEST_LANGUAGE,
    Category,
    Effect,
    Gains,
    Moment,
    Quantity,
    Support,
    Value,
    Verdict,
    covers,
    effects,
)
from schemas.words import BUILT_IN, LIMITED
from service.model.client_page import ClientPage
from service.model.condition import MONTH, Condition, Domain, Scalar, Subject, tests_of
from service.model.number import Number, Triple
from service.model.problem import Place

OneSession = Literal["may_suffice", "will_not_suffice"]


SESSIONS_DONE = "sessions_done"
"""The question, in whole numbers, whose answer is taken off the sessions to tell what remains."""

AttributeValue = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a person can choose, with the attributes that rules may look at.

    ``places`` keeps where its parts stand, by path (``("target",)`` for an attribute), the option itself by
    the empty one.
    """

    id: str
    label: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Input:
    """One question of the assessment.

    ``low`` and ``high`` bound a number; ``default`` is taken where nothing is given; ``only_if`` says
    where the question applies at all (None: everywhere). ``place`` is that of the last words laid over it,
    ``asked_first`` where an extended ruleset asked it, or its own.
    """

    id: str
    label: str
    kind: str
    domain: Domain
    place: Place
    help: str | None = None
    options: tuple[Option, ...] = ()
    unit: str | None = None
    required: bool = False
    must_ask: bool = False
    default: Scalar | frozenset[str] | None = None
    changeable: bool = False
    only_if: Condition | None = None
    attributes: Mapping[str, Domain] = field(default_factory=dict)
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict, repr=False, compare=False)
    asked_first: Place = field(default=Place(""), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AttributeRef:
    """A number attribute of whichever option is given for an input: ``goal.times``."""

    input: str
    attribute: str

    @property
    def key(self) -> str:
        """``goal.times``."""
        return f"{self.input}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class FromScore:
    """A base worked out from a score: typical is score x times, min and max that -+ spread."""

    score: str
    times: Number = 1
    spread: Number = 0
    at_least: Number = 1


@dataclass(frozen=True, slots=True)
class FromProgress:
    """The plan made again, from the improvement seen (percent) after so many sessions.

    ``target`` is an input's id, an attribute or a number, in percent; ``margin`` in points of percent.
    ``gains``: how sessions add up, by the same share of what is left (shrinking) or by as many points (even).
    What is expected: that a whole course ``clears`` so many percent, or that each session ``adds`` so many
    points; neither: nothing is. ``weight``: of so many sessions that went as expected.
    """

    improvement: str
    sessions: str
    target: str | AttributeRef | Number
    margin: Number = 0
    gains: Gains = "shrinking"
    clears: Number | None = None
    adds: AttributeRef | Number | None = None
    weight: Number = 0


@dataclass(frozen=True, slots=True)
class WhenSlow:
    """A referral where the last ``over`` sessions gave less than ``share`` percent of what was expected.

    ``gain``: the question that says how many points of percent they gave.
    """

    gain: str
    over: int
    share: Number
    text: str


TextsByMoment = tuple[tuple[Moment | None, str], ...]
"""Texts, each with the moment of a session at which it is told, in that order; None: at no certain one."""


TextPath = tuple[str, ...]
"""Where a text stands: ``("rules", "gold", "stop")``, by the keys of ``texts.LANG.yaml``."""

EffectPath = tuple[str | int, ...]
"""Where something stands in a rule's ``then``: ``("points", "kirby_desai", 2)``."""


@dataclass(frozen=True)
class Effects:
    """What a rule does when it fires: the whole of its ``then``."""

    sessions: Triple | None = None
    sessions_from_score: FromScore | None = None
    sessions_times: Number | Triple | AttributeRef | None = None
    add_sessions: Number | Triple | None = None
    most_sessions: Number | AttributeRef | None = None
    interval_weeks: Triple | None = None
    add_interval_weeks: Number | Triple | AttributeRef | None = None
    review_weeks: Triple | None = None
    maintenance_weeks: Triple | None = None
    expect: str | None = None
    conclude: tuple[tuple[str, str | bool], ...] = ()
    points: tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...] = ()
    remaining_from_progress: FromProgress | None = None
    refer: str | None = None
    refer_when_slow: WhenSlow | None = None
    no_numbers: str | None = None
    defer: str | None = None
    until: str | None = None
    defer_weeks: int | None = None
    stop: str | None = None
    advise: TextsByMoment = ()
    benefits: tuple[str, ...] = ()
    one_session: OneSession | None = None

    def present(self, *categories: Category) -> Iterator[tuple[Effect, Any]]:
        """Each effect that the rule has, of these categories (none named: of all), with its value."""
        for effect, value in self._all_present:
            if not categories or effect.category in categories:
                yield effect, value

    @cached_property
    def _all_present(self) -> tuple[tuple[Effect, Any], ...]:
        """Found once: it is asked for thousands of times while a ruleset is proven."""
        found = ((effect, getattr(self, effect.name)) for effect in EFFECTS.values())
        return tuple((effect, value) for effect, value in found if value is not None and value != ())

    def references(self, *categories: Category) -> Iterator[tuple[EffectPath, AttributeRef | str]]:
        """Each fact that an effect's numbers come from, with its path in ``then`` (by the keys in files).

        An attribute as it is; a question by its id; a score by its key (``scores.kirby_desai``). Only those
        of effects of these categories (none named: of all).

        Raises:
            TypeError: an effect's value is of a kind whose facts are not known.
        """
        for effect, value in self.present(*categories):
            yield from _references(value, (effect.key,))

    def texts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Each text that the rule tells, with its path in ``then`` (by the keys in files)."""
        for effect, value in self.present():
            for path, text in _TEXTS_IN[effect.value](value):
                yield (effect.key, *path), text

    def with_texts(self, texts: Mapping[tuple[str, ...], str]) -> Effects:
        """The same effects, told by these texts, by their paths; those that are not named stay."""
        changed = {}
        for effect, value in self.present():
            own = {
                path: texts.get((effect.key, *path), text) for path, text in _TEXTS_IN[effect.value](value)
            }
            if own:
                changed[effect.name] = _WITH_TEXTS[effect.value](value, own)
        return replace(self, **changed)

    def feeds(self) -> Iterator[str]:
        """The keys of what the rule adds to, for other rules to test: conclusions and scores."""
        yield from (f"conclusions.{name}" for name, _ in self.conclude)
        yield from (f"scores.{name}" for name, _ in self.points)

    @property
    def gives_a_number(self) -> bool:
        """Whether any of the effects is a number that needs support."""
        return any(effect.needs_support for effect, _ in self.present())


covers((member.name for member in fields(Effects)), EFFECTS, "members of Effects")


def _no_texts(_: object) -> Iterator[tuple[TextPath, str]]:
    return iter(())


def _whole(value: str) -> Iterator[tuple[TextPath, str]]:
    yield (), value


def _by_moment(value: TextsByMoment) -> Iterator[tuple[TextPath, str]]:
    for at, text in value:
        yield () if at is None else (at.replace("_", " "),), text


def _when_slow(value: WhenSlow) -> Iterator[tuple[TextPath, str]]:
    yield ("text",), value.text


def _with_moments(value: TextsByMoment, texts: Mapping[TextPath, str]) -> TextsByMoment:
    return tuple(zip((at for at, _ in value), texts.values(), strict=True))


_TEXTS_IN: Mapping[Value, Callable[[Any], Iterator[tuple[TextPath, str]]]] = {
    **dict.fromkeys(("range", "bounded range", "amount", "factor", "cap", "score", "progress"), _no_texts),
    **dict.fromkeys(("level", "sums", "ids", "choice", "weeks"), _no_texts),
    "text": _whole,
    "moments": _by_moment,
    "slow": _when_slow,
}
"""The texts in an effect's value, each with its path below the effect's key."""
covers(_TEXTS_IN, get_args(Value), "values of effects in which texts are, or are not")

_WITH_TEXTS: Mapping[Value, Callable[[Any, Mapping[TextPath, str]], Any]] = {
    "text": lambda _, texts: texts[()],
    "moments": _with_moments,
    "slow": lambda value, texts: replace(value, text=texts["text",]),
}
"""The value with other texts, in the order of ``_TEXTS_IN``."""
covers(
    _WITH_TEXTS,
    (value for value in get_args(Value) if _TEXTS_IN[value] is not _no_texts),
    "values of effects whose texts can be told otherwise",
)
covers(("conclude", "points"), (effect.name for effect in effects("fact")), "effects that other rules test")


def _references(value: object, path: EffectPath) -> Iterator[tuple[EffectPath, AttributeRef | str]]:
    match value:
        case AttributeRef():
            yield path, value
        case FromScore():
            yield (*path, "score"), f"scores.{value.score}"
        case FromProgress():
            yield (*path, "improvement"), value.improvement
            yield (*path, "sessions"), value.sessions
            if isinstance(value.target, str | AttributeRef):
                yield (*path, "target"), value.target
            if isinstance(value.adds, AttributeRef):
                yield (*path, "expected", "adds"), value.adds
        case WhenSlow():
            yield (*path, "gain"), value.gain
        case None | Triple() | str() | bool() | int() | Fraction():
            return
        case (str(name), tuple(items)):
            for index, item in enumerate(items):
                yield from _references(item, (*path, name) if len(items) == 1 else (*path, name, index))
        case tuple():
            for item in value:
                yield from _references(item, path)
        case _:
            raise TypeError(f"It is not known which facts {value!r} comes from")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it fires, what it does, why, and what that rests on; ``digest`` is over all of that.

    ``places`` keeps where the parts of the rule stand, by path (``("then", "sessions")``), for the
    problems that later checks find.
    """

    id: str
    factor: str
    title: str
    when: Condition
    then: Effects
    because: str
    support: Support | None
    evidence: tuple[str, ...]
    defined_at: str
    place: Place
    digest: str = field(default="", compare=False)
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Answers that can't all be true: an assessment for which ``when`` holds is refused with this text."""

    id: str
    when: Condition
    says: str
    place: Place

    @property
    def inputs(self) -> tuple[str, ...]:
        """The questions that it looks at, in the order in which they are written."""
        subjects = (key for test in tests_of(self.when) for key in test.subjects)
        return tuple(dict.fromkeys(key.partition(".")[0] for key in subjects))


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What must always hold, as its author wrote it; proven, not sampled.

    ``raising``: a higher answer to this question never lowers the number of sessions.
    """

    id: str
    title: str
    place: Place
    when: Condition | None = None
    always: str | None = None
    never: str | None = None
    raising: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A worked client and what it must get; ``assessment`` and ``expected`` as plain JSON data.

    ``places`` keeps where the parts of ``expected`` stand, by path (``("sessions", "min")``).
    """

    name: str
    assessment: Mapping[str, object]
    expected: Mapping[str, object]
    fired: tuple[str, ...]
    not_fired: tuple[str, ...]
    as_of: date | None
    place: Place
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """A source that rules cite."""

    id: str
    title: str
    authors: str | None = None
    journal: str | None = None
    year: str | None = None
    doi: str | None = None
    url: str | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who read which digest, and when."""

    digest: str
    role: str
    date: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of every plan: sessions and weeks between them, lowest and highest."""

    sessions: tuple[int, int]
    interval_weeks: tuple[int, int]

    def of(self, quantity: Quantity | None) -> tuple[int, int] | None:
        """The lowest and the highest of one number of a plan; None where it has no limits."""
        if quantity is None or quantity not in LIMITED:
            return None
        limits: tuple[int, int] = getattr(self, quantity)
        return limits


covers((member.name for member in fields(Limits)), LIMITED, "limits")


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in another language, and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class ForeignText:
    """A text, and the language in which it is written."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A whole ruleset, an extended one's parts already taken over, rules in the order of answers.

    ``language_version``: of the language of rules under which it was read, with whose arithmetic and members
    of an answer it decides.

    ``language`` (BCP 47) is the one in which its texts are, ``languages`` all in which it answers, its own
    first; ``taken_over`` those that an extended ruleset answers in already. ``foreign``: texts that an
    extended ruleset has in another language, as they stand there. ``translations`` holds, by language, those
    that are of the texts as they are now. ``words`` are the built-in ones; ``untold``: texts that are not
    there in its language, so that others stand for them. ``places``: where the texts of its header stand.
    ``set_aside``: rules of extended rulesets that are not in force, each with the place that disables or
    replaces it.
    """

    id: str
    title: str
    version: str
    digest: str
    limits: Limits
    factors: Mapping[str, str]
    inputs: Mapping[str, Input]
    rules: tuple[Rule, ...]
    subjects: Mapping[str, Subject]
    conclusion_levels: Mapping[str, tuple[str, ...]]
    flags: tuple[str, ...]
    scores: tuple[str, ...]
    stages: tuple[tuple[int, ...], ...]
    verdicts: Mapping[Verdict, str]
    benefit_texts: Mapping[str, str]
    evidence: Mapping[str, Paper]
    guarantees: tuple[Guarantee, ...]
    scenarios: tuple[Scenario, ...]
    place: Place
    effective: date | None = None
    owner: str | None = None
    extends: str | None = None
    signed_off: bool = False
    time_zone: str = "UTC"
    contradictions: tuple[Contradiction, ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    language_version: int = NEWEST_LANGUAGE
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    taken_over: frozenset[str] = frozenset()
    foreign: Mapping[TextPath, ForeignText] = field(default_factory=dict, repr=False)
    translations: Mapping[str, Mapping[TextPath, Translation]] = field(default_factory=dict, repr=False)
    words: Mapping[str, str] = field(default_factory=lambda: BUILT_IN["en"], repr=False)
    untold: frozenset[TextPath] = field(default=frozenset(), repr=False)
    places: Mapping[TextPath, Place] = field(default_factory=dict, repr=False, compare=False)
    set_aside: tuple[tuple[Rule, Place], ...] = field(default=(), repr=False, compare=False)
    client_page: ClientPage = field(default=ClientPage(), repr=False)

    def wrote(self, place: Place) -> bool:
        """Whether it is in the ruleset's own files, and not in those of one that it extends."""
        return place.file.startswith(self.place.file.removesuffix("ruleset.yaml"))

    @property
    def conditions(self) -> Iterator[Condition]:
        """Every condition: of rules, questions, guarantees and contradictions."""
        yield from (rule.when for rule in self.rules)
        yield from (one.only_if for one in self.inputs.values() if one.only_if is not None)
        yield from (one.when for one in self.guarantees if one.when is not None)
        yield from (one.when for one in self.contradictions)

    @property
    def tests_month(self) -> bool:
        """Whether a rule or a guarantee looks at the month of the day for which is asked."""
        return any(test.subject == MONTH for condition in self.conditions for test in tests_of(condition))

    def says(self, word: str, **filled: object) -> str:
        """A built-in text in the ruleset's language; what stands in its braces is filled in."""
        text = self.words[word]
        for name, value in filled.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def today(self, now: datetime) -> date:
        """The day that it is in the ruleset's time zone; ``now`` is in UTC."""
        return (now if self.time_zone == "UTC" else now.astimezone(ZoneInfo(self.time_zone))).date()

    @property
    def counts_sessions_done(self) -> bool:
        """Whether sessions that were done are taken off a plan."""
        one = self.inputs.get(SESSIONS_DONE)
        return one is not None and KINDS[one.kind].whole
