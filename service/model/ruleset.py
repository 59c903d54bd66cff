"""A ruleset as its authors mean it: questions, rules, limits and texts, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal, get_args

from schemas.language import EFFECTS, Category, Effect, Support, Value, Verdict, covers
from service.model.condition import Condition, Domain, Scalar, Subject
from service.model.number import Number, Triple
from service.model.problem import Place

OneSession = Literal["may_suffice", "will_not_suffice"]


AttributeValue = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a person can choose, with the attributes that rules may look at."""

    id: str
    label: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Input:
    """One question of the assessment.

    ``low`` and ``high`` bound a number; ``default`` is taken where nothing is given; ``only_if`` says
    where the question applies at all (None: everywhere).
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


@dataclass(frozen=True, slots=True)
class AttributeRef:
    """A number attribute of whichever option is given for an input: ``goal.times``."""

    input: str
    attribute: str

    @property
    def key(self) -> str:
        """``goal.times``."""
        return f"{self.input}.{self.attribute}"


Points = tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]
"""What is added to scores, by score; several amounts of a rule are added up."""


@dataclass(frozen=True, slots=True)
class FromScore:
    """A base worked out from a score: typical is score x times, min and max that -+ spread."""

    score: str
    times: Number = 1
    spread: Number = 0
    at_least: Number = 1


@dataclass(frozen=True, slots=True)
class FromProgress:
    """Sessions still needed, from the improvement seen (percent) after so many sessions.

    ``target`` is an input's id, an attribute or a number, in percent; ``margin`` in points of percent.
    """

    improvement: str
    sessions: str
    target: str | AttributeRef | Number
    margin: Number = 0


Path = tuple[str | int, ...]
Fact = str | AttributeRef
"""The key of an input or of a score, or an attribute."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A fact from which an effect takes a number, and the path in ``then`` where it is named."""

    effect: Effect
    path: Path
    fact: Fact

    @property
    def key(self) -> str:
        """The fact's key: ``goal.times``, ``improvement_pct``, ``scores.kirby_desai``."""
        return self.fact.key if isinstance(self.fact, AttributeRef) else self.fact

    @property
    def input(self) -> str | None:
        """The question whose answer it hangs on; None for a score."""
        if isinstance(self.fact, AttributeRef):
            return self.fact.input
        return None if self.fact.startswith("scores.") else self.fact


def _none(_value: object) -> Iterator[tuple[Path, Fact]]:
    yield from ()


def _of_number(value: object) -> Iterator[tuple[Path, Fact]]:
    if isinstance(value, AttributeRef):
        yield (), value


def _of_score(value: FromScore) -> Iterator[tuple[Path, Fact]]:
    yield ("score",), f"scores.{value.score}"


def _of_progress(value: FromProgress) -> Iterator[tuple[Path, Fact]]:
    yield ("improvement",), value.improvement
    yield ("sessions",), value.sessions
    if isinstance(value.target, str | AttributeRef):
        yield ("target",), value.target


def _of_points(value: Points) -> Iterator[tuple[Path, Fact]]:
    for score, points in value:
        for index, point in enumerate(points):
            if isinstance(point, AttributeRef):
                yield ((score,) if len(points) == 1 else (score, index)), point


_REFERENCES: Mapping[Value, Callable[[Any], Iterator[tuple[Path, Fact]]]] = {
    "text": _none,
    "range": _none,
    "bounded range": _none,
    "amount": _of_number,
    "factor": _of_number,
    "cap": _of_number,
    "score": _of_score,
    "progress": _of_progress,
    "level": _none,
    "points": _of_points,
    "ids": _none,
    "choice": _none,
}
covers(_REFERENCES, get_args(Value), "values of effects and the facts that they name")


@dataclass(frozen=True, slots=True)
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
    expect: str | None = None
    conclude: tuple[tuple[str, str | bool], ...] = ()
    points: Points = ()
    remaining_from_progress: FromProgress | None = None
    refer: str | None = None
    no_numbers: str | None = None
    defer: str | None = None
    until: str | None = None
    stop: str | None = None
    advise: str | None = None
    benefits: tuple[str, ...] = ()
    one_session: OneSession | None = None

    def present(self, *categories: Category) -> Iterator[tuple[Effect, Any]]:
        """Each effect that the rule has, of these categories (none named: of all), with its value."""
        for effect in EFFECTS.values():
            value = getattr(self, effect.name)
            if value is not None and value != () and (not categories or effect.category in categories):
                yield effect, value

    def references(self, *categories: Category) -> Iterator[Reference]:
        """Every fact that effects of these categories (none named: of all) take a number from."""
        for effect, value in self.present(*categories):
            yield from (
                Reference(effect, (effect.key, *path), fact)
                for path, fact in _REFERENCES[effect.value](value)
            )

    @property
    def gives_a_number(self) -> bool:
        """Whether any of the effects is a number that needs support."""
        return any(effect.needs_support for effect, _ in self.present())


covers((member.name for member in fields(Effects)), EFFECTS, "members of Effects")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it fires, what it does, why, and what that rests on.

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
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What must always hold, as its author wrote it; proven, not sampled."""

    id: str
    title: str
    place: Place
    when: Condition | None = None
    always: str | None = None
    never: str | None = None
    raising: str | None = None
    never_lowers: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A worked client and what it must get; ``assessment`` and ``expect`` as plain JSON data.

    ``places`` keeps where the parts of ``expect`` stand, by path (``("sessions", "min")``).
    """

    name: str
    assessment: Mapping[str, object]
    expect: Mapping[str, object]
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


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A whole ruleset, an extended one's parts already taken over, rules in the order of answers."""

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
    benefits: Mapping[str, str]
    evidence: Mapping[str, Paper]
    guarantees: tuple[Guarantee, ...]
    scenarios: tuple[Scenario, ...]
    place: Place
    effective: date | None = None
    owner: str | None = None
    extends: str | None = None
    signed_off: bool = False
