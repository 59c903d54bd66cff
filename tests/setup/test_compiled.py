"""What Python compiles is kept for a run of tests, whether or not it may be written beside the sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
TESTS = """
import subprocess, sys
from pathlib import Path

IMPORTS = "import sys, module; print(sys.flags.dont_write_bytecode, module.__cached__)"

def test_that_starts_a_process():
    said = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True).stdout
    flag, cached = said.split()
    assert flag == "0" and Path(cached).is_file()
    Path("told").write_text(cached)
"""


@pytest.mark.parametrize("forbidden", ["1", ""])
def test_processes_of_a_run_share_what_is_compiled_and_leave_it_beside_no_source_where_that_is_forbidden(
    tmp_path: Path, forbidden: str
) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "module.py").write_text("")
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment | {"PYTHONDONTWRITEBYTECODE": forbidden, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    cached = Path((tmp_path / "told").read_text())
    assert (cached.exists(), (tmp_path / "__pycache__").exists()) == (not forbidden, not forbidden)
