from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.generated import assessment_from, ruleset_from, seeded
from tests.properties.serving import open_folder, write
from tests.reference import truth
from tests.reference.answer import AS_OF, month_of

THREADS = 8
EVALUATIONS = 4000
MONTH = month_of(AS_OF)


@contextmanager
def switching_often() -> Iterator[None]:
    """Let threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_eight_threads_on_one_program_lose_no_firing_and_gain_none(tmp_path: Path) -> None:
    choices = seeded(11)
    files = ruleset_from(choices, rules=120, max_inputs=12)
    assessments = [assessment_from(choices, files) for _ in range(60)]
    expected = [{rule for rule, held in truth(files, one).items() if held == "true"} for one in assessments]
    ruleset = open_folder(write(files, tmp_path)).snapshot.served["generated"]

    def wrong(start: int) -> int:
        lost_or_extra = 0
        for turn in range(EVALUATIONS // THREADS):
            place = (start * 7 + turn) % len(assessments)
            decision = ruleset.decide(assessments[place], MONTH)
            assert not isinstance(decision, tuple)
            lost_or_extra += {hit.rule.id for hit in decision.fired} != expected[place]
        return lost_or_extra

    with switching_often(), ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(wrong, range(THREADS))) == [0] * THREADS
    ruleset.close()
    assert sum(map(len, expected)) > 200
