"""Servers, each as ``subprocess.Popen`` would have it, most of them forked from a loaded process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.forking import ROOT, Forked, loaded

_SERVERS = "tests.web.launch"


def started(
    told: Mapping[str, Any], environ: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes] | Forked:
    """A server that was told these settings; what it writes goes to a file.

    Where anything but the service is to read other variables than it has here, it loads all by itself.
    """
    with log.open("wb") as written:
        if loaded(_SERVERS).fits(environ):
            to_log = (str(log), os.O_WRONLY | os.O_APPEND)
            return loaded(_SERVERS).start(told, environ, [(os.devnull, os.O_RDONLY), to_log, to_log])
        command = [sys.executable, "-m", _SERVERS, json.dumps(told)]
        return subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=written, env=environ)
