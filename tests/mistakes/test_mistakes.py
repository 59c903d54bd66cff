"""Mistakes that clinic leads make are found, each by the first stage that can.

The cases are files, each named by the mistake; how one is made says ``tests.mistakes.making.make``.
``found_by`` is ``reading``, a ``check``, a ``proof``, a ``scenario``, or ``version`` (what the version before
takes is refused now). With ``comparison`` nothing is wrong with the ruleset in itself: only who compares it
with the one before sees what was ``edited``. ``fine`` needs no word: it is no mistake, or changes nothing;
``saving`` changes no more than how the text is saved, and not the digest.

``problems`` are the lines that the author gets; where there are more of them, the first, and ``in_all`` is
how many; or ``about`` says whose scenarios all of them are of: of clients who give these answers. `` ...`` at
the end of one stands for what it says of an example, which a proof may choose.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.model.ruleset import Ruleset
from tests.mistakes.making import BASE, CASES, RULESETS, Looked, Problems, copied, load_case, make, stage_of

FILES = sorted(CASES.glob("*.yaml"))
STAGES = {"reading", "check", "proof", "scenario", "version", "comparison", "fine", "saving"}


@pytest.fixture(scope="module")
def before() -> dict[str, Ruleset]:
    """The rulesets without a mistake, by id."""
    found = {}
    for name in RULESETS:
        looked = Looked(BASE, name)
        found[name] = looked.ruleset
        looked.snapshot.close()
    return found


def found_in(looked: Looked, case: dict[str, Any], before: Ruleset) -> Problems:
    """What the author of the case gets from the stage that finds the mistake; earlier ones are silent."""
    stage = case["found_by"]
    reading = looked.reading()
    if stage in ("reading", "check"):
        assert stage in {stage_of(problem) for problem in reading}
        return reading
    if stage == "proof":
        proofs = looked.proofs()
        assert proofs
        looked.run(proofs)
        return tuple(sorted((*reading, *proofs)))
    assert reading == ()
    if stage == "scenario":
        return looked.scenarios()
    assert looked.scenarios() == ()
    if stage == "version":
        return looked.refused(before)
    assert looked.proofs() == ()
    assert looked.refused(before) == ()
    assert (looked.ruleset.digest == before.digest) == (stage == "saving")
    if stage == "comparison":
        assert looked.edited(before)[: len(case["edited"])] == case["edited"]
    return ()


def cut(line: str, like: str) -> str:
    """The line, cut where the one that is like it says that an example follows."""
    return line[: len(like) - 4] + " ..." if like.endswith(" ...") else line


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_mistake_in_a_ruleset_is_found(path: Path, tmp_path: Path, before: dict[str, Ruleset]) -> None:
    case = load_case(path)
    looked = Looked(make(tmp_path, case), case["ruleset"])
    problems = found_in(looked, case, before[case["ruleset"]])
    found = [str(problem) for problem in problems]
    looked.snapshot.close()
    pinned = case.get("problems", [])
    assert [cut(line, like) for line, like in zip(found, pinned, strict=False)] == pinned
    if "about" in case:
        clients = [looked.client_of(problem) for problem in problems]
        assert all(case["about"].items() <= client.items() for client in clients)
    else:
        assert len(found) == int(case.get("in_all", len(pinned)))


@pytest.mark.parametrize("name", RULESETS)
def test_a_copy_without_a_mistake_has_no_problem(name: str, tmp_path: Path) -> None:
    looked = Looked(copied(tmp_path, name), name)
    found = (*looked.reading(), *looked.proofs(), *looked.scenarios(), *looked.refused(looked.ruleset))
    looked.snapshot.close()
    assert [str(problem) for problem in found] == []


def test_there_are_cases_of_many_kinds_and_of_every_stage() -> None:
    by_stage = Counter(load_case(path)["found_by"] for path in FILES)
    assert set(by_stage) == STAGES
    assert len(FILES) > 200
    assert by_stage["proof"] + by_stage["scenario"] + by_stage["comparison"] > 90


def test_every_case_says_in_one_sentence_what_was_done_and_changes_something() -> None:
    for path in FILES:
        case = load_case(path)
        assert re.fullmatch(r"[A-Z][^\n]+\.", case["what"]), path.name
        assert case["edits"], path.name
        assert bool(case.get("problems")) != (case["found_by"] in ("comparison", "fine", "saving")), path.name
        assert all(edit.get("replace") != edit.get("with", "") for edit in case["edits"] if "replace" in edit)
