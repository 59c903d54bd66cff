"""The client page: clients ask for themselves, a question at a time. It keeps nothing and knows nobody."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from typing import Any, NamedTuple

from flask import Flask, Response, request

from schemas.language_tags import nearest
from schemas.page_words import PAGE_WORDS
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import INTERNAL
from service.model.limit import Limit
from service.pages.client_form import assessment_of
from service.pages.client_result import client_result
from service.pages.client_steps import CHECK, NOT_SURE, RESULT, Steps, Visit, unpacked, values_of
from service.pages.sealing import seal, unseal
from service.serving.deciding import Deciding, retry_key
from service.serving.refused import Refused
from service.serving.self_checking import SelfCheck, self_check
from service.web.browsers import Browsers
from service.web.call import Answer, View, this_call
from service.web.endpoints import ASK
from service.web.live import Live
from service.web.problems import MEDIA_TYPE, problem
from service.web.rate_limiter import AddressLimiter, RateLimiter
from service.web.telemetry import Telemetry
from service.web.transfer import hashed, tagged
from service.wording.templates import templates_of

PER_ADDRESS = Limit(60, 60)
"""So many requests an address may send, in so many seconds."""

PER_RULESET = Limit(600, 60)
"""So many requests all together may send for one ruleset, in so many seconds."""

_STATIC = {
    "ask.css": "text/css; charset=utf-8",
    "print.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_SEALED = "ask"
_LONGEST_STATE = 200_000
"""A state that travels in a form may have so many characters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rulesets clients may ask for themselves, and which sites may show the page within their own.

    ``counting`` counts the requests of addresses and of rulesets; ``are_kept``: what comes of them is logged.
    """

    rulesets: tuple[str, ...]
    origins: tuple[str, ...]
    counting: RateLimiter
    are_kept: bool = False


class Way(NamedTuple):
    """How a step is reached: by its address, or where that would be too long by sending ``state``."""

    address: str | None
    action: str
    state: str


class ClientPages:
    """The views of the client page."""

    def __init__(
        self, live: Live, browsers: Browsers, asked: Asked, deciding: Deciding, telemetry: Telemetry
    ) -> None:
        self._live = live
        self._browsers = browsers
        self._asked = asked
        self._by_address = AddressLimiter("ask", PER_ADDRESS, lambda: browsers.secrets()[0], asked.counting)
        self._deciding = deciding
        self._telemetry = telemetry
        framing = " ".join(asked.origins) or "'none'"
        self._headers = {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {framing}",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }

    def join(self, app: Flask) -> None:
        """Make all answers below the page's path pages for clients, and count who asks."""
        app.before_request(self._may_ask)
        app.after_request(self._as_page)

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "ask_start": self.start,
            "ask_begins": self.begin,
            "ask_page": self.step,
            "ask_answers": self.answer,
            **dict.fromkeys(("ask_style", "ask_script", "ask_icon"), self.file),
        }

    # -- the pages ----------------------------------------------------------------------------------

    def start(self, ruleset_id: str) -> Response | Answer:
        """What this is, before the first question."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return problem(404)
        language = self._language(compiled, request.args.get("language"))
        visit = Visit(language, compiled.ruleset.digest, CHECK)
        steps = Steps(compiled, visit)
        others = [
            (tag, name, Way(f"{_begin(ruleset_id)}?language={tag}", "", ""))
            for tag, name in steps.other_languages()
        ]
        return self._page(
            "start.html", steps, languages=others, action=_begin(ruleset_id), is_kept=self._asked.are_kept
        )

    def begin(self, ruleset_id: str) -> Response | Answer:
        """Go on to the first question; or to the step of a state that the form holds."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return problem(404)
        state = request.form.get(".state", "")
        if state:
            visit = self._opened(compiled, state, longest=_LONGEST_STATE)
            if visit is None:
                return self._over(ruleset_id)
            return self._answered(compiled, visit) if _is_answer() else self._shown(compiled, visit)
        language = self._language(compiled, request.form.get(".language"))
        visit = Visit(language, compiled.ruleset.digest, CHECK)
        return self._go(compiled, replace(visit, at=Steps(compiled, visit).first()))

    def step(self, ruleset_id: str, token: str) -> Response | Answer:
        """The step that the address opens."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return problem(404)
        visit = self._opened(compiled, token)
        return self._over(ruleset_id) if visit is None else self._shown(compiled, visit)

    def answer(self, ruleset_id: str, token: str) -> Response | Answer:
        """Take an answer, and go on."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return problem(404)
        visit = self._opened(compiled, token)
        return self._over(ruleset_id) if visit is None else self._answered(compiled, visit)

    def file(self) -> Response | Answer:
        """One of the files that pages load."""
        name = request.path.rpartition("/")[2]
        content, tag = self._files[name]
        return tagged(content, tag, _STATIC[name])

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        folder = files("service.web") / "static" / "ask"
        contents = {name: (folder / name).read_bytes() for name in _STATIC}
        return {name: (content, hashed(content)) for name, content in contents.items()}

    # -- a step -------------------------------------------------------------------------------------

    def _shown(self, compiled: CompiledRuleset, visit: Visit) -> Response:
        if visit.digest != compiled.ruleset.digest:  # other rules went live: what still fits is kept
            visit = replace(Steps(compiled, visit).fitting(), digest=compiled.ruleset.digest)
            return self._step(compiled, visit, changed=True)
        return self._step(compiled, visit)

    def _step(self, compiled: CompiledRuleset, visit: Visit, **more: Any) -> Response:
        steps = Steps(compiled, visit)
        if visit.at == RESULT:
            return self._result(steps, compiled)
        if visit.at == CHECK:
            return self._check(steps, compiled, **more)
        return self._question(steps, compiled, **more)

    def _answered(self, compiled: CompiledRuleset, visit: Visit) -> Response:
        if visit.digest != compiled.ruleset.digest:
            return self._shown(compiled, visit)
        steps = Steps(compiled, visit)
        if visit.at in (CHECK, RESULT):
            return self._finished(steps, compiled)
        values = values_of(request.form.items(multi=True))
        mistake = steps.mistake(steps.translated.inputs[visit.at], values)
        if mistake:
            return self._question(steps, compiled, status=422, mistake=mistake, values=values)
        return self._go(compiled, steps.answered(values))

    def _finished(self, steps: Steps, compiled: CompiledRuleset) -> Response:
        """Go on to the result, if there is one; what is still open is asked first."""
        left = steps.open_questions()
        if left:
            return self._go(compiled, replace(steps.visit, at=left[0], changing=True))
        told = self._self_checked(steps, compiled)
        if isinstance(told, Refused):
            return self._check(steps, compiled, told)
        if self._asked.are_kept:
            self._keep(steps, compiled, told)
        return self._go(compiled, replace(steps.visit, at=RESULT, changing=False))

    def _keep(self, steps: Steps, compiled: CompiledRuleset, told: SelfCheck) -> None:
        """Log what decided: of several that were tried the first that came to the verdict."""
        assessment = next(
            (one for one, answer in told.tried if answer["verdict"] == told.answer["verdict"]), None
        )
        if assessment is None:
            return  # nothing could be tried, so nothing was decided
        call, settled = this_call(), threading.Event()
        pending = self._deciding.begin(
            self._live.answering, INTERNAL, self._telemetry.of(call), kind="self_check"
        )
        body = {**self._body(steps, compiled), "assessment": assessment}
        # The same form sent again, as by two clicks, is kept once.
        pending.decide(body, retry_key(INTERNAL, "ask", request.path + request.form.get(".state", "")))
        ticket = pending.hand_in(lambda _: settled.set())
        if ticket is not None and not ticket.settled and not settled.wait(self._deciding.patience):
            pending.give_up(ticket)
        pending.decided(ticket)  # where it can't be logged, the client hears what comes of it all the same

    def _question(self, steps: Steps, compiled: CompiledRuleset, **more: Any) -> Response:
        visit = steps.visit
        here = self._way(compiled, visit)
        before = steps.before()
        back = (
            Way(f"{_begin(compiled.ruleset.id)}?language={visit.language}", "", "")
            if before is None
            else self._way(compiled, replace(visit, at=before, changing=False))
        )
        question = steps.question(
            steps.translated.inputs[visit.at], more.pop("mistake", ""), more.pop("values", None)
        )
        return self._page(
            "question.html",
            steps,
            status=more.pop("status", 200),
            languages=self._languages(steps, compiled),
            question=question,
            not_sure=NOT_SURE,
            back=back,
            changing=visit.changing,
            changed=more.pop("changed", False),
            **_sent(here),
        )

    def _check(
        self,
        steps: Steps,
        compiled: CompiledRuleset,
        refused: Refused | None = None,
        *,
        changed: bool = False,
    ) -> Response:
        visit = steps.visit
        errors = refused.errors if refused is not None else ()
        pointers = {pointer for one in errors for pointer in one.pointers or (one.pointer,)}
        before = steps.before()
        return self._page(
            "check.html",
            steps,
            status=422 if errors else 200,
            languages=self._languages(steps, compiled),
            answers=[
                (one, self._way(compiled, replace(visit, at=one.id, changing=True)))
                for one in steps.answers()
            ],
            back=None if before is None else self._way(compiled, replace(visit, at=before, changing=False)),
            contradictions=[(one.message, ()) for one in errors],
            contradicting={pointer.rpartition("/")[2] for pointer in pointers},
            changed=changed,
            **_sent(self._way(compiled, visit)),
        )

    def _result(self, steps: Steps, compiled: CompiledRuleset) -> Response:
        told = self._self_checked(steps, compiled)
        if steps.open_questions() or isinstance(told, Refused):
            return self._check(steps, compiled, told if isinstance(told, Refused) else None)
        return self._page(
            "result.html",
            steps,
            languages=self._languages(steps, compiled),
            result=client_result(steps.translated, told),
            check=self._way(compiled, replace(steps.visit, at=CHECK)),
            begin=f"{_begin(compiled.ruleset.id)}?language={steps.visit.language}",
        )

    def _self_checked(self, steps: Steps, compiled: CompiledRuleset) -> SelfCheck | Refused:
        body = {
            **self._body(steps, compiled),
            "assessment": assessment_of(compiled.ruleset, steps.known),
        }
        return self_check(self._live.answering, body, steps.visit.not_sure, INTERNAL)

    def _body(self, steps: Steps, compiled: CompiledRuleset) -> dict[str, Any]:
        """A request for the edition whose questions were asked, but for the assessment."""
        ruleset = compiled.ruleset
        return {"ruleset": ruleset.id, "digest": ruleset.digest, "language": steps.visit.language}

    # -- ways ---------------------------------------------------------------------------------------

    def _go(self, compiled: CompiledRuleset, visit: Visit) -> Response:
        """Go on to a step by its address; it is shown at once where it has none."""
        address = self._way(compiled, visit).address
        if address is None:
            return self._shown(compiled, visit)
        return Response(status=303, headers={"Location": address})

    def _way(self, compiled: CompiledRuleset, visit: Visit) -> Way:
        name = compiled.ruleset.id
        data = visit.packed(name, datetime.now(UTC))
        token = seal(self._browsers.secrets()[0], _SEALED, data)
        if token is not None:
            address = f"{_begin(name)}/{token}"
            return Way(address, address, "")
        state = seal(self._browsers.secrets()[0], _SEALED, data, longest=_LONGEST_STATE)
        return Way(None, _begin(name), state or "")

    def _opened(self, compiled: CompiledRuleset, token: str, **longest: int) -> Visit | None:
        data = unseal(self._browsers.secrets(), _SEALED, token, **longest)
        visit = None if data is None else unpacked(data, compiled.ruleset.id, datetime.now(UTC))
        if visit is None:
            return None
        if visit.language not in compiled.by_language:
            visit = replace(visit, language=compiled.ruleset.language)
        return visit

    def _languages(self, steps: Steps, compiled: CompiledRuleset) -> Sequence[tuple[str, str, Way]]:
        return [
            (tag, name, self._way(compiled, replace(steps.visit, language=tag)))
            for tag, name in steps.other_languages()
        ]

    def _language(self, compiled: CompiledRuleset, named: str | None) -> str:
        if named in compiled.by_language:
            return named
        ruleset = compiled.ruleset
        return nearest(this_call().languages, ruleset.languages) or ruleset.language

    def _compiled(self, name: str) -> CompiledRuleset | None:
        """What answers today for a ruleset that clients may ask."""
        answering = self._live.answering
        compiled = answering.snapshot.served.get(name) if name in self._asked.rulesets else None
        return None if compiled is None else answering.on(name, compiled.ruleset.today(datetime.now(UTC)))

    # -- what stands around pages -------------------------------------------------------------------

    def _may_ask(self) -> Answer | None:
        """Nobody may under a name that is not the service's, and nobody more often than the limits say."""
        if not _is_asked():
            return None
        call = this_call()
        client, call.client = call.client, None  # no log line has it
        if request.path.rpartition("/")[2] in _STATIC:
            return None
        if self._browsers.origin(call) is None:
            return problem(403, "There are no pages under this name.")
        wait = self._by_address.count(client)
        name = (request.view_args or {}).get("ruleset_id", "")
        if not wait and name in self._asked.rulesets:
            wait = self._asked.counting.wait(f"ask-{name}", PER_RULESET)
        return problem(429, headers={"Retry-After": str(wait)}) if wait else None

    def _as_page(self, response: Response) -> Response:
        if not _is_asked():
            return response
        if response.mimetype == MEDIA_TYPE:
            response = self._of_problem(response)
        for name, value in self._headers.items():
            if name not in response.headers:
                response.headers[name] = value
        response.headers.add("Vary", "Accept-Language")
        return response

    def _of_problem(self, answer: Response) -> Response:
        status, seconds = answer.status_code, answer.headers.get("Retry-After", "")
        word = {404: "not-there", 403: "not-there", 429: "busy"}.get(status, "fault")
        response = self._notice(word, status, again=request.path if status == 429 else "", seconds=seconds)
        for name in ("Retry-After", "Allow"):
            if name in answer.headers:
                response.headers[name] = answer.headers[name]
        return response

    def _over(self, ruleset_id: str) -> Response:
        """The same for what is too old and for what nobody sealed here."""
        return self._notice("over", 404, begin=_begin(ruleset_id))

    def _notice(
        self, word: str, status: int, *, begin: str = "", again: str = "", seconds: str = ""
    ) -> Response:
        """A page of one sentence, with the way to begin, or to go on where the answers are kept."""
        language = nearest(this_call().languages, tuple(PAGE_WORDS)) or "en"
        says = PAGE_WORDS[language]
        text = (
            templates_of("service.pages")
            .get_template("ask/notice.html")
            .render(
                language=language,
                title=says[f"page-{word}"],
                text=says[f"page-{word}-why"].replace("{seconds}", seconds),
                way=begin or again,
                kept=_answers_sent() if again else (),
                label=says["page-again" if begin else "page-continue"],
            )
        )
        return _html(text, status, language)

    def _page(self, template: str, steps: Steps, status: int = 200, **data: Any) -> Response:
        told = steps.translated
        text = (
            templates_of("service.pages")
            .get_template(f"ask/{template}")
            .render(told=told, say=told.says, language=steps.visit.language, **data)
        )
        return _html(text, status, steps.visit.language)


def _html(text: str, status: int, language: str) -> Response:
    headers = {"Content-Language": language}
    return Response(text, status, headers=headers, content_type="text/html; charset=utf-8")


def _sent(here: Way) -> dict[str, Any]:
    """Where the form of a page is sent, and with what."""
    return {"action": here.action, "state": here.state, "too_long": here.address is None}


def _is_answer() -> bool:
    """Whether a form with a state answers its step, and does not only go there."""
    return ".answers" in request.form


def _answers_sent() -> list[tuple[str, str]]:
    """The fields of a form that was not taken, to be sent again as they are; none where nothing was sent."""
    sent = [(name, value) for name, value in request.form.items(multi=True) if name in _FIELDS]
    return sent if sum(len(value) for _, value in sent) <= _LONGEST_STATE else []


_FIELDS = ("answer", ".state", ".answers", ".language")
"""What forms of the page send."""


def _begin(ruleset_id: str) -> str:
    return f"{ASK}/{ruleset_id}"


def _is_asked() -> bool:
    return request.path.startswith(f"{ASK}/")
