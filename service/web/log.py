"""The log: JSON lines. No line holds a body, a query string or a value of an assessment."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

from service.web.call import current_call


class Log:
    """Takes what happens, an event with its details; nobody who no longer reads it takes the service down.

    Each line bears its process; one that is written while a request is answered its id and trace. Those of
    one turn of an event loop may be written ``together``, for each write gives way to other threads.
    """

    def __init__(self, stream: BinaryIO, *, together: bool = False) -> None:
        self._stream = stream
        self._together = together
        self._waiting: list[bytes] = []

    def info(self, event: str, **details: object) -> None:
        """As it should be."""
        self._tell("info", event, details)

    def warning(self, event: str, **details: object) -> None:
        """As it need not be."""
        self._tell("warning", event, details)

    def error(self, event: str, **details: object) -> None:
        """Something failed."""
        self._tell("error", event, details)

    def _tell(self, level: str, event: str, line: dict[str, object]) -> None:
        line["event"] = event
        line["process"] = os.getpid()
        call = current_call()
        if call is not None:
            line.setdefault("request_id", call.id)
            line.update(call.trace)
        line["level"] = level
        line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        written = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        try:
            loop = asyncio.get_running_loop() if self._together else None
        except RuntimeError:
            loop = None
        if loop is None:
            self._write([written])
            return
        if not self._waiting:
            loop.call_soon(self._write_waiting)
        self._waiting.append(written)

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._write(waiting)

    def _write(self, lines: Iterable[bytes]) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(b"".join(lines))
            self._stream.flush()


def open_log(stream: BinaryIO | None = None) -> Log:
    """A log that writes to ``stream``, or to standard error, there some lines together."""
    return Log(sys.stderr.buffer, together=True) if stream is None else Log(stream)


def frames(error: BaseException) -> list[str]:
    """Where a fault came from, innermost last. Its message stays out: it may hold what a client sent."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]


class JsonLines(logging.Handler):
    """What libraries log, as JSON lines; of an exception its kind and origin, never its message."""

    def __init__(self, lines: Log) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one line."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            self._lines.warning("server", says=record.getMessage())
        else:
            self._lines.error("server fault", fault=type(error).__qualname__, at=frames(error))
