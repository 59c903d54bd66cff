#!/usr/bin/env python3
"""How many of the slips of people who don't program are told well.

    .venv/bin/python scripts/count_mistakes.py

Makes each of tests/mistakes/slips/ in a copy of a ruleset, reads what its author gets, and mends it as that
says. Prints how many have one message, one at the right place, one with the right cause, and one with a mend
that works: after it nothing is wrong, and the files read as was meant. Those that fall short are named with
their lines, and the exit code is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.mistakes.making import load_case  # noqa: E402 - the checkout must be on the path first
from tests.mistakes.slips import FILES, Told, told  # noqa: E402

_COUNTED = {
    "once": "have one message",
    "place": "have it at the right place",
    "cause": "have the right cause",
    "mend": "have a mend that works",
    "offered": "of these mends can be made by picoplan check --fix",
}


def report(found: Mapping[str, Told]) -> tuple[list[str], bool]:
    """What is printed of the slips by name, and whether all are told well."""
    lines = []
    for name, one in found.items():
        if not one.well:
            lines += [f"{name}:", *(f"  {line}" for line in one.lines)]
            lines += [f"  after its mend: {line}" for line in one.after]
    for key, says in _COUNTED.items():
        lines.append(f"{sum(getattr(one, key) for one in found.values()):4} {says}")
    well = sum(one.well for one in found.values())
    return [*lines, f"{well} of {len(found)} mistakes are told well"], well == len(found)


def main() -> int:
    """Tell them all."""
    found = {}
    for path in FILES:
        with TemporaryDirectory() as folder:
            found[path.stem] = told(load_case(path), Path(folder))
    lines, all_well = report(found)
    print("\n".join(lines))
    return 0 if all_well and found else 1


if __name__ == "__main__":
    sys.exit(main())
