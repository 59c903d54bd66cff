"""The client page of a clinic over that of the ruleset that it extends."""

from __future__ import annotations

from pathlib import Path

from service.analysis.compare.edits import edits
from service.model.client_page import ClientPage, ClientWords
from service.model.ruleset import Ruleset
from service.model.texts import spoken
from tests.reading.reading import copied, read

_OF_THE_CLINIC = """\
title: How many?
start: We ask a few questions.
minimum age: 18
answers: {severity: mild, sensitivity: yes}
leave out: [sessions_done]
words:
  goal: {label: What do you hope for?, help: Choose one., options: {some: A little, clear: A lot}}
  severity: {label: How bad?}
contact: Call 555.
"""
_OF_THE_BRANCH = """\
title: How many with us?
answers: {severity: moderate, width: 2.50}
leave out: [age, sensitivity]
words:
  goal: {label: What do you want?, options: {clear: Much}}
"""


def _read(folder: Path, name: str, **pages: str) -> Ruleset:
    for ruleset, text in pages.items():
        (folder / ruleset / "client-page.yaml").write_text(text, encoding="utf-8")
    found = read(folder, name)
    assert found.ruleset is not None, found.problems
    return found.ruleset


def test_a_ruleset_without_the_file_has_the_empty_page(tmp_path: Path) -> None:
    assert _read(copied(tmp_path), "clinic").client_page == ClientPage()


def test_a_clinics_page_is_laid_over_the_extended_one_key_by_key(tmp_path: Path) -> None:
    page = _read(copied(tmp_path), "branch", clinic=_OF_THE_CLINIC, branch=_OF_THE_BRANCH).client_page
    assert page == ClientPage(
        title="How many with us?",
        start="We ask a few questions.",
        minimum_age=18,
        answers={"severity": "moderate", "width": page.answers["width"]},
        left_out=("age", "sensitivity"),
        words={
            "goal": ClientWords("What do you want?", "Choose one.", {"some": "A little", "clear": "Much"}),
            "severity": ClientWords("How bad?"),
        },
        contact="Call 555.",
    )
    assert page.answers["width"] * 2 == 5  # type: ignore[operator]
    asked = [name for name in ("goal", "severity", "age", "sessions_done") if page.asks(name)]
    assert asked == ["goal", "sessions_done"]


def test_who_makes_a_question_one_that_must_be_asked_is_told_that_others_answer_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "clinic" / "client-page.yaml").write_text("answers: {age: 30}\n", encoding="utf-8")
    assert read(folder, "clinic").ruleset is not None
    assessment = folder / "branch" / "assessment.yaml"
    text = assessment.read_text(encoding="utf-8")
    assessment.write_text(text + "  age: {must ask: true}\n", encoding="utf-8")
    (told,) = (one for one in read(folder, "branch").problems if one.severity == "error")
    assert told.place.file == "branch/assessment.yaml"
    assert told.code == "answered-for-all"
    assert "clinic/client-page.yaml:1:11" in told.message


def test_the_page_is_part_of_the_digest_and_its_edits_are_told(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    before = _read(folder, "clinic", clinic=_OF_THE_CLINIC)
    after = _read(
        folder, "clinic", clinic=_OF_THE_CLINIC.replace("A lot", "Much").replace("Call 555.", "Ask.")
    )
    assert before.digest != after.digest
    (edit,) = edits(before, after)
    assert (edit.kind, edit.how, edit.title) == ("client page", "changed", "the client page")
    assert [(one.key, one.was, one.now) for one in edit.parts] == [
        ("words, goal, options, clear", "A lot", "Much"),
        ("contact", "Call 555.", "Ask."),
    ]
    (folder / "clinic" / "client-page.yaml").unlink()
    (gone,) = edits(after, _read(folder, "clinic"))
    assert (gone.kind, gone.how) == ("client page", "removed")


def test_its_texts_are_told_in_other_languages(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "clinic" / "texts.es.yaml").write_text(
        "client page:\n"
        "  title: {was: How many?, text: ¿Cuántas?}\n"
        "  words: {goal: {options: {clear: {was: A lot, text: Mucho}}}}\n",
        encoding="utf-8",
    )
    page = spoken(_read(folder, "clinic", clinic=_OF_THE_CLINIC), "es").client_page
    assert (page.title, page.contact) == ("¿Cuántas?", "Call 555.")
    assert page.words["goal"] == ClientWords(
        "What do you hope for?", "Choose one.", {"some": "A little", "clear": "Mucho"}
    )
