"""The public keys of clients: whole, soon, from their own address alone, and not asked for over and over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.reading.hook_clients import BadClients, read_hook_clients
from service.web.hook_clients import MOST_BYTES, ClientKeys, NoToken, fetched
from tests.web.hook_signing import Published, Signer, publishing


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    with publishing(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        yield found


def test_keys_are_had_from_their_address_and_nobody_is_followed_elsewhere(published: Published) -> None:
    published.content = json.dumps(Signer().jwks()).encode()
    assert json.loads(fetched(published.address)) == json.loads(published.content)
    published.status, published.location = 302, published.address.replace("jwks", "other")
    with pytest.raises(OSError, match="302"):
        fetched(published.address)
    assert published.asked == 2


def test_too_many_bytes_are_not_taken(published: Published) -> None:
    published.content = b" " * (MOST_BYTES + 1)
    with pytest.raises(ValueError, match="bytes"):
        fetched(published.address)


def test_an_unknown_key_is_looked_for_once_a_minute() -> None:
    asked = []

    def fetch(where: str) -> bytes:
        asked.append(where)
        return json.dumps(Signer().jwks()).encode()

    keys = ClientKeys("https://ehr.example/jwks.json", fetch)
    assert keys.of("one-ES384") is not None
    for _ in range(5):
        with pytest.raises(NoToken):
            keys.of("another")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clients: []", "must have a list of clients"),
        ("clients:\n  - {iss: https://e.example/}", "jwks is missing"),
        (
            "clients:\n  - {iss: a, jwks: http://e.example/j, rulesets: [a], clinic: n}",
            "must begin with https",
        ),
        (
            "clients:\n  - {iss: a, jwks: https://e.example, rulesets: [a], clinic: n, algorithms: [HS384]}",
            '"HS384" is not taken',
        ),
        (
            "clients:\n  - {iss: a, jwks: https://e.example/j, rulesets: [a], clinic: n, algorithms: [none]}",
            '"none" is not taken',
        ),
        ("clients:\n  - {iss: a, jwks: https://e.example/j, rulesets: [a]}", "clinic is missing"),
        (
            "clients:\n  - {iss: a, jkws: https://e.example/j, rulesets: [a], clinic: n}",
            'Did you mean "jwks"?',
        ),
    ],
)
def test_a_mistake_in_the_file_of_clients_is_told_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadClients) as told:
        read_hook_clients(file)
    assert says in str(told.value)
    assert str(file) in str(told.value)
