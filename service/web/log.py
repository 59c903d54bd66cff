"""The log: JSON lines. No line holds a body, a query string or a value of an assessment."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from typing import BinaryIO

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from service.web.call import current_call

Log = FilteringBoundLogger


class _LineLogger(structlog.BytesLogger):
    """One write for each line; a log that nobody reads any more does not take the service down."""

    def msg(self, message: bytes) -> None:
        try:
            super().msg(message)
        except (OSError, ValueError):
            return

    log = debug = info = warning = error = critical = msg


def open_log(stream: BinaryIO | None = None) -> Log:
    """A log that writes to ``stream`` (None: standard error)."""
    log: Log = structlog.wrap_logger(
        _LineLogger(sys.stderr.buffer if stream is None else stream),
        processors=[
            _of_whom,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    ).bind()
    return log


def _of_whom(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Every line bears its process; one that is written while a request is answered its id and trace."""
    line["process"] = os.getpid()
    call = current_call()
    if call is not None:
        line.setdefault("request_id", call.id)
        line.update(call.trace)
    return line


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
            self._lines.log(record.levelno, "server", says=record.getMessage())
        else:
            self._lines.error("server fault", fault=type(error).__qualname__, at=frames(error))
