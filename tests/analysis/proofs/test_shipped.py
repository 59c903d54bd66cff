"""The shipped rulesets hold what they promise, for every possible client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.store.folders import read_shelf, shipped
from service.store.proven import Proven, prove_snapshot
from service.store.snapshot import take_snapshot


@pytest.fixture(scope="module")
def proven() -> Iterator[Proven]:
    shelf = read_shelf(shipped(), "rulesets")
    snapshot = take_snapshot(shelf)
    yield prove_snapshot(snapshot, shelf.read)
    snapshot.close()


def test_every_guarantee_of_the_shipped_rulesets_is_proven(proven: Proven) -> None:
    states = {
        f"{name}: {proof.guarantee.id}": proof.state
        for name, proofs in proven.proofs.items()
        for proof in proofs.guarantees
    }
    assert len(states) >= 70
    assert {name: state for name, state in states.items() if state != "proven"} == {}


def test_proofs_find_nothing_in_the_shipped_rulesets(proven: Proven) -> None:
    assert [str(problem) for problem in proven.problems] == []
    assert proven.good == {"pico-laser", "tattoo-kirby-desai", "example-clinic"}
