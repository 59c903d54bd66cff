from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.generated import assessment_from, assessments, rulesets, seeded, shuffled
from tests.properties.profile import examples
from tests.properties.serving import answer, as_bytes, in_any_order, serving


def reordered(seed: int, assessment: dict[str, Any]) -> dict[str, Any]:
    """The same assessment with its members, and those of its sets, in another order."""
    dice = seeded(seed)
    names = dice.some(list(assessment), len(assessment), len(assessment))
    return {
        name: dice.some(value, len(value), len(value)) if isinstance(value, list) else value
        for name, value in ((name, assessment[name]) for name in names)
    }


@examples(80)
@given(st.data(), st.integers(0, 2**32))
def test_the_order_of_files_rules_keys_and_options_changes_nothing_but_the_order_of_lists(
    data: st.DataObject, seed: int
) -> None:
    files = data.draw(rulesets(interval_attributes=True))
    drawn = data.draw(assessments(files))
    choices = seeded(seed)
    given_all = [drawn, *(assessment_from(choices, files) for _ in range(3))]
    with serving(files) as first, serving(shuffled(files, seed)) as second:
        for assessment in given_all:
            one, other = answer(first, assessment), answer(second, assessment)
            assert as_bytes(in_any_order(one)) == as_bytes(in_any_order(other))
            assert list(one) == list(other)


@examples(50)
@given(st.data(), st.integers(0, 2**32))
def test_the_order_of_an_assessment_changes_no_byte(data: st.DataObject, seed: int) -> None:
    files = data.draw(rulesets())
    assessment = data.draw(assessments(files))
    with serving(files) as answering:
        one, other = (
            answer(answering, asked, explain=True) for asked in (assessment, reordered(seed, assessment))
        )
    assert as_bytes(one) == as_bytes(other)
