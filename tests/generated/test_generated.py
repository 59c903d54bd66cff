from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import assessment_from, assessments, dump, ruleset_from, rulesets, seeded, shuffled
from tests.properties.profile import examples
from tests.reference import comparable, decide
from tests.reference.tables import written_out

quick = examples(40)


def _read(texts: dict[str, str]) -> dict[str, Any]:
    read = {path: yaml.load(text, Loader=yaml.CSafeLoader) for path, text in texts.items()}
    factors = {
        path.removeprefix("factors/"): raw for path, raw in read.items() if path.startswith("factors/")
    }
    return {"ruleset": read["ruleset.yaml"], "assessment": read["assessment.yaml"], "factors": factors}


@quick
@given(st.data())
def test_every_generated_ruleset_answers_its_assessments(data: st.DataObject) -> None:
    files = data.draw(rulesets())
    answer = decide(files, data.draw(assessments(files)))
    assert comparable(answer)["verdict"]


@quick
@given(st.data())
def test_order_never_changes_an_answer(data: st.DataObject) -> None:
    files = data.draw(rulesets())
    assessment = data.draw(assessments(files))
    other = shuffled(files, data.draw(st.integers(0, 1000)))
    assert comparable(decide(other, assessment)) == comparable(decide(files, assessment))


@quick
@given(st.data(), st.booleans())
def test_the_dumped_files_say_the_same_as_the_data(data: st.DataObject, flow: bool) -> None:
    files = data.draw(rulesets())
    assessment = data.draw(assessments(files))
    again = _read(dump(files, flow=flow))
    assert comparable(decide(again, assessment), ordered=True) == comparable(
        decide(files, assessment), ordered=True
    )


def test_a_seed_makes_a_large_ruleset_too() -> None:
    choices = seeded(7)
    files = ruleset_from(choices, rules=400, max_inputs=30)
    assert sum(len(written_out(file)) for file in files["factors"].values()) == 400
    assert decide(files, assessment_from(choices, files))["verdict"]
