from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

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
