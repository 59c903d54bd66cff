"""No file can exhaust whoever reads it: each is answered, in little memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.reading.nasty import MOST_SECONDS, NASTY
from tests.reading.reading import HERE

pytestmark = pytest.mark.timeout(300)

MOST_MEGABYTES = 200
READ_FINE = {
    "carriage-returns",
    "comments",
    "flags-from-flags",
    "guarantees",
    "lines",
    "points-many",
    "rules-at-the-bound",
    "rules-nested-deep",
    "rules-with-12000-alternatives",
    "spaces",
}


def _run(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    program = [sys.executable, "-m", "tests.reading.nasty", str(folder), *names]
    done = subprocess.run(program, cwd=HERE.parent.parent, capture_output=True, text=True, check=True)
    print(done.stderr)  # noqa: T201 - shown where a test fails
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What reading each of them has cost, two at a time."""
    names = list(NASTY)
    halves = [(tmp_path_factory.mktemp("nasty"), names[start::2]) for start in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(_run, *zip(*halves, strict=True))
    return {cost["name"]: cost for half in done for cost in half}


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_ruleset_is_answered_in_little_memory(name: str, costs: dict[str, dict[str, Any]]) -> None:
    cost = costs[name]
    assert cost["status"] == 0, "it was killed: out of memory, or hanging"
    print(f"{name}: {cost['seconds']:.2f} s, {cost['megabytes']:.0f} MB, {cost['problems']} problems")  # noqa: T201 - with -s
    assert cost["megabytes"] < MOST_MEGABYTES
    assert cost["seconds"] < MOST_SECONDS
    assert cost["whole"] == (name in READ_FINE), cost["first"]
    assert cost["problems"] <= 2_100
    assert cost["problems"] or cost["whole"]
