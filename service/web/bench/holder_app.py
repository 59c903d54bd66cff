"""The application of a process that holds a draft: the same views as a worker's, over the draft's ruleset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from service.drafting.held_draft import Answers, HeldDraft
from service.drafting.messages import Message
from service.model.ruleset import Ruleset
from service.serving.deciding import Deciding
from service.serving.evaluate import answering_alone
from service.web.bench.completing import HeldCompletion
from service.web.bench.handing_on import answer_message, call_from, environ_of, secrets_from
from service.web.bench.trying import HeldTrying
from service.web.browsers import Browsers
from service.web.call import Answer, View, answering
from service.web.endpoints import ENDPOINTS, PAGES
from service.web.flask_app import PicoplanApp
from service.web.live import Live
from service.web.log import Log
from service.web.metrics import Metrics
from service.web.rate_limiter import RateLimiter
from service.web.telemetry import Telemetry
from service.web.workbench.compare import ComparePages
from service.web.workbench.pages import Pages
from service.web.workbench.workbench import Workbench


class HeldLive(Live):
    """A draft's ruleset in the place of what is live: it answers for every day."""

    def __init__(self, log: Log, held: HeldDraft) -> None:
        super().__init__(log, answering_alone(held.compiled))
        self._files = {name: content.decode(errors="replace") for name, content in held.read.files.items()}

    def files_of(self, _: Ruleset) -> Mapping[str, str]:
        """The texts of the files that the draft rests on."""
        return self._files


def make_holder_app(held: HeldDraft, public_url: str | None, log: Log) -> Answers:
    """What answers for a draft; where it does not compile, what may stand in its files alone."""
    return _HolderApp(held, public_url, log)


class _HolderApp:
    def __init__(self, held: HeldDraft, public_url: str | None, log: Log) -> None:
        telemetry = Telemetry(Metrics(), log)
        self._secrets: tuple[bytes, ...] = ()
        counting = RateLimiter(None, None, log)
        browsers = Browsers(None, lambda _now: self._secrets, counting, public_url)
        pages = Pages(browsers, log)
        views: dict[str, View] = HeldCompletion(held, pages.of_own_form).by_name()
        if held.compiles:
            live = HeldLive(log, held)
            workbench = Workbench(
                live, browsers, None, Deciding(), telemetry, log, held=held, held_pages=[ComparePages]
            )
            views |= {**workbench.by_name(), **HeldTrying(live, held.draft.ruleset).by_name()}
        table = [one for one in (*ENDPOINTS, *PAGES) if one.held and one.name in views]
        self._app = PicoplanApp(log, telemetry, table, views)
        pages.join(self._app)

    def __call__(self, head: dict[str, Any], body: bytes) -> Message:
        """The answer to one request."""
        self._secrets = secrets_from(head)
        call = call_from(head)
        answering(call)
        response = Response.from_app(self._app, environ_of(head, body))
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
        return answer_message(Answer(response.get_data(), response.status_code, headers), call)
