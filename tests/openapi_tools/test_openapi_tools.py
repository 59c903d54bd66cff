"""Stock tools over the document of a real server: what they make compiles strictly and reads real answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.node_packages import missing_tools, tools
from tests.docs.pages import Page
from tests.ports import free_port
from tests.waiting import PATIENCE_S, until
from tests.web.serving import Served, exchange

HERE = Path(__file__).parent
REASON = missing_tools("openapi_tools")
FIRST = {"concern": "solar_lentigo", "severity": "mild", "phototype": "III", "goal": "clear"}
BODIES = [
    {"ruleset": "pico-laser", "assessment": {**FIRST, "device": "picosure"}, "explain": True, "ref": "a-1"},
    {
        "ruleset": "pico-laser",
        "assessment": {
            **FIRST,
            "concern": "tattoo",
            "severity": None,
            "tattoo_made": "amateur",
            "inks": ["black", "green"],
            "device": "picosure",
            "gold_therapy": True,
            "sessions_done": 0,
        },
        "explain": None,
    },
    {
        "ruleset": "tattoo-kirby-desai",
        "assessment": {
            "phototype": "II",
            "kd_location": "upper_trunk",
            "kd_colour": "black_only",
            "kd_ink": "minimal",
            "kd_scarring": "none",
            "kd_layering": "absent",
            "device": "picosure",
            "tattoo_made": "professional",
            "inks": ["black"],
        },
        "explain": True,
    },
]
PYTHON = """
import json, sys, urllib.error, urllib.request
import models
def ask(path, body=None):
    request = urllib.request.Request(sys.argv[1] + path, body, {"Content-Type": "application/json"})
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as refused:
        return refused.read()
for body in json.loads(sys.argv[2]):
    sent = models.EvaluateRequest.model_validate(body).model_dump_json(exclude_unset=True).encode()
    answer = models.Answer.model_validate_json(ask("/v1/evaluate", sent))
    shown = models.Ruleset.model_validate_json(ask("/v1/rulesets/" + answer.ruleset.id))
    for rule in shown.rules:
        models.Rule.model_validate_json(ask(f"/v1/rulesets/{shown.id}/rules/{rule.id}"))
    print(answer.verdict.value if hasattr(answer.verdict, "value") else answer.verdict)
problem = models.Problem.model_validate_json(ask("/v1/evaluate", b"{}"))
print(problem.errors[0].code.value if hasattr(problem.errors[0].code, "value") else problem.errors[0].code)
"""


def run(folder: Path, *command: str | Path, good: bool = True) -> str:
    """What a command prints; it must succeed, or must not."""
    environ = {**os.environ, "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off"}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode == 0) is good, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


@pytest.fixture(scope="module")
def folder(shipped_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document of a server, and the tools beside it."""
    if REASON is not None:
        pytest.skip(REASON)
    folder = tmp_path_factory.mktemp("tools")
    for name in ("package.json", "tsconfig.json", "orval.config.cjs", "use.ts"):
        shutil.copy(HERE / name, folder)
    (folder / "node_modules").symlink_to(tools("openapi_tools"))
    (folder / "openapi.json").write_bytes(shipped_server.ask("GET", "/openapi.json")[2])
    return folder


def tool(folder: Path, name: str) -> Path:
    return folder / "node_modules" / ".bin" / name


def told(shipped_server: Served) -> list[str]:
    """The verdicts of the bodies, asked without any tool."""
    return [json.loads(shipped_server.ask("POST", "/v1/evaluate", one)[2])["verdict"] for one in BODIES]


@pytest.fixture(scope="module")
def typescript(folder: Path) -> Path:
    """The folder with all that the TypeScript tools make of it."""
    run(folder, tool(folder, "openapi-typescript"), "openapi.json", "-o", "types.d.ts")
    plugins = ("@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk", "zod")
    run(folder, tool(folder, "openapi-ts"), "-i", "openapi.json", "-o", "hey", "-p", *plugins)
    run(folder, tool(folder, "orval"), "--config", "orval.config.cjs")
    return folder


def test_redocly_finds_nothing_by_its_strictest_rules(folder: Path) -> None:
    lint = (tool(folder, "redocly"), "lint", "--extends", "recommended-strict", "--format", "json")
    assert json.loads(run(folder, *lint, "openapi.json"))["totals"] == {
        "errors": 0,
        "warnings": 0,
        "ignored": 0,
    }
    document = json.loads((folder / "openapi.json").read_bytes())
    del document["servers"]
    (folder / "without.json").write_text(json.dumps(document), encoding="utf-8")
    run(folder, *lint, "without.json", good=False)


def test_what_three_typescript_tools_make_compiles_strictly_and_reads_real_answers(
    typescript: Path, shipped_server: Served
) -> None:
    run(typescript, tool(typescript, "tsc"), "--project", ".")
    bundle = ("--bundle", "--platform=node", "--format=esm", "--outfile=use.mjs", "--log-level=warning")
    run(typescript, tool(typescript, "esbuild"), "use.ts", *bundle)
    base = f"http://127.0.0.1:{shipped_server.port}"
    said = json.loads(run(typescript, "node", "use.mjs", base, json.dumps(BODIES)))
    assert said == {"read": told(shipped_server), "code": "unknown-version"}


@pytest.mark.long
def test_pydantic_models_read_real_answers(folder: Path, shipped_server: Served) -> None:
    made = ("--input", "openapi.json", "--input-file-type", "openapi", "--output", "models.py")
    kind = ("--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin")
    run(folder, Path(sys.executable).with_name("datamodel-codegen"), *made, *kind)
    (folder / "use.py").write_text(PYTHON, encoding="utf-8")
    base = f"http://127.0.0.1:{shipped_server.port}"
    said = run(folder, sys.executable, "use.py", base, json.dumps(BODIES)).splitlines()
    assert said == [*told(shipped_server), "missing"]


Ask = Callable[[str, str, Any], tuple[int, dict[str, str], bytes]]


@contextmanager
def prism(folder: Path, base: str) -> Iterator[Ask]:
    """Asks the service through Prism, which refuses what is not as the document says."""
    port = free_port()

    def ask(method: str, path: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
            return exchange(connection, method, path, body)

    command = (tool(folder, "prism"), "proxy", "openapi.json", base, "--errors", "--port", str(port))
    told = folder / "prism.log"
    with told.open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            until(lambda: "Prism is listening" in told.read_text())
            yield ask
        finally:
            process.terminate()


@pytest.mark.long
def test_prism_lets_real_requests_and_answers_through_and_nothing_else(
    folder: Path, shipped_server: Served
) -> None:
    with prism(folder, f"http://127.0.0.1:{shipped_server.port}") as ask:
        for body in BODIES:
            status, _, content = ask("POST", "/v1/evaluate", body)
            assert status == 200, content
        for path in ("/v1/rulesets", "/v1/rulesets/pico-laser", "/healthz", "/problems/not-found"):
            assert ask("GET", path, None)[0] == 200
        status, _, content = ask("POST", "/v1/evaluate", {"ruleset": "pico-laser"})
        assert (status, b"stoplight" in content) == (422, True), "Prism refuses it, not the service"


def test_the_guide_names_each_tool_with_the_version_that_is_tried() -> None:
    table = next(one for one in Page("integrate.md").blocks if one.heading == "Tools for the document")
    told = {row[0].strip("`"): row[1] for row in table.rows}
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    helpers = {"esbuild", "openapi-fetch", "typescript", "zod"}
    assert {name: told.get(name) for name in {*wanted} - helpers} == {
        name: version for name, version in wanted.items() if name not in helpers
    }
