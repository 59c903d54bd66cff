"""Schemathesis, with every check that it has, against a real server over the shipped rulesets."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import assessment_body
from service.store.folders import read_shelf, shipped
from service.web.app import create_app
from service.web.log import open_log
from service.web.settings import Settings
from tests.properties.profile import TIMES, examples
from tests.web.client import client_of
from tests.web.serving import ROOT

pytestmark = pytest.mark.long


def fuzz(*told: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/fuzz_api.py"), *told]
    return subprocess.run(command, capture_output=True, text=True, timeout=600 * max(1, TIMES), check=False)


def test_whatever_is_sent_the_service_keeps_to_its_document() -> None:
    ran = fuzz("--examples", str(round(8 * TIMES)))
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr[-2000:]
    assert "No issues found" in ran.stdout


def test_where_the_document_says_what_is_not_so_it_is_found(tmp_path: Path) -> None:
    document = client_of(create_app(Settings(), open_log(io.BytesIO()))).get("/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    del schemas["Assessment_pico_laser"]["then"]
    schemas["Answer"]["properties"]["verdict"] = {"type": "integer"}
    del document["paths"]["/v1/evaluate"]["post"]["responses"]["404"]
    document["paths"] = {"/v1/evaluate": document["paths"]["/v1/evaluate"]}  # the others have no mistake
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    ran = fuzz("--document", str(file), "--examples", "5")
    assert ran.returncode == 1
    for found in ("Schema-valid request rejected", "Response violates schema", "Undocumented status code"):
        assert found in ran.stdout


def _ruleset(name: str) -> Ruleset:
    found = read_shelf(shipped()).read[name].ruleset
    assert found is not None
    return found


def wrong_assessments(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What schemathesis makes of the schema of an assessment that is not valid."""
    import schemathesis  # large, and nothing else here needs it

    operation = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "Done."}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "One assessment", "version": "1"},
        "paths": {"/": {"post": operation}},
    }
    made = schemathesis.openapi.from_dict(document)["/"]["POST"]
    return made.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE).map(lambda case: case.body)


@pytest.mark.parametrize("name", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_no_assessment_that_the_document_forbids_is_decided(name: str) -> None:
    ruleset = _ruleset(name)
    compiled = CompiledRuleset(ruleset)

    @examples(30)
    @given(wrong_assessments(assessment_body(ruleset)))
    def refused(assessment: Any) -> None:
        try:
            sent = json.loads(json.dumps(assessment, allow_nan=False))
        except (TypeError, ValueError):
            return  # not JSON, which the web refuses before
        assert isinstance(compiled.decide(sent), tuple), assessment

    refused()
