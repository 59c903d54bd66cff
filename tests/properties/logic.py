"""Conditions and facts over a few subjects of every shape, an unknown one among them ever so often."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from service.model.condition import AllOf, AnyOf, Condition, Domain, Interval, Not, Subject, Test, Value
from service.model.problem import Place

PLACE = Place("factors/logic.yaml")
OPTIONS = ("acne", "melasma", "tattoo", "ota")
LEVELS = ("mild", "moderate", "severe")
MEMBERS = ("pih", "blister", "scar")
NUMBERS = (0, Fraction(1, 10), 1, Fraction(5, 2), 5)

SUBJECTS = {
    subject.key: subject
    for subject in (
        Subject("concern", "input", "concern", Domain("choice", OPTIONS)),
        Subject("severity", "input", "severity", Domain("choice", LEVELS, ordered=True)),
        Subject("sensitive", "input", "sensitive", Domain("yes_no", (False, True))),
        Subject("reactions", "input", "reactions", Domain("set", MEMBERS)),
        Subject("depth", "input", "depth", Domain("number", low=0, high=5)),
        Subject("device.waves", "attribute", "device", Domain("set", (532, 755, 1064))),
        Subject("conclusions.risk", "conclusion", "risk", Domain("choice", LEVELS, ordered=True)),
        Subject("scores.kd", "score", "kd", Domain("number")),
    )
}


def _some(values: tuple[object, ...]) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(st.sampled_from(values), min_size=0, max_size=len(values))


def _interval() -> st.SearchStrategy[Interval]:
    end = st.none() | st.sampled_from(NUMBERS)
    return st.builds(Interval, end, end, st.booleans(), st.booleans())


@st.composite
def leaves(draw: st.DrawFn) -> Test:
    """One test of any subject, with what its shape allows."""
    subject = draw(st.sampled_from(tuple(SUBJECTS.values())))
    shape, values = subject.domain.shape, subject.domain.values
    ops = {"set": ("includes_any", "includes_none"), "number": ("among", "not_among", "within")}.get(
        shape, ("among",)
    )
    op = draw(st.sampled_from((*ops, "given", "unknown")))
    named = draw(_some(NUMBERS if shape == "number" else values)) if op not in ("given", "unknown") else ()
    interval = draw(_interval()) if op == "within" else None
    return Test(subject.key, op, subject.key, PLACE, frozenset(named), interval)  # type: ignore[arg-type]


def conditions(most: int = 12) -> st.SearchStrategy[Condition]:
    """Any, all and not of tests, nested."""
    return st.recursive(
        leaves(),
        lambda inside: st.one_of(
            st.lists(inside, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
            st.lists(inside, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inside.map(Not),
        ),
        max_leaves=most,
    )


def _value(subject: Subject) -> st.SearchStrategy[Value]:
    domain = subject.domain
    if domain.shape == "number":
        return st.sampled_from((*NUMBERS, Fraction(1, 20), 2, 4, -1))
    if domain.shape == "set":
        chosen = st.lists(st.sampled_from(domain.values), unique=True, max_size=3)
        return chosen.map(tuple if subject.kind == "attribute" else frozenset)  # type: ignore[return-value]
    return st.sampled_from(domain.values)


def facts() -> st.SearchStrategy[dict[str, Value]]:
    """What is known: each subject or nothing of it."""
    return st.fixed_dictionaries({}, optional={key: _value(subject) for key, subject in SUBJECTS.items()})
