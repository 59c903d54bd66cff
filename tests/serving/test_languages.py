"""Answers in the language that is asked for: text by text, with the same plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.language import ANSWER, members
from service.model.caller import INTERNAL
from service.model.exact_json import write_json
from service.serving.deciding import Deciding, retry_of
from service.serving.evaluate import Answering
from service.serving.outcome import LoggedAnswer
from service.serving.recording import Recorder
from service.serving.refused import Refused
from service.serving.verifying import Verifier
from service.serving.what_if import what_if
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import logged
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.serving.archived import ASSESSMENT as ARCHIVED
from tests.serving.archived import Clinic
from tests.serving.recorded import settled
from tests.serving.test_recording import Events
from tests.serving.translated import translate
from tests.web.small import ASSESSMENT, write_small

SUN_SPOTS = {"concern": "sun_spots", "gold": False}
_ALONE = frozenset(("decision_id", "evaluated_at"))
_CONTRADICTION = """\
contradictions:
  - {id: pale, when: {concern: sun_spots, marks: includes pale}, says: Sun spots leave no pale marks.}
"""


def opened(root: Path) -> Answering:
    return Answering(take_snapshot(read_shelf(root)))


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    """A small ruleset in English and Spanish; of one rule the reason is not translated."""
    root = tmp_path_factory.mktemp("rulesets")
    folder = write_small(root)
    (folder / "assessment.yaml").write_text(ASSESSMENT + _CONTRADICTION)
    translate(root, "small", "es", leave=['"because" of sun-spots'])
    translate(root, "small", "zh-Hans")
    return opened(root)


def asked(answering: Answering, assessment: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = answering.evaluate({"ruleset": "small", "assessment": assessment, **more})
    assert not isinstance(answer, Refused), answer
    return {name: answer[name] for name in answer if name not in _ALONE}


def test_an_answer_says_in_which_language_it_is_and_is_in_it(answering: Answering) -> None:
    own, other = asked(answering, SUN_SPOTS), asked(answering, SUN_SPOTS, language="zh-Hans")
    assert own["language"] == "en"
    assert other["language"] == "zh-Hans"
    assert other["verdict_text"] == f"zh-Hans{{{own['verdict_text']}}}"
    assert other["fired"][0]["title"] == "zh-Hans{Sun spots}"
    assert other["benefits"] == [{"id": "collagen", "text": "zh-Hans{Collagen goes on rebuilding.}"}]


def test_a_plan_is_the_same_in_every_language(answering: Answering) -> None:
    for assessment in (SUN_SPOTS, {"concern": "scar", "severity": "severe", "gold": True}):
        plans = [
            {name: asked(answering, assessment, language=language)[name] for name in members(matters="plan")}
            for language in ("en", "es", "zh-Hans")
        ]
        assert plans[0] == plans[1] == plans[2]


def test_what_is_not_translated_is_told_in_the_original_and_a_warning_names_it(answering: Answering) -> None:
    answer = asked(answering, SUN_SPOTS, language="es")
    assert answer["fired"][0]["because"] == "One trial saw it."
    (warning,) = [one for one in answer["warnings"] if one["code"] == "text-missing"]
    assert warning == {"code": "text-missing", "text": 'Aún no está en este idioma: "because" of sun-spots'}


def test_built_in_words_are_in_the_language_too(answering: Answering) -> None:
    answer = asked(answering, {"concern": "sun_spots"}, language="es")
    (warning,) = [one for one in answer["warnings"] if one["code"] == "unanswered"]
    assert warning["text"].startswith("Aún sin preguntar")
    assert warning["text"].endswith("es{Gold therapy ever?}")


@pytest.mark.parametrize("wanted", ["zh", "zh-CN", "zh-Hans-SG", "ZH-hans"])
def test_simplified_chinese_answers_whoever_reads_it(answering: Answering, wanted: str) -> None:
    assert asked(answering, SUN_SPOTS, language=wanted)["language"] == "zh-Hans"


@pytest.mark.parametrize("wanted", ["zh-TW", "fr", "xx", "en-a"])
def test_a_language_that_is_lacking_gets_the_own_one_and_a_warning_that_names_it(
    answering: Answering, wanted: str
) -> None:
    answer = asked(answering, SUN_SPOTS, language=wanted)
    assert answer["language"] == "en"
    assert answer["warnings"][-1]["code"] == "text-missing"
    assert answer["warnings"][-1]["language"] == wanted
    assert answer["verdict_text"] == asked(answering, SUN_SPOTS)["verdict_text"]
    assert all("language" not in one for one in asked(answering, SUN_SPOTS)["warnings"])


@pytest.mark.parametrize("wanted", ["es_ES", "", "e", "español", 7, "spanish", "en-", "a" * 36])
def test_what_is_no_language_tag_is_refused(answering: Answering, wanted: Any) -> None:
    refused = answering.evaluate({"ruleset": "small", "assessment": SUN_SPOTS, "language": wanted})
    assert isinstance(refused, Refused)
    (error,) = refused.errors
    assert (error.pointer, error.code) == ("/language", "not-a-language")


def test_null_is_no_language_asked_for(answering: Answering) -> None:
    assert asked(answering, SUN_SPOTS, language=None) == asked(answering, SUN_SPOTS)


def test_who_names_none_is_answered_in_the_first_he_accepts_that_is_there(answering: Answering) -> None:
    body = {"ruleset": "small", "assessment": SUN_SPOTS}
    for accepted, language in ((("fr", "es-MX", "en"), "es"), (("fr",), None), ((), None)):
        request = answering.asked(body, accepted=accepted)
        assert not isinstance(request, Refused)
        assert (request.language, request.lacking) == (language, None)
    request = answering.asked({**body, "language": "zh"}, accepted=("es",))
    assert not isinstance(request, Refused)
    assert request.language == "zh-Hans"


def test_mistakes_are_told_in_the_words_of_the_language(answering: Answering) -> None:
    refused = answering.evaluate(
        {"ruleset": "small", "assessment": {**SUN_SPOTS, "marks": ["pale"]}, "language": "es"}
    )
    assert isinstance(refused, Refused)
    assert refused.errors[0].message == "es{Sun spots leave no pale marks.}"
    missing = answering.evaluate({"ruleset": "small", "assessment": {}, "language": "es"})
    assert isinstance(missing, Refused)
    assert "es{What should be treated?}" in missing.errors[0].message


def test_one_language_after_another_leaves_no_trace_in_the_next(answering: Answering) -> None:
    first = {language: asked(answering, SUN_SPOTS, language=language) for language in ("en", "es", "zh-Hans")}
    for language in ("zh-Hans", "en", "fr", "es", "en"):
        if language in first:
            assert asked(answering, SUN_SPOTS, language=language) == first[language]
        else:
            asked(answering, SUN_SPOTS, language=language)


def test_rules_that_did_not_fire_have_their_titles_in_the_language(answering: Answering) -> None:
    answer = asked(answering, SUN_SPOTS, language="es", explain=True)
    assert {one["title"] for one in answer["not_fired"]} >= {"es{Gold therapy}", "es{Scars}"}


def test_what_if_speaks_the_language(answering: Answering) -> None:
    told = what_if(answering, {"ruleset": "small", "assessment": SUN_SPOTS, "language": "es"})
    assert not isinstance(told, Refused)
    assert told["language"] == "es"
    assert told["now"]["verdict_text"].startswith("es{")


def test_the_language_in_which_a_body_is_answered_is_part_of_what_it_is_known_by(
    answering: Answering,
) -> None:
    body = {"ruleset": "small", "assessment": SUN_SPOTS}
    found = {
        accepted: retry_of("key", body, answering.language_for(body, INTERNAL, accepted)).request_sha256
        for accepted in ((), ("fr",), ("es",), ("es-MX", "en"), ("zh",))
    }
    assert found[()] == found["fr",] == retry_of("key", body).request_sha256
    assert found["es",] == found["es-MX", "en"]
    assert len({found[()], found["es",], found["zh",]}) == 3


def test_the_language_is_told_before_the_plan_and_says_nothing_of_it() -> None:
    assert ANSWER["language"].since == 2
    assert ANSWER["language"].matters == "identity"


# -- a ruleset that extends another -----------------------------------------------------------------------


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A clinic whose own words are Spanish, over a small ruleset in English that is translated."""
    write_small(tmp_path)
    translate(tmp_path, "small", "es")
    folder = tmp_path / "clinic"
    (folder / "factors").mkdir(parents=True)
    (folder / "ruleset.yaml").write_text(
        "id: clinic\ntitle: Una clínica\nversion: 1.0.0\nlanguage: es\nextends: small\n"
        "verdicts: {several_sessions: Cuente con varias sesiones.}\n"
    )
    (folder / "factors" / "1-own.yaml").write_text(
        "factor: safety\nrules:\n"
        "  - {id: sol, title: Sol, when: {sensitive: yes},\n"
        "     then: {advise: Protéjase del sol.}, because: Quema.}\n"
    )
    return tmp_path


