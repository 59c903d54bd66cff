"""The packages as their users have them: installed into fresh folders, and long lists through them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.clients.calling import HERE
from tests.waiting import PATIENCE_S
from tests.web.serving import Served

LINES = "10000"


def printed(folder: Path, *command: str | Path, **environ: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_ten_thousand_go_through_the_python_client_in_bounded_memory(
    wheel: Path, server: Served, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    told = printed(tmp_path, sys.executable, HERE / "stream.py", url, LINES, PYTHONPATH=str(wheel))
    ahead, whole, megabytes = told.split()
    assert int(ahead) <= 1000
    assert whole == "True"
    assert int(megabytes) < 16, "8,000 more answers that are kept are over 30 MB"


@pytest.mark.long
def test_ten_thousand_go_through_the_typescript_client_in_bounded_memory(
    node_folder: Path, server: Served
) -> None:
    shutil.copy(HERE / "stream.mjs", node_folder)
    url = f"http://127.0.0.1:{server.port}"
    told = printed(node_folder, "node", "--max-old-space-size=24", "stream.mjs", url, LINES)
    ahead, whole = told.split()
    assert int(ahead) <= 1000
    assert whole == "true"


@pytest.mark.long
def test_the_wheel_works_in_a_fresh_environment(wheel: Path, server: Served, tmp_path: Path) -> None:
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    printed(tmp_path, python, "-m", "pip", "install", "--quiet", wheel)
    told = printed(tmp_path, python, HERE / "stream.py", f"http://127.0.0.1:{server.port}", "2500")
    assert told.split()[1] == "True"
    listed = printed(tmp_path, python, "-m", "pip", "list", "--format", "freeze")
    names = {line.partition("==")[0] for line in listed.splitlines()}
    assert names - {"pip", "setuptools"} == {"picoplan-client", "msgspec", "urllib3"}


@pytest.mark.long
def test_the_npm_package_works_in_a_fresh_folder_and_needs_no_other(
    tarball: Path, server: Served, tmp_path: Path
) -> None:
    printed(tmp_path, "npm", "init", "--yes")
    printed(tmp_path, "npm", "install", "--offline", "--no-audit", "--no-fund", tarball)
    shutil.copy(HERE / "stream.mjs", tmp_path)
    told = printed(tmp_path, "node", "stream.mjs", f"http://127.0.0.1:{server.port}", "2500")
    assert told.split()[1] == "true"
    installed = {one.name for one in (tmp_path / "node_modules").iterdir() if one.name[0] != "."}
    assert installed == {"picoplan-client"}
