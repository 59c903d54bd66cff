"""What picoplan decided before the language had versions comes out the same, byte for byte, for ever."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.language import ANSWER, NEWEST_LANGUAGE
from service.reading.folder import DIGEST_FORM
from service.replaying.replay import ReplayOrder, replay
from service.serving.verifying import Verifier
from service.store.archive import Archive, open_archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from service.store.decisions.selection import Selection
from service.store.editions import EditionKey, Published, digest_of_files
from service.web.app import app_over, live_over
from service.web.decisions import open_records
from service.web.live import Live
from service.web.log import open_log
from service.web.settings import Settings
from tests.commandline.console import picoplan
from tests.store.kept import COMMITS, put_back
from tests.store.postgres import empty_database
from tests.vetting.desk import Desk
from tests.web.client import Client, client_of

Json = dict[str, Any]

UNSIGNED = "not-signed-off"
OWN = ("decision_id", "evaluated_at")


@dataclass
class Upgraded:
    """A database of before, opened by this picoplan, and an app over it."""

    url: str
    folder: Path
    archive: Archive
    live: Live
    client: Client

    @property
    def decisions(self) -> list[Logged]:
        """Every decision in the log, the oldest first."""
        log = DecisionLog(Database(self.url))
        try:
            found = list(log.decisions())
        finally:
            log.close()
        assert all(isinstance(one, Logged) for one in found)
        return [one for one in found if isinstance(one, Logged)]

    def asked_again(self, made: Logged) -> bytes:
        """What is answered now where the request names the digest, and the day if it can."""
        assessment, answer = made.assessment.decode(), orjson.loads(made.answer)
        pinned: Json = {"ruleset": made.ruleset, "digest": made.digest, "explain": "not_fired" in answer}
        for day in ({"as_of": made.as_of}, {}):
            body = json.dumps({**pinned, **day})[:-1] + f',"assessment":{assessment}}}'
            answered = self.client.post("/v1/evaluate", data=body, content_type="application/json")
            if answered.status_code == 200:
                break
        assert answered.status_code == 200, answered.data
        return answered.data


@pytest.fixture(scope="module", params=COMMITS)
def commit(request: pytest.FixtureRequest) -> str:
    """The picoplan that made it."""
    return str(request.param)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(
    request: pytest.FixtureRequest, commit: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """What that picoplan left, on each kind of database, brought up to date by opening it."""
    folder = tmp_path_factory.mktemp(f"kept-{commit}")
    if request.param == "sqlite":
        yield from _upgraded(commit, f"sqlite:///{folder / 'kept.sqlite3'}", folder)
    else:
        with empty_database(request.getfixturevalue("postgres")) as url:
            yield from _upgraded(commit, url, folder)


def _upgraded(commit: str, url: str, folder: Path) -> Iterator[Upgraded]:
    put_back(commit, url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PICOPLAN_DATABASE_URL", url)
        patched.setenv("PICOPLAN_DATA_DIR", str(folder / "data"))
        archive = open_archive(folder)
        rulesets = _written_back(archive, folder / "rulesets")
        log = open_log(io.BytesIO())
        records = open_records(rulesets, "required", archive, log)
        live = live_over(archive, Settings(rulesets=rulesets), log)
        yield Upgraded(url, rulesets, archive, live, client_of(app_over(live, None, log, records)))
        records.recorder.close()
        records.decisions.close()
        archive.close()


def _written_back(archive: Archive, root: Path) -> Path:
    """The folder of rulesets as it was when that picoplan stopped."""
    for one in archive.timeline():
        for name, text in archive.edition(*one.key).files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
    return root


def _published(opened: Upgraded, ruleset: str, version: str) -> Published:
    [one] = [one for one in opened.archive.timeline() if (one.ruleset, one.version) == (ruleset, version)]
    return one


def without_own(answer: bytes, *, warnings: bool) -> Json:
    """An answer without its id and its time, and, where it was signed since, without what says so."""
    data: Json = orjson.loads(answer)
    for name in OWN:
        del data[name]
    if not warnings:
        data["warnings"] = [one for one in data["warnings"] if one["code"] != UNSIGNED]
    return data


def test_it_is_all_of_the_first_version(upgraded: Upgraded) -> None:
    assert {one.language_version for one in upgraded.archive.timeline()} == {1}
    assert {one.language_version for one in upgraded.decisions} == {1}
    assert len({one.ruleset for one in upgraded.decisions}) == 5
    verdicts = Counter(one.verdict for one in upgraded.decisions)
    assert min(verdicts[one] for one in ("goal_reached", "clinician_review", "several_sessions")) > 0
    assert len(upgraded.decisions) > 60


def test_every_decision_is_verified_over_http(upgraded: Upgraded) -> None:
    for made in upgraded.decisions:
        verified = upgraded.client.post(f"/v1/decisions/{made.decision_id}/verify").get_json()
        assert (verified["same"], verified["damaged"]) == (True, None), (made, verified)


def test_every_decision_is_verified_on_the_command_line(upgraded: Upgraded) -> None:
    said = picoplan("decisions", "verify", "--all", "--rulesets", upgraded.folder)
    number = len(upgraded.decisions)
    assert said.out.startswith(f"{number} decisions of {number} the same, byte for byte"), said.out
    assert said.code == 0


def test_a_request_by_an_old_digest_gets_the_bytes_of_then(upgraded: Upgraded) -> None:
    signed = {
        one.digest: upgraded.archive.edition(*one.key).signed_off for one in upgraded.archive.timeline()
    }
    for made in upgraded.decisions:
        was_signed = UNSIGNED not in made.answer.decode()
        again = upgraded.asked_again(made)
        same_signature = was_signed == signed[made.digest]
        was, now = (without_own(one, warnings=same_signature) for one in (made.answer, again))
        now["as_of"] = was["as_of"]
        assert orjson.dumps(now) == orjson.dumps(was), made.decision_id


def test_under_the_newest_version_plans_under_way_would_come_out_otherwise(upgraded: Upgraded) -> None:
    verifier = Verifier(upgraded.archive)
    moved = set()
    for made in upgraded.decisions:
        again = verifier.verify(replace(made, language_version=NEWEST_LANGUAGE))
        moved |= {one.pointer.split("/")[1] for one in again.differences}
    assert {"sessions", "remaining", "steps"} <= moved, moved


def test_the_same_rules_replayed_change_nothing_though_the_language_has(upgraded: Upgraded) -> None:
    [served] = [
        one for one in upgraded.archive.timeline() if (one.ruleset, one.version) == ("course", "1.1.0")
    ]
    edition = replace(upgraded.archive.edition(*served.key), language_version=NEWEST_LANGUAGE)
    tally = replay(ReplayOrder(upgraded.url, {"course": edition}, Selection(ruleset="course")))
    assert tally.renewed == tally.replayed > 0
    assert tally.kinds["same"] >= sum(one.digest == served.digest for one in upgraded.decisions) > 5


def test_the_database_is_found_to_be_whole(upgraded: Upgraded) -> None:
    said = picoplan("database", "check", "--rulesets", upgraded.folder)
    assert said.code == 0, said.out + said.err


def test_an_export_says_of_which_version_each_is(upgraded: Upgraded) -> None:
    said = picoplan("decisions", "export", "--rulesets", upgraded.folder)
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [one["decision_id"] for one in lines] == [one.decision_id for one in upgraded.decisions]
    assert {one["language_version"] for one in lines} == {1}


INK = {"concern": "ink", "severity": "mild", "goal": "some", "phototype": "I", "gold": False}
TATTOO = "tattoo-kirby-desai"


@pytest.fixture
def renewed(tmp_path: Path) -> Iterator[Upgraded]:
    """What the first picoplan left, with the rules of before in the folder; its publisher has not looked yet.

    One ruleset has a scenario that came out as expected then. Its plan is another one now.
    """
    for opened in _upgraded(COMMITS[0], f"sqlite:///{tmp_path / 'kept.sqlite3'}", tmp_path):
        before = opened.archive.edition(*_published(opened, "course", "1.1.0").key)
        files = {**before.files, "course/scenarios/1.yaml": json.dumps([_scenario(opened)])}
        tried = replace(before, version="1.2.0", digest="", files=files, form=DIGEST_FORM)
        tried = replace(tried, digest=digest_of_files(tried))
        opened.archive.publish(tried, datetime.now(UTC))
        for name in ("pico-laser", "example-clinic", "course-clinic"):
            shutil.rmtree(opened.folder / name)
        (opened.folder / "course/scenarios").mkdir()
        for name, text in tried.files.items():
            (opened.folder / name).write_bytes(text.encode())
        opened.live.catch_up()
        yield opened


def _scenario(opened: Upgraded) -> Json:
    """A client whose plan was made again after a session, and what was planned then."""
    verifier = Verifier(opened.archive)
    for made in opened.decisions:
        now = verifier.verify(replace(made, language_version=NEWEST_LANGUAGE))
        moved = any(one.pointer.startswith("/remaining") for one in now.differences)
        if made.version == "1.1.0" and moved:
            remaining = orjson.loads(made.answer)["remaining"]
            assessment = orjson.loads(made.assessment)
            return {"name": "Under way", "assessment": assessment, "expect": {"remaining": remaining}}
    raise AssertionError("no plan differs")


def _answered(opened: Upgraded, ruleset: str, assessment: Json) -> Json:
    answered: Json = opened.client.post(
        "/v1/evaluate", json={"ruleset": ruleset, "assessment": assessment}
    ).get_json()
    return answered


def _state(opened: Upgraded, ruleset: str) -> Json:
    [one] = [one for one in opened.client.get("/readyz").get_json()["rulesets"] if one["id"] == ruleset]
    state: Json = one
    return state


def test_after_an_upgrade_unchanged_rules_serve_on_anew_or_as_they_did(renewed: Upgraded) -> None:
    before = {one.ruleset: one for one in renewed.archive.timeline()}
    made = {one.ruleset: one for one in renewed.decisions}
    desk = Desk(renewed.folder, renewed.archive, io.BytesIO())
    desk.work()
    renewed.live.catch_up()
    after = {one.ruleset: one for one in renewed.archive.timeline()}

    assert after[TATTOO].key == EditionKey(before[TATTOO].digest, NEWEST_LANGUAGE)
    assert _state(renewed, TATTOO)["state"] == "current"
    assessment = orjson.loads(made[TATTOO].assessment)
    answer = renewed.client.post(
        "/v1/evaluate", json={"ruleset": TATTOO, "assessment": assessment}
    ).get_json()
    assert list(answer) == [name for name, one in ANSWER.items() if not one.optional]

    assert after["course"].key == before["course"].key
    stale = _state(renewed, "course")
    assert (stale["state"], stale["version"]) == ("stale", "1.2.0")
    assert any("scenario-failed" in problem for problem in stale["problems"]), stale
    answer = _answered(renewed, "course", INK)
    assert list(answer) == [name for name, one in ANSWER.items() if not one.optional and one.since == 1]

    decisions = renewed.decisions
    assert Counter(one.language_version for one in decisions) == {1: len(decisions) - 1, NEWEST_LANGUAGE: 1}
    for one in (*made.values(), *decisions[-2:]):
        assert renewed.client.post(f"/v1/decisions/{one.decision_id}/verify").get_json()["same"], one
