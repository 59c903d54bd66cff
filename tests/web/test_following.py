"""What serves by the archive, without a server: the app asks, the archive changes, the app catches up."""

from __future__ import annotations

import io
import sqlite3
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.store.archive import Archive, open_archive
from service.vetting import publisher
from service.web.app import app_over, live_over
from service.web.live import Live
from service.web.log import open_log
from service.web.settings import Settings
from tests.store.made import NOON
from tests.vetting.desk import Desk, at_once
from tests.web.client import Client, client_of
from tests.web.small import write_small

SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
HEADER = "small/ruleset.yaml"
CONCERN = "small/factors/1-concern.yaml"


@dataclass
class Clinic:
    """A folder with its publisher, and an app that follows its archive when told to."""

    desk: Desk
    live: Live
    client: Client
    lines: io.BytesIO

    def ready(self) -> Any:
        """How the one ruleset stands."""
        [one] = self.client.get("/readyz").json["rulesets"]
        return one

    def answer(self, **members: Any) -> Any:
        """The answer to one assessment."""
        response = self.client.post("/v1/evaluate", json={**SPOTS, **members})
        assert response.status_code == 200, response.json
        return response.json


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """The archive of the folder."""
    opened = open_archive(tmp_path / "rulesets", {"PICOPLAN_DATA_DIR": str(tmp_path / "data")})
    yield opened
    opened.close()


