"""The scripts of the workbench are those that their sources make, and what they cost to load."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.authoring.node_packages import missing_tools, tools

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "service" / "pages" / "source"
MADE = ROOT / "service" / "web" / "static" / "workbench"
PACKAGES = "../service/pages/source"
SCRIPTS = ("editor.js", "editor.js.LICENSE.txt", "shown.js", "htmx.min.js", "htmx-LICENSE.txt")

needs_packages = pytest.mark.skipif(
    missing_tools(PACKAGES) is not None, reason=f"the scripts: {missing_tools(PACKAGES)}"
)


@needs_packages
def test_the_scripts_are_made_anew_to_the_same_bytes(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "source", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "source" / "node_modules").symlink_to(tools(PACKAGES))
    subprocess.run(["node", "build.js", tmp_path / "made"], cwd=tmp_path / "source", check=True)
    assert sorted(one.name for one in (tmp_path / "made").iterdir()) == sorted(SCRIPTS)
    other = [
        name for name in SCRIPTS if (tmp_path / "made" / name).read_bytes() != (MADE / name).read_bytes()
    ]
    assert other == [], "run: npm ci --ignore-scripts && npm run build, in service/pages/source"


def test_the_lock_names_what_the_sources_ask_for_and_esbuild_alone_would_run_at_installing() -> None:
    asked = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = asked["dependencies"] | asked["devDependencies"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in one for path, one in locked.items() if path)
    assert {path for path, one in locked.items() if "hasInstallScript" in one} == {"node_modules/esbuild"}


def test_the_editor_is_no_larger_than_a_page_of_its_own_bears() -> None:
    size = {name: len(gzip.compress((MADE / name).read_bytes(), 9)) for name in SCRIPTS}
    assert size["editor.js"] <= 150_000
    assert size["shown.js"] + size["htmx.min.js"] <= 22_000
