"""API keys in the database: what may be added, what is kept, and who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine

from service.model.caller import Caller
from service.model.limit import Limit
from service.store import api_keys as keys_module
from service.store.api_keys import CantAdd, KeyStore, NewKey, new_token, read_token
from service.store.database import Database
from service.store.faults import Damaged, Gone
from tests.store.made import NOON, later

NORTH = NewKey("booking", "north", ("small",))


@pytest.fixture
def store(url: str) -> Iterator[KeyStore]:
    """No keys yet."""
    opened = KeyStore(Database(url))
    yield opened
    opened.close()


def run(url: str, statement: str) -> list[Any]:
    """What somebody does to the database behind picoplan's back."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        done = connection.exec_driver_sql(statement)
        rows = list(done) if done.returns_rows else []
    engine.dispose()
    return rows


def test_a_key_is_kept_as_it_was_wanted(store: KeyStore) -> None:
    wanted = NewKey("booking", "north", ("small", "large"), "large", ("read", "evaluate"), Limit(10, 3_600))
    key, _ = store.add(wanted, NOON)
    assert store.all_keys() == (key,)
    assert key.wanted == replace(wanted, scopes=("evaluate", "read"))
    assert (key.created, key.revoked) == (NOON, None)
    assert key.caller == Caller(
        key.id,
        "north",
        frozenset({"small", "large"}),
        "large",
        frozenset({"evaluate", "read"}),
        edits=frozenset(),
    )


def test_a_clinics_key_changes_the_rulesets_that_it_was_added_for_and_sees_them(store: KeyStore) -> None:
    wanted = NewKey("lead", "north", ("core",), scopes=("read", "edit"), edits=("north-core",))
    caller = store.add(wanted, NOON)[0].caller
    assert caller.rulesets == {"core", "north-core"}
    assert caller.may_edit("north-core")
    assert not caller.may_edit("core"), "others build on it"
    assert not caller.may_edit("south-core")
    assert not caller.may_publish("north-core"), "that is another scope"


def test_a_key_of_the_house_changes_all_that_it_sees_unless_it_names_some(store: KeyStore) -> None:
    every, some, one = (
        store.add(NewKey(name, rulesets=sees, scopes=("edit", "publish"), edits=edits), NOON)[0].caller
        for name, sees, edits in (("all", (), ()), ("some", ("core",), ()), ("one", (), ("core",)))
    )
    assert every.may_edit("new")
    assert every.may_publish("core")
    assert [some.may_edit("core"), some.may_edit("new")] == [True, False]
    assert [one.may_edit("core"), one.may_edit("new"), one.sees("new")] == [True, False, True]


def test_drafts_are_seen_by_those_who_may_edit_and_by_those_who_sign(store: KeyStore) -> None:
    lead, other, reads, signs = (
        store.add(NewKey(name, clinic, ("core",), scopes=scopes, edits=edits, role=role), NOON)[0].caller
        for name, clinic, scopes, edits, role in (
            ("lead", "north", ("edit",), ("north-core",), None),
            ("other", "south", ("edit",), ("north-core",), None),
            ("reads", "north", ("read", "evaluate", "operate", "erase"), (), None),
            ("signs", None, ("read",), (), "Medical director"),
        )
    )
    assert lead.sees_draft("north-core", "north")
    assert not lead.sees_draft("north-core", None), "it is the house's"
    assert not lead.sees_draft("core", "north"), "he sees the ruleset and may not edit it"
    assert not other.sees_draft("north-core", "north"), "it is another clinic's"
    assert not reads.sees_draft("core", "north")
    assert signs.sees_draft("core", "north")
    assert not signs.sees_draft("north-core", "north"), "the ruleset is not there for him"


