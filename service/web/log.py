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
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from service.web.call import current_call

Log = FilteringBoundLogger


class _Lines:
    """Writes lines; a log that nobody reads any more does not take the service down.

    Those of one turn of an event loop are written together, for each write gives way to other threads.
    """

    def __init__(self, stream: BinaryIO, *, together: bool) -> None:
        self._stream = stream
        self._together = together
        self._waiting: list[bytes] = []

    def msg(self, line: bytes) -> None:
        """Write one line."""
        try:
            loop = asyncio.get_running_loop() if self._together else None
        except RuntimeError:
            loop = None
        if loop is None:
            self._write([line])
            return
        if not self._waiting:
            loop.call_soon(self._write_waiting)
        self._waiting.append(line)

    log = debug = info = warning = error = critical = msg

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._write(waiting)

    def _write(self, lines: Iterable[bytes]) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(b"".join([line + b"\n" for line in lines]))
            self._stream.flush()


def open_log(stream: BinaryIO | None = None) -> Log:
    """A log that writes to ``stream``, or to standard error, there some lines together."""
    log: Log = structlog.wrap_logger(
        _Lines(sys.stderr.buffer, together=True) if stream is None else _Lines(stream, together=False),
        processors=[_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    ).bind()
    return log


def _line(_logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    """The line. Each bears its process; one that is written while a request is answered its id and trace."""
    event["process"] = os.getpid()
    call = current_call()
    if call is not None:
        event.setdefault("request_id", call.id)
        event.update(call.trace)
    event["level"] = "warning" if method == "warn" else method
    event["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps(event)


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
