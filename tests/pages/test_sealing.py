"""Answers in an address: of one length for many, and opened only by who sealed them."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pages.sealing import LONGEST, seal, unseal

KEY, OTHER = secrets.token_bytes(32), secrets.token_bytes(32)


def sealed(data: bytes, key: bytes = KEY) -> str:
    """The token of data that is short enough."""
    token = seal(key, "try", data)
    assert token is not None
    return token


@given(st.binary(max_size=1_500))
def test_what_is_sealed_comes_out_as_it_was(data: bytes) -> None:
    assert unseal((OTHER, KEY), "try", sealed(data)) == data


def test_nothing_of_it_can_be_read_and_its_length_says_little() -> None:
    tokens = [sealed(b"age=40"), sealed(b"age=40"), sealed(b"gold therapy: yes, pregnant: no")]
    assert len(set(tokens)) == 3
    assert len({len(token) for token in tokens}) == 1


@pytest.mark.parametrize("place", [0, 20, -1])
def test_one_letter_changed_opens_nothing(place: int) -> None:
    token = sealed(b"age=40")
    letter = "A" if token[place] != "A" else "g"
    changed = token[:place] + letter + (token[place + 1 :] if place != -1 else "")
    assert unseal((KEY,), "try", changed) is None


def test_another_key_or_another_purpose_opens_nothing() -> None:
    token = sealed(b"age=40")
    assert unseal((OTHER,), "try", token) is None
    assert unseal((KEY,), "ask", token) is None


@pytest.mark.parametrize("token", ["", "x", "ä", "=" * 40, "A" * (LONGEST + 1), "A" * 200])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert unseal((KEY,), "try", token) is None


def test_what_is_too_long_for_an_address_gets_no_token() -> None:
    assert seal(KEY, "try", secrets.token_bytes(LONGEST)) is None
