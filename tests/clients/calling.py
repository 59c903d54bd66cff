"""Calls of a client, in a process of its own as its users have one: what is told, as plain data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_S

HERE = Path(__file__).parent
Json = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """Runs one of the two programs beside this module, which make the same calls with their client."""

    name: str
    command: tuple[str, ...]
    environ: dict[str, str]

    @classmethod
    def python(cls, wheel: Path) -> Caller:
        """With the client in a wheel; one of plain Python is imported as it is."""
        return cls("python", (sys.executable, str(HERE / "call.py")), {"PYTHONPATH": str(wheel)})

    @classmethod
    def node(cls, folder: Path) -> Caller:
        """With the client that programs in a folder find."""
        program = shutil.copy(HERE / "call.mjs", folder)
        return cls("typescript", ("node", str(program)), {})

    def calls(self, url: str, calls: list[Json], **options: Any) -> list[Any]:
        """What is told of each of some calls of one client, in plain data.

        A call has the ``method`` by its name in Python, and what is handed to it: ``of``, values;
        ``request``; ``told``, by name. What it raises is told as ``{"error": ...}``, a
        Decimal as ``{"decimal": ...}``.
        """
        told: list[Any] = self.calls_with_headers(url, calls, **options)["told"]
        return told

    def calls_with_headers(self, url: str, calls: list[Json], **options: Any) -> Json:
        """The same as ``told``, and the ids of the requests that were ``heard`` of."""
        told = json.dumps({"url": url, "options": options, "calls": calls})
        done = subprocess.run(
            self.command,
            input=told,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environ},
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answered: Json = json.loads(done.stdout)
        return answered

    def call(self, url: str, method: str, *of: Any, request: Json | None = None, **told: Any) -> Any:
        """What is told of one call; ``told``: by name, ``options`` those of the client."""
        options = told.pop("options", {})
        (answer,) = self.calls(
            url, [{"method": method, "of": of, "request": request, "told": told}], **options
        )
        return answer
