"""One request as the service follows it, whatever serves it, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import uuid_utils
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from schemas.language_tags import standard
from service.clinical.canonicals import Canonicals
from service.drafting.bench_client import Holder
from service.model.caller import INTERNAL, Caller
from service.model.limit import CountedRequest
from service.pages.draft_bar import DraftBar
from service.web.endpoints import IN_LANGUAGES, Face, deprecation

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
"""The names of this machine for itself."""

_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))


LOCAL = Canonicals("http://127.0.0.1:8000")
"""The canonical URLs where nothing else is set."""


def new_id() -> str:
    """A request id: a UUID of version 7 as a URN."""
    return f"urn:uuid:{uuid_utils.uuid7()}"


View = Callable[..., object]
"""What answers the requests of one endpoint, with what Flask takes from a view."""


class Answer(NamedTuple):
    """An answer to a request, in the form in which Flask takes it from a view, too."""

    content: bytes
    status: int
    headers: list[tuple[str, str]]


def json_answer(content: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer of JSON that nobody keeps."""
    return Answer(
        content, status, [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *headers]
    )


@dataclass(frozen=True, slots=True)
class Saves:
    """Files of a draft by plan name, each with its new text (None: it is taken away), to be saved together.

    Saved they are if each still has the tag of ``matching`` (None: it must not be there). ``then``: the
    address to go on to.
    """

    changes: Mapping[str, str | None]
    matching: Mapping[str, str | None]
    then: str


@dataclass(slots=True)
class Call:
    """A request: who sends it, what is left of his limit, and what its log line says of it.

    ``headers`` are by their names in lower case; ``client`` is the address of who sends it. ``route`` is the
    template of its path, such as ``/v1/rulesets/<ruleset_id>``; None where no route matched. ``face``: for
    whom what is at its path is; ``canonicals``: the URLs that clinical systems are told.
    """

    method: str
    headers: Mapping[str, str]
    client: str | None = None
    route: str | None = None
    started: float = field(default_factory=perf_counter)
    id: str = field(default_factory=new_id)
    caller: Caller = INTERNAL
    counted: CountedRequest | None = None
    ruleset: str | None = None
    digest: str | None = None
    version: str | None = None
    verdict: str | None = None
    fault: str | None = None
    """Of what kind a fault of ours was that it came to."""
    mistakes: tuple[str, ...] = ()
    """The codes of mistakes that it is answered with, but for those of decisions."""
    is_checked: bool = False
    """Whether the guard has let it pass already."""
    refusal: Answer | None = None
    """Why it can't be answered, known before its view is asked: its body could not be read."""
    span: Any = None
    """Its span, where traces are configured."""
    trace: Mapping[str, str] = field(default_factory=dict)
    """By what its log lines are found from a trace."""
    path: str = ""
    """Its path; never logged, for anything can stand there."""
    draft_bar: DraftBar | None = None
    """The draft whose page is asked for, as pages show it above."""
    signed: Mapping[str, str | None] = field(default_factory=dict)
    """What its log line says of the token with which a hook was called."""
    face: Face = "api"
    canonicals: Canonicals = LOCAL
    saved_nothing: bool = False
    """Whether it is certain that nothing was saved of what it was to change."""
    instead: Callable[[], object] | None = None
    """What answers it in place of its view, once it is known who asks."""
    holder: Holder | None = None
    """In the process that holds a draft: how the draft stands."""
    saves: Saves | None = None
    """In the process that holds a draft: the files that the answer wants to have saved first."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that its client takes, the best first."""
        header = self.headers.get("accept-language")
        return accepted_languages(header) if header else ()

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine, by one of its names for itself, and nobody passes it on."""
        names_it = _is_this_machine(self.client or "", self.headers.get("host", ""))
        return names_it and not any(one in self.headers for one in _PASSED_ON)

    def decided_by(self, ruleset: str, digest: str) -> None:
        """Note which ruleset this request came to."""
        self.ruleset = ruleset
        self.digest = digest

    def common_headers(self) -> list[tuple[str, str]]:
        """The headers that every answer to it has: its id, what is left of the key's limit, and its end."""
        told = [("X-Request-Id", self.id), ("X-Content-Type-Options", "nosniff")]
        if self.route in IN_LANGUAGES:
            told.append(("Vary", "Accept-Language"))
        told += deprecation(self.method, self.route)
        counted = self.counted
        if counted is not None:
            told.append(("RateLimit-Policy", counted.policy))
            told.append(("RateLimit", f'"key";r={counted.left};t={counted.seconds}'))
        return told


@lru_cache(256)
def _is_this_machine(client: str, host: str) -> bool:
    """Whether an address is this machine's own, and a Host header names it as it names itself."""
    try:
        return ip_address(client).is_loopback and urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


_MOST_LANGUAGES = 20


@lru_cache(256)
def accepted_languages(header: str) -> tuple[str, ...]:
    """The languages of an ``Accept-Language``, the best first; of very many the first."""
    found = parse_accept_header(header, LanguageAccept)
    return tuple([tag for tag, quality in found if quality and standard(tag) is not None][:_MOST_LANGUAGES])


_CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)


def answering(call: Call) -> None:
    """From now on this task, and the threads that work for it, answer this request."""
    _CURRENT.set(call)


def current_call() -> Call | None:
    """The request being answered; None: there is none."""
    return _CURRENT.get()


def this_call() -> Call:
    """The request being answered.

    Raises:
        LookupError: there is none.
    """
    call = _CURRENT.get()
    if call is None:
        raise LookupError("no request is being answered")
    return call
