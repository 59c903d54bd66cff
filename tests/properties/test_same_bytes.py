from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service.store.folders import shipped
from tests.generated import assessment_from, ruleset_from, seeded
from tests.properties.serving import answer, as_bytes, open_folder, write

ROOT = Path(__file__).parents[2]


def from_fresh_process(folder: Path, assessments: list[dict[str, Any]], hash_seed: int) -> list[bytes]:
    """What a process of its own answers, with its own order of sets."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.properties.fresh", str(folder)],
        input=json.dumps(assessments).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    return run.stdout.splitlines()


@pytest.mark.parametrize("seed", [0, 3, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_threads_and_fresh_processes_answer_in_the_same_bytes(seed: int, tmp_path: Path) -> None:
    choices = seeded(seed)
    files = ruleset_from(choices, rules=30 + 20 * seed, max_inputs=10, interval_attributes=True)
    assessments = [assessment_from(choices, files) for _ in range(40)]
    folder = write(files, tmp_path)
    answering = open_folder(folder)
    try:
        here = [as_bytes(answer(answering, assessment, explain=True)) for assessment in assessments]
        with ThreadPoolExecutor(6) as pool:
            threads = pool.map(
                lambda assessment: as_bytes(answer(answering, assessment, explain=True)), assessments * 5
            )
            assert list(threads) == here * 5
    finally:
        answering.snapshot.close()
    for hash_seed in (1, 4242):
        assert from_fresh_process(folder, assessments, hash_seed) == here


@pytest.mark.long
def test_fresh_processes_compare_two_versions_in_the_same_bytes(tmp_path: Path) -> None:
    old, new = (shutil.copytree(shipped() / "pico-laser", tmp_path / one / "pico-laser") for one in "ab")
    edited = new / "factors/1-concern-pigment.yaml"
    text = edited.read_text(encoding="utf-8")
    weeks = "interval weeks: {min: 4, typical: 4, max: 6}"
    assert weeks in text
    edited.write_text(text.replace(weeks, weeks.replace("6", "7"), 1), encoding="utf-8")
    first, other = (compared(old, new, hash_seed) for hash_seed in (1, 3))
    (told,) = json.loads(first)["rulesets"]
    assert told["plans"]
    assert not told["not_decided"]
    assert other == first


def compared(old: Path, new: Path, hash_seed: int) -> bytes:
    """What ``picoplan diff`` says in a process of its own, with its own order of sets."""
    program = [sys.executable, "-m", "service.commandline", "diff", "--json", "--seconds", "300"]
    environ = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    return subprocess.run(
        [*program, str(old), str(new)], stdout=subprocess.PIPE, check=True, cwd=ROOT, env=environ
    ).stdout