def test_no_key_from_before_there_were_drafts_changes_anything(store: KeyStore, url: str) -> None:
    key, _ = store.add(NewKey("house", scopes=("evaluate", "read", "operate", "erase")), NOON)
    assert run(url, "SELECT edits, role FROM api_keys") in ([("[]", None)], [([], None)])
    assert not key.caller.may_edit("small")
    assert not key.caller.sees_draft("small", None)


def test_a_key_of_the_house_sees_all_rulesets_unless_it_names_some(store: KeyStore) -> None:
    all_of_them, _ = store.add(NewKey("house"), NOON)
    some, _ = store.add(NewKey("part of the house", rulesets=("small", "large")), NOON)
    assert all_of_them.caller.rulesets is None
    assert some.caller.rulesets == {"small", "large"}
    assert all_of_them.caller.owns("north")


def test_the_only_ruleset_is_the_default_one(store: KeyStore) -> None:
    assert store.add(NORTH, NOON)[0].wanted.default_ruleset == "small"
    assert store.add(NewKey("two", "north", ("a", "b")), NOON)[0].wanted.default_ruleset is None


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (NewKey(" "), "a key needs a name"),
        (NewKey("x" * 101), "a key needs a name"),
        (NewKey("two\nlines"), "a key needs a name"),
        (NewKey("a", "North Street", ("small",)), "such as north-street"),
        (NewKey("a", "", ("small",)), "such as north-street"),
        (NewKey("a", "north"), "must name at least one ruleset"),
        (NewKey("a", "north", ("small",), "large"), '"large" is not among those that the key sees'),
        (NewKey("a", "north", ("small",), scopes=("edit",)), "must name at least one ruleset: say --for"),
        (NewKey("a", "north", ("small",), scopes=("publish",)), "must name at least one ruleset: say --for"),
        (NewKey("a", edits=("small",)), "add --scope edit, or --scope publish"),
        (NewKey("a", scopes=("edit",), edits=("../small",)), '"../small" is not an id'),
        (NewKey("a", role=" "), "a role has 1 to 100 letters, such as Medical director"),
        (NewKey("a", role="two\nlines"), "a role has"),
        (NewKey("a", scopes=()), "one or more of the scopes evaluate, read, operate"),
        (NewKey("a", scopes=("write",)), "one or more of the scopes"),  # type: ignore[arg-type]
    ],
)
def test_a_key_that_makes_no_sense_is_not_added(store: KeyStore, wanted: NewKey, says: str) -> None:
    with pytest.raises(CantAdd, match=says):
        store.add(wanted, NOON)
    assert (store.all_keys(), store.changed()) == ((), 0)


def test_a_name_is_taken_as_long_as_its_key_lives(store: KeyStore) -> None:
    key, _ = store.add(NORTH, NOON)
    with pytest.raises(CantAdd, match=f'there is a key "booking" already: {key.id}'):
        store.add(NewKey("booking"), NOON)
    store.revoke(key.id, later(1))
    store.add(NewKey("booking"), later(2))
    assert [one.wanted.name for one in store.all_keys()] == ["booking", "booking"]


def test_of_many_with_one_name_that_come_at_once_one_is_added(store: KeyStore) -> None:
    def add(_: int) -> bool:
        try:
            store.add(NORTH, NOON)
        except CantAdd:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == 1
    assert (len(store.all_keys()), store.changed()) == (1, 1)


def test_the_database_holds_nothing_that_lets_anybody_in(store: KeyStore, url: str) -> None:
    key, token = store.add(NORTH, NOON)
    assert token.text == f"picoplan_{key.id}_{token.secret}"
    assert len(bytes.fromhex(token.secret)) == 32
    everything = repr(run(url, "SELECT * FROM api_keys"))
    assert token.secret not in everything
    assert token.secret_sha256 in everything
    assert token.secret not in repr((key, token, store.all_keys(), store.ring()))
    assert store.ring().holder(f"picoplan_{key.id}_{token.secret_sha256}") is None


