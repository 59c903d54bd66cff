from __future__ import annotations

import json
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.atoms import Atom, Coding, Literal, atoms_of, atoms_of_all, codings
from service.engine.chunks import Encoder
from service.model.condition import Domain, Interval, Subject, Test, Value
from tests.engine.kleene import truth
from tests.engine.rules import PLACE, choice, chosen, number, yes_no
from tests.properties.logic import SUBJECTS, facts, leaves
from tests.properties.profile import examples

POINTS = (-3, Fraction(1, 10), 1, Fraction(5, 2), 7)
AROUND = tuple(chain(*((p - Fraction(1, 100), p, p + Fraction(1, 100)) for p in POINTS)))
OPS: dict[str, tuple[str, ...]] = {
    "choice": ("among", "given", "unknown"),
    "yes_no": ("among", "given", "unknown"),
    "number": ("among", "not_among", "within", "given", "unknown"),
    "set": ("includes_any", "includes_none", "given", "unknown"),
}


def subsets(values: tuple[Any, ...], most: int) -> list[frozenset[Any]]:
    """Every set of up to so many values."""
    return [frozenset(some) for size in range(most + 1) for some in combinations(values, size)]


def every_interval() -> list[Interval]:
    """Between any two points, with both kinds of ends, and without ends."""
    ends = (None, *POINTS)
    return [
        Interval(low, high, low_open, high_open)
        for low in ends
        for high in ends
        for low_open in (False, True)
        for high_open in (False, True)
    ]


def every_test(subject: Subject, op: str) -> list[Test]:
    """Every test of the subject with this op, over a few values."""
    values = POINTS if subject.domain.shape == "number" else subject.domain.values
    if op == "within":
        parts: list[dict[str, Any]] = [{"interval": interval} for interval in every_interval()]
    else:
        parts = [{"values": some} for some in subsets(values, 3)] if op[0] in "an" else [{}]
    return [Test(subject.key, op, "", PLACE, **part) for part in parts]  # type: ignore[arg-type]


def every_value(subject: Subject) -> list[Value | None]:
    """Every value of the subject that comparisons can tell apart, and none."""
    domain = subject.domain
    if domain.shape == "number":
        return [None, *AROUND]
    return [None, *(subsets(domain.values, 4) if domain.shape == "set" else domain.values)]


def holds(atoms: tuple[Atom, ...] | None, message: dict[str, int]) -> bool:
    """Whether the message passes all comparisons; a slot that is left out passes none."""
    return atoms is not None and all(
        name in message
        and {
            "eq": message[name] == atom.code,
            "ge": message[name] >= atom.code,
            "le": message[name] <= atom.code,
        }[atom.op]
        for atom in atoms
        for name in [str(atom.slot)]
    )


def message(
    atoms: tuple[Atom, ...] | None, coding: dict[str, Coding], known: dict[str, Value]
) -> dict[str, int]:
    """What the engine would see of the facts, by slot."""
    slots = {atom.slot for atom in atoms or ()}
    names = {slot: f"s{place}" for place, slot in enumerate(slots)}
    text = Encoder(names, coding, atoms or ()).message(known)
    seen = json.loads(text) if text else {}
    return {str(slot): seen[f"s{place}"] for place, slot in enumerate(slots) if f"s{place}" in seen}


@pytest.mark.parametrize(
    "subject",
    [
        choice("concern", "a", "b", "c", "d"),
        choice("severity", "a", "b", "c", "d", ordered=True),
        choice("only", "a"),
        yes_no("sensitive"),
        number("depth"),
        chosen("reactions", "a", "b", "c", "d"),
        Subject("device.waves", "attribute", "device", Domain("set", (532, Fraction(1511, 2), 1064))),
    ],
    ids=lambda subject: subject.key,
)
def test_every_test_and_its_negation_hold_for_the_same_values_as_their_comparisons(subject: Subject) -> None:
    tests = [test for op in OPS[subject.domain.shape] for test in every_test(subject, op)]
    coding = codings({subject.key: subject}, tests)
    for test in tests:
        for negated in (False, True):
            atoms = atoms_of(Literal(test, negated), coding[subject.key])
            for value in every_value(subject):
                known = {} if value is None else {subject.key: value}
                expected = truth(test, known) is (not negated)
                assert holds(atoms, message(atoms, coding, known)) is expected, (test, negated, value)


@examples(400)
@given(st.lists(st.builds(Literal, leaves(), st.booleans()), min_size=1, max_size=6), facts())
def test_literals_taken_together_hold_where_each_of_them_does(
    literals: list[Literal], known: dict[str, Value]
) -> None:
    coding = codings(SUBJECTS, [literal.test for literal in literals])
    atoms = atoms_of_all(literals, coding)
    expected = all(truth(literal.test, known) is (not literal.negated) for literal in literals)
    assert holds(atoms, message(atoms, coding, known)) is expected


def test_a_rank_orders_numbers_as_the_numbers_are_ordered() -> None:
    coding = Coding(Domain("number"), POINTS)
    ranks = [coding.rank(value) for value in sorted(AROUND)]
    assert ranks == sorted(ranks)
    assert [coding.rank(point) for point in POINTS] == [1, 3, 5, 7, 9]
    assert coding.all_codes == frozenset(range(11))


def test_the_fraction_five_over_one_has_the_rank_of_five() -> None:
    assert Coding(Domain("number"), (5,)).rank(Fraction(5)) == 1
    assert Coding(Domain("number"), (Fraction(5),)).rank(5) == 1


def test_a_thousand_tests_of_one_number_are_few_comparisons() -> None:
    tests = [Test("depth", "within", "", PLACE, interval=Interval(place, place)) for place in range(1000)]
    coding = codings({"depth": number("depth")}, tests)
    atoms = atoms_of_all([Literal(test, True) for test in tests], coding)
    assert atoms is not None
    assert len(atoms) == 1