def problems(root: Path, name: str) -> list[str]:
    return [str(one) for one in read_shelf(root, "", only=name).read[name].problems]


def test_what_a_clinic_takes_over_is_told_in_its_language_and_its_own_words_as_they_are(clinic: Path) -> None:
    assert problems(clinic, "clinic") == []
    answer = opened(clinic).evaluate({"ruleset": "clinic", "assessment": {**SUN_SPOTS, "sensitive": True}})
    assert not isinstance(answer, Refused)
    assert answer["language"] == "es"
    assert [hit["title"] for hit in answer["fired"]] == ["es{Sun spots}", "Sol"]
    assert answer["verdict_text"] == "Cuente con varias sesiones."
    assert not [one for one in answer["warnings"] if one["code"] == "text-missing"]


def test_where_the_original_is_replaced_its_translation_is_not_told(clinic: Path) -> None:
    file = clinic / "clinic" / "factors" / "1-own.yaml"
    file.write_text(
        "factor: concern\nrules:\n"
        "  - {id: sun-spots, replaces: yes, title: Solar spots, when: {concern: sun_spots},\n"
        "     then: {sessions: 2 to 3, interval weeks: 4 to 6}, because: So it is., support: judgement}\n"
    )
    (clinic / "clinic" / "ruleset.yaml").write_text(
        "id: clinic\ntitle: A clinic\nversion: 1.0.0\nextends: small\n"
    )
    assert problems(clinic, "clinic") == []
    answer = opened(clinic).evaluate({"ruleset": "clinic", "assessment": SUN_SPOTS, "language": "es"})
    assert not isinstance(answer, Refused)
    assert answer["fired"][0]["title"] == "Solar spots"
    assert '"title" of sun-spots' in answer["warnings"][-1]["text"]
    (clinic / "clinic" / "texts.es.yaml").write_text("factors: {}")
    (said,) = problems(clinic, "clinic")
    assert "text-missing 2 texts are missing in es" in said


