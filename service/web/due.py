"""An answer that goes out once its decision is in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from flask import Response

from service.serving.begun import Begun
from service.serving.waiting import Ticket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Settle = Callable[["DueResponse", Ticket], None]


class DueResponse(Response):
    """The answer to a request, made before its decision is logged."""

    ended: Callable[[int], None]
    """Is called with its status before it goes out, by any thread. It is set once the request is followed."""

    def __init__(self, begun: Begun, headers: Sequence[tuple[str, str]], settle: Settle) -> None:
        """``settle`` makes it what it is to be, now that its ticket is settled. Any thread calls it."""
        super().__init__(begun.answer.content, 200, headers)
        self.begun = begun
        self.settle = settle

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Due:  # noqa: ARG002 - WSGI
        """The body that is due; it starts the response when it is."""
        return Due(self, start_response)


class Due:
    """The body of an answer that is due once its decision is logged.

    To any server it is a body that takes its time. A server that knows it hands it in, and takes it when its
    ticket is settled: no thread waits meanwhile.
    """

    def __init__(self, response: DueResponse, start_response: StartResponse) -> None:
        self._response = response
        self.start_response = start_response

    def hand_in(self, then: Callable[[Ticket], None]) -> Ticket:
        """Have the decision logged; see ``Recorder.hand_in``."""
        return self._response.begun.hand_in(then)

    def give_up(self, ticket: Ticket) -> None:
        """Wait no longer for the log."""
        self._response.begun.give_up(ticket)

    def asks_first(self, ticket: Ticket) -> bool:
        """Whether taking it takes its time, for the log has to be asked."""
        return self._response.begun.asks_first(ticket)

    def take(self, ticket: Ticket) -> bytes:
        """Start the response, now that the ticket is settled; its body, whole."""
        response = self._response
        response.settle(response, ticket)
        response.ended(response.status_code)
        self.start_response(response.status, response.headers.to_wsgi_list())
        return response.get_data()

    def __iter__(self) -> Iterator[bytes]:
        """Wait until it is due."""
        yield self.take(self._response.begun.waited())
