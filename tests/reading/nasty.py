"""Rulesets at picoplan's bounds and just beyond them, and the reading of one, measured.

None goes farther than that: it is the bounds that are tried here, and not what other software bears.

Run as a program it lays them out in a folder, reads them, and prints what each has cost::

    python -m tests.reading.nasty /tmp/somewhere braces aliases
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from schemas.ruleset_fields import LONGEST_TEXT
from service.reading.folder import MOST_FILES
from service.reading.inputs import MOST_INPUTS
from service.reading.options import MOST_OPTIONS
from service.reading.ruleset import read_ruleset
from service.reading.yaml_reader import MOST_DEPTH, MOST_PROBLEMS, MOST_VALUES
from tests.reading.reading import COMMON, beside

EXTRA = "factors/3-extra.yaml"
MB = 1_000_000
LEVELS = MOST_DEPTH + 1
VALUES = MOST_VALUES + 1
DIGITS = 16
"""One more than picoplan takes: levels, values of a file, and digits of a number."""

MOST_ADDRESSES = 1_000 * MB
MOST_SECONDS = 10
"""What stops a reading that would run away; what it may really cost says the test."""


def _rule(
    number: int, when: str = "{severity: mild}", then: str = "{advise: Take care}", more: str = ""
) -> str:
    return f"- {{id: r{number}, title: Rule {number}, when: {when}, then: {then}, because: Seen{more}}}\n"


def _rules(count: int, **parts: str) -> str:
    return "factor: concern\nrules:\n" + "".join(_rule(number, **parts) for number in range(count))


def _extra(text: str) -> dict[str, str]:
    return {EXTRA: text}


def _inputs(count: int, options: int) -> str:
    return "inputs:\n" + "".join(
        f"  q{n}: {{label: Q, one of: [{', '.join(f'o{o}' for o in range(options))}]}}\n"
        for n in range(count)
    )


def _attributes(count: int) -> str:
    """One input with 300 options of so many attributes."""
    option = "{" + ", ".join(f"a{n}: {n}" for n in range(count)) + "}"
    return "inputs:\n  q:\n    label: Q\n    one of:\n" + "".join(
        f"      o{o}: {option}\n" for o in range(300)
    )


def _chain(count: int) -> str:
    """Rules each of which needs the conclusion of the one before, the first that of the last."""
    return "factor: concern\nrules:\n" + "".join(
        _rule(n, f"{{conclusions.c{(n - 1) % count}: yes}}", f"{{conclude: {{c{n}: yes}}}}")
        for n in range(count)
    )


def _factor_files(count: int, size: int) -> dict[str, str]:
    """So many factor files of so many bytes of rules each."""
    files = {}
    for number in range(count):
        text, index = "factor: concern\nrules:\n", 0
        while len(text) < size:
            index += 1
            text += _rule(number * 10_000 + index, "{severity: [mild, severe], concern: [melasma, tattoo]}")
        files[f"factors/f{number:03}.yaml"] = text
    return files


def _flags(count: int) -> str:
    """Rules that read the no of flags, each concluded from all flags before."""
    return "factor: concern\nrules:\n" + "".join(
        _rule(
            n,
            "{all: [" + ", ".join(f"{{conclusions.c{o}: no}}" for o in range(max(n - 60, 0), n)) + "]}"
            if n
            else "{age: given}",
            f"{{conclude: {{c{n}: yes}}}}",
        )
        for n in range(count)
    )


NASTY: dict[str, Callable[[], dict[str, str]]] = {
    "a-byte-more-than-a-megabyte": lambda: _extra("a" * (MB + 1)),
    "square-brackets": lambda: _extra("[" * LEVELS),
    "braces": lambda: _extra("{" * LEVELS),
    "braces-with-keys": lambda: _extra("{a: " * LEVELS),
    "closing-brackets": lambda: _extra("]" * LEVELS),
    "round-brackets": lambda: _extra("(" * LEVELS),
    "dashes": lambda: _extra("- " * LEVELS),
    "question-marks": lambda: _extra("? " * LEVELS),
    "colons": lambda: _extra(": " * LEVELS),
    "quotes": lambda: _extra('"' * LEVELS),
    "exclamation-marks": lambda: _extra("! " * LEVELS),
    "flow-list": lambda: _extra("factor: concern\nrules: [" + "a," * VALUES + "]"),
    "flow-list-of-evidence": lambda: _extra(_rules(1, more=", evidence: [" + "a, " * 70_000 + "a]")),
    "flow-list-of-benefits": lambda: _extra(
        _rules(1, then="{benefits: [" + ", ".join(f"b{n}" for n in range(70_000)) + "]}")
    ),
    "flow-list-in-a-test": lambda: _extra(_rules(1, when="{concern: [" + "melasma, " * 70_000 + "melasma]}")),
    "list-in-a-quoted-test": lambda: _extra(
        _rules(1, when='{concern: "not [' + "melasma, " * 70_000 + ']"}')
    ),
    "flow-list-of-lists": lambda: _extra("factor: concern\nrules: [" + "[]," * VALUES + "]"),
    "flow-list-of-braces": lambda: _extra("factor: concern\nrules: [" + "{}," * VALUES + "]"),
    "flow-list-with-cut-texts": lambda: _extra("[" + "a #\n," * VALUES + "]"),
    "aliases": lambda: _extra("a: &a [x, x]\n" + "".join(f"b{n}: *a\n" for n in range(MOST_PROBLEMS + 1))),
    "merges": lambda: _extra(
        "a: &a {x: 1}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(MOST_PROBLEMS + 1))
    ),
    "keys": lambda: _extra("".join(f"key{n}: v\n" for n in range(60_000))),
    "keys-in-a-rule": lambda: _extra(
        "factor: concern\nrules:\n- " + "  ".join(f"k{n}: v\n" for n in range(60_000))
    ),
    "same-key": lambda: _extra("a: v\n" * (VALUES // 2)),
    "absent-keys": lambda: _extra("{" + "a, " * (VALUES // 2) + "}"),
    "deep-blocks": lambda: _extra("".join(" " * n + "a:\n" for n in range(LEVELS))),
    "deep-lists": lambda: _extra("".join(" " * n + "-\n" for n in range(LEVELS))),
    "long-text": lambda: _extra("factor: " + "a" * (LONGEST_TEXT + 1) + "\nrules: []\n"),
    "long-key": lambda: _extra("a" * 1_100 + ": b\n"),
    "long-quoted-key": lambda: _extra('"' + "a" * 1_100 + '": b\n'),
    "long-folded-text": lambda: _extra(_rules(1) + "  note: >\n" + "    word\n" * (LONGEST_TEXT // 4)),
    "long-test": lambda: _extra(_rules(1, when="{age: " + "not " * (LONGEST_TEXT // 4) + "5}")),
    "long-number": lambda: _extra(_rules(1, when="{age: " + "9" * DIGITS + "}")),
    "long-range": lambda: _extra(_rules(1, then="{sessions: " + "9" * DIGITS + " to " + "9" * DIGITS + "}")),
    "long-dashes-in-a-level": lambda: _extra(_rules(1, when="{severity: " + "a-" * LONGEST_TEXT + "}")),
    "spaces": lambda: _extra("factor: concern\nrules: []\n" + " " * 900_000),
    "lines": lambda: _extra("factor: concern\nrules: []\n" + "\n" * 900_000),
    "comments": lambda: _extra("factor: concern\nrules: []\n" + "#\n" * 450_000),
    "carriage-returns": lambda: _extra("factor: concern\nrules: []\n" + "\r" * 900_000),
    "directive": lambda: _extra("%TAG !a! tag:x\n---\na: b\n"),
    "documents": lambda: _extra("---\na: b\n" * 2),
    "tags": lambda: _extra("[" + "!a b, " * (MOST_PROBLEMS + 1) + "]"),
    "control-character": lambda: _extra("a: b\n# \x07"),
    "rules-with-long-lists": lambda: _extra(
        _rules(2_000, when="{concern: [" + "melasma, tattoo, " * 20 + "acne_scar]}")
    ),
    "rules-with-mistakes": lambda: _extra(
        _rules(2_000, when="{weather: rain, cncern: tatoo}", then="{advis: x}")
    ),
    "rules-at-the-bound": lambda: _extra(_rules(1_990)),
    "rules-too-many": lambda: _extra(_rules(2_100)),
    "rules-with-too-many-alternatives": lambda: _extra(
        _rules(24, when="{any: [" + ", ".join(f"{{age: {16 + n % 80}}}" for n in range(600)) + "]}")
    ),
    "rules-with-12000-alternatives": lambda: _extra(
        _rules(20, when="{any: [" + ", ".join(f"{{age: {16 + n % 80}}}" for n in range(590)) + "]}")
    ),
    "rule-with-1024-alternatives": lambda: _extra(
        _rules(1, when="{all: [" + ", ".join(["{any: [{age: 20}, {age: 30}]}"] * 10) + "]}")
    ),
    "rules-nested-deep": lambda: _extra(_rules(900, when="{not: " * 40 + "{age: 20}" + "}" * 40)),
    "chain-of-conclusions": lambda: _extra(_chain(1_900)),
    "flags-from-flags": lambda: _extra(_flags(500)),
    "flags-many-in-a-rule": lambda: _extra(
        _rules(2, then="{conclude: {" + ", ".join(f"c{n}: yes" for n in range(60_000)) + "}}")
    ),
    "points-many": lambda: _extra(_rules(1, then="{points: {s: [" + ", ".join(["0.1"] * 100_000) + "]}}")),
    "inputs-at-the-bound": lambda: {"assessment.yaml": _inputs(300, 300)},
    "inputs-too-many": lambda: {"assessment.yaml": _inputs(MOST_INPUTS + 1, 2)},
    "options-too-many": lambda: {"assessment.yaml": _inputs(2, MOST_OPTIONS + 1)},
    "options-with-attributes": lambda: {"assessment.yaml": _attributes(150)},
    "options-with-different-attributes": lambda: {
        "assessment.yaml": "inputs:\n  q:\n    label: Q\n    one of:\n"
        + "".join(f"      o{o}: {{{', '.join(f'a{o}b{n}: 1' for n in range(2))}}}\n" for o in range(300))
    },
    "only-ifs-in-a-chain": lambda: {
        "assessment.yaml": "inputs:\n"
        + "".join(
            f"  q{n}: {{label: Q, kind: yes or no, only if: {{q{(n + 1) % 300}: yes}}}}\n" for n in range(300)
        )
    },
    "papers": lambda: {"evidence.yaml": "".join(f"E{n}: {{title: A}}\n" for n in range(40_000))},
    "papers-with-mistakes": lambda: {
        "evidence.yaml": "".join(f"E{n}: {{titel: A}}\n" for n in range(40_000))
    },
    "scenarios": lambda: {
        "scenarios/many.yaml": "".join(
            f"- {{name: n{n}, assessment: {{}}, expect: {{fired: [scar{n}]}}}}\n" for n in range(15_000)
        )
    },
    "guarantees": lambda: {
        "guarantees.yaml": "guarantees:\n"
        + "".join(
            f"- {{id: g{n}, title: G, when: {{severity: mild}}, always: stop}}\n" for n in range(12_000)
        )
    },
    "disabled-rules": lambda: {
        "ruleset.yaml": (COMMON / "clinic/ruleset.yaml").read_text()
        + "disable: ["
        + ", ".join(f"r{n}" for n in range(90_000))
        + "]\n"
    },
    "files-at-the-bound": lambda: _factor_files(498, 16_000),
    "files-too-many": lambda: _factor_files(MOST_FILES + 1, 100),
    "files-of-a-megabyte": lambda: _factor_files(9, MB - 500),
    "files-of-flow-lists": lambda: {
        f"scenarios/f{n}.yaml": "[" + "a," * (VALUES - 20) + "]" for n in range(3)
    },
}


def lay_out(name: str, folder: Path) -> None:
    """Write the ruleset down beside the common ones."""
    shutil.copytree(COMMON, folder, dirs_exist_ok=True)
    for path, text in NASTY[name]().items():
        (folder / "clinic" / path).write_bytes(text.encode())


def measured(folder: Path) -> dict[str, Any]:
    """Read the ruleset in this very process: what it cost so far, and what was found."""
    began = time.process_time()
    read = read_ruleset(folder / "clinic", "clinic", beside(folder))
    return {
        "seconds": time.process_time() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "problems": len(read.problems),
        "first": [str(problem)[:200] for problem in read.problems[:3]],
        "whole": read.ruleset is not None,
    }


def in_a_process_of_its_own(work: Callable[[], object]) -> tuple[int, bytes]:
    """Fork a process for some work under hard limits: how it ended, and its answer as JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
            os.write(writer, json.dumps(work()).encode())
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
            traceback.print_exc()
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    return os.waitpid(child, 0)[1], answer


def main(where: str, names: Sequence[str]) -> None:
    """Read each of the rulesets in a process of its own; print what came of it, a line of JSON each.

    Laying it out is done in another, for its memory must not count.
    """
    for name in names or NASTY:
        folder = Path(where) / name
        in_a_process_of_its_own(partial(lay_out, name, folder))
        status, answer = in_a_process_of_its_own(partial(measured, folder))
        shutil.rmtree(folder)
        said = json.loads(answer) if answer else {}
        print(json.dumps({"name": name, "status": status} | said), flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
