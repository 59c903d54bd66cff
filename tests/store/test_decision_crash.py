"""Every answer that a client received is in the log, though workers were killed under load."""

import re
import subprocess
import sys

import pytest

from tests.commandline.console import ROOT, environment

pytestmark = pytest.mark.long


@pytest.mark.timeout(240)
def test_no_answer_is_lost_when_workers_are_killed() -> None:
    command = [sys.executable, "-m", "scripts.crash_log", "--kills", "4"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, env=environment())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = re.match(r"4 kills, (\d+) answers, 0 of them not in the log", ran.stdout)
    assert told is not None, ran.stdout
    assert int(told[1]) > 20
