from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from service.web.body import MOST_BYTES
from service.web.ndjson import MOST_AT_HAND, BodyLine, BodyLines, Spool


@pytest.fixture
def lines() -> Iterator[BodyLines]:
    found = BodyLines()
    yield found
    found.close()


def taken(lines: BodyLines, most: int = 100) -> list[BodyLine]:
    """All that can be taken."""
    found: list[BodyLine] = []
    while more := lines.take(most):
        assert len(more) <= most
        found += more
    return found


def test_however_bytes_come_their_lines_are_the_same_with_the_same_numbers() -> None:
    draw = random.Random(3)
    for _ in range(60):
        texts = [b"x" * draw.choice((0, 0, 1, 5, 900, MOST_BYTES, MOST_BYTES + 1)) for _ in range(40)]
        ends = [draw.choice((b"\n", b"\r\n")) for _ in texts]
        data = b"".join(text + end for text, end in zip(texts, ends, strict=True)) + b"last"
        lines, found = BodyLines(), []
        at = 0
        while at < len(data):
            size = draw.choice((1, 7, 5_000, 200_000))
            lines.add(data[at : at + size])
            at += size
            if draw.random() < 0.3:
                found += taken(lines, draw.randint(1, 50))
        found += taken(lines)
        assert [line.raw for line in found[-1:]] != [b"last"], "it has no end yet"
        lines.end()
        found += taken(lines)
        wanted = [
            BodyLine(number, text if len(text) <= MOST_BYTES else None)
            for number, text in enumerate([*texts, b"last"], 1)
            if text
        ]
        assert found == wanted
        lines.close()


def test_what_is_taken_at_once_is_bounded_in_bytes_and_number(lines: BodyLines) -> None:
    lines.add((b"x" * 50_000 + b"\n") * 100)
    assert sum(len(line.raw or b"") for line in lines.take(100)) < 2 * MOST_AT_HAND
    assert len(lines.take(2)) == 2


def test_a_flood_of_blank_lines_fills_what_is_at_hand(lines: BodyLines) -> None:
    lines.add(b"\n" * MOST_AT_HAND)
    assert lines.is_full
    assert lines.take(1) == []
    assert not lines.is_full


def test_a_line_without_an_end_is_not_kept_past_its_bound(lines: BodyLines) -> None:
    for _ in range(100):
        lines.add(b"x" * MOST_BYTES)
        assert not lines.is_full
        assert lines.take(1) == []
    lines.add(b"\n{}\n")
    assert taken(lines) == [BodyLine(1, None), BodyLine(2, b"{}")]


def test_what_waits_goes_to_the_disk_and_the_file_is_emptied_once_it_is_read() -> None:
    spool, whole = Spool(), b""
    for number in range(100):
        data = bytes([number]) * 10_000
        spool.write(data)
        whole += data
    assert spool._file._rolled  # type: ignore[attr-defined]
    read = b""
    while len(spool):
        read += spool.read(33_333)
    assert read == whole
    spool._file.seek(0, 2)
    assert spool._file.tell() == 0
    spool.write(b"again")
    assert spool.read(10) == b"again"
    spool.close()
