"""``picoplan keys``: keys on the command line."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.store.api_keys import KeyStore
from service.store.archive import Archive
from service.store.database import Database
from service.store.folders import shipped
from service.store.whereabouts import database_url
from tests.commandline.console import CommandOutput, in_a_pipe, picoplan
from tests.commandline.samples import write_small
from tests.store.made import NOON, edition


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the ruleset "small", its database beside it."""
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", f"sqlite:///{tmp_path / 'keys.sqlite3'}")
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path)
    return tmp_path


def keys(clinic: Path, *arguments: str) -> CommandOutput:
    where = () if "--rulesets" in arguments else ("--rulesets", "rulesets")
    return picoplan("keys", *arguments, *where, folder=clinic)


def test_without_a_folder_the_keys_are_those_of_what_serve_serves_without_one(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PICOPLAN_DATABASE_URL")
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(clinic / "data"))
    assert picoplan("keys", "add", "a", "--ruleset", "pico-laser", folder=clinic).code == 0
    served = database_url(shipped()).removeprefix("sqlite:///")
    assert [str(found) for found in (clinic / "data").rglob("*.sqlite3")] == [served]


def test_keys_in_a_database_beside_one_without_are_told_of(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PICOPLAN_DATABASE_URL")
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(clinic / "data"))
    assert "beside it" not in keys(clinic, "add", "house").err
    served = database_url(clinic / "rulesets").removeprefix("sqlite:///")
    (clinic / "rulesets").rename(clinic / "moved")
    for command in (["list", "--json"], ["list"], ["add", "house"]):
        said = keys(clinic, *command, "--rulesets", "moved")
        assert said.code == 0
        assert said.err.splitlines()[0].endswith(" had no key, but databases beside it hold some:")
        assert said.err.splitlines()[1] == f"  {served}"
    assert "beside it" not in keys(clinic, "list", "--rulesets", "moved").err


def store(clinic: Path) -> KeyStore:
    return KeyStore(Database(f"sqlite:///{clinic / 'keys.sqlite3'}"))


def test_add_prints_the_token_alone_and_its_words_beside(clinic: Path) -> None:
    said = keys(clinic, "add", "booking", "--clinic", "north", "--ruleset", "small", "--limit", "5/hour")
    assert said.code == 0
    token = said.out.removesuffix("\n")
    holder = store(clinic).ring().holder(token)
    assert holder is not None
    assert (holder.caller.clinic, holder.caller.rulesets, holder.caller.default_ruleset) == (
        "north",
        {"small"},
        "small",
    )
    assert holder.caller.scopes == {"evaluate", "read"}
    assert str(holder.limit) == "5/hour"
    first, second, third, fourth = said.err.splitlines()
    assert first == f'Key {holder.caller.key} "booking" is the clinic north\'s.'
    assert second == "Rulesets: small (by default small). Scopes: evaluate, read. Limit: 5/hour."
    assert third.endswith("the token is shown this once.")
    assert fourth == "It is the first key: from now on the service asks every request for one."
    assert token.rpartition("_")[2] not in said.err
    assert "first key" not in keys(clinic, "add", "another").err


def test_add_as_a_script_catches_it(clinic: Path) -> None:
    said = in_a_pipe("keys", "add", "house", "--scope", "operate", "--rulesets", "rulesets", folder=clinic)
    assert said.code == 0
    assert store(clinic).ring().holder(said.out.strip()) is not None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a", "--clinic", "north"], "a clinic's key must name at least one ruleset: say --ruleset"),
        (
            ["a", "--ruleset", "smal"],
            'there is no ruleset "smal", and none of that id ever served. Did you mean "small"?',
        ),
        (["a", "--default", "smal"], 'Did you mean "small"?'),
        (["a", "--ruleset", "other"], '"pico-laser", "small" or "tattoo-kirby-desai".'),
        (["a", "--scope", "reed"], "Invalid value for '--scope'"),
        (["a", "--clinic", "north", "--ruleset", "small", "--scope", "edit"], "say --for"),
        (["a", "--for", "small"], "add --scope edit"),
        (["a", "--limit", "5/fortnight"], "such as 600/minute"),
        (["a", "--clinic", "North"], "lower-case letters"),
        (["", "--clinic", "north", "--ruleset", "small"], "a key needs a name"),
        (["a", "--rulesets", "nowhere", "--ruleset", "small"], 'there is no ruleset "small"'),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_a_key_that_can_not_be_added_is_one_line(clinic: Path, arguments: list[str], says: str) -> None:
    said = keys(clinic, "add", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert says in said.err
    assert store(clinic).all_keys() == ()


def test_a_ruleset_that_once_served_is_known_though_its_folder_is_elsewhere(clinic: Path) -> None:
    Archive(Database(f"sqlite:///{clinic / 'keys.sqlite3'}")).publish(edition(ruleset="gone"), NOON)
    assert keys(clinic, "add", "a", "--ruleset", "gone").code == 0


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (["core"], "north-core builds on core, so no clinic's key may change it: name a ruleset of the "),
        (["pico-laser"], "pico-laser comes with picoplan and can only be built upon: name a ruleset"),
        (["core", "north-core"], ""),
        (["north-core", "new"], ""),
    ],
)
def test_no_clinics_key_changes_what_others_build_on(clinic: Path, named: list[str], says: str) -> None:
    archive = Archive(Database(f"sqlite:///{clinic / 'keys.sqlite3'}"))
    header = {"core/ruleset.yaml": "id: core\n"}
    archive.publish(edition(ruleset="core", files=header), NOON)
    upon = {**header, "north-core/ruleset.yaml": "id: north-core\n"}
    archive.publish(edition("2.0.0", ruleset="north-core", files=upon), NOON)
    said = keys(
        clinic, "add", "a", "--clinic", "north", "--scope", "edit", *(f"--for={one}" for one in named)
    )
    assert said.code == (2 if says else 0), said.err
    assert says in said.err
    assert bool(store(clinic).all_keys()) is (not says)