def test_only_the_whole_token_lets_its_holder_in(store: KeyStore) -> None:
    key, token = store.add(NORTH, NOON)
    _, other = store.add(NewKey("other"), NOON)
    ring = store.ring()
    holder = ring.holder(token.text)
    assert holder is not None
    assert holder.caller == key.caller
    changed = token.text[:-1] + ("0" if token.text[-1] != "0" else "1")
    for wrong in (
        "",
        token.secret,
        key.id,
        changed,
        token.text + "0",
        token.text.upper(),
        f"picoplan_{key.id}_{other.secret}",
        f"picoplan_{'0' * 12}_{token.secret}",
        f"picoplan_{key.id}_",
        token.text.replace(token.secret, "é" * 64),
        " " + token.text,
        token.text + "\n",
    ):
        assert ring.holder(wrong) is None, wrong


def test_a_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, store: KeyStore) -> None:
    key, token = store.add(NORTH, NOON)
    compared: list[str] = []

    def compare(one: str, other: str) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr(keys_module.hmac, "compare_digest", compare)
    ring = store.ring()
    assert ring.holder(token.text) is not None
    assert ring.holder(f"picoplan_{'0' * 12}_{token.secret}") is None
    assert compared[0] == key.secret_sha256
    assert len(compared) == 2, "an unknown id is compared, too"


def test_a_revoked_key_lets_nobody_in_for_good(store: KeyStore) -> None:
    key, token = store.add(NORTH, NOON)
    assert store.revoke(key.id, later(1)) == key
    ring = store.ring()
    assert ring.holder(token.text) is None
    assert (ring.living, ring.asked_for) == (0, True)
    again = store.revoke(key.id, later(2))
    assert again is not None
    assert again.revoked == later(1)
    assert store.all_keys()[0].revoked == later(1)
    assert store.revoke("nothing", later(1)) is None


def test_keys_are_asked_for_from_the_first_on_whatever_becomes_of_it(store: KeyStore, url: str) -> None:
    assert not store.ring().asked_for
    key, _ = store.add(NORTH, NOON)
    assert store.ring().asked_for
    store.revoke(key.id, later(1))
    assert store.ring().asked_for
    run(url, "DELETE FROM api_keys")
    assert store.ring().asked_for


def test_a_number_tells_whether_anything_has_changed(store: KeyStore) -> None:
    key, _ = store.add(NORTH, NOON)
    assert store.changed() == store.ring().changed == 1
    store.revoke(key.id, later(1))
    assert store.changed() == 2
    store.revoke(key.id, later(2))
    store.revoke("nothing", later(2))
    assert store.changed() == 2


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM api_keys_state",
        "UPDATE api_keys SET rate = 'often'",
        "UPDATE api_keys SET rulesets = 'null'",
        "UPDATE api_keys SET scopes = 'null'",
        "UPDATE api_keys SET edits = 'null'",
    ],
)
def test_damaged_keys_are_damaged_and_open_no_door(store: KeyStore, url: str, harm: str) -> None:
    store.add(NewKey("booking", "north", ("small",), limit=Limit(1, 1)), NOON)
    run(url, harm)
    with pytest.raises(Damaged):
        store.ring()


def test_a_key_of_a_clinic_that_lost_its_rulesets_sees_none(store: KeyStore, url: str) -> None:
    _, token = store.add(NORTH, NOON)
    run(url, "UPDATE api_keys SET rulesets = '[]'")
    holder = store.ring().holder(token.text)
    assert holder is not None
    assert holder.caller.rulesets == frozenset()


def test_tables_that_are_gone_are_a_fault_of_the_database(store: KeyStore, url: str) -> None:
    run(url, "DROP TABLE api_keys")
    with pytest.raises(Gone):
        store.ring()


def test_a_token_is_read_back_and_no_two_are_the_same() -> None:
    made = [new_token() for _ in range(200)]
    assert len({one.id for one in made}) == len({one.secret for one in made}) == 200
    assert all(read_token(one.text) == one for one in made)
