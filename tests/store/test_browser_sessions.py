"""Who is signed in, and what seals addresses: how long each is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.store.browser_sessions import BrowserSessions, SealingKeys
from service.store.database import Database

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty one."""
    return Database(f"sqlite:///{tmp_path / 'kept.sqlite3'}")


def test_a_session_ends_after_half_an_hour_without_a_request_and_after_twelve_hours(
    database: Database,
) -> None:
    sessions = BrowserSessions(database)
    token = sessions.begin("abc", NOW)
    assert sessions.key_of(token, NOW + timedelta(minutes=29)) == "abc"
    assert sessions.key_of(token, NOW + timedelta(minutes=60)) is None
    token, now = sessions.begin("abc", NOW), NOW
    while now < NOW + timedelta(hours=12):
        assert sessions.key_of(token, now) == "abc"
        now += timedelta(minutes=20)
    assert sessions.key_of(token, now) is None
    sessions.end(token)
    assert sessions.key_of(token, NOW) is None


def test_no_token_is_kept_as_it_is(database: Database, tmp_path: Path) -> None:
    token = BrowserSessions(database).begin("abc", NOW)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"abc" in kept
    assert token.encode() not in kept


def test_what_was_sealed_thirty_days_ago_still_opens_and_each_month_has_another_secret(
    database: Database,
) -> None:
    keys = SealingKeys(database)
    (january,) = keys.secrets_at(NOW)
    assert keys.secrets_at(NOW) == (january,)
    february = keys.secrets_at(NOW + timedelta(days=1))
    assert february[1:] == (january,)
    march = keys.secrets_at(NOW + timedelta(days=30))
    assert march[1:] == (february[0], january)
    april = keys.secrets_at(NOW + timedelta(days=65))
    assert january not in april
    assert len({january, february[0], march[0], april[0]}) == 4
