from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.generated import assessment_from, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import answer, as_bytes, in_any_order, serving
from tests.reference.tables import written_out


@examples(40)
@given(st.data(), st.integers(0, 2**32))
def test_a_row_of_a_table_does_what_the_rule_does_that_it_comes_to(data: st.DataObject, seed: int) -> None:
    files = data.draw(rulesets(min_rules=6, interval_attributes=True))
    assume(any("tables" in file for file in files["factors"].values()))
    factors = {
        name: {"factor": file["factor"], "rules": written_out(file)}
        for name, file in files["factors"].items()
    }
    choices = seeded(seed)
    with serving(files) as tables, serving({**files, "factors": factors}) as rules:
        for _ in range(5):
            assessment = assessment_from(choices, files)
            one, other = (comparable_bytes(answer(answering, assessment)) for answering in (tables, rules))
            assert one == other


def comparable_bytes(answered: dict[str, Any]) -> bytes:
    """An answer but for what the order of rules, and where they stand, may change."""
    return as_bytes(in_any_order(answered))
