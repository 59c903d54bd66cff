"""What holds for every test.

With ``PICOPLAN_NO_SKIPS=1`` a skipped test fails the run, as in CI. Hypothesis draws the same examples at
every run; tests of properties have a longer run of their own.

Tests start hundreds of processes. Where the environment keeps Python from writing down what it has compiled,
each of them would compile the service anew, which is most of what starting it costs. So it is written to a
folder of the run then, and never beside the sources.
"""

import os
import shutil
import sys
import tempfile

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    """Give this process and all that it starts one folder for what is compiled, until the run is over."""
    if not sys.dont_write_bytecode:
        return
    folder = tempfile.mkdtemp(prefix="picoplan-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    sys.dont_write_bytecode, sys.pycache_prefix = False, folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder


def skipped(config: pytest.Config) -> list[str]:
    """List the skipped tests and why, where they are forbidden."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PICOPLAN_NO_SKIPS") != "1" or reporter is None:
        return []
    return [f"{report.nodeid}: {reason(report)}" for report in reporter.stats.get("skipped", [])]


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Say why a test was skipped, in the words of the one who skipped it."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that would have passed, had its skipped tests counted for nothing."""
    if session.exitstatus == pytest.ExitCode.OK and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the skipped tests before pytest's closing line."""
    for line in skipped(config):
        terminalreporter.write_line(f"PICOPLAN_NO_SKIPS: no test may be skipped here: {line}", red=True)
