"""What would take longer than there is time for is said to be not decided, and nothing hangs."""

from __future__ import annotations

from service.analysis.proofs.prove import prove
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot


def test_without_time_only_what_needs_no_search_is_proven() -> None:
    snapshot = take_snapshot(read_shelf(shipped() / "tattoo-kirby-desai", "r"))
    told: list[tuple[int, int]] = []
    proofs = prove(
        snapshot.served["tattoo-kirby-desai"], seconds=0, on_progress=lambda done, of: told.append((done, of))
    )
    snapshot.close()
    states = [proof.state for proof in proofs.guarantees]
    assert states.count("not decided") > len(states) / 2
    assert "broken" not in states
    assert {problem.code for problem in proofs.problems} == {"not-decided"}
    assert all(problem.severity == "warning" for problem in proofs.problems)
    assert told == [(done, told[0][1]) for done in range(1, told[0][1] + 1)]


def test_proving_ends_with_its_time_though_much_is_left() -> None:
    snapshot = take_snapshot(read_shelf(shipped() / "pico-laser", "r"))
    proofs = prove(snapshot.served["pico-laser"], seconds=0.2)
    snapshot.close()
    assert "not decided" in [proof.state for proof in proofs.guarantees]
