"""No file can exhaust whoever reads it: each is answered, in little memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.reading.nasty import MOST_SECONDS, NASTY
from tests.reading.reading import HERE

pytestmark = pytest.mark.timeout(300)

MOST_MEGABYTES = 200
MOST_LISTED = 2_100
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


def costs(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """What reading each of them has cost, in a process of its own."""
    program = [sys.executable, "-m", "tests.reading.nasty", str(folder), *names]
    done = subprocess.run(program, cwd=HERE.parent.parent, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def wrong(cost: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    if cost["status"] != 0:
        return ["it was killed: out of memory, or hanging"]
    found = []
    if cost["megabytes"] >= MOST_MEGABYTES:
        found.append("too much memory")
    if cost["seconds"] >= MOST_SECONDS:
        found.append("too slow")
    if cost["whole"] != (cost["name"] in READ_FINE):
        found.append("it was read" if cost["whole"] else "it was not read")
    if not (cost["problems"] or cost["whole"]) or cost["problems"] > MOST_LISTED:
        found.append("it was not answered with some problems")
    return found


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.long
def test_nasty_rulesets_are_answered_in_little_memory(half: int, tmp_path: Path) -> None:
    found = costs(tmp_path, list(NASTY)[half::2])
    for cost in found:
        numbers = f"{cost.get('seconds', 0):5.2f} s {cost.get('megabytes', 0):4.0f} MB"
        print(f"{cost['name']:36} {numbers} {cost.get('problems', 0):5} problems")  # noqa: T201 - shown, not asserted
    assert {cost["name"]: wrong(cost) for cost in found if wrong(cost)} == {}
    assert len(found) == len(list(NASTY)[half::2])
