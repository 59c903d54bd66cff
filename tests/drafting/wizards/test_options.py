"""A laser or a concern that is filled in becomes a line that reads, or the form says what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.drafting.wizards.options import (
    FILE,
    most_similar,
    option_form,
    placed_option,
    questions_of_concerns,
    questions_with_attributes,
    suggested_id,
)
from service.drafting.wizards.trial import tried
from service.model.ruleset import Option
from tests.drafting.wizards.drafts import SMALL, draft_of, shipped_draft

GREEN = {
    "label": "GreenLine 532",
    "attribute.wavelengths_nm": "532",
    "attribute.pulse": "picosecond",
    "attribute.fractional": "no",
}
LASERS = {
    "example-clinic": "      greenline-532: {label: GreenLine 532, wavelengths_nm: [532],       "
    "pulse: picosecond, fractional: no}",
    "pico-laser": "      greenline-532:  {label: GreenLine 532,                "
    "wavelengths_nm: [532],                 pulse: picosecond, fractional: no}",
    "tattoo-kirby-desai": "      greenline-532:  {label: GreenLine 532,                wavelengths_nm: [532],"
    "                 pulse: picosecond}",
}


@pytest.mark.parametrize("name", LASERS)
def test_a_laser_is_a_line_below_the_others_laid_out_as_they_are(name: str) -> None:
    ruleset, texts = shipped_draft(name)
    question = questions_with_attributes(ruleset)[0]
    assert question.id == "device"
    form = option_form(question, GREEN)
    assert (form.id, dict(form.mistakes), form.notes) == ("greenline-532", {}, ())
    placed = placed_option(ruleset, texts, form)
    assert placed.lines == (LASERS[name],)
    trial = tried(ruleset.id, texts, {FILE: placed.text})
    assert trial.errors == ()
    assert {problem.code for problem in trial.warnings} <= {"text-missing"}
    assert trial.ruleset is not None
    added = next(one for one in trial.ruleset.inputs["device"].options if one.id == form.id)
    assert added.attributes["wavelengths_nm"] == (532,)
    like = most_similar(trial.ruleset.inputs["device"], added)
    assert like is not None
    assert like.id == "pico-532"


def test_what_is_typed_wrongly_stays_in_the_form_with_its_mend() -> None:
    ruleset, _ = shipped_draft("example-clinic")
    typed = {
        "label": " ",
        "id": "not",
        "attribute.wavelengths_nm": "532; 1064nm",
        "attribute.pulse": "pico second",
        "attribute.fractional": "perhaps",
    }
    form = option_form(ruleset.inputs["device"], typed)
    assert form.mistakes == {
        "label": "The label is empty. Write what people call it.",
        "id": "The id is a word of the language. Choose another id.",
        "attribute.wavelengths_nm": "“1064nm” is not a number. Write digits alone, such as 532 or 1.5.",
        "attribute.pulse": '“pico second” is not an id: only letters, digits, - and _. Write "pico_second".',
        "attribute.fractional": "Choose yes or no.",
    }
    assert [one.value for one in form.attributes] == ["532, 1064nm", "pico second", "perhaps"]
    again = option_form(ruleset.inputs["device"], {**GREEN, "id": "picosure"})
    assert again.mistakes == {"id": "“picosure” is there already. Choose another id."}


def test_what_is_left_out_or_new_is_noted() -> None:
    ruleset, _ = shipped_draft("example-clinic")
    typed = {"label": "Slow", "attribute.wavelengths_nm": "999", "attribute.pulse": "picosecnd"}
    form = option_form(ruleset.inputs["device"], typed)
    assert not form.mistakes
    assert form.notes == (
        "Wavelengths (nm): no other answer has 999.",
        'Pulse: no other answer has picosecnd. Did you mean "picosecond"?',
        "Fractional is left out: no rule that looks at it will see the new answer.",
    )


@pytest.mark.parametrize(
    ("label", "taken", "made"),
    [
        ("Pico Clear 3", ["qs-alex"], "pico-clear-3"),
        ("Café au lait", ["acne_scar", "mole"], "cafe_au_lait"),
        ("Mole", ["mole", "acne_scar"], "mole_2"),
        ("新激光", ["qs-alex"], ""),
        ("not", ["a"], ""),
        ("", ["a"], ""),
    ],
)
def test_an_id_is_made_of_the_label(label: str, taken: list[str], made: str) -> None:
    assert suggested_id(label, taken) == made


def test_what_is_treated_comes_first_among_the_questions_of_concerns() -> None:
    ruleset, _ = shipped_draft("example-clinic")
    assert questions_of_concerns(ruleset)[0].id == "concern"


@given(
    label=st.text(max_size=60),
    colours=st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
    times=st.text(alphabet="0123456789.-, x", max_size=8),
    deep=st.sampled_from(["", "yes", "no", "#"]),
)
@example(label="No: a # \"quoted\" 'one', {x}", colours="brown, red", times="0.5", deep="yes")
@example(label="null", colours="", times="1", deep="")
@example(label="“Curly”", colours="brown", times="", deep="no")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_filled_in_reads_as_it_was_meant_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, label: str, colours: str, times: str, deep: str
) -> None:
    ruleset, texts = _small(tmp_path_factory.getbasetemp() / "wizard-options")
    typed = {
        "label": label,
        "id": "new",
        "attribute.colours": colours,
        "attribute.times": times,
        "attribute.deep": deep,
    }
    form = option_form(ruleset.inputs["concern"], typed)
    if form.mistakes:
        return
    trial = tried(ruleset.id, texts, {FILE: placed_option(ruleset, texts, form).text})
    assert trial.ruleset is not None, trial.errors
    options = trial.ruleset.inputs["concern"].options
    assert options[:-1] == ruleset.inputs["concern"].options
    assert (options[-1].id, options[-1].label) == ("new", form.label)
    assert sorted(options[-1].attributes) == sorted(form.option.keys() - {"label"})
    assert [rule.digest for rule in trial.ruleset.rules] == [rule.digest for rule in ruleset.rules]


def _small(folder: Path):  # type: ignore[no-untyped-def]
    if folder not in _SMALL:
        _SMALL[folder] = draft_of(folder, "small", SMALL)
    return _SMALL[folder]


_SMALL: dict[Path, tuple] = {}  # type: ignore[type-arg]


def test_the_most_similar_shares_most_attributes() -> None:
    ruleset, _ = shipped_draft("pico-laser")
    new = Option("new", "New", {"wavelengths_nm": (532, 755), "pulse": "picosecond", "fractional": True})
    like = most_similar(ruleset.inputs["device"], new)
    assert like is not None
    assert like.id == "picosure"
