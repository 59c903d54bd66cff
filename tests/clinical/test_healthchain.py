"""healthchain 0.14.4 as a client of hooks: it calls and shows what is answered, but for its own faults.

It needs the package ``jwt``, which takes the place of PyJWT: so it lives in an environment of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.web.clinics import SCAR
from tests.web.test_clinical_served import DISCOVERY, SERVICE, call, on_this_machine

pytestmark = pytest.mark.long

Json = dict[str, Any]

VERSION = "0.14.4"
SCRIPT = """
import json, logging, sys
import httpx
from healthchain.models import CDSRequest, CDSResponse
from healthchain.models.responses.cdsdiscovery import CDSServiceInformation
from healthchain.models.responses.cdsfeedback import CDSFeedback
from healthchain.models.responses.cdsresponse import Suggestion
from healthchain.sandbox import SandboxClient

logging.disable(logging.CRITICAL)


def wrong(model, data):
    try:
        model(**data)
    except ValueError as error:
        return [".".join(map(str, one["loc"])) for one in error.errors()]
    return []


asked = json.load(sys.stdin)
services = CDSServiceInformation(**httpx.get(asked["discovery"]).json()).services
client = SandboxClient(url=asked["service"], workflow="patient-view")
client.requests.append(CDSRequest(**asked["call"]))
(got,) = client.send_requests()
mended = json.loads(json.dumps(got))
for card in mended["cards"]:
    for link in card["links"]:
        link["autoLaunchable"] = False
print(json.dumps({
    "hooks": [one.hook for one in services],
    "got": got,
    "wrong": wrong(CDSResponse, got),
    "wrong once mended": wrong(CDSResponse, mended),
    "wrong with a suggestion": wrong(Suggestion, {"label": "x"}),
    "feedback": CDSFeedback(**asked["feedback"]).model_dump(exclude_none=True, mode="json"),
}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has it."""
    folder, uv = tmp_path_factory.mktemp("healthchain") / "env", Path(sys.executable).parent / "uv"
    made = folder / "bin" / "python"
    for command in (
        ["venv", "--quiet", "--python", sys.executable, folder],
        ["pip", "install", "--quiet", "--python", made, f"healthchain=={VERSION}"],
    ):
        done = subprocess.run([uv, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"healthchain can't be installed: {done.stderr[-300:]}")
    return made


def test_it_finds_the_services_calls_one_and_has_its_own_faults_alone(python: Path, tmp_path: Path) -> None:
    reason = {"reason": {"code": "other-plan", "system": "https://x.example"}}
    entry = {"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-12-01T09:00:00Z"}
    lost = {"overrideReason": reason, "acceptedSuggestions": [{"id": "a"}]}
    with on_this_machine(tmp_path) as there:
        origin = f"http://127.0.0.1:{there.served.port}"
        sent = call(there.response(SCAR))
        asked = {
            "discovery": f"{origin}{DISCOVERY}",
            "service": f"{origin}{SERVICE}",
            "call": sent,
            "feedback": {**entry, **lost},
        }
        done = subprocess.run(
            [python, "-c", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        told = json.loads(done.stdout)
        assert told["got"] == there.ask("POST", SERVICE, sent)[2]
    assert told["hooks"] == ["patient-view", "appointment-book"]
    assert told["wrong"] == ["cards.0.links.0.autoLaunchable"], "it misspells autolaunchable, and requires it"
    assert told["wrong once mended"] == []
    assert told["wrong with a suggestion"] == ["isRecommended"], "it is optional"
    assert told["feedback"] == entry, "it loses the reason and the suggestions"