@pytest.fixture
def clinic(tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    """A clinic with one edition that is live."""
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "rulesets"
    at_once(write_small(folder))
    desk = Desk(folder, archive, io.BytesIO())
    desk.work()
    lines = io.BytesIO()
    log = open_log(lines)
    live = live_over(archive, Settings(rulesets=folder), log)
    yield Clinic(desk, live, client_of(app_over(live, None, log)), lines)
    desk.publisher.stop()


def test_what_is_published_serves_once_it_is_caught_up_with_and_the_version_before_can_be_asked(
    clinic: Clinic,
) -> None:
    first = clinic.answer()["ruleset"]
    clinic.desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    assert clinic.answer()["ruleset"] == first
    clinic.live.catch_up()
    assert clinic.answer()["ruleset"]["version"] == "1.3.0"
    assert clinic.answer(version="1.2.0")["ruleset"] == first


def test_signing_off_is_followed_although_the_digest_stays(clinic: Clinic) -> None:
    assert [one["code"] for one in clinic.answer()["warnings"]] == ["not-signed-off"]
    [digest] = clinic.desk.digests()
    sign_off = f'- {{digest: "{digest}", role: Clinic lead, date: 2026-11-23}}\n'
    (clinic.desk.rulesets / "small/sign-off.yaml").write_text(sign_off, encoding="utf-8")
    clinic.desk.work()
    clinic.live.catch_up()
    assert clinic.answer()["warnings"] == []
    assert clinic.answer()["ruleset"]["digest"] == digest


def test_a_version_that_waits_for_its_day_is_published_and_the_one_before_serves_until_then(
    clinic: Clinic,
) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    clinic.desk.edit(HEADER, "version: 1.2.0", f"version: 1.3.0\neffective: {day}")
    clinic.live.catch_up()
    assert clinic.answer()["ruleset"]["version"] == "1.2.0"
    assert clinic.answer(as_of=day)["ruleset"]["version"] == "1.3.0"
    assert (clinic.ready()["version"], clinic.ready()["state"]) == ("1.2.0", "current")
    assert clinic.client.get("/v1/rulesets/small").json["version"] == "1.2.0"
    assert [one["version"] for one in clinic.client.get("/v1/rulesets").json["rulesets"]] == ["1.2.0"]


def test_where_the_newest_edition_is_damaged_the_one_before_serves_and_it_is_said(
    clinic: Clinic, tmp_path: Path
) -> None:
    clinic.live.catch_up()
    clinic.desk.edit(CONCERN, "One trial saw it.", "Two trials saw it.")
    older, newest = clinic.desk.digests()
    [file] = tmp_path.glob("data/*/*.sqlite3")
    database = sqlite3.connect(file)
    with database:
        of = "SELECT sha256 FROM ruleset_edition_files WHERE digest = ?"
        database.execute(
            f"UPDATE ruleset_texts SET deflated = x'00' WHERE sha256 IN ({of}) AND sha256 NOT IN ({of})",
            (newest, older),
        )
    database.close()
    clinic.live.catch_up()
    assert clinic.answer()["ruleset"]["digest"] == older
    assert (clinic.ready()["digest"], clinic.ready()["state"]) == (older, "stale")
    assert "are damaged" in clinic.ready()["problems"][0]
    assert clinic.client.get("/readyz").status_code == 200
    assert b"edition is damaged" in clinic.lines.getvalue()


def test_the_engine_holds_no_edition_longer_than_it_is_used(clinic: Clinic) -> None:
    before = clinic.live.answering.snapshot.served["small"]
    program = weakref.ref(before._program)
    clinic.desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    clinic.live.catch_up()
    assert program() is not None
    del before
    assert program() is None


def test_what_is_new_is_being_checked_and_not_broken_until_its_first_check_is_over(
    clinic: Clinic, archive: Archive
) -> None:
    at_once(write_small(clinic.desk.rulesets, "new"))
    clinic.desk.publisher.look()
    clinic.live.catch_up()
    ready = clinic.client.get("/readyz")
    states = {one["id"]: (one["state"], one["version"], one["problems"]) for one in ready.json["rulesets"]}
    assert (ready.status_code, ready.json["status"]) == (503, "not ready")
    assert states == {"new": ("checking", None, []), "small": ("current", "1.2.0", [])}
    assert ready.json["first_checks"] == {"checked": 1, "of": 2, "running": ["new"]}
    for response in (
        clinic.client.post("/v1/evaluate", json={**SPOTS, "ruleset": "new"}),
        clinic.client.get("/v1/rulesets/new"),
    ):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert [error["code"] for error in response.json["errors"]] == ["being-checked"]
    assert clinic.answer()["ruleset"]["id"] == "small"
    states_told = clinic.client.get("/metrics").text
    assert 'picoplan_ruleset_state{ruleset="new",state="checking"} 1.0' in states_told
    assert 'picoplan_ruleset_state{ruleset="new",state="broken"} 0.0' in states_told
    clinic.desk.work()
    clinic.live.catch_up()
    assert clinic.client.get("/readyz").status_code == 200
    assert clinic.client.get("/readyz").json["first_checks"] is None
    assert clinic.answer(ruleset="new")["ruleset"]["id"] == "new"


def test_the_first_checks_are_counted_from_the_first_look_on_with_those_that_wait_for_others(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "MOST_AT_ONCE", 1)
    for name in ("new", "newer", "newest"):
        at_once(write_small(clinic.desk.rulesets, name))
    clinic.desk.publisher.look()
    clinic.live.catch_up()
    ready = clinic.client.get("/readyz").json
    assert ready["first_checks"] == {"checked": 1, "of": 4, "running": ["new"]}
    assert [one["state"] for one in ready["rulesets"]] == ["checking", "checking", "checking", "current"]
    assert [one["problems"] for one in ready["rulesets"]] == [[], [], [], []]
    clinic.desk.work()
    clinic.live.catch_up()
    assert clinic.client.get("/readyz").json["first_checks"] is None


def test_what_serves_is_neither_checking_nor_stale_while_an_edit_is_checked(clinic: Clinic) -> None:
    clinic.desk.write(HEADER, "version: 1.2.0", "version: 1.3.0")
    clinic.desk.publisher.look()
    clinic.live.catch_up()
    assert (clinic.ready()["state"], clinic.ready()["problems"]) == ("current", [])
    assert clinic.ready()["checking_since"] >= clinic.ready()["since"]
    assert clinic.answer()["ruleset"]["version"] == "1.2.0"
    clinic.desk.work()
    clinic.live.catch_up()
    assert (clinic.ready()["version"], clinic.ready()["checking_since"]) == ("1.3.0", None)


def test_a_retired_ruleset_is_answered_404_by_name_and_comes_back_when_it_is_restored(
    clinic: Clinic, archive: Archive
) -> None:
    clinic.desk.add("other")
    clinic.live.catch_up()
    digest = clinic.answer()["ruleset"]["digest"]
    assert archive.retire("small", NOON)
    clinic.live.catch_up()
    for named in ({}, {"as_of": "2026-06-01"}, {"digest": digest}, {"version": "1.2.0"}):
        response = clinic.client.post("/v1/evaluate", json={**SPOTS, **named})
        assert response.status_code == 404
        assert response.json["detail"] == "The ruleset small is retired and serves no more."
        [error] = response.json["errors"]
        assert (error["code"], error["pointer"]) == ("ruleset-retired", "/ruleset")
        assert error["message"] == "small is retired since 2026-06-01."
        assert error["hint"] == 'Served are "other".'
    response = clinic.client.get("/v1/rulesets/small")
    assert (response.status_code, response.json["errors"][0]["code"]) == (404, "ruleset-retired")
    assert [one["id"] for one in clinic.client.get("/v1/rulesets").json["rulesets"]] == ["other"]
    ready = clinic.client.get("/readyz")
    assert (ready.status_code, [one["id"] for one in ready.json["rulesets"]]) == (200, ["other"])
    assert 'ruleset="small"' not in clinic.client.get("/metrics").text.split("picoplan_ruleset_info")[1]
    assert b"ruleset is retired" in clinic.lines.getvalue()
    assert archive.restore("small")
    clinic.live.catch_up()
    assert clinic.answer()["ruleset"]["digest"] == digest
    assert clinic.client.get("/readyz").json["status"] == "ready"
