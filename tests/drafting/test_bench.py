"""The bench: which states it has processes for, which of them answers, and what becomes of the others."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.drafting import bench as bench_server
from service.drafting import bench_jobs
from service.drafting.bench import MOST_HELD
from service.drafting.bench_client import BenchFault, DraftGone, GoingBackAnswer, JobAnswer, JobsFull
from service.drafting.draft_limits import DraftLimits
from service.drafting.draft_report import DraftReport
from service.model.draft import Draft
from tests.drafting.benches import BROKEN, GOOD, Bench4Test, bench
from tests.waiting import until

ONE = "d-aaaaaaaaaaaa"
OTHER = {**GOOD, "factors/1-concern.yaml": GOOD["factors/1-concern.yaml"].replace("4 to 6", "5 to 7")}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Bench4Test]:
    with bench(tmp_path) as made:
        yield made


def answering(running: Bench4Test, draft: Draft) -> tuple[int | None, int | None]:
    """Which state answers for a draft once the newest is checked, and in which process; None: none does."""
    until(lambda: running.client.problems(draft, 10).stage != "checking")
    holder = asyncio.run(running.client.holder(draft))
    if holder.address is None:
        return None, None
    head = asyncio.run(running.client.forward(holder, {"does": "answer"}, b"")).head
    assert head["state"] == holder.state
    return head["state"], head["process"]


def test_the_newest_state_that_compiles_answers(running: Bench4Test) -> None:
    assert answering(running, running.save(ONE, GOOD))[0] == 1
    assert answering(running, running.save(ONE, BROKEN))[0] == 1
    assert answering(running, running.save(ONE, OTHER))[0] == 3
    until(lambda: len(running.children()) == 1)


def test_a_newer_save_overtakes_the_check_of_one_before(running: Bench4Test) -> None:
    for _ in range(5):
        draft = running.save(ONE, OTHER)
        running.client.problems(draft)
    report = running.report(running.save(ONE, GOOD))
    assert (report.state, report.stage, report.last_good) == (6, "proved", 6)
    until(lambda: len(running.children()) == 1)


def test_a_last_good_state_whose_process_ended_is_held_again(running: Bench4Test) -> None:
    _, process = answering(running, running.save(ONE, GOOD))
    assert process is not None
    assert answering(running, running.save(ONE, BROKEN)) == (1, process)
    os.kill(process, signal.SIGKILL)
    until(lambda: process not in running.children())
    state, other = answering(running, running.draft(ONE))
    assert state == 1
    assert other != process


def test_a_bench_that_starts_anew_looks_for_the_last_good_state(running: Bench4Test) -> None:
    draft = running.save(ONE, OTHER, GOOD, BROKEN, BROKEN)
    running.kill()
    running.start()
    assert running.report(draft).stage == "checked"
    assert answering(running, draft)[0] == 2


def test_a_draft_without_a_good_state_is_not_answered_for(running: Bench4Test) -> None:
    draft = running.save(ONE, BROKEN)
    assert answering(running, draft) == (None, None)
    report = running.report(draft)
    assert (report.stage, report.errors, report.last_good) == ("checked", 1, None)


def test_names_are_those_of_the_last_state_whose_files_can_all_be_read(running: Bench4Test) -> None:
    unread = {**BROKEN, "assessment.yaml": "inputs: {concern: ["}
    for saved, known in ((unread, 1), (BROKEN, 2), (unread, 2), (GOOD, 4), (unread, 4), (BROKEN, 6)):
        draft = running.save(ONE, saved)
        running.report(draft)
        assert asyncio.run(running.client.names(draft)).state == known
    assert answering(running, draft)[0] == 4
    assert len(running.children()) == 2


def test_no_more_drafts_are_held_than_there_may_be(running: Bench4Test) -> None:
    drafts = [running.save(f"d-aaaaaaaaaaa{letter}", GOOD) for letter in "abcdefghij"]
    for draft in drafts:
        assert running.client.problems(draft, 30).stage in ("checked", "proved")
    until(lambda: len(running.children()) == MOST_HELD)
    assert answering(running, drafts[0])[0] == 1  # made anew


def test_drafts_that_are_asked_for_at_once_are_all_proved(running: Bench4Test) -> None:
    drafts = [running.save(f"d-aaaaaaaaaaa{letter}", GOOD) for letter in "abcdefghijkl"]
    with ThreadPoolExecutor(len(drafts)) as pool:
        reports = [*pool.map(lambda draft: running.client.problems(draft, 30, "checked"), drafts)]
    assert {one.stage for one in reports} == {"proved"}
    until(lambda: len(running.children()) == MOST_HELD)


def test_who_waits_for_a_draft_that_is_let_go_of_is_told_how_far_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_server, "MOST_AT_WORK", 1)
    with bench(tmp_path) as running:
        drafts = [running.save(f"d-aaaaaaaaaaa{letter}", GOOD) for letter in "abc"]
        with ThreadPoolExecutor(len(drafts)) as pool:
            reports = [*pool.map(lambda draft: running.client.problems(draft, 30, "checked"), drafts)]
        assert "proved" in {one.stage for one in reports}


def test_a_draft_that_is_gone_is_said_to_be(running: Bench4Test) -> None:
    nowhere = Draft(ONE, "small", None, None, *[running.save("d-b", GOOD).began] * 2, None, 1)
    with pytest.raises(DraftGone):
        running.client.problems(nowhere)


def test_a_draft_is_checked_anew_where_what_serves_is_another(running: Bench4Test) -> None:
    draft = running.save(ONE, GOOD)
    running.report(draft)
    _, process = answering(running, draft)
    (running.folder / "serves").write_text("another", encoding="utf-8")
    running.report(draft)
    assert answering(running, draft)[1] != process


def test_what_keys_no_longer_see_is_neither_answered_by_nor_told(running: Bench4Test) -> None:
    running.report(running.save(ONE, GOOD))
    told = job(running, "test", running.draft(ONE))
    draft = running.save(ONE, BROKEN)
    _, process = answering(running, draft)
    (running.folder / "seen").write_text("others", encoding="utf-8")
    assert asyncio.run(running.client.job_of(draft, told.id)) is None
    assert answering(running, draft)[1] != process, "the last good state was made anew"


def test_a_job_is_done_anew_where_what_serves_is_another(running: Bench4Test) -> None:
    draft = running.save(ONE, GOOD)
    first = job(running, "test", draft)
    (running.folder / "serves").write_text("another", encoding="utf-8")
    assert job(running, "test", draft).id != first.id
    assert answering(running, running.save(ONE, BROKEN))[0] == 1
    _, process = answering(running, running.draft(ONE))
    (running.folder / "serves").write_text("a third", encoding="utf-8")
    running.report(running.draft(ONE))
    assert answering(running, running.draft(ONE))[1] != process, "also with the last good state"


def test_the_same_job_is_done_once_and_a_save_overtakes_those_of_a_state(running: Bench4Test) -> None:
    first = job(running, "test", running.save(ONE, GOOD))
    assert (first.stage, first.state) == ("done", 1)
    assert job(running, "test", running.draft(ONE)).id == first.id
    second = job(running, "test", running.save(ONE, OTHER))
    assert (second.id != first.id, second.state) == (True, 2)


def test_a_job_that_can_not_be_done_says_why(running: Bench4Test) -> None:
    told = job(running, "diff", running.save(ONE, GOOD))
    assert (told.stage, told.message) == ("failed", "Nothing serves that the draft could be compared with.")
    assert job(running, "diff", running.draft(ONE)).id == told.id, "who looks again is told so, too"


def test_a_job_of_a_draft_without_a_good_state_is_answered_with_its_report(running: Bench4Test) -> None:
    told = running.client.job("test", running.save(ONE, BROKEN), {}, 20)
    assert isinstance(told, DraftReport)
    assert told.errors


def test_no_more_jobs_go_on_than_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_jobs, "MOST_JOBS", 0)
    with bench(tmp_path) as running, pytest.raises(JobsFull):
        running.client.job("test", running.save(ONE, GOOD), {})


def test_proofs_that_take_too_long_are_ended_and_said_to_be(tmp_path: Path) -> None:
    with bench(tmp_path, DraftLimits(prove_s=0.0001)) as running:
        report = running.report(running.save(ONE, GOOD))
        assert (report.stage, report.is_final, report.guarantees) == ("checked", True, [])
        assert report.message == "Proofs came to no end. They are made again with the next save."
        assert answering(running, running.draft(ONE))[0] == 1


def test_a_bench_that_is_gone_is_a_fault_that_may_pass(running: Bench4Test) -> None:
    draft = running.save(ONE, GOOD)
    _, process = answering(running, draft)
    holder = asyncio.run(running.client.holder(draft))
    running.kill()
    until(lambda: not Path(f"/proc/{process}/exe").exists())
    with pytest.raises(BenchFault):
        asyncio.run(running.client.forward(holder, {"does": "answer"}, b""))
    running.start()
    assert answering(running, draft)[0] == 1


def job(running: Bench4Test, kind: str, draft: Draft) -> JobAnswer:
    told = running.client.job(kind, draft, {}, 30)
    assert isinstance(told, JobAnswer)
    return told


def went(running: Bench4Test, begun: GoingBackAnswer) -> GoingBackAnswer:
    """What became of going back."""

    def found() -> GoingBackAnswer | None:
        told = running.client.going_back(begun.id)
        assert told is not None
        return told if told.stage != "running" else None

    return until(found)


def test_one_edition_of_a_ruleset_goes_back_at_a_time_and_the_bench_goes_on(running: Bench4Test) -> None:
    works = running.folder / "working"
    works.touch()
    begun = running.client.go_back("small", "one", str(works), None)
    assert running.client.go_back("small", "one", str(works), None).id == begun.id
    with pytest.raises(JobsFull):
        running.client.go_back("small", "two", str(works), None)
    assert answering(running, running.save(ONE, GOOD))[0] == 1
    works.unlink()
    assert went(running, begun).result == {"kept": ["one"]}
    assert running.client.go_back("small", "two", str(works), None).id != begun.id


def test_going_back_that_is_ended_is_said_to_be_and_one_of_a_bench_before_is_not_known(
    running: Bench4Test,
) -> None:
    begun = running.client.go_back("small", "ends", "", None)
    told = went(running, begun)
    assert (told.stage, told.result) == ("failed", None)
    running.kill()
    running.start()
    assert running.client.going_back(begun.id) is None


def test_workers_load_nothing_that_looks_into_drafts() -> None:
    only_there = ("z3", "service.drafting.draft_process", "service.drafting.jobs", "service.drafting.bench")
    script = f"import sys, service.web.starting; print(sorted({set(only_there)!r} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
