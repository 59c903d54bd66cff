"""Every mend that is offered, of every sample of a page and of every case of a mistake, is applied and read.

The problem is gone then, no other is new, and the files say what was meant: what the page's mended sample
says, or what the ruleset said before the mistake. Where a mend does not come to that, ``mends.yaml`` has the
lines that it changes, by the page's code or the case's name.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.analysis.checks.pages import Page
from service.model.problem import Mend, Problem
from service.store.folders import read_shelf
from service.store.mending import apply, are_apart, with_mends
from tests.docs.folders import write
from tests.docs.samples import BASE, with_sample
from tests.docs.test_problems import PLAIN, named, shown
from tests.mistakes.making import BASE as UNSPOILED
from tests.mistakes.making import CASES, SHOWN_AS, load_case, make

PINNED: dict[str, list[str]] = yaml.load(
    (Path(__file__).parent / "mends.yaml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader
)
READ = ("reading", "check")
FILES = {path: case for path in sorted(CASES.glob("*.yaml")) if (case := load_case(path))["found_by"] in READ}
QUICK = "tattoo-kirby-desai"


def texts(root: Path) -> dict[str, str]:
    """Every file below the folder, as it is saved."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes().decode("utf-8", "replace") for path in files}


def values(files: dict[str, str]) -> dict[str, Any]:
    """What the files hold, whatever their spelling; levels and options in their order."""
    return {name: yaml.load(text, Loader=yaml.CBaseLoader) for name, text in files.items()}


def told(problem: Problem) -> tuple[str, str, str]:
    return problem.place.file, problem.code, re.sub(r":\d+:\d+", "", problem.message)


def mended(root: Path, only: str | None = None) -> list[str] | None:
    """Apply each mend of the rulesets below the folder by itself, then all of them.

    The lines that are new at the end, each behind its file, and the codes of those for which something was
    suggested that is no mend; None where nothing was.
    """
    before = texts(root)
    shelf = read_shelf(root, SHOWN_AS, only=only)
    problems = with_mends(shelf, shelf.all_problems)
    there = Counter(map(told, problems))
    for problem in problems:
        if problem.mend is not None:
            assert apply(shelf, [problem.mend]) == ()
            left = Counter(map(told, read_shelf(root, SHOWN_AS, only=only).all_problems))
            assert left <= there - Counter([told(problem)]), problem.mend
            undo(root, before)
    mends: list[Mend] = []
    for problem in problems:
        if problem.mend is not None and are_apart(shelf, [*mends, problem.mend]):
            mends.append(problem.mend)
    assert apply(shelf, mends) == ()
    refused = [f"not mended: {one.code}" for one in problems if one.suggestion and not one.mend]
    return changed(before, texts(root)) + refused if mends or refused else None


def undo(root: Path, before: dict[str, str]) -> None:
    shutil.rmtree(root)
    for name, text in before.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, text in after.items():
        rows = unified_diff(before.get(name, "").splitlines(), text.splitlines(), n=0, lineterm="")
        lines += [f"{name}: {row[1:]}" for row in rows if row[0] == "+" and not row.startswith("+++")]
    return lines


def pinned(lines: list[str] | None, root: Path, wanted: dict[str, str]) -> list[str] | None:
    """The lines, where mends did not make what was wanted; None where they did, or nothing was suggested."""
    refused = any(line.startswith("not mended: ") for line in lines or ())
    return lines if refused or (lines is not None and values(texts(root)) != values(wanted)) else None


@pytest.mark.parametrize("page", shown(PLAIN), ids=named)
def test_a_mend_of_a_sample_makes_the_mended_sample(page: Page, tmp_path: Path) -> None:
    write(tmp_path, {"base": with_sample(BASE, page.avoid)})
    lines = mended(tmp_path)
    wanted = {f"base/{name}": text for name, text in with_sample(BASE, page.prefer).items()}
    assert pinned(lines, tmp_path, wanted) == PINNED.get(page.code)


def cases() -> list[Any]:
    """Those of the small ruleset are quick; the others take their time."""
    return [
        pytest.param(path, marks=() if case["ruleset"] == QUICK else pytest.mark.long, id=path.stem)
        for path, case in FILES.items()
    ]


@pytest.mark.parametrize("path", cases())
def test_a_mend_of_a_mistake_makes_the_ruleset_without_it(path: Path, tmp_path: Path) -> None:
    case = FILES[path]
    root = make(tmp_path, case)
    lines = mended(root, case["ruleset"])
    unspoiled = {
        name: text for name, text in texts(UNSPOILED).items() if (root / name.partition("/")[0]).is_dir()
    }
    assert pinned(lines, root, unspoiled) == PINNED.get(path.stem)


def test_what_is_pinned_is_of_a_page_or_a_case() -> None:
    assert PINNED.keys() <= {page.code for page in PLAIN} | {path.stem for path in FILES}
