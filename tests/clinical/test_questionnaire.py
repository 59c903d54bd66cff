"""A ruleset's Questionnaire asks what the ruleset asks, and where it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.serving.evaluate import Answering
from tests.clinical.forms import initial, is_help, items_of, shown
from tests.clinical.questionnaires import SHIPPED, form_of, shipped_form
from tests.generated import assessment_from, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import open_folder, serving
from tests.reference.plain import RefusedError
from tests.reference.questions import Client, client_of, questions_of
from tests.web.small import ASSESSMENT, write_small

Json = dict[str, Any]

CLIENTS = 12
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def generated_form(answering: Answering) -> Json | None:
    return form_of(answering.snapshot.served["generated"])


def small_form(folder: Path, *more: str) -> Json:
    """The Questionnaire of the small ruleset with more questions."""
    root = write_small(folder)
    lines = "".join(f"  {line}\n" for line in more)
    (root / "assessment.yaml").write_text(ASSESSMENT + lines, encoding="utf-8")
    answering = open_folder(folder)
    form = form_of(answering.snapshot.served["small"])
    answering.snapshot.close()
    assert form is not None
    return form


@examples(60)
@given(st.data(), st.integers(0, 2**32))
def test_a_form_shows_a_question_exactly_where_only_if_is_true(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets(max_rules=2)), seeded(seed)
    with serving(files) as answering:
        form = generated_form(answering)
    assert form is not None
    for _ in range(CLIENTS):
        client = as_a_form_would(files, assessment_from(choices, files))
        if client is not None:
            asked = {name for name, applies in client[1].applies.items() if applies is True}
            assert shown(form, {**initial(form), **client[0]}) == asked


def as_a_form_would(files: Json, assessment: Json) -> tuple[Json, Client] | None:
    """The client without answers to questions that only may apply: no form shows these. None: he is none."""
    while True:
        try:
            client = client_of(files, assessment)
        except RefusedError:
            return None
        asked = {name: answer for name, answer in assessment.items() if client.applies[name] is True}
        if asked == assessment:
            return assessment, client
        assessment = asked


@examples(40)
@given(rulesets(max_rules=2))
def test_every_form_keeps_to_the_rules_of_r4(files: Json) -> None:
    with serving(files) as answering:
        form = generated_form(answering)
    assert form is not None
    keeps_to_the_rules(form)
    names = [item["linkId"] for item in items_of(form["item"]) if item["type"] not in ("group", "display")]
    assert names == list(questions_of(files))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_forms_keep_to_the_rules_of_r4(name: str) -> None:
    keeps_to_the_rules(shipped_form(name))


def keeps_to_the_rules(form: Json) -> None:
    """What R4 says of items (que-1 to que-13), and no validator tries."""
    seen: set[str] = set()
    for item in items_of(form["item"]):
        assert item["linkId"] not in seen
        seen.add(item["linkId"])
        assert (item["type"] == "group") <= bool(item.get("item"))
        assert (item["type"] == "display") <= (
            item.keys() <= {"linkId", "text", "_text", "type", "extension"}
        )
        assert ("answerOption" in item) == (item["type"] == "choice")
        assert not {"initial", "answerOption"} <= item.keys()
        assert len(item.get("enableWhen", [])) < 2 or item["enableBehavior"] in ("all", "any")
        picked = [one for one in item.get("answerOption", []) if one.get("initialSelected")]
        assert len(picked) < 2 or item["repeats"]
        for one in item.get("enableWhen", []):
            assert one["operator"] != "exists" or isinstance(one["answerBoolean"], bool)
        asked = {one["question"] for one in item.get("enableWhen", [])}
        assert asked <= {other["linkId"] for other in items_of(form["item"])} - {item["linkId"]}


def test_each_kind_of_question_is_an_item_of_its_type(tmp_path: Path) -> None:
    form = small_form(tmp_path)
    items = {item["linkId"]: item for item in items_of(form["item"])}
    kinds = {name: item["type"] for name, item in items.items() if "/" not in name}
    assert kinds == {
        "concern": "choice",
        "severity": "choice",
        "marks": "choice",
        "sensitive": "boolean",
        "gold": "boolean",
        "sessions_done": "integer",
        "improvement": "decimal",
    }
    assert [one["valueCoding"]["code"] for one in items["marks"]["answerOption"]] == [
        "dark",
        "pale",
        "none-of-these",
    ]
    assert [name for name, item in items.items() if item.get("repeats")] == ["marks"]
    assert [name for name, item in items.items() if item.get("required")] == ["concern", "severity"]
    assert initial(form) == {"sensitive": False, "sessions_done": 0}
    assert "initial" not in items["gold"]
    assert items["concern/help"]["text"] == "What a clinician has diagnosed."
    assert is_help(items["concern/help"])
    unit, least = items["improvement"]["extension"][2], items["improvement"]["extension"][0]
    assert unit["valueCoding"] == {"system": "http://unitsofmeasure.org", "code": "%", "display": "%"}
    assert least == {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueDecimal": -0.5}


def test_a_number_with_a_default_begins_with_it_and_a_unit_without_a_code_is_shown(tmp_path: Path) -> None:
    form = small_form(tmp_path, "spot: {label: How wide?, number: 0 to 9, unit: fingers, default: 2.5}")
    item = {item["linkId"]: item for item in form["item"]}["spot"]
    assert item["initial"] == [{"valueDecimal": 2.5}]
    assert item["extension"][2]["valueCoding"] == {"display": "fingers"}


def test_what_fits_no_flat_list_stands_in_groups(tmp_path: Path) -> None:
    form = small_form(
        tmp_path,
        "deep: {label: Deep?, kind: yes or no, only if: {marks: includes none of dark, "
        "concern.times: at least 1, any: [{gold: yes}, {sensitive: yes}]}}",
    )
    (outer,) = (item for item in form["item"] if item["linkId"] == "deep/when-1")
    (inner,) = outer["item"]
    assert (outer["type"], outer["enableBehavior"]) == ("group", "all")
    assert [(one["question"], one["operator"]) for one in outer["enableWhen"]] == [
        ("marks", "exists"),
        ("marks", "!="),
        ("concern", "="),
    ]
    assert (inner["linkId"], inner["enableBehavior"]) == ("deep", "any")
    assert [one["question"] for one in inner["enableWhen"]] == ["gold", "sensitive"]


def test_texts_are_there_in_every_language_that_has_them() -> None:
    form = shipped_form("pico-laser")
    (concern,) = (item for item in form["item"] if item["linkId"] == "concern")
    told = {
        one["extension"][0]["valueCode"]: one["extension"][1]["valueString"]
        for one in concern["_text"]["extension"]
        if one["url"] == TRANSLATION
    }
    assert told == {"es": "¿Qué se quiere tratar?", "zh-Hans": "要治疗什么？"}
    (reactions,) = (item for item in items_of(form["item"]) if item["linkId"] == "reactions")
    none = reactions["answerOption"][-1]["valueCoding"]
    assert (none["code"], none["display"]) == ("none-of-these", "None of them")
    assert [one["extension"][1]["valueString"] for one in none["_display"]["extension"]] == [
        "Ninguna de ellas",
        "都没有",
    ]


def test_names_and_ids_are_as_fhir_has_them(tmp_path: Path) -> None:
    write_small(tmp_path, "3_small-ones")
    answering = open_folder(tmp_path)
    form = form_of(answering.snapshot.served["3_small-ones"])
    answering.snapshot.close()
    assert form is not None
    assert (form["id"], form["name"]) == ("3.small-ones", "Ruleset3SmallOnes")
    assert form["url"] == "https://c.example/fhir/R4/Questionnaire/3.small-ones"
    assert (form["date"], form["effectivePeriod"]) == ("2026-12-01", {"start": "2026-01-01"})


def test_there_is_no_form_of_what_takes_too_many_lists(tmp_path: Path) -> None:
    ways = ", ".join(f"{{improvement: {n}.5 to {n + 9}, sessions_done: {n} to {n + 9}}}" for n in range(1, 4))
    question = f"  deep: {{label: Deep?, kind: yes or no, only if: {{any: [{ways}]}}}}\n"
    root = write_small(tmp_path)
    (root / "assessment.yaml").write_text(ASSESSMENT + question, encoding="utf-8")
    answering = open_folder(tmp_path)
    assert form_of(answering.snapshot.served["small"]) is None
    answering.snapshot.close()
