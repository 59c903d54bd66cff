"""Messages between processes: they come as they were sent, or not at all."""

import socket
import struct
from pathlib import Path

import pytest

from service.drafting.messages import MOST_BYTES, Message, NoAnswer, ask, packed, receive


def test_a_message_comes_as_it_was_sent() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(packed({"says": "ä", "number": 1}, b"\x00body") + packed({}))
        assert receive(other) == Message({"says": "ä", "number": 1}, b"\x00body")
        assert receive(other) == Message({}, b"")
        one.close()
        assert receive(other) is None


def test_a_message_that_breaks_off_is_none() -> None:
    one, other = socket.socketpair()
    with other:
        with one:
            one.sendall(packed({"says": "much"})[:-1])
        assert receive(other) is None


def test_a_message_that_is_too_large_is_not_read() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(struct.pack("!II", 2, MOST_BYTES + 1))
        with pytest.raises(NoAnswer):
            receive(other)


def test_who_does_not_listen_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        ask(tmp_path / "nobody", Message({}), 1)
