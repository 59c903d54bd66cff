"""The guard by itself: what a server does not show, or shows too rarely."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from service.model.caller import ANONYMOUS
from service.store.api_keys import KeyStore, Token
from service.store.database import Database
from service.store.faults import Gone
from service.web.asgi import Application
from service.web.browsers import Browsers, secrets_in_memory
from service.web.call import this_call
from service.web.draining import Draining
from service.web.endpoints import Endpoint
from service.web.flask_app import PicoplanApp
from service.web.guard import Guard, LiveKeys
from service.web.log import open_log
from service.web.metrics import Metrics
from service.web.rate_limiter import RateLimiter
from service.web.telemetry import Telemetry
from tests.web.client import Client, client_of
from tests.web.clinics import added

ENDPOINTS = (
    Endpoint("open", "GET", "/open", "Open."),
    Endpoint("metrics", "GET", "/metrics", "The house's.", frozenset(("operate",)), house=True),
    Endpoint("sign", "GET", "/sign", "For those who edit or sign.", frozenset(("edit",)), or_role=True),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    opened = KeyStore(Database(f"sqlite:///{tmp_path / 'keys.sqlite3'}"))
    yield opened
    opened.close()


@pytest.fixture
def keys(store: KeyStore, lines: io.BytesIO) -> LiveKeys:
    return LiveKeys(store, open_log(lines))


@pytest.fixture
def client(keys: LiveKeys, lines: io.BytesIO) -> Client:
    """An app with an endpoint for everybody and one for the house."""
    log = open_log(lines)
    views = {one.name: lambda: repr(this_call().caller) for one in ENDPOINTS}
    guard = Guard(keys, RateLimiter(None, None, log))
    app = PicoplanApp(log, Telemetry(Metrics(), log), ENDPOINTS, views, guard)
    return client_of(Application(app, {}, guard, Draining()))


def sibling(store: KeyStore, keys: LiveKeys) -> LiveKeys:
    """The keys as another process of the same parent has them."""
    other = LiveKeys(store, open_log(io.BytesIO()))
    other._seen = keys._seen
    return other


class GoneSessions:
    """Sessions whose database is gone."""

    def begin(self, key_id: str, now: datetime) -> str:
        raise Gone("gone")

    def key_of(self, token: str, now: datetime) -> str | None:
        raise Gone("gone")

    def end(self, token: str) -> None:
        raise Gone("gone")


def bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.text}"}


def test_what_is_the_houses_is_refused_to_a_clinic_whatever_its_scopes(
    store: KeyStore, keys: LiveKeys, client: Client
) -> None:
    clinic, house = added(store, "zeta", clinic="zeta"), added(store, "house", rulesets=("zeta",))
    keys.catch_up()
    refused = client.get("/metrics", headers=bearer(clinic))
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (403, "house-only")
    assert client.get("/metrics", headers=bearer(house)).status_code == 200
    assert client.get("/metrics").status_code == 401


def test_who_signs_may_ask_where_a_role_is_enough_whatever_the_scopes(
    store: KeyStore, keys: LiveKeys, client: Client
) -> None:
    signs = added(store, "director", clinic="zeta", scopes=("read",), role="Medical director")
    reads, edits = added(store, "reads", scopes=("read",)), added(store, "edits", scopes=("edit",))
    keys.catch_up()
    assert [client.get("/sign", headers=bearer(one)).status_code for one in (signs, edits)] == [200, 200]
    refused = client.get("/sign", headers=bearer(reads))
    assert refused.status_code == 403
    assert refused.get_json()["detail"] == 'This needs a key with the scope "edit", or with a role.'
    assert client.get("/metrics", headers=bearer(signs)).status_code == 403, "it is no more than that"


def test_a_process_that_starts_without_the_database_takes_the_keys_that_all_others_know(
    tmp_path: Path, store: KeyStore, keys: LiveKeys, client: Client
) -> None:
    house = added(store, "house")
    keys.catch_up()
    (tmp_path / "keys.sqlite3").rename(tmp_path / "aside")
    keys.follow()
    assert client.get("/metrics", headers=bearer(house)).status_code == 200
    assert client.get("/metrics").status_code == 401


def test_a_process_that_starts_without_the_database_lets_nobody_in_where_others_know_later_keys(
    tmp_path: Path, store: KeyStore, keys: LiveKeys, client: Client, lines: io.BytesIO
) -> None:
    assert client.get("/metrics").status_code == 200, "there is no key yet"
    other = sibling(store, keys)
    house = added(store, "house")
    other.catch_up()
    file = tmp_path / "keys.sqlite3"
    aside = file.rename(tmp_path / "aside")
    keys.follow()
    for sent in (None, bearer(house)):
        refused = client.get("/metrics", headers=sent)
        assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (503, "keys-unavailable")
        assert "scopes=frozenset()" in client.get("/open", headers=sent).text
    aside.rename(file)
    keys.catch_up()
    assert client.get("/metrics", headers=bearer(house)).status_code == 200
    assert client.get("/metrics").status_code == 401
    assert lines.getvalue().count(b"keys are not followed") == 1
    assert lines.getvalue().count(b"keys are followed again") == 1


def test_where_no_key_is_needed_one_that_is_sent_still_says_who_asks(
    store: KeyStore, keys: LiveKeys, client: Client
) -> None:
    clinic = added(store, "zeta", clinic="zeta")
    keys.catch_up()
    assert f"key='{clinic.id}'" in client.get("/open", headers=bearer(clinic)).text
    assert "key=None, clinic=''" in client.get("/open").text


def test_damaged_keys_change_nothing_and_are_said(
    store: KeyStore, keys: LiveKeys, client: Client, lines: io.BytesIO
) -> None:
    house = added(store, "house")
    keys.catch_up()
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM api_keys_state")
    keys.catch_up()
    assert client.get("/metrics", headers=bearer(house)).status_code == 200
    assert b"the table api_keys_state is damaged" in lines.getvalue()


def test_where_keys_are_required_nobody_is_let_in_though_there_never_was_one(
    store: KeyStore, lines: io.BytesIO
) -> None:
    keys = LiveKeys(store, open_log(lines), required=True)
    assert keys.ring is not None
    assert (keys.ring.asked_for, keys.ring.living) == (True, 0)


def test_an_empty_database_in_the_place_of_one_with_keys_opens_nothing_in_any_process(
    tmp_path: Path, store: KeyStore, keys: LiveKeys, client: Client
) -> None:
    assert client.get("/metrics").status_code == 200
    later = sibling(store, keys)
    house = added(store, "house")
    keys.catch_up()
    assert client.get("/metrics").status_code == 401
    (tmp_path / "keys.sqlite3").unlink()
    empty = KeyStore(Database(f"sqlite:///{tmp_path / 'keys.sqlite3'}"))
    keys.catch_up()
    assert [client.get("/metrics", headers=sent).status_code for sent in ({}, bearer(house))] == [401, 401]
    later.follow()  # of a parent that never saw a key
    assert later.ring is not None
    assert later.ring.asked_for
    fresh = added(empty, "house")
    keys.catch_up()
    assert client.get("/metrics", headers=bearer(fresh)).status_code == 200
    empty.close()


def test_while_the_database_is_gone_a_page_says_so_and_takes_nobody_for_the_house(
    store: KeyStore, keys: LiveKeys, lines: io.BytesIO
) -> None:
    added(store, "first")
    keys.catch_up()
    log = open_log(lines)
    pages = (
        Endpoint("page", "GET", "/page", "A page.", frozenset(("read",)), face="page"),
        Endpoint("file", "GET", "/file", "What it loads.", face="page"),
    )
    views = {one.name: lambda: repr(this_call().caller) for one in pages}
    counting = RateLimiter(None, None, log)
    guard = Guard(keys, counting, Browsers(GoneSessions(), secrets_in_memory(), counting))
    app = PicoplanApp(log, Telemetry(Metrics(), log), pages, views, guard)
    client = client_of(Application(app, {}, guard, Draining()))
    client.set_cookie("picoplan", "token")
    assert client.get("/page").status_code == 503
    assert client.get("/file").get_data(as_text=True) == repr(ANONYMOUS)
