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


def test_a_row_may_test_the_month() -> None:
    row = {"id": "winter", "as of.month": [12, 1, 2], "advise": "Keep warm"}
    table = {"id": "seasons", "title": "Seasons", "because": "It was seen", "rows": [row]}
    files = {
        "ruleset": {
            "id": "generated",
            "title": "Seasons",
            "version": "1.0.0",
            "limits": {"sessions": "1 to 9", "interval weeks": "1 to 9"},
            "factors": {"safety": "Safety"},
        },
        "assessment": {"inputs": {"tan": {"label": "A tan?", "kind": "yes or no", "required": True}}},
        "factors": {"1-safety.yaml": {"factor": "safety", "tables": [table]}},
    }
    with serving(files) as answering:
        fired = {
            month: [
                hit["rule"] for hit in answer(answering, {"tan": True}, as_of=f"2026-{month}-01")["fired"]
            ]
            for month in ("01", "03", "12")
        }
    assert fired == {"01": ["seasons-winter"], "03": [], "12": ["seasons-winter"]}


def comparable_bytes(answered: dict[str, Any]) -> bytes:
    """An answer but for what the order of rules, and where they stand, may change."""
    return as_bytes(in_any_order(answered))
