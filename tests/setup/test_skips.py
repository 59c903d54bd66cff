"""CI counts a skipped test as a failure, and a person's own run does not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
TESTS = """
import pytest

def test_that_passes():
    pass

@pytest.mark.skip(reason="no such machine")
def test_that_is_skipped():
    pass
"""


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(("forbidden", "exit_code"), [("1", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_only_where_that_is_asked_for(
    tmp_path: Path, workers: str, forbidden: str, exit_code: int
) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PICOPLAN_NO_SKIPS": forbidden, "PYTEST_ADDOPTS": "-p no:schemathesis -p no:anyio"},
        capture_output=True,
        text=True,
        check=False,
    )
    line = "no test may be skipped here: test_some.py::test_that_is_skipped: Skipped: no such machine"
    assert (run.returncode, f"PICOPLAN_NO_SKIPS: {line}" in run.stdout) == (exit_code, bool(forbidden)), (
        run.stdout
    )
    assert re.fullmatch(r"1 passed, 1 skipped in .*", run.stdout.splitlines()[-1])
