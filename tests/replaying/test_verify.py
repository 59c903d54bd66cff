"""A whole log made again under its own editions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from service.replaying.replay import STRETCH, VerifyOrder, verify_all
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.selection import EVERYTHING, Selection
from tests.replaying.past import CLIENTS, FIRST, Past
from tests.store.decided import tamper


def test_every_decision_is_the_same_and_none_is_left_out(tmp_path: Path) -> None:
    past = Past(tmp_path)
    (part,) = verify_all(VerifyOrder(past.url, EVERYTHING))
    assert (part.decisions, part.but_for_sign_off, part.wrong) == (len(CLIENTS), 0, ())
    (part,) = verify_all(VerifyOrder(past.url, Selection(until=date(2026, 6, 1))))
    assert part.decisions == 12


def test_what_is_damaged_is_found_by_any_number_of_processes(tmp_path: Path) -> None:
    past = Past(tmp_path, STRETCH + 200)
    broken = past.made[STRETCH + 7].decision_id
    tamper(past.url, "UPDATE decisions SET assessment = x'7b7d' WHERE decision_id = ?", broken)
    for processes in (1, 2):
        parts = list(verify_all(VerifyOrder(past.url, EVERYTHING), processes=processes))
        assert sum(part.decisions for part in parts) == STRETCH + 200
        assert [one.decision_id for part in parts for one in part.wrong] == [broken]


def test_a_later_sign_off_is_counted(tmp_path: Path) -> None:
    past = Past(tmp_path)
    database = Database(past.url)
    Archive(database).publish(replace(past.edition, signed_off=True), FIRST)
    database.close()
    (part,) = verify_all(VerifyOrder(past.url, EVERYTHING))
    assert (part.decisions, part.but_for_sign_off, part.wrong) == (len(CLIENTS), len(CLIENTS), ())


def test_an_empty_log_has_no_parts(tmp_path: Path) -> None:
    past = Past(tmp_path, 0)
    assert list(verify_all(VerifyOrder(past.url, EVERYTHING))) == []