def test_a_clinic_translates_text_by_text_over_what_it_takes_over(clinic: Path) -> None:
    (clinic / "clinic" / "ruleset.yaml").write_text(
        "id: clinic\ntitle: A clinic\nversion: 1.0.0\nextends: small\n"
    )
    own = {"rules": {"sun-spots": {"title": {"was": "Sun spots", "text": "Manchas del sol"}}}}
    (clinic / "clinic" / "texts.es.yaml").write_text(json.dumps(own), encoding="utf-8")
    answer = opened(clinic).evaluate({"ruleset": "clinic", "assessment": SUN_SPOTS, "language": "es"})
    assert not isinstance(answer, Refused)
    assert answer["fired"][0]["title"] == "Manchas del sol"
    assert answer["fired"][0]["because"] == "es{One trial saw it.}"


# -- the log ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", "fr", None])
def test_a_decision_is_made_again_in_its_language(tmp_path: Path, language: str | None) -> None:
    clinic = Clinic(tmp_path)
    translate(clinic.root, "small", "es", leave=['"because" of scars'])
    clinic.publish("1.3.0")
    answer = clinic.answering().evaluate({"ruleset": "small", "assessment": ARCHIVED, "language": language})
    assert not isinstance(answer, Refused)
    one = logged(ARCHIVED, answer, write_json(answer))
    verified = Verifier(clinic.archive).verify(one)
    clinic.archive.close()
    assert (verified.same, verified.differences) == (True, ())


def test_a_request_sent_again_in_another_language_is_another_request(
    tmp_path: Path, answering: Answering
) -> None:
    log = DecisionLog(Database(f"sqlite:///{tmp_path}/log.sqlite3"))
    recorder = Recorder(log.writer, Events())
    deciding, body = Deciding(recorder, log), {"ruleset": "small", "assessment": SUN_SPOTS}

    def sent(*accepted: str) -> object:
        pending = deciding.begin(answering, accepted=accepted)
        pending.decide(body, "a key")
        (outcome,) = pending.decided(settled(pending)).outcomes
        return outcome.content if isinstance(outcome, LoggedAnswer) else outcome

    first = sent("es-MX", "es")
    assert sent("es") == first
    conflict = sent()
    recorder.close()
    log.close()
    assert isinstance(conflict, Refused)
    assert conflict.errors[0].code == "idempotency-conflict"