def test_a_name_that_is_taken_is_one_line(clinic: Path) -> None:
    keys(clinic, "add", "booking")
    said = keys(clinic, "add", "booking")
    assert (said.code, said.out) == (2, "")
    assert 'there is a key "booking" already' in said.err


def test_list_shows_every_key_and_never_a_secret(clinic: Path) -> None:
    assert keys(clinic, "list").err.startswith("There are no keys in ")
    token = keys(clinic, "add", "booking", "--clinic", "north", "--ruleset", "small").out.strip()
    keys(clinic, "add", "house", "--scope", "operate", "--limit", "5/hour")
    key_id = token.split("_")[1]
    keys(clinic, "revoke", key_id)
    said = keys(clinic, "list")
    head, first, second = said.out.splitlines()
    assert head.split("  ")[0] == "key"
    assert first.split()[:6] == [key_id, "booking", "north", "small", "evaluate,", "read"]
    assert first.count("UTC") == 0
    assert first.count(":") == 2, "when it was created, and when revoked"
    assert "(the house)  all" in second
    lines = [json.loads(line) for line in keys(clinic, "list", "--json").out.splitlines()]
    assert [line.pop("revoked") is None for line in lines] == [False, True]
    assert lines[0].pop("created").endswith("Z")
    assert lines[0] == {
        "id": key_id,
        "name": "booking",
        "clinic": "north",
        "rulesets": ["small"],
        "default_ruleset": "small",
        "scopes": ["evaluate", "read"],
        "edits": [],
        "role": None,
        "limit": None,
    }
    assert lines[1]["limit"] == "5/hour"
    with closing(sqlite3.connect(clinic / "keys.sqlite3")) as database:
        hashes = [row[0] for row in database.execute("SELECT secret_sha256 FROM api_keys")]
    for told in (said.out, json.dumps(lines)):
        assert not any(secret in told for secret in (token.split("_")[2], *hashes))


def test_a_key_that_edits_is_told_and_listed_with_what_it_may_change(clinic: Path) -> None:
    lead = ("--clinic", "north", "--ruleset", "small", "--scope", "edit", "--for", "smal", "--for", "ours")
    said = keys(clinic, "add", "lead", *lead)
    assert said.code == 0
    assert said.err.splitlines()[1:5] == [
        "Rulesets: small, smal, ours. Scopes: edit. Limit: the service's.",
        "It may change: smal, ours.",
        'There is no ruleset "smal" yet: the key may begin it. Did you mean "small"?',
        'There is no ruleset "ours" yet: the key may begin it.',
    ]
    said = keys(clinic, "add", "director", "--ruleset", "ours", "--role", "Medical director")
    assert "It signs as: Medical director." in said.err.splitlines()
    assert keys(clinic, "add", "house", "--scope", "edit", "--scope", "publish").code == 0
    lines = [json.loads(line) for line in keys(clinic, "list", "--json").out.splitlines()]
    assert [(line["edits"], line["role"]) for line in lines] == [
        (["smal", "ours"], None),
        ([], "Medical director"),
        (None, None),
    ]
    head, first, second, third = keys(clinic, "list").out.splitlines()
    assert head.split()[4:8] == ["scopes", "edits", "role", "limit"]
    assert "  edit            smal, ours  " in first
    assert "  Medical director  " in second
    assert "  edit, publish   all  " in third


def test_revoke_ends_a_key_for_good(clinic: Path) -> None:
    token = keys(clinic, "add", "booking").out.strip()
    keys(clinic, "add", "other")
    key_id = token.split("_")[1]
    said = keys(clinic, "revoke", key_id)
    assert (said.code, said.out, said.err) == (0, f'Key {key_id} "booking" is revoked.\n', "")
    assert store(clinic).ring().holder(token) is None
    said = keys(clinic, "revoke", key_id)
    assert (said.code, said.out) == (0, f'Key {key_id} "booking" was revoked before.\n')
    other = next(key.id for key in store(clinic).all_keys() if key.revoked is None)
    assert keys(clinic, "revoke", other).err == (
        "No key is left: every request is refused until one is added.\n"
    )


def test_revoke_of_an_unknown_key_hints_and_repeats_no_token(clinic: Path) -> None:
    token = keys(clinic, "add", "booking").out.strip()
    key_id = token.split("_")[1]
    for meant in ("booking", token, key_id[:-1]):
        said = keys(clinic, "revoke", meant)
        assert (said.code, said.out) == (2, "")
        assert key_id in said.err
        assert token not in said.err
    assert keys(clinic, "revoke", "zzz").err == (
        'picoplan: there is no key of that id. See "picoplan keys list".\n'
    )


def test_a_database_that_can_not_be_had_is_one_line(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
    for arguments in (["add", "a"], ["list"], ["revoke", "a"]):
        said = keys(clinic, *arguments)
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
