"""The node packages that ``install_node_packages`` installs: where each is, or why it can't be run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).parent
_VERSIONS = dict(line.split() for line in (_HERE / "node-packages").read_text(encoding="utf-8").splitlines())
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "picoplan-tests"


def node_modules(package: str) -> Path:
    """The folder into which the package is installed, with what it needs."""
    return _CACHE / f"{package}-{_VERSIONS[package]}" / "node_modules"


def openapi_tools() -> Path:
    """The folder into which the tools for the OpenAPI document are installed."""
    lock = _HERE.parent / "openapi_tools" / "package-lock.json"
    told = subprocess.run(["cksum", lock], capture_output=True, text=True, check=True)
    return _CACHE / f"openapi-tools-{told.stdout.split()[0]}" / "node_modules"


def missing_openapi_tools() -> str | None:
    """Why they can't be run here, with the mend; None where they can."""
    if shutil.which("node") is None:
        return "node is missing: install node and npm, then run tests/authoring/install_node_packages"
    if not openapi_tools().is_dir():
        return "the tools are missing: run tests/authoring/install_node_packages"
    return None


def missing(package: str) -> str | None:
    """Why the package can't be run here, with the mend; None where it can."""
    if shutil.which("node") is None:
        return "node is missing: install node and npm, then run tests/authoring/install_node_packages"
    if not (node_modules(package) / package).is_dir():
        return f"{package} {_VERSIONS[package]} is missing: run tests/authoring/install_node_packages"
    return None
