"""``picoplan texts``: what is missing in a language, with the originals; what is translated stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.commandline.console import picoplan
from tests.serving.translated import translate
from tests.web.small import write_small


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


def texts(root: Path, language: str, code: int = 0) -> str:
    said = picoplan("texts", "small", "--language", language, "--rulesets", root)
    assert said.code == code, said
    return (said.out + said.err).replace(str(root), "rulesets")


def test_everything_is_written_down_at_first_and_nothing_else_the_second_time(root: Path) -> None:
    assert texts(root, "es") == "rulesets/small/texts.es.yaml: 25 texts to translate, 0 translated.\n"
    file = root / "small" / "texts.es.yaml"
    written = file.read_text()
    assert yaml.safe_load(written)["rules"]["gold"]["stop"] == {
        "was": "Gold and these lasers do not go together.",
        "text": "",
    }
    assert texts(root, "es") == "rulesets/small/texts.es.yaml: 25 texts to translate, 0 translated.\n"
    assert file.read_text() == written
    checked = picoplan("check", root / "small")
    assert checked.out.count("text-missing") == 1
    assert "text-missing 25 texts are missing in es" in checked.out


def test_the_name_of_the_file_is_the_tag_as_it_is_best_written(root: Path) -> None:
    assert "texts.zh-Hans.yaml: " in texts(root, "ZH-hans")


@pytest.mark.parametrize("language", ["spanish", "es_ES", ""])
def test_what_is_no_language_is_wrong_usage(root: Path, language: str) -> None:
    assert "is not a language tag (BCP 47) such as es or zh-Hans" in texts(root, language, 2)


def test_what_is_translated_stays_and_what_was_translated_before_an_edit_is_put_aside(root: Path) -> None:
    file = translate(root, "small", "es", leave=['"because" of gold'])
    file.write_text("# Read by nobody yet.\n" + file.read_text())
    rules = root / "small" / "factors" / "2-safety.yaml"
    rules.write_text(rules.read_text().replace("do not go together", "never go together"))
    assert texts(root, "es") == "rulesets/small/texts.es.yaml: 2 texts to translate, 29 translated.\n"
    now = yaml.safe_load(file.read_text())
    assert file.read_text().startswith("# Read by nobody yet.\n")
    assert now["rules"]["gold"]["title"] == {"was": "Gold therapy", "text": "es{Gold therapy}"}
    assert now["rules"]["gold"]["stop"] == {
        "was": "Gold and these lasers never go together.",
        "text": "",
        "before": "es{Gold and these lasers do not go together.}",
    }


@pytest.mark.parametrize(
    "text",
    [
        'A "quote": and # a sign',
        "Two\nlines",
        "An\u2028odd\x85sign",
        "yes",
        "012",
        "{a: b}",
        "\\n",
        "«¿ñ?» 中文",
    ],
)
def test_whatever_a_text_is_the_file_says_it(root: Path, text: str) -> None:
    file = translate(root, "small", "es", say=lambda original: f"{text} {original}")
    before = yaml.safe_load(file.read_text())
    texts(root, "es")
    assert yaml.safe_load(file.read_text()) == before


def test_evaluate_and_explain_speak_the_language(root: Path, tmp_path: Path) -> None:
    translate(root, "small", "es")
    client = tmp_path / "client.json"
    client.write_text('{"concern": "sun_spots", "gold": false}')
    for command in ("evaluate", "explain"):
        said = picoplan(command, "small", client, "--rulesets", root, "--language", "es")
        assert (said.code, said.err) == (0, "")
        assert "es{Sun spots}" in said.out
        assert "es{Sun spots}" not in picoplan(command, "small", client, "--rulesets", root).out


def test_a_ruleset_with_errors_is_not_translated(root: Path) -> None:
    (root / "small" / "assessment.yaml").write_text("inputs: {}\n")
    assert "small has errors. Nothing was written." in texts(root, "es", 1)
    assert not (root / "small" / "texts.es.yaml").exists()
