"""What a version of the language does not have is neither told, nor in its answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from marshmallow import Schema

from schemas.answer import AnswerSchema
from schemas.language import ANSWER, LANGUAGE_VERSIONS, NEWEST_LANGUAGE, SINCE, is_reported
from schemas.member import many, one, since, text, without_newer
from service.analysis.checks.check import CHECKS
from service.analysis.proofs.results import PROOFS
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Place
from service.reading.problem_collector import ERRORS, WARNINGS, ProblemCollector
from service.reading.ruleset import read_ruleset
from service.serving.answer import AnswerWriter
from tests.language.asking import Ruleset
from tests.language.samples import CLIENT, with_everything
from tests.reading.reading import COMMON, beside


class _Part(Schema):
    old = text("Of the first version.")
    new = since(2, text("Of the second."))


class _Whole(Schema):
    part = one(_Part, "One.")
    parts = many(_Part, "Several.")
    late = since(2, one(_Part, "Of the second version."))


def test_what_an_earlier_version_lacks_is_left_out_at_any_depth() -> None:
    both = {"old": "a", "new": "b"}
    data = {"part": both, "parts": [both, both], "late": both}
    assert without_newer(_Whole, data, 1) == {"part": {"old": "a"}, "parts": [{"old": "a"}, {"old": "a"}]}
    assert without_newer(_Whole, data, 2) == data
    assert data["part"] is both


def test_a_member_that_is_missing_in_earlier_answers_is_not_required() -> None:
    assert _Whole().fields["part"].required
    assert not _Whole().fields["late"].required


@pytest.mark.parametrize("language_version", LANGUAGE_VERSIONS)
def test_an_answer_has_the_members_of_its_rulesets_version(language_version: int, tmp_path: Path) -> None:
    read = Ruleset(tmp_path, with_everything()).answering.snapshot.served["generated"].ruleset
    compiled = CompiledRuleset(replace(read, language_version=language_version))
    decision = compiled.decide(CLIENT)
    assert not isinstance(decision, tuple)
    written = AnswerWriter(compiled).write(decision, decision_id="", evaluated_at="", as_of="", explain=True)
    compiled.close()
    assert list(written) == [name for name, one in ANSWER.items() if one.since <= language_version]
    assert without_newer(AnswerSchema, written, language_version) == written


def test_what_is_new_is_told_under_the_newest_version_alone() -> None:
    first, newest = ProblemCollector(1), ProblemCollector()
    for problems in (first, newest):
        for code in SINCE:
            problems.warning(Place("a.yaml"), code, "It is new.")
        problems.error(Place("a.yaml"), "missing-value", "It is stricter.", since=2)
        problems.error(Place("a.yaml"), "wrong-type", "It is wrong.")
    assert [problem.code for problem in first.noted] == ["wrong-type"]
    assert [problem.code for problem in newest.noted] == [*SINCE, "missing-value", "wrong-type"]
    assert not any(is_reported(code, 1) for code in SINCE)


def test_what_is_new_is_there() -> None:
    assert {*SINCE} <= {*ERRORS, *WARNINGS, *CHECKS, *PROOFS}


def test_a_ruleset_knows_under_which_version_it_was_read() -> None:
    common = COMMON
    for version in LANGUAGE_VERSIONS:
        ruleset = read_ruleset(common / "clinic", "clinic", beside(common), language_version=version).ruleset
        assert ruleset is not None
        assert ruleset.language_version == version
    newest = read_ruleset(common / "clinic", "clinic", beside(common)).ruleset
    assert newest is not None
    assert newest.language_version == NEWEST_LANGUAGE
