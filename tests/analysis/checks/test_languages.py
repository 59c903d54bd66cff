"""Texts that are hardly in the language that is said, and what no translation may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.store.folders import read_shelf
from tests.serving.translated import translate
from tests.web.small import write_small

ARABIC = "يحتاج هذا العلاج إلى عدة جلسات متباعدة حسب استجابة البشرة"
RUSSIAN = "Планируется несколько сеансов"
WRONG = "language-looks-wrong"


def found(root: Path, code: str) -> list[str]:
    problems = read_shelf(root, "r").all_problems
    return [str(one).removeprefix("r/small/") for one in problems if one.code == code]


def test_a_ruleset_in_another_script_than_its_languages_is_told_to_name_it(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    for file in folder.rglob("*.yaml"):
        text = file.read_text()
        for word in (
            "Sun spots",
            "Scars are deep.",
            "A small clinic",
            "One trial saw it.",
            "Gold therapy ever?",
        ):
            text = text.replace(word, ARABIC)
        file.write_text(text.replace("Gold and these lasers do not go together.", ARABIC * 60))
    (warning,) = found(tmp_path, WRONG)
    assert "Most letters of the texts are Arabic, and their language is en. Name the language" in warning
    header = folder / "ruleset.yaml"
    header.write_text("language: ar\n" + header.read_text())
    assert found(tmp_path, WRONG) == []


@pytest.mark.parametrize(
    ("said", "language", "says"),
    [
        (RUSSIAN, "es", "Most letters of these texts are Cyrillic, and the file says es."),
        (RUSSIAN, "ru", ""),
        ("治疗之后皮肤需要时间恢复", "zh-Hans", ""),
        ("治疗之后皮肤需要时间恢复", "ja", ""),
        ("Después de la sesión la piel descansa", "es", ""),
    ],
)
def test_translations_are_in_the_script_of_their_language(
    said: str, language: str, says: str, tmp_path: Path
) -> None:
    write_small(tmp_path)
    translate(tmp_path, "small", language, say=lambda _: said)
    assert [warning.partition(f"{WRONG} ")[2] for warning in found(tmp_path, WRONG)] == [says] * bool(says)


def test_a_sentence_that_is_left_in_the_original_is_no_translation_of_it(tmp_path: Path) -> None:
    write_small(tmp_path)
    file = translate(tmp_path, "small", "es")
    sentence = "Gold and these lasers do not go together."
    file.write_text(file.read_text().replace(f"es{{{sentence}}}", sentence))
    (warning,) = found(tmp_path, WRONG)
    assert '"stop" of gold is "Gold and these lasers do not go toget..." in es, too. Translate it.' in warning
    file.write_text(file.read_text().replace("es{High risk}", "High risk"))
    assert len(found(tmp_path, WRONG)) == 1, "short words may be the same in both"


@pytest.mark.parametrize("setting", ["0,4 J/cm²", "3 julios", "2 焦耳"])
def test_a_translation_names_no_fluence_either(setting: str, tmp_path: Path) -> None:
    write_small(tmp_path)
    file = translate(tmp_path, "small", "es")
    file.write_text(file.read_text().replace("es{High risk}", f"Riesgo con {setting}"))
    (warning,) = found(tmp_path, "fluence-unit")
    assert '"title" of risky in es names' in warning
