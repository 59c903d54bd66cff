"""The packages of the clients, as scripts/make_clients.py makes them."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Packages:
    """The wheel, and the package for npm."""

    wheel: Path
    tarball: Path

    def unpack_for_node(self, folder: Path) -> Path:
        """The folder; its programs find the npm package as where npm has installed it."""
        with tarfile.open(self.tarball) as packed:
            packed.extractall(folder, filter="data")
        (folder / "node_modules").mkdir()
        (folder / "package").rename(folder / "node_modules" / "picoplan-client")
        return folder


def made_packages(shared: Path) -> Packages:
    """Both, made once for all processes that share the folder."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: install node and npm")
    folder = shared / "clients"
    with (shared / "clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            command = [sys.executable, "-m", "scripts.make_clients", "--into", str(folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
    (wheel,), (tarball,) = folder.glob("*.whl"), folder.glob("*.tgz")
    return Packages(wheel, tarball)
