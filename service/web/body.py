"""A request's body -> JSON data, or why it can't be read. Never reads more than the limit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gunicorn.http.errors import ParseException

from service.model import exact_json
from service.model.exact_json import TEXT_START, TextPlace

MOST_BYTES = 64 * 1024
MOST_DEPTH = 32


@dataclass(frozen=True, slots=True)
class UnreadableBody:
    """The body is no JSON that this service reads; ``accepts``: the content types that it takes."""

    status: int
    code: str
    message: str
    hint: str
    accepts: str = "application/json"


TOO_LARGE = UnreadableBody(
    413, "too-large", f"The body is larger than {MOST_BYTES} bytes.", "Send one assessment a request."
)
NOT_JSON = "not-json"
EMPTY = UnreadableBody(400, NOT_JSON, "The body is empty.", 'Send {"ruleset": ..., "assessment": {...}}.')
_TOO_DEEP = UnreadableBody(
    400, "too-deep", f"The body is nested more than {MOST_DEPTH} deep.", "Send a flat assessment."
)
_TWICE = UnreadableBody(400, "duplicate-member", "The body names a member twice.", "Send each member once.")
_CUT = UnreadableBody(400, "not-whole", "The body ended before its end.", "Send the whole body.")
_SLOW = UnreadableBody(408, "too-slow", "The body did not come in time.", "Send the request again.")
_TYPE = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be JSON in UTF-8.",
    "Send the header Content-Type: application/json, and no Content-Encoding.",
)


def read_json(environ: dict[str, Any]) -> object | UnreadableBody:
    """The body of a WSGI request as JSON data. A member named twice is refused, not silently dropped."""
    if not is_json(environ):
        return _TYPE
    raw = read_bytes(environ)
    return raw if isinstance(raw, UnreadableBody) else parse(raw)


def parse(raw: bytes, begins: TextPlace = TEXT_START) -> object | UnreadableBody:
    """JSON data from its bytes; ``begins``: where they begin in what was sent."""
    if not raw:
        return EMPTY
    return TOO_LARGE if len(raw) > MOST_BYTES else parse_of_any_size(raw, begins)


def parse_of_any_size(raw: bytes, begins: TextPlace = TEXT_START) -> object | UnreadableBody:
    """The same, however many bytes there are."""
    try:
        data: object = exact_json.read_json(raw, MOST_DEPTH)
    except exact_json.NotJson as why:
        line, column = begins.then(why.place)
        message = f"The body is not JSON at line {line}, column {column}."
        return UnreadableBody(400, NOT_JSON, message, "Send JSON in UTF-8. NaN and Infinity are not JSON.")
    except exact_json.TooDeep:
        return _TOO_DEEP
    except exact_json.NamedTwice:
        return _TWICE
    return data


def is_json(environ: dict[str, Any]) -> bool:
    """Whether a WSGI request says that its body is JSON in UTF-8, as it is."""
    if environ.get("CONTENT_TYPE") == "application/json" and "HTTP_CONTENT_ENCODING" not in environ:
        return True
    kind = media_type(environ)
    named = kind.removeprefix("application/")
    return kind.startswith("application/") and (
        named == "json" or (named.endswith("+json") and len(named) > len("+json"))
    )


def media_type(environ: dict[str, Any]) -> str:
    """The media type of a WSGI request's body; empty where the body is encoded, or not in UTF-8."""
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        return ""
    kind, *parameters = [part.strip().lower() for part in environ.get("CONTENT_TYPE", "").split(";")]
    charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
    return kind if all(charset in ("utf-8", "utf8") for charset in charsets) else ""


def read_bytes(
    environ: dict[str, Any], most: int = MOST_BYTES, too_large: UnreadableBody = TOO_LARGE
) -> bytes | UnreadableBody:
    """The body of a WSGI request, which may have ``most`` bytes; or why it can't be had whole."""
    length = environ.get("CONTENT_LENGTH")
    if not length and not environ.get("wsgi.input_terminated"):
        return b""  # a server that does not say where the body ends, and a client that does not either
    wanted = int(length) if length else most + 1
    if length and wanted > most:
        return too_large
    try:
        raw: bytes = environ["wsgi.input"].read(wanted)
    except BlockingIOError:
        return _SLOW
    except (ParseException, OSError):
        return _CUT
    if len(raw) > most:
        return too_large
    return _CUT if length and len(raw) < wanted else raw


HEADER = "Idempotency-Key"

PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""What a key looks like."""

_KEY = re.compile(PATTERN)
_BAD = UnreadableBody(
    400,
    "bad-idempotency-key",
    "The Idempotency-Key must have 1 to 255 characters of ASCII.",
    "Send a new UUID with each new request.",
)


def idempotency_key(environ: dict[str, Any]) -> str | UnreadableBody | None:
    """The key of a WSGI request, None where it has none."""
    sent = environ.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        return None
    return str(sent) if _KEY.fullmatch(sent) else _BAD
