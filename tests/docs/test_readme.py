"""The README does what it says: its commands are run as written, and say what it shows."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.store.folders import shipped
from tests.docs.refresh import readme_anew
from tests.web.serving import ROOT, Served

README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(
    r"<!-- (?P<mark>[a-z.: -]+) -->\n+(?:<details[^\n]*\n\n)?```[a-z]+\n(?P<text>.*?)```\n", re.S
)
_CHANGING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "TIME"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "DATE"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "DIGEST"),
)


def block(mark: str) -> str:
    """The one block under this mark."""
    found = [match["text"] for match in _BLOCK.finditer(README) if match["mark"] == mark]
    assert len(found) == 1, f"{len(found)} blocks are marked {mark!r}"
    return found[0]


def settled(text: str) -> str:
    """The text without what differs at every run: ids, times, days and digests."""
    for changing, name in _CHANGING:
        text = changing.sub(name, text)
    return text


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_request_of_the_readme_gets_the_answer_that_it_shows(
    shipped_server: Served, tmp_path: Path
) -> None:
    command = block("request").replace(":8000", f":{shipped_server.port}")
    said = run(command, tmp_path)
    assert settled(said.stdout) == settled(block("answer")), said.stderr


def test_refreshing_writes_the_answer_of_the_readme_anew() -> None:
    support = '    "support": "published",\n    "fired"'
    assert README.count(support) == 1
    assert readme_anew(README.replace(support, '    "fired"')) == README


def test_the_plan_of_the_readme_is_what_the_command_line_prints(tmp_path: Path) -> None:
    (tmp_path / "client.yaml").write_text(block("file: client.yaml"), encoding="utf-8")
    command = block("evaluate").replace(".venv/bin/picoplan", str(ROOT / ".venv/bin/picoplan"))
    said = run(command, tmp_path)
    assert settled(said.stdout) == settled(block("plan")), said.stderr


def test_the_mistake_of_the_readme_is_what_check_says(tmp_path: Path) -> None:
    shutil.copytree(shipped(), tmp_path / "my-rulesets")
    wanted = block("problem")
    file = tmp_path / wanted.partition(":")[0]
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("concern: acne_scar\n", "concern: acne_scars\n", 1), encoding="utf-8")
    said = run(f"{ROOT}/.venv/bin/picoplan check my-rulesets", tmp_path)
    assert said.stdout.splitlines()[0] + "\n" == wanted


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("script", sorted(set(re.findall(r"\./(scripts/[a-z]+)", README))))
def test_a_script_of_the_readme_can_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
