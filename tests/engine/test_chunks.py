from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from service.engine.atoms import alternatives
from service.engine.chunks import MOST_ATOMS, MOST_LEAVES, MOST_SLOTS, Chunk, lower
from service.model.condition import AllOf, AnyOf, Condition, Not, Value
from tests.engine.crowd import CONCERNS, SUBJECTS, a_condition, some_facts
from tests.engine.rules import among, choice, holding, number, ruleset, within, yes_no
from tests.generated import ruleset_from, seeded
from tests.properties.serving import serving

COUNTS = (1, 24, 25, 60, 61, 500, 2000)


def chunks_of(conditions: list[Condition]) -> list[Chunk]:
    """All chunks of one stage."""
    return list(lower(ruleset(conditions, SUBJECTS)).stages[0])


def properties(chunk: Chunk) -> int:
    """How many names of slots the chunk's own text uses."""
    return len({word for word in chunk.definition.split('"') if word[:1] == "s" and word[1:].isdigit()})


@pytest.mark.parametrize("count", COUNTS)
def test_every_chunk_keeps_its_bounds_and_says_so_truly(count: int) -> None:
    for chunk in chunks_of([a_condition(Random(count), place) for place in range(count)]):
        leaves = json.loads(f"{{{chunk.definition}}}")
        conditions = [leaf["all"][0]["m"].get("$and", [None]) for leaf in leaves.values()]
        assert list(leaves) == [str(place) for place in range(len(chunk.rules))]
        assert len(chunk.rules) <= MOST_LEAVES
        assert sum(map(len, conditions)) <= MOST_ATOMS
        assert max(map(len, conditions)) == chunk.atoms
        assert properties(chunk) == len(chunk.slots) <= MOST_SLOTS


@pytest.mark.parametrize("count", COUNTS)
def test_packing_loses_no_alternative_and_repeats_none(count: int) -> None:
    conditions = [a_condition(Random(count), place) for place in range(count)]
    packed = Counter(rule for chunk in chunks_of(conditions) for rule in chunk.rules)
    assert packed == {place: len(alternatives(condition)) for place, condition in enumerate(conditions)}


@pytest.mark.parametrize("count", COUNTS)
def test_a_guard_never_passes_over_a_chunk_with_work_to_do(count: int) -> None:
    dice = Random(count)
    conditions = [a_condition(dice, place) for place in range(count)]
    chunks = chunks_of(conditions)
    for _ in range(100):
        facts = some_facts(dice)
        passed_over = {
            rule
            for chunk in chunks
            if chunk.guard is not None and facts.get(chunk.guard[0]) not in chunk.guard[1]
            for rule in chunk.rules
        }
        looked_at = {
            rule
            for chunk in chunks
            if chunk.guard is None or facts.get(chunk.guard[0]) in chunk.guard[1]
            for rule in chunk.rules
        }
        assert not (passed_over - looked_at) & holding(conditions, facts)


def test_rules_for_one_option_each_are_guarded_by_it() -> None:
    conditions: list[Condition] = [among("concern", CONCERNS[place % 40]) for place in range(400)]
    chunks = chunks_of(conditions)
    assert all(chunk.guard is not None and chunk.guard[0] == "concern" for chunk in chunks)


def test_guards_hold_for_what_is_denied_and_for_what_can_never_be() -> None:
    conditions: list[Condition] = []
    for place in range(60):
        here, there = CONCERNS[place % 40], CONCERNS[(place + 1) % 40]
        conditions += [
            Not(among("concern", *(name for name in CONCERNS if name != here))),
            AllOf((among("concern", here), among("concern", there))),
            AllOf((AnyOf((among("concern", here), among("sensitive", True))), within("depth", place))),
        ]
    chunks = chunks_of(conditions)
    packed = {rule for chunk in chunks for rule in chunk.rules}
    assert packed == {place for place in range(180) if place % 3 != 1}
    facts: dict[str, Value] = {"concern": CONCERNS[3], "sensitive": False, "depth": 50}
    looked_at = {
        rule
        for chunk in chunks
        if chunk.guard is None or facts.get(chunk.guard[0]) in chunk.guard[1]
        for rule in chunk.rules
    }
    assert holding(conditions, facts) <= looked_at


def test_what_can_never_be_true_becomes_no_leaf() -> None:
    never = AllOf((among("severity", "mild"), Not(among("severity", "mild", "moderate"))))
    subjects = [choice("severity", "mild", "moderate", "severe", ordered=True)]
    assert lower(ruleset([never], subjects)).stages == ((),)


def test_no_text_and_no_number_of_an_author_goes_into_the_engine() -> None:
    conditions: list[Condition] = [
        among("concern", "melasma"),
        within("depth", 4321),
        among("sensitive", True),
    ]
    subjects = [choice("concern", "acne", "melasma"), number("depth"), yes_no("sensitive")]
    (chunk,) = lower(ruleset(conditions, subjects)).stages[0]
    message = chunk.encoder.message({"concern": "melasma", "depth": 4321, "sensitive": True})
    assert message == '{"id":"0","s0":2,"s1":1,"s2":2}'
    for text in (chunk.definition, message):
        assert not any(word in text for word in ("melasma", "concern", "depth", "4321", "sensitive", "true"))


@pytest.mark.long
def test_generated_rulesets_of_thousands_of_rules_keep_the_bounds() -> None:
    files = ruleset_from(seeded(5), rules=1500, max_inputs=60)
    with serving(files) as answering:
        ruleset_read = answering.snapshot.served["generated"].ruleset
    for chunk in (chunk for stage in lower(ruleset_read).stages for chunk in stage):
        assert len(chunk.rules) <= MOST_LEAVES
        assert chunk.atoms <= MOST_ATOMS
        assert properties(chunk) == len(chunk.slots) <= MOST_SLOTS
