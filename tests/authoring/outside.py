"""Validators that others use, held against picoplan's schemas: ajv, in node, and check-jsonschema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.node_packages import missing, node_modules

Json = dict[str, Any]

needs_ajv = pytest.mark.skipif(missing("ajv") is not None, reason=str(missing("ajv")))


@dataclass(frozen=True, slots=True)
class ByAjv:
    """What ajv says: why it refuses the schema, if it does, and which of the values are valid."""

    refused: str | None
    valid: tuple[bool, ...] = ()


def by_ajv(entries: Iterable[tuple[Json, Sequence[Any]]]) -> list[ByAjv]:
    """Each schema with values, held against ajv in strict mode."""
    asked = [{"schema": schema, "values": list(values)} for schema, values in entries]
    run = subprocess.run(
        ["node", str(Path(__file__).with_name("ajv.cjs"))],
        input=json.dumps(asked),
        env=os.environ | {"NODE_PATH": str(node_modules("ajv"))},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    return [ByAjv(said["refused"], tuple(said["valid"])) for said in json.loads(run.stdout)]


def refused_by_check_jsonschema(*arguments: str | Path) -> set[str]:
    """The names of the files that ``check-jsonschema`` refuses; that it can't work at all is a failure."""
    run = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--output-format", "json", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    said = json.loads(run.stdout)
    assert said["status"] == ("fail" if run.returncode else "ok"), run.stdout
    assert not said.get("parse_errors"), run.stdout
    return {Path(error["filename"]).name for error in said.get("errors", ())}
