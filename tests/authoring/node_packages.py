"""The node packages that ``install_node_packages`` installs: where each is, or why it can't be run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).parent
_LINES = (_HERE / "node-packages").read_text(encoding="utf-8").splitlines()
_VERSIONS = {line.split()[0]: line.split()[1] for line in _LINES}
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "picoplan-tests"


def node_modules(package: str) -> Path:
    """The folder into which the package is installed, with what it needs."""
    return _CACHE / f"{package}-{_VERSIONS[package]}" / "node_modules"


def tools(folder: str) -> Path:
    """Where the packages are of a folder (as seen from tests) with a lock: ``openapi_tools``."""
    lock = (_HERE.parent / folder / "package-lock.json").read_bytes()
    told = subprocess.run(["cksum"], input=lock, capture_output=True, check=True).stdout.decode()
    return _CACHE / f"tools-{told.split()[0]}" / "node_modules"


def missing_tools(folder: str) -> str | None:
    """Why they can't be run here, with the mend; None where they can."""
    if shutil.which("node") is None:
        return "node is missing: install node and npm, then run tests/authoring/install_node_packages"
    if not tools(folder).is_dir():
        return "the tools are missing: run tests/authoring/install_node_packages"
    return None


def missing(package: str) -> str | None:
    """Why the package can't be run here, with the mend; None where it can."""
    if shutil.which("node") is None:
        return "node is missing: install node and npm, then run tests/authoring/install_node_packages"
    if not (node_modules(package) / package).is_dir():
        return f"{package} {_VERSIONS[package]} is missing: run tests/authoring/install_node_packages"
    return None
