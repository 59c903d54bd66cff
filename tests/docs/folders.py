"""Samples of a page -> ruleset folders on disk, read as any ruleset is.

``file: F in: N`` adds a block to the file F of the ruleset N; blocks of one file follow each other.
``as: FRAME in: N`` is a part that is put into a copy of N:

- ``when`` and ``then``: a rule's key, in a rule that is otherwise in order,
- ``rule``: whole rules, ``input``: questions, ``header``: keys of ruleset.yaml in place of its own,
- ``file``: a whole file, named by ``file:``, in place of N's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

from service.model.problem import Problem
from service.serving.trying import try_scenarios
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.docs.pages import Block, Page

Folder = dict[str, str]

_RULE = "  - id: sample-rule\n    title: A sample\n"
_SAMPLES = "factors/9-samples.yaml"


def folders_of(page: Page) -> dict[str, Folder]:
    """Every ruleset that the page builds, file by file."""
    folders: dict[str, Folder] = {}
    for block in page.marked("file", "in"):
        if "as" not in block.marks:
            folder = folders.setdefault(block.marks["in"], {})
            folder[block.marks["file"]] = folder.get(block.marks["file"], "") + block.text
    return folders


def with_part(folder: Folder, block: Block) -> Folder:
    """A copy of the folder with the sample in its frame."""
    frame, text = block.marks["as"], block.text
    if frame == "file":
        return folder | {block.marks["file"]: text}
    if frame == "assessment":
        return folder | {"assessment.yaml": folder["assessment.yaml"] + text}
    if frame == "input":
        return folder | {"assessment.yaml": folder["assessment.yaml"] + indent(text, "  ")}
    if frame == "header":
        return folder | {"ruleset.yaml": without(folder["ruleset.yaml"], _keys(text)) + text}
    return folder | {_SAMPLES: _samples(frame, text)}


def _samples(frame: str, text: str) -> str:
    head = "factor: concern\nrules:\n"
    tail = "    because: A sample.\n    support: judgement\n"
    if frame == "rule":
        return head + indent(text, "  ")
    if frame == "when":
        return f"{head}{_RULE}{indent(text, '    ')}    then: {{advise: A sample.}}\n{tail}"
    assert frame == "then", f"there is no frame {frame}"
    return f"{head}{_RULE}    when: {{concern: given}}\n{indent(text, '    ')}{tail}"


def _keys(text: str) -> set[str]:
    return set(re.findall(r"^([a-z]+):", text, re.M))


def without(text: str, keys: set[str]) -> str:
    """The text of a file without these top-level keys and what stands below them."""
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "\n")):
            dropping = line.partition(":")[0] in keys
        if not dropping:
            kept.append(line)
    return "".join(kept)


def write(root: Path, folders: Mapping[str, Folder]) -> None:
    """Put the folders on disk."""
    for name, folder in folders.items():
        for file, text in folder.items():
            path = root / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def extended_by(folders: Mapping[str, Folder], name: str) -> dict[str, Folder]:
    """The folder and those that it extends."""
    taken: dict[str, Folder] = {}
    while name in folders and name not in taken:
        taken[name] = folders[name]
        found = re.search(r"^extends: (\S+)", folders[name].get("ruleset.yaml", ""), re.M)
        name = found.group(1) if found else ""
    return taken


def problems_in(root: Path, *, run_scenarios: bool = True) -> list[Problem]:
    """Every problem of the rulesets below ``root``, of their scenarios too where they can be run."""
    shelf = read_shelf(root, "rulesets")
    snapshot = take_snapshot(shelf)
    problems = list(shelf.all_problems)
    for compiled in snapshot.served.values() if run_scenarios else ():
        for tried in try_scenarios(compiled, compiled.ruleset.scenarios):
            problems += tried.problems
    snapshot.close()
    return problems
