"""Answers come from the edition that a request is for, the newest or one from the archive."""

import sqlite3
import threading
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.language import NEWEST_LANGUAGE
from service.serving.choosing import MOST_KEPT, OlderEditions
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.editions import EditionKey
from service.store.faults import Damaged, Gone
from tests.serving.archived import Clinic, ask, refusal, version

LAST_YEAR = datetime(2025, 6, 1, tzinfo=UTC)
TODAY = datetime.now(UTC).date()
TOMORROW = str(TODAY + timedelta(days=1))


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """A clinic that has published nothing yet."""
    return Clinic(tmp_path)


def test_without_an_archive_the_folder_alone_answers(clinic: Clinic) -> None:
    answering = Answering(clinic.snapshot())
    assert version(answering) == version(answering, version="1.2.0", as_of="2020-01-01") == "1.2.0"
    assert refusal(answering, version="1.0.0") == ("not_found", "unknown-version")
    assert refusal(answering, digest="sha256:0") == ("not_found", "unknown-digest")


def test_the_newest_edition_answers_without_asking_the_archive(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    clinic.publish("2.0.0")
    answering = clinic.answering()
    assert version(answering) == version(answering, version="2.0.0") == "2.0.0"
    assert clinic.counting.asked == []


def test_an_older_edition_answers_as_it_did(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    before = ask(clinic.answering(), as_of="2025-07-01", explain=True)
    clinic.publish("2.0.0")
    answering = clinic.answering()
    for members in ({"digest": old}, {"version": "1.0.0"}, {}):
        after = ask(answering, as_of="2025-07-01", explain=True, **members)
        assert isinstance(after, dict)
        assert isinstance(before, dict)
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"decision_id", "evaluated_at"}


def test_a_version_to_come_waits_for_its_day(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    clinic.publish("2.0.0", TOMORROW)
    answering = clinic.answering()
    assert clinic.counting.asked == [old], "what serves today is ready before the first request"
    assert version(answering) == "1.0.0"
    assert version(answering, as_of=TOMORROW) == "2.0.0"
    assert refusal(answering, version="2.0.0") == ("not_found", "not-effective")
    assert clinic.counting.asked == [old]


def test_an_older_edition_is_compiled_once_for_all_who_ask_at_once(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    clinic.publish("2.0.0")
    answering, found = clinic.answering(), []
    threads = [
        threading.Thread(target=lambda: found.append(version(answering, digest=old))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, clinic.counting.asked) == (["1.0.0"] * 8, [old])


def key(digest: str) -> EditionKey:
    return EditionKey(digest, NEWEST_LANGUAGE)


def test_a_few_older_editions_are_kept_and_the_others_are_freed(clinic: Clinic) -> None:
    digests = [
        clinic.publish(f"1.{number}.0", at=LAST_YEAR + timedelta(days=number))
        for number in range(MOST_KEPT + 3)
    ]
    older = OlderEditions(clinic.counting)
    held = [weakref.ref(older.get(key(digest)).compiled) for digest in digests]
    assert [one() is not None for one in held] == [False] * 3 + [True] * MOST_KEPT
    older.get(key(digests[3]))
    older.get(key(digests[0]))
    assert [held[3]() is not None, held[4]() is not None] == [True, False], "the least used goes first"


def test_an_edition_in_use_is_not_freed(clinic: Clinic) -> None:
    old, other = clinic.publish("1.0.0", at=LAST_YEAR), clinic.publish("2.0.0")
    older = OlderEditions(clinic.counting, most=1)
    in_use = older.get(key(old))
    older.get(key(other))
    decision = in_use.compiled.decide({"concern": "scars", "phototype": "I"})
    assert not isinstance(decision, tuple)
    held = weakref.ref(in_use.compiled._program)
    assert held() is not None
    del in_use, decision
    assert held() is None


def test_requests_under_way_end_as_they_began(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    answering = clinic.answering()
    before = answering.serving
    line = before.lines["small"]
    clinic.publish("2.0.0")
    answering.swap(clinic.snapshot(), clinic.archive.timeline())
    assert version(answering) == "2.0.0"
    assert line.ready.compiled.ruleset.version == "1.0.0"
    assert not isinstance(line.ready.compiled.decide({"concern": "scars", "phototype": "I"}), tuple)
    held = weakref.ref(line.ready.compiled)
    del before, line
    assert held() is None, "nobody uses it any more"


def test_what_still_serves_is_taken_over_as_it_is(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    answering = clinic.answering()
    ready = answering.serving.lines["small"].ready
    answering.swap(answering.snapshot, clinic.archive.timeline())
    assert answering.serving.lines["small"].ready is ready


def test_a_snapshot_that_is_behind_the_timeline_does_not_answer_for_the_newest(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    snapshot = clinic.snapshot()
    clinic.publish("2.0.0")
    answering = Answering(snapshot, archive=clinic.archive)
    assert version(answering) == "2.0.0"
    assert version(answering, version="1.0.0") == "1.0.0"


def test_a_snapshot_that_no_archive_could_take_answers_from_now_on(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    timeline = clinic.archive.timeline()
    clinic.publish("2.0.0")
    answering = Answering(clinic.snapshot(), archive=clinic.archive, timeline=timeline)
    assert version(answering) == "2.0.0"
    assert version(answering, as_of="2025-07-01") == "1.0.0"


def test_an_edition_that_is_damaged_is_told_and_the_newest_goes_on(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    clinic.publish("2.0.0")
    with sqlite3.connect(clinic.file) as raw:
        raw.execute("UPDATE ruleset_texts SET deflated = x'00'")
    raw.close()
    answering = clinic.answering()
    for _ in range(2):
        refused = ask(answering, digest=old)
        assert isinstance(refused, Refused)
        assert (refused.why, refused.errors[0].code) == ("not_ready", "archive-damaged")
        assert refused.detail == f"Version 1.0.0 of small ({old}) is damaged in the archive."
    assert clinic.counting.asked == [old], "it is not read again and again"
    assert version(answering) == "2.0.0"


def test_an_edition_that_was_mended_answers_after_the_next_swap(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    whole = clinic.archive.edition(old)
    clinic.publish("2.0.0")
    with sqlite3.connect(clinic.file) as raw:
        raw.execute("UPDATE ruleset_texts SET deflated = x'00'")
    raw.close()
    answering = clinic.answering()
    assert refusal(answering, digest=old) == ("not_ready", "archive-damaged")
    clinic.archive.publish(whole, datetime.now(UTC))
    answering.swap(answering.snapshot, clinic.archive.timeline())
    assert version(answering, digest=old) == "1.0.0"


def test_an_archive_that_is_gone_is_told_and_asked_again(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    clinic.publish("2.0.0")
    answering = clinic.answering()
    away = clinic.file.rename(clinic.file.with_suffix(".away"))
    assert refusal(answering, digest=old) == ("not_ready", "archive-unavailable")
    assert version(answering) == "2.0.0"
    away.rename(clinic.file)
    assert version(answering, digest=old) == "1.0.0"


def test_an_archive_that_is_gone_at_the_start_is_a_fault_for_the_caller(clinic: Clinic) -> None:
    clinic.publish("1.0.0")
    clinic.file.unlink()
    with pytest.raises(Gone):
        Answering(clinic.snapshot(), archive=clinic.archive)


def test_mistakes_are_those_under_the_edition_that_is_asked_for(clinic: Clinic) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    questions = clinic.root / "small" / "assessment.yaml"
    questions.write_text(questions.read_text().replace("scars: {label: Scars", "keloids: {label: Keloids"))
    for name in ("factors/1-concern.yaml", "scenarios/1-all.yaml"):
        file = clinic.root / "small" / name
        file.write_text(file.read_text().replace("concern: scars", "concern: keloids"))
    clinic.publish("2.0.0")

    def pointers(**members: Any) -> list[str]:
        refused = ask(clinic.answering(), explain="no", **members)
        assert isinstance(refused, Refused)
        return [error.pointer for error in refused.errors]

    assert pointers() == ["/assessment/concern", "/explain"]
    assert pointers(digest=old) == ["/explain"]


def test_an_edition_that_the_engine_does_not_take_any_more_is_damaged(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = clinic.publish("1.0.0", at=LAST_YEAR)
    monkeypatch.setattr("service.engine.program.MOST_LEAVES", 0)
    with pytest.raises(Damaged, match=r"the engine does not take small 1\.0\.0 any more"):
        OlderEditions(clinic.archive).get(key(old))


def test_a_ruleset_that_was_taken_away_serves_no_more(clinic: Clinic) -> None:
    clinic.publish("1.0.0", at=LAST_YEAR)
    answering = clinic.answering()
    answering.swap(type(answering.snapshot)({}, {}), clinic.archive.timeline())
    assert refusal(answering) == ("not_found", "unknown-ruleset")
    assert refusal(answering, version="1.0.0") == ("not_found", "unknown-ruleset")
