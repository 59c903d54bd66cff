"""What picoplan decided before the language had versions comes out the same, byte for byte, for ever."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.language import ANSWER, NEWEST_LANGUAGE
from service.evaluation.compiled import CompiledRuleset
from service.model.exact_json import read_json, write_json
from service.replaying.replay import ReplayOrder, replay
from service.serving.choosing import Ready
from service.store.archive import Archive, open_archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from service.store.decisions.selection import Selection
from service.store.editions import EditionKey, Published, digest_of_files, readable, renewed
from service.web.app import AppParts, app_over, live_over
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


DATABASES = ("sqlite", "postgresql")
LEFT = [
    pytest.param((commit, database), id=f"{commit}-{database}", marks=marks)
    for databases, marks in ((DATABASES, ()), (DATABASES[::-1], pytest.mark.long))
    for commit, database in zip(COMMITS, databases, strict=True)
]
"""Which picoplan left it on which database: each at any time, and each on each in a long run."""


@pytest.fixture(scope="module", params=LEFT)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """What that picoplan left, on each kind of database, brought up to date by opening it."""
    commit, database = request.param
    folder = tmp_path_factory.mktemp(f"kept-{commit}")
    if database == "sqlite":
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
        app = app_over(live, None, log, AppParts(records=records))
        yield Upgraded(url, rulesets, archive, live, client_of(app))
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


def test_each_kind_of_earlier_decision_has_its_page(upgraded: Upgraded) -> None:
    kinds = {(one.ruleset, one.verdict): one for one in upgraded.decisions}
    for one in kinds.values():
        page = upgraded.client.get(
            f"/workbench/decisions/{one.decision_id}", headers={"Host": "localhost", "Accept": "text/html"}
        )
        assert page.status_code == 200, page.data
        assert b"The same, to the byte" in page.data


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


@pytest.mark.long
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
    ready: dict[str, Ready] = {}
    moved: Counter[str] = Counter()
    for made in upgraded.decisions:
        if made.digest not in ready:
            ruleset = readable(upgraded.archive.edition(made.digest, made.language_version))
            ready[made.digest] = Ready(CompiledRuleset(renewed(ruleset)))
        was, now = orjson.loads(made.answer), _decided(ready[made.digest], made)
        moved.update(name for name in was if was[name] != now[name])
    assert {"sessions", "remaining", "steps"} <= moved.keys(), moved


def _decided(ready: Ready, made: Logged) -> Json:
    decision = ready.compiled.decide(read_json(made.assessment))
    assert not isinstance(decision, tuple)
    written = ready.writer.write(
        decision, decision_id="", evaluated_at="", as_of=made.as_of, explain=b"not_fired" in made.answer
    )
    answer: Json = orjson.loads(write_json(written))
    return answer


def test_the_same_rules_replayed_change_nothing_though_the_language_has(upgraded: Upgraded) -> None:
    served = _published(upgraded, "course", "1.1.0")
    before = upgraded.archive.edition(*served.key)
    files = {
        name: text.replace("    help:\r\n", "").replace("owner:\n", "") for name, text in before.files.items()
    }
    mended = replace(before, files=files, digest="", language_version=NEWEST_LANGUAGE)
    mended = replace(mended, digest=digest_of_files(mended))
    tally = replay(ReplayOrder(upgraded.url, {"course": mended}, Selection(ruleset="course")))
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
def unwatched(tmp_path: Path) -> Iterator[Upgraded]:
    """What the first picoplan left, with the rules of before in the folder; its publisher has not looked yet.

    One ruleset has keys without a value, which were let through then.
    """
    for opened in _upgraded(COMMITS[0], f"sqlite:///{tmp_path / 'kept.sqlite3'}", tmp_path):
        for name in ("pico-laser", "example-clinic", "course-clinic"):
            shutil.rmtree(opened.folder / name)
        yield opened


def _answered(opened: Upgraded, ruleset: str, assessment: Json) -> Json:
    answered: Json = opened.client.post(
        "/v1/evaluate", json={"ruleset": ruleset, "assessment": assessment}
    ).get_json()
    return answered


def _state(opened: Upgraded, ruleset: str) -> Json:
    [one] = [one for one in opened.client.get("/readyz").get_json()["rulesets"] if one["id"] == ruleset]
    state: Json = one
    return state


def test_after_an_upgrade_unchanged_rules_serve_on_anew_or_as_they_did(unwatched: Upgraded) -> None:
    before = {one.ruleset: one for one in unwatched.archive.timeline()}
    made = {one.ruleset: one for one in unwatched.decisions}
    desk = Desk(unwatched.folder, unwatched.archive, io.BytesIO())
    desk.work()
    unwatched.live.catch_up()
    after = {one.ruleset: one for one in unwatched.archive.timeline()}

    assert after[TATTOO].key == EditionKey(before[TATTOO].digest, NEWEST_LANGUAGE)
    assert _state(unwatched, TATTOO)["state"] == "current"
    assessment = orjson.loads(made[TATTOO].assessment)
    answer = unwatched.client.post(
        "/v1/evaluate", json={"ruleset": TATTOO, "assessment": assessment}
    ).get_json()
    assert list(answer) == [name for name, one in ANSWER.items() if not one.optional]

    assert after["course"].key == before["course"].key
    stale = _state(unwatched, "course")
    assert stale["state"] == "stale"
    assert any("missing-value" in problem for problem in stale["problems"]), stale
    answer = _answered(unwatched, "course", INK)
    assert list(answer) == [name for name, one in ANSWER.items() if not one.optional and one.since == 1]

    decisions = unwatched.decisions
    assert Counter(one.language_version for one in decisions) == {1: len(decisions) - 1, NEWEST_LANGUAGE: 1}
    for one in (*made.values(), *decisions[-2:]):
        assert unwatched.client.post(f"/v1/decisions/{one.decision_id}/verify").get_json()["same"], one
    rules = [one["id"] for one in unwatched.client.get("/v1/rulesets/course").get_json()["rules"]]
    shown = [unwatched.client.get(f"/v1/rulesets/course/rules/{one}").get_json()["effects"] for one in rules]
    again = [one["remaining_from_progress"] for one in shown if "remaining_from_progress" in one]
    assert again
    assert not any({"gains", "expected", "weight"} & one.keys() for one in again), again
