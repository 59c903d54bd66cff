"""Files as tools outside know them: from the root of the checkout, with forward slashes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from urllib.parse import quote


def checkout(environment: Mapping[str, str]) -> Path:
    """The folder from which tools count: GitHub's workspace where we are in it, else the folder we are in."""
    here = Path.cwd()
    named = environment.get("GITHUB_WORKSPACE")
    workspace = Path(named).resolve() if named else here
    return workspace if here.is_relative_to(workspace) else here


def from_root(file: str, root: Path) -> PurePath:
    """The file as seen from the root; one that lies elsewhere has its whole path."""
    whole = Path(os.path.normpath(Path.cwd() / file))
    return whole.relative_to(root) if whole.is_relative_to(root) else whole


def uri(path: PurePath) -> str:
    """The path as a URI reference, as RFC 3986 wants its characters."""
    quoted = quote(path.as_posix(), safe="/~!$&'()*+,;=@")
    return f"file://{quoted}" if path.is_absolute() else quoted
