"""Requests and answers over HTTP, with retries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError

from picoplan_client.error import PicoplanError

AGAIN = frozenset((408, 429, 502, 503, 504))
"""The statuses after which the same request is sent again; the gateway's say that no answer came."""

LONGEST_WAIT_S = 60
"""So long at most is waited before a request is sent again, whatever ``Retry-After`` says."""

OnHeaders = Callable[[Mapping[str, str]], object]


class Transport:
    """Sends requests to one service; several threads may use it at once."""

    def __init__(
        self, url: str, key: str | None, timeout: float, retries: int, on_headers: OnHeaders | None
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {} if key is None else {"Authorization": f"Bearer {_token(key)}"}
        self._on_headers = on_headers
        self._pool = PoolManager(maxsize=8, timeout=Timeout(connect=timeout, read=timeout))
        self._retries = Retry(
            total=retries,
            redirect=False,
            allowed_methods=None,
            status_forcelist=AGAIN,
            backoff_factor=0.5,
            backoff_jitter=0.5,
            backoff_max=LONGEST_WAIT_S,
            retry_after_max=LONGEST_WAIT_S,
            raise_on_status=False,
        )

    def close(self) -> None:
        """Close its connections."""
        self._pool.clear()

    def json(
        self, method: str, path: str, body: Mapping[str, object] | None = None, key: str | None = None
    ) -> Any:
        """What is answered to a body; ``key`` is the idempotency key.

        Raises:
            PicoplanError: any other answer, or none, after all retries.
        """
        content = None if body is None else written(body)
        response = self._sent(method, path, content, "application/json", key, self._retries)
        return _answer(response)

    def lines(self, path: str, lines: list[bytes], key: str) -> list[Any]:
        """What is answered to each of some lines.

        All are sent again with the same idempotency key while one of them could not be decided for the
        moment, or was not answered at all: what was decided is told again.

        Raises:
            PicoplanError: they were refused as a whole, or not all were answered, after all retries.
        """
        body = b"\n".join(lines)
        left = self._retries
        while True:
            response = self._sent("POST", path, body, "application/x-ndjson", key, left)
            told: list[Any] = _answer(response, _JSON.decode_lines)
            is_whole = len(told) == len(lines)
            if is_whole and not any(one.get("status") in AGAIN for one in told):
                return told
            try:
                left = (response.retries or left).increment("POST", path, response)
            except MaxRetryError:
                if is_whole:
                    return told
                raise PicoplanError(None, "Not every line was answered.") from None
            left.sleep(response)

    def _sent(
        self, method: str, path: str, body: bytes | None, media: str, key: str | None, retries: Retry
    ) -> BaseHTTPResponse:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = media
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            response = self._pool.request(
                method, self._url + path, body=body, headers=headers, retries=retries, redirect=False
            )
        except HTTPError as error:
            reason = error.reason if isinstance(error, MaxRetryError) else error
            # Its text may hold a piece of an answer that came in pieces.
            raise PicoplanError(None, f"No answer came: {type(reason).__name__}.") from None
        if self._on_headers is not None:
            self._on_headers(response.headers)
        return response


def _token(key: str) -> str:
    """The key without the white space around it, such as the end of the line of a file.

    Raises:
        ValueError: it can't be sent. The text does not hold it.
    """
    token = key.strip()
    if not all("!" <= one <= "~" for one in token):
        raise ValueError("The key has a character that no key has.")
    return token


_JSON = Decoder(float_hook=Decimal)
"""Reads a whole number as an int, any other as an exact Decimal."""

_WRITER = Encoder(decimal_format="number")


def written(body: Mapping[str, object]) -> bytes:
    """A body as JSON, a Decimal as the number that it is.

    Raises:
        TypeError: it holds what JSON has not.
        ValueError: it holds a number that JSON has not, such as NaN.
    """
    if _holds_no_number(body):
        raise ValueError("JSON has no such number.")
    return _WRITER.encode(body)


def _holds_no_number(value: object) -> bool:
    """Whether NaN or an infinity is in it: the writer would make null of it, which says "not given"."""
    if isinstance(value, float):
        return not isfinite(value)
    if isinstance(value, Mapping):
        return any(map(_holds_no_number, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_no_number, value))


def _answer(response: BaseHTTPResponse, read: Callable[[bytes], Any] = _JSON.decode) -> Any:
    try:
        if response.status == 200:
            return read(response.data)
        problem = _JSON.decode(response.data)
    except DecodeError:
        problem = None
    raise PicoplanError.of(response.status, problem)
