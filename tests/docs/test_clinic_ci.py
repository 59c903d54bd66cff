"""docs/clinic-ci: the hooks and the workflow that clinics copy do what they say, run as their tools would."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.commandline.console import environment
from tests.commandline.samples import edit, write_small
from tests.docs.pages import DOCS, ROOT

pytestmark = pytest.mark.long

CLINIC_CI = DOCS / "clinic-ci"
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
CHANGED = ["rulesets/small/factors/1-concern.yaml", "README.md"]
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def hooks() -> list[tuple[str, dict[str, Any]]]:
    [repo] = read(CLINIC_CI / "pre-commit-config.yaml")["repos"]
    ours = [one for one in repo["hooks"] if one["entry"].startswith("picoplan ")]
    return [(f"config {one['id']}", one) for one in ours] + [
        (f"manifest {one['id']}", one) for one in read(MANIFEST)
    ]


def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = read(CLINIC_CI / "github-workflow.yml")
    return loaded


def steps() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = workflow()["jobs"]["rulesets"]["steps"]
    return listed


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


def break_it(clinic: Path) -> None:
    edit(clinic / "rulesets/small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")


def run(command: list[str], clinic: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run it in the clinic's checkout, with picoplan on the PATH as an installed one is."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=clinic,
        env=environment({"PATH": path, **more}),
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- pre-commit -----------------------------------------------------------------------------------


def as_pre_commit_would(hook: dict[str, Any], clinic: Path) -> subprocess.CompletedProcess[str]:
    """A hook's entry, its arguments, then the changed files unless it is not given any."""
    files = CHANGED if hook.get("pass_filenames", True) else []
    return run([*shlex.split(hook["entry"]), *hook.get("args", []), *files], clinic)


@pytest.mark.parametrize("hook", [hook for _, hook in hooks()], ids=[name for name, _ in hooks()])
def test_a_hook_passes_a_good_clinic_and_stops_a_broken_one(hook: dict[str, Any], clinic: Path) -> None:
    good = as_pre_commit_would(hook, clinic)
    assert (good.returncode, good.stderr) == (0, "")
    break_it(clinic)
    bad = as_pre_commit_would(hook, clinic)
    assert bad.returncode == 1
    assert "rulesets/small/factors/1-concern.yaml:5:21: error unknown-option" in bad.stdout


def test_the_hook_of_the_scenarios_stops_a_client_who_gets_something_else(clinic: Path) -> None:
    edit(clinic / "rulesets/small/scenarios/1-all.yaml", "verdict: do_not_treat", "verdict: defer")
    failing = {name: as_pre_commit_would(hook, clinic).returncode for name, hook in hooks()}
    assert failing == {name: int(name.endswith("test")) for name in failing}


def test_a_hook_never_checks_the_shipped_rulesets_in_place_of_missing_ones(tmp_path: Path) -> None:
    for name, hook in hooks():
        ran = as_pre_commit_would(hook, tmp_path)
        assert (ran.returncode, ran.stderr) == (2, "picoplan: rulesets is not a folder\n"), name


@pytest.mark.parametrize("hook", [hook for _, hook in hooks()], ids=[name for name, _ in hooks()])
def test_a_hook_runs_at_every_commit_even_if_files_only_go(hook: dict[str, Any]) -> None:
    assert hook["always_run"] is True
    assert hook["pass_filenames"] is False
    assert hook.keys() >= {"id", "name", "entry", "language"}


def test_the_hook_that_lays_files_out_is_given_the_files_of_rulesets_and_comes_first(clinic: Path) -> None:
    [repo] = read(CLINIC_CI / "pre-commit-config.yaml")["repos"]
    hook = repo["hooks"][0]
    given = [file for file in [*CHANGED, "rulesets/small/sign-off.yaml"] if re.search(hook["files"], file)]
    given = [file for file in given if not re.search(hook["exclude"], file)]
    assert given == CHANGED[:1]
    shutil.copy(CLINIC_CI / "yamlfmt.yaml", clinic / ".yamlfmt.yaml")
    file = clinic / given[0]
    neat = file.read_text(encoding="utf-8")
    file.write_text(neat.replace(": ", ":   ") + "   \n\n", encoding="utf-8")
    done = run([*shlex.split(hook["entry"]), *given], clinic)
    assert (done.returncode, done.stderr) == (0, "")
    laid_out = file.read_text(encoding="utf-8")
    assert laid_out != neat.replace(": ", ":   ")
    assert run([*shlex.split(hook["entry"]), *given], clinic).returncode == 0
    assert file.read_text(encoding="utf-8") == laid_out


# -- the workflow ---------------------------------------------------------------------------------


def ran(clinic: Path, **more: str) -> dict[str, subprocess.CompletedProcess[str]]:
    """What came of each step that runs a command, but for the one that installs what is here already."""
    given = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(clinic), **workflow()["env"], **more}
    return {
        step["name"]: run([*BASH, step["run"]], clinic, **given)
        for step in steps()
        if "run" in step and step.get("id") != "install"
    }


def test_the_workflow_passes_a_good_clinic_and_leaves_its_reports(clinic: Path) -> None:
    done = ran(clinic)
    assert {name: one.returncode for name, one in done.items()} == dict.fromkeys(done, 0)
    assert done["Check every ruleset"].stdout == ""
    assert ET.parse(clinic / "scenarios.xml").getroot().attrib["failures"] == "0"
    assert json.loads((clinic / "picoplan.sarif").read_text(encoding="utf-8"))["runs"][0]["results"] == []


def test_the_workflow_stops_a_broken_clinic_and_says_where(clinic: Path) -> None:
    break_it(clinic)
    done = ran(clinic)
    assert {name: one.returncode for name, one in done.items()} == {
        "Check every ruleset": 1,
        "Plan every worked client": 1,
        "Write the problems down for code scanning": 0,
    }
    assert done["Check every ruleset"].stdout == (
        "::error file=rulesets/small/factors/1-concern.yaml,line=5,col=21,title=unknown-option::"
        '"scar" is not an option of concern. Did you mean "scars"?\n'
        "rulesets/small/factors/1-concern.yaml:5:21: error unknown-option "
        '"scar" is not an option of concern. Did you mean "scars"?\n'
    )
    [result] = json.loads((clinic / "picoplan.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["ruleId"] == "unknown-option"


def test_a_folder_that_is_not_there_stops_the_workflow_at_each_step(tmp_path: Path) -> None:
    assert {one.returncode for one in ran(tmp_path).values()} == {1, 2}


def test_the_workflow_installs_what_the_clinic_names_and_nothing_else() -> None:
    [install] = [step for step in steps() if step.get("id") == "install"]
    assert install["env"] == {"PICOPLAN": "${{ vars.PICOPLAN }}"}
    refused = run([*BASH, install["run"]], ROOT, PICOPLAN="")
    assert refused.returncode != 0
    assert "PICOPLAN: is not set. The top of this file says what it is" in refused.stderr


def test_reports_are_handed_on_by_the_names_under_which_they_are_written() -> None:
    commands = " ".join(step.get("run", "") for step in steps())
    taken = [step["with"] for step in steps() if "upload" in step.get("uses", "")]
    files = [one.get("path") or one.get("sarif_file") for one in taken]
    assert len(files) == 2
    assert all(file in commands for file in files)
