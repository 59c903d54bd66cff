"""Try a client: the questions as a form, the answer beside it, and a real decision once that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from service.model.ruleset import Rule, Ruleset
from service.pages.client_form import assessment_of, client_form, counting, filled_by
from service.pages.client_result import MAY_BE_TOLD, client_result
from service.pages.client_steps import as_clients_read
from service.pages.verdict import WhyNot, rules_called, verdict_view, why_not
from service.serving.deciding import Deciding, retry_key
from service.serving.outcome import Failed, Outcome
from service.serving.refused import Refused
from service.serving.self_checking import SelfCheck
from service.serving.tabulating import try_one
from service.serving.trying import scenario_text
from service.serving.what_if import answers_that_fire, what_if
from service.web.call import Answer, View, this_call
from service.web.endpoints import WORKBENCH
from service.web.evaluating import failed
from service.web.live import Live
from service.web.log import Log
from service.web.problems import problem, refused
from service.web.telemetry import Telemetry
from service.web.workbench.clients import BEGUN, Client, Clients, Rules, filled_in, moved, of_no_question
from service.web.workbench.pages import Pages, go_to, is_htmx
from service.wording.answers import VERDICT_WORDS, Answered, answered, range_words
from service.wording.labels import Labels
from service.wording.phrases import day_in_words

_MOST_CHANGES = 6
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class _OtherAnswer:
    """What another answer would come to, and the address of the client with it."""

    what: str
    comes_to: str
    link: str


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """What "why not" found: rules, of ``count`` the first; or why the one does not fire, and what does it.

    Each of ``answers`` is in labels, with the address of the client who answers so.
    """

    rules: tuple[Rule, ...]
    count: int
    why: WhyNot | None = None
    answers: tuple[tuple[tuple[Answered, ...], str | None], ...] = ()


class TryPages:
    """The views of these pages."""

    def __init__(
        self,
        live: Live,
        pages: Pages,
        clients: Clients,
        deciding: Deciding,
        telemetry: Telemetry,
        log: Log,
        *,
        logged: bool,
    ) -> None:
        """``logged``: decisions are logged, so that a client can be put on record."""
        self._live = live
        self._pages = pages
        self._clients = clients
        self._deciding = deciding
        self._telemetry = telemetry
        self._log = log
        self._logged = logged

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_try": self.new_client,
            "page_tries": self._pages.of_own_form(self.fill_in),
            "page_tried": self.client,
            "page_prints": self.print_out,
            "page_asks": self.ask_to_record,
            "page_records": self._pages.of_own_form(self.record),
        }

    def new_client(self, ruleset_id: str, of: str) -> Response | Answer:
        """An empty form."""
        rules = self._clients.rules(ruleset_id, of)
        return rules if isinstance(rules, Answer) else self._with_form(rules, Client({}), None)[0]

    def fill_in(self, ruleset_id: str, of: str) -> Response | Answer:
        """Take what was filled in, and go on to the address that has it sealed."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        client = filled_in(rules.compiled, list(request.form.items(multi=True)))
        address = self._clients.address(rules, client)
        # What the form is like begins with the edition whose questions were filled in.
        begun = request.form.get(".shape", "").partition(" ")[0][:80]
        note = moved(rules, begun)
        if address is not None and not is_htmx():
            return go_to(f"{address}?{urlencode({BEGUN: begun})}" if note else address)
        bar = note if address is not None else "This is too long for an address, so it has no link."
        response, shape = self._with_form(rules, client, address, bar)
        if address is not None:
            response.headers["HX-Replace-Url"] = address
        is_same = shape == request.form.get(".shape")
        if is_same and list(client.said_no) == request.form.get(".said_no", "").split():
            # The form stays, so that no click on it is lost.
            response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#answer"
        return response

    def client(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """A client as the address has him, and what would be answered."""
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        note = moved(found[0], request.args.get(BEGUN, ""))
        return self._with_form(*found, request.path, note)[0]

    def _with_form(
        self, rules: Rules, client: Client, here: str | None, note: str = ""
    ) -> tuple[Response, str]:
        """The page of a client whose address is ``here`` (None: he has none), and what its form is like."""
        ruleset = rules.ruleset
        assessment = assessment_of(ruleset, counting(rules.compiled, client.filled))
        call = this_call()
        wanted = request.args.get("why", "").strip()[:200]
        told = try_one(self._live.answering, rules.asked(assessment, explain=bool(wanted)), call.caller)
        newer = self._clients.rules(ruleset.id, rules.of)
        if isinstance(newer, Rules) and newer.ruleset.digest != ruleset.digest:  # it went live just now
            return self._with_form(newer, client, here, note)
        refusals = told.errors if isinstance(told, Refused) else ()
        form = client_form(rules.compiled, ruleset, client.filled, refusals)
        shape = " ".join([ruleset.digest, note, form.shape])
        day = date.fromisoformat(client.day) if client.day else None
        view = None if isinstance(told, Refused) else verdict_view(ruleset, assessment, told, day)
        response = self._pages.page(
            "try.html",
            rules=rules,
            rules_at=rules.at,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            note=note,
            shape=shape,
            form=form,
            mistakes=of_no_question(form, refusals),
            said_no=[(name, ruleset.inputs[name].label) for name in client.said_no],
            view=view,
            changes=() if view is None else self._changes(rules, assessment, client),
            table=self._clients.address(rules, client, "table") if here else None,
            here=here,
            day=client.day,
            can_record="evaluate" in call.caller.scopes and self._logged and rules.is_live,
            can_keep=call.caller.may_edit(ruleset.id),
            scenario="" if isinstance(told, Refused) else _scenario(ruleset, assessment, told),
            wanted=wanted,
            asked_for=self._asked_for(rules, assessment, told, client, wanted),
        )
        return response, shape

    def _asked_for(
        self,
        rules: Rules,
        assessment: Mapping[str, Any],
        told: Mapping[str, Any] | Refused,
        client: Client,
        wanted: str,
    ) -> _AskedFor | None:
        """The rule that "why not" asks for, or those that it may mean; None: it asks for nothing."""
        if not wanted or isinstance(told, Refused):
            return None
        found = rules_called(rules.ruleset.rules, wanted)
        if len(found) != 1:
            return _AskedFor(found[:_MOST_FOUND], len(found))
        (rule,) = found
        why = why_not(rules.ruleset, told, rule.id)
        links = []
        if why is not None and not why.fires:
            labels = Labels(rules.ruleset)
            fire = answers_that_fire(
                self._live.answering, rules.asked(assessment), rule.id, this_call().caller
            )
            for other in fire[:_MOST_CHANGES]:
                changed = {name: value for name, value in other.items() if assessment.get(name) != value}
                address = self._clients.address(
                    rules, replace(client, filled=filled_by(rules.ruleset, other))
                )
                links.append((answered(labels, changed), address))
        return _AskedFor(found, 1, why, tuple(links))

    def _changes(self, rules: Rules, assessment: Mapping[str, Any], client: Client) -> list[_OtherAnswer]:
        """What other answers would come to, those first that make one session enough."""
        document = what_if(self._live.answering, rules.asked(assessment), this_call().caller)
        if isinstance(document, Refused):
            return []
        found: dict[str, _OtherAnswer] = {}
        for change in (*document["one_session"]["changes"], *document["changes"]):
            what = "; ".join(f"{one['label']} {one['instead_label']}" for one in change["changed"])
            if what in found or len(found) >= _MOST_CHANGES:
                continue
            instead = {one["input"]: one["instead"] for one in change["changed"]}
            changed = {**assessment, **instead}
            for name in change["leave_out"]:
                changed.pop(name, None)
            other = replace(client, filled=filled_by(rules.ruleset, changed))
            address = self._clients.address(rules, other)
            if address is not None:
                found[what] = _OtherAnswer(what, _comes_to(change), address)
        return list(found.values())

    def print_out(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """What the client is told, on one page, in a language of the ruleset; no rule by its id.

        Where a clinician decides or the plan waits it has numbers only once a clinician has looked.
        """
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        ruleset = rules.ruleset
        assessment = assessment_of(ruleset, counting(rules.compiled, client.filled))
        asked = request.args.get("language", ruleset.language)
        language = asked if asked in ruleset.languages else ruleset.language
        answer = try_one(self._live.answering, rules.asked(assessment, language=language), this_call().caller)
        if isinstance(answer, Refused):
            return refused(answer)
        told = as_clients_read(rules.compiled.by_language[language])
        may_be_told = answer["verdict"] in MAY_BE_TOLD and answer["sessions"] is not None
        looked = may_be_told and "looked" in request.args
        check = SelfCheck(answer, (), tried=((assessment, answer),))
        return self._pages.page(
            "print.html",
            told=told,
            say=told.says,
            title=told.client_page.title or told.says("page-title"),
            result=client_result(told, check, looked=looked),
            may_be_told=may_be_told,
            looked=looked,
            languages=[
                (tag, rules.compiled.by_language[tag].says("page-language")) for tag in ruleset.languages
            ],
            who=_in_words(told, assessment),
            as_of=answer["as_of"],
            day=day_in_words(date.fromisoformat(answer["as_of"]), language),
            back=f"{rules.at}/try/{token}",
        )

    def ask_to_record(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Ask before a client who is tried becomes a decision."""
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        if not rules.is_live:
            return _not_live()
        assessment = assessment_of(rules.ruleset, counting(rules.compiled, client.filled))
        told = try_one(self._live.answering, rules.asked(assessment), this_call().caller)
        return self._pages.page(
            "record.html",
            rules=rules,
            ruleset=rules.ruleset,
            who=answered(Labels(rules.ruleset), assessment),
            view=None if isinstance(told, Refused) else verdict_view(rules.ruleset, assessment, told),
            mistakes=[one.with_hint for one in told.errors] if isinstance(told, Refused) else (),
            back=f"{rules.at}/try/{token}",
        )

    def record(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Decide for the client, log it, and show the decision."""
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        if not rules.is_live:
            return _not_live()
        outcome = self._decided(
            rules.asked(assessment_of(rules.ruleset, counting(rules.compiled, client.filled)))
        )
        if isinstance(outcome, Refused):
            return refused(outcome)
        if isinstance(outcome, Failed):
            return failed(self._log, this_call(), outcome)
        return go_to(f"{WORKBENCH}/decisions/{orjson.loads(outcome.content)['decision_id']}")

    def _decided(self, body: Mapping[str, Any]) -> Outcome:
        """What comes of a body once its decision is logged."""
        call, settled = this_call(), threading.Event()
        pending = self._deciding.begin(self._live.answering, call.caller, self._telemetry.of(call))
        # A form that is sent again, as by two clicks, makes no second decision.
        pending.decide(body, retry_key(call.caller, "record", request.form.get(".token", "")))
        ticket = pending.hand_in(lambda _: settled.set())
        if ticket is not None and not ticket.settled and not settled.wait(self._deciding.patience):
            pending.give_up(ticket)
        return pending.decided(ticket).outcomes[0]


def _in_words(told: Ruleset, assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The answers of a client in the words of a language; the questions answered with no stand together."""
    labels, found = Labels(told), []
    none = told.says("page-none-of-these")
    noes: dict[str, list[str]] = {told.says("page-no"): [], none: []}
    for name, one in told.inputs.items():
        value = assessment.get(name)
        if value is None:
            continue
        words = [
            labels.answer(name, part)
            if isinstance(part, str)
            else told.says(f"page-{'yes' if part else 'no'}")
            if isinstance(part, bool)
            else f"{part} {one.unit or ''}".strip()
            for part in (value if isinstance(value, list) else [value])
        ]
        said = ", ".join(words) or none
        if said in noes:
            noes[said].append(one.label)
        else:
            found.append((one.label, said))
    return found + [(" ".join(asked), no) for no, asked in noes.items() if asked]


def _scenario(ruleset: Ruleset, assessment: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The client as an item of a scenarios file, named by what was picked for him."""
    picked = {name: assessment[name] for name in assessment if ruleset.inputs[name].required}
    name = ", ".join(answer for _, answer in answered(Labels(ruleset), picked))
    day = date.fromisoformat(told["as_of"]) if ruleset.tests_month else None
    return scenario_text(name, assessment, told, day)


def _not_live() -> Answer:
    return problem(404, "Only what the live rules answer can be put on record.")


def _comes_to(change: Mapping[str, Any]) -> str:
    name = VERDICT_WORDS[change["verdict"]].name
    sessions = change["sessions"]
    return name if sessions is None else f"{name}, {range_words(sessions, 'sessions')}"
