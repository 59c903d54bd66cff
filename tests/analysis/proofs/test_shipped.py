"""The shipped rulesets hold what they promise, for every possible client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.store.folders import read_shelf, shipped
from service.vetting.check import CheckedShelf, check_shelf


@pytest.fixture(scope="module")
def proven() -> Iterator[CheckedShelf]:
    checked = check_shelf(read_shelf(shipped(), "rulesets"), scenarios=False)
    yield checked
    checked.close()


def test_every_guarantee_of_the_shipped_rulesets_is_proven(proven: CheckedShelf) -> None:
    states = {
        f"{name}: {proof.guarantee.id}": proof.state
        for name, proofs in proven.proofs.items()
        for proof in proofs.guarantees
    }
    assert len(states) >= 70
    assert {name: state for name, state in states.items() if state != "proven"} == {}


def test_proofs_find_nothing_in_the_shipped_rulesets(proven: CheckedShelf) -> None:
    assert [str(problem) for problem in proven.proof_problems] == []
    assert proven.proofs.keys() == {"pico-laser", "tattoo-kirby-desai", "example-clinic"}
