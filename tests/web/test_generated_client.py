"""A client that a stock generator makes from the running server's document, asking that server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE_S
from tests.web.serving import Served

pytestmark = pytest.mark.long

CLIENT = """
import json, sys
from pico.api.decisions import evaluate
from pico.api.rulesets import ruleset
from pico.client import Client
from pico.models import (
    Answer, AnswerVerdict, AssessmentTattooKirbyDesai, CountRange, EvaluateRequestTattooKirbyDesai, Problem,
    Ruleset,
)
client = Client(base_url=sys.argv[1])
asked = json.loads(sys.argv[2])
assessment = AssessmentTattooKirbyDesai.from_dict(asked)
assert assessment.to_dict() == asked, "what was not given is not sent"
body = EvaluateRequestTattooKirbyDesai(ruleset="tattoo-kirby-desai", assessment=assessment)
answer = evaluate.sync(client=client, body=body)
assert isinstance(answer, Answer) and isinstance(answer.verdict, AnswerVerdict), answer
assert isinstance(answer.sessions, CountRange)
body.version = "0.0.1"
problem = evaluate.sync(client=client, body=body)
assert isinstance(problem, Problem) and problem.errors[0].code == "unknown-version", problem
shown = ruleset.sync("tattoo-kirby-desai", client=client)
assert isinstance(shown, Ruleset) and shown.digest == answer.ruleset.digest
print(json.dumps(answer.to_dict()))
"""

CONFIG = """
post_hooks: []
content_type_overrides:
  application/x-ndjson: application/octet-stream
  application/yaml: application/octet-stream
  application/zip: application/octet-stream
  text/x-patch: application/octet-stream
"""
"""No tools of its own afterwards; and what the generator does not know are bytes."""


@pytest.fixture(scope="module")
def generated(shipped_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the client, as the package ``pico``."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(shipped_server.ask("GET", "/openapi.json")[2])
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    told = ["--path", "openapi.json", "--config", "config.yaml", "--output-path", "pico", "--meta", "none"]
    made = run(
        folder,
        Path(sys.executable).with_name("openapi-python-client"),
        "generate",
        *told,
        "--fail-on-warning",
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        check=False,
    )


def example(server: Served) -> dict[str, Any]:
    document = json.loads(server.ask("GET", "/openapi.json")[2])
    content = document["paths"]["/v1/evaluate"]["post"]["requestBody"]["content"]["application/json"]
    found: dict[str, Any] = content["examples"]["tattoo-kirby-desai"]["value"]["assessment"]
    return found


def test_a_generated_client_gets_a_typed_answer_that_is_the_logged_one(
    shipped_server: Served, generated: Path
) -> None:
    asked = json.dumps(example(shipped_server))
    ran = run(generated, sys.executable, "-c", CLIENT, f"http://127.0.0.1:{shipped_server.port}", asked)
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    logged = json.loads(shipped_server.ask("GET", f"/v1/decisions/{answer['decision_id']}")[2])
    for changed in (answer, logged["answer"]):
        del changed["evaluated_at"]  # the client writes the same moment as +00:00
    assert answer == logged["answer"]


def test_a_generated_client_refuses_what_is_no_option(shipped_server: Served, generated: Path) -> None:
    asked = json.dumps({**example(shipped_server), "phototype": "VII"})
    ran = run(generated, sys.executable, "-c", CLIENT, f"http://127.0.0.1:{shipped_server.port}", asked)
    assert ran.returncode == 1
    assert "'VII' is not a valid AssessmentTattooKirbyDesaiPhototype" in ran.stderr


def test_a_generated_client_has_types_that_hold(generated: Path) -> None:
    (generated / "use.py").write_text(
        "from pico.models import Answer\n\n\ndef most(answer: Answer) -> int | None:\n"
        "    return None if answer.sessions is None else answer.sessions.max_\n",
        encoding="utf-8",
    )
    (generated / "wrong.py").write_text(
        "from pico.models import Answer\n\n\ndef most(answer: Answer) -> str:\n    return answer.sessions\n",
        encoding="utf-8",
    )
    mypy = (
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        "",
        "--cache-dir",
        "cache",
        "--follow-imports",
        "silent",
    )
    right = run(generated, *mypy, "use.py")
    assert right.returncode == 0, right.stdout + right.stderr
    wrong = run(generated, *mypy, "wrong.py")
    assert 'expected "str"' in wrong.stdout
