"""The same rules under an earlier version of the language, and since an upgrade under the newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.language import NEWEST_LANGUAGE
from service.model.caller import INTERNAL
from service.serving.deciding import Deciding
from service.serving.evaluate import Answering
from service.serving.outcome import LoggedAnswer
from service.serving.recording import Recorder
from service.serving.refused import Refused
from service.serving.verifying import Verified, Verifier
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from service.store.editions import edition_of, read_edition, renewed
from service.store.folders import read_shelf
from service.web.log import open_log
from tests.serving.archived import ASSESSMENT, Clinic

BEFORE, UPGRADE = datetime(2025, 6, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
OLD_DAY = "2025-07-01"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic whose one edition was published under the first version."""
    made = Clinic(tmp_path)
    publish(made, 1, BEFORE)
    yield made
    made.archive.close()


def publish(clinic: Clinic, language_version: int, at: datetime) -> str:
    """Publish the folder as it is, under a version of the language; its digest."""
    edition = edition_of(read_shelf(clinic.root).read["small"])
    return clinic.archive.publish(replace(edition, language_version=language_version), at).digest


def answering(clinic: Clinic) -> Answering:
    """What answers by the archive alone, as the service does."""
    snapshot = clinic.snapshot()
    return Answering(snapshot, archive=clinic.archive, timeline=clinic.archive.timeline())


def version(clinic: Clinic, **members: Any) -> int:
    """The version of the language under which a request is decided."""
    asked = answering(clinic).asked({"ruleset": "small", "assessment": ASSESSMENT, **members})
    assert not isinstance(asked, Refused), asked
    return asked.ready.compiled.ruleset.language_version


def logged(clinic: Clinic, **members: Any) -> Logged:
    """A decision as the service logs it, read back from the log."""
    log = DecisionLog(Database(f"sqlite:///{clinic.file}"))
    recorder = Recorder(log.writer, open_log())
    pending = Deciding(recorder, log).begin(answering(clinic), INTERNAL)
    outcome = pending.decide({"ruleset": "small", "assessment": ASSESSMENT, **members})
    assert isinstance(outcome, LoggedAnswer), outcome
    ticket = pending.hand_in(lambda _: None)
    recorder.close()
    assert ticket is not None
    assert ticket.safe
    found = log.decision(orjson.loads(outcome.content)["decision_id"])
    log.close()
    assert isinstance(found, Logged), found
    return found


def test_what_was_published_before_is_of_the_first_version_until_it_is_published_anew(clinic: Clinic) -> None:
    digest = publish(clinic, NEWEST_LANGUAGE, UPGRADE)
    assert [one.key for one in clinic.archive.timeline()] == [(digest, 1), (digest, NEWEST_LANGUAGE)]
    publish(clinic, NEWEST_LANGUAGE, UPGRADE)
    assert len(clinic.archive.timeline()) == 2, "it is the newest already"
    assert clinic.archive.edition(digest).language_version == NEWEST_LANGUAGE
    assert clinic.archive.edition(digest, 1).language_version == 1


def test_a_day_before_the_upgrade_is_answered_as_then_and_a_digest_without_a_day_as_now(
    clinic: Clinic,
) -> None:
    digest = publish(clinic, NEWEST_LANGUAGE, UPGRADE)
    for named in ({}, {"digest": digest}, {"version": "1.2.0"}):
        assert version(clinic, **named) == NEWEST_LANGUAGE
        assert version(clinic, as_of=OLD_DAY, **named) == 1


def test_an_old_digest_is_answered_under_its_own_version(clinic: Clinic) -> None:
    old = clinic.archive.timeline()[0].digest
    clinic.publish("2.0.0", at=UPGRADE)
    assert version(clinic) == NEWEST_LANGUAGE
    assert version(clinic, digest=old) == version(clinic, version="1.2.0") == 1


def test_each_decision_is_logged_with_its_version_and_verified_under_it(clinic: Clinic) -> None:
    digest = publish(clinic, NEWEST_LANGUAGE, UPGRADE)
    old, new = logged(clinic, as_of=OLD_DAY), logged(clinic)
    assert (old.digest, old.language_version) == (digest, 1)
    assert (new.digest, new.language_version) == (digest, NEWEST_LANGUAGE)
    assert "maintenance_weeks" not in orjson.loads(old.answer)
    assert "maintenance_weeks" in orjson.loads(new.answer)
    verifier = Verifier(clinic.archive)
    for one in (old, new, old):
        assert verifier.verify(one) == Verified(one.decision_id, same=True)


def test_a_version_that_somebody_changes_in_the_log_is_damage(clinic: Clinic) -> None:
    publish(clinic, NEWEST_LANGUAGE, UPGRADE)
    for one in (logged(clinic, as_of=OLD_DAY), logged(clinic)):
        assert replace(one, language_version=3 - one.language_version).sha256 != one.sha256


def test_rules_of_before_are_compared_as_they_decide_now(clinic: Clinic) -> None:
    read = read_edition(clinic.archive.edition(clinic.archive.timeline()[0].digest))
    assert read.ruleset is not None
    assert read.ruleset.language_version == 1
    assert renewed(read.ruleset).language_version == NEWEST_LANGUAGE
