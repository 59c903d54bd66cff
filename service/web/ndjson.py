"""NDJSON in, NDJSON out: each line is answered while the lines after it still come.

There are three kinds of clients. One sends and reads at the same time. One sends all of its lines before it
reads the first answer: so this reads on, into a file where need be, whenever answers can't be sent, and
sends no more at once than can be sent without waiting. And one waits for each answer before it sends the
next line: so this never waits for more while there is a line that it could answer.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from service.web.body import TOO_LARGE, parse
from service.web.incoming import Incoming, LetGo, Stopping
from service.web.items import Item, Items, Told
from service.web.lines import Line, Lines
from service.web.turns import turns_taken_often

NDJSON = "application/x-ndjson"
TAKEN_AS_NDJSON = frozenset((NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"))

MOST_TOGETHER = 250
"""So many lines are decided and logged together, where as many are there."""

_NOT_LOGGED = b',"logged":false}'


class BrokenOff(ConnectionResetError):
    """The stream can't end as it should: the connection is closed without the mark of a whole answer."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the stream breaks off")


def stream(body: Incoming, items: Items, stopping: Stopping) -> Iterator[bytes]:
    """The answers in pieces, in the order of the lines.

    Raises:
        BrokenOff: the body broke off, the client did nothing for too long, the disk is full or the service
            stops. What is told until then holds.
    """
    lines = Lines()
    why = "the client went away"
    try:
        yield b""  # the headers go out: a client may wait for them before it sends anything
        yield from _answers(body, lines, items, stopping)
        why = "the body broke off" if body.broken else ""
    except LetGo:
        why = "the service stops" if stopping.is_over() else "the client did nothing for too long"
    except OSError as error:
        why = f"what comes can't be kept: {error.strerror}"
    except Exception:
        why = "a fault of ours"
        raise
    finally:
        lines.close()
        items.log_end(why)
    if why:
        raise BrokenOff


def _answers(body: Incoming, lines: Lines, items: Items, stopping: Stopping) -> Iterator[bytes]:
    while True:
        _read_what_is_there(body, lines)
        group = lines.take(MOST_TOGETHER)
        if group:
            with turns_taken_often():
                content = _content(items.answered(_read(group)))
            yield from _sent(content, body, lines)
        elif body.ended:
            return
        elif not lines.is_full:
            body.until_readable()
        if stopping.is_over():
            raise LetGo


def _read_what_is_there(body: Incoming, lines: Lines) -> None:
    while not (body.ended or lines.is_full):
        data = body.now()
        if not data and not body.ended:
            return
        lines.add(data)
    if body.ended and not body.broken:
        lines.end()


def _read(group: Sequence[Line]) -> list[Item]:
    return [Item(line.number, TOO_LARGE if line.raw is None else parse(line.raw)) for line in group]


def _content(told: Sequence[Told]) -> bytes:
    """The lines of the answer; one that is not safely logged says so as its last member."""
    lines = [one.content if one.logged else one.content[:-1] + _NOT_LOGGED for one in told]
    lines.append(b"")
    return b"\n".join(lines)


def _sent(content: bytes, body: Incoming, lines: Lines) -> Iterator[bytes]:
    """Pieces of the content, each as soon as it can be sent without waiting; meanwhile more is read."""
    size = body.piece
    for begin in range(0, len(content), size):
        while not body.until_writable(or_readable=lines.takes_more):
            lines.add(body.now())
        yield content[begin : begin + size]
