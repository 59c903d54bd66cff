"""Every page of the workbench with every kind of key: what is denied, and that nothing denied is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from service.store.api_keys import Token
from service.web.endpoints import PAGES
from tests.waiting import until, until_all
from tests.web.clinics import Clinics, clinics
from tests.web.pages import Shown, Visit
from tests.web.small import write_small

KEYS: dict[str, dict[str, Any]] = {
    "lead": {"scopes": ("edit",)},
    "director": {"scopes": ("publish",), "role": "Medical director"},
    "nurse": {"scopes": ("operate",), "role": "Nurse"},
    "lead of another ruleset": {"scopes": ("edit",), "edits": ("other",), "role": "Nurse"},
    "publisher": {"scopes": ("publish",)},
    "reader": {"scopes": ("read",)},
    "booking": {"scopes": ("evaluate",)},
}
"""Keys of the clinic zeta."""

SIGNERS = {"director": {"page_saves", "page_goes_back"}, "nurse": set[str]()}
"""Keys with a role, and what they may do beside signing."""
NOTHING_CHANGES = {"page_signs_in", "page_sign_out", "page_tries", "page_tabulates", "page_compares"}
"""Forms that whoever may see their page may send: nothing is changed by them."""
KEPT = {"page_sign_out", "page_saves", "page_goes_back"}
"""Forms that are not sent here, for what the other tests rest on would be gone."""

CLIENTS = """\
- name: A scar that is severe
  assessment: {concern: scar, severity: severe, gold: no}
  expect: {verdict: clinician_review}
"""
ROUTES = Map([Rule(one.rule, endpoint=one.name, methods=[one.method]) for one in PAGES]).bind("localhost")


class Form(NamedTuple):
    """A form as it stands on a page."""

    method: str
    action: str
    fields: dict[str, str]


class Offered(HTMLParser):
    """What a page leads to: its links, what it asks for by itself, and its forms with what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told.get("method", "get"), told.get("action", ""), {}))
        elif tag in ("input", "textarea", "select") and self.forms and "name" in told:
            self.forms[-1].fields.setdefault(told["name"], told.get("value", ""))
        self.links += [told[name] for name in ("href", "hx-get") if name in told]


class Walked(NamedTuple):
    """Whom what is shown: each address that a visitor was led to, and the forms on these pages."""

    shown: dict[str, Shown]
    forms: list[tuple[str, Form]]


def page_of(path: str, method: str = "GET") -> str | None:
    """The endpoint's name."""
    try:
        return str(ROUTES.match(unquote(urlsplit(path).path), method)[0])
    except HTTPException:
        return None


def shown(visit: Visit, address: str) -> Shown:
    """A page, once what it shows is checked."""

    def looked() -> Shown | None:
        found = visit.get(address)
        return None if found.status == 503 else found

    return until(looked, lambda: f"{address} stays 503")


def walked(visit: Visit) -> Walked:
    """All that a visitor is led to from where he begins: of each kind of page two under the same rules."""
    found: dict[str, Shown] = {}
    forms: list[tuple[str, Form]] = []
    seen: dict[tuple[str | None, str], int] = {}
    left = ["/workbench"]
    while left:
        address = left.pop(0)
        if address in found:
            continue
        kind = (page_of(address), "".join(address.split("/")[3:4]))
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > 2:
            continue
        page = found[address] = shown(visit, address)
        if page.status in (302, 303):
            left.append(page.where)
        if not page.headers.get("content-type", "").startswith("text/html"):
            continue
        offered = Offered(page.text)
        forms += [(address, one) for one in offered.forms]
        there = (urlsplit(urljoin(address, one)) for one in offered.links)
        left += [
            one.path + (f"?{one.query}" if one.query else "")
            for one in there
            if not one.netloc and one.path.startswith("/workbench") and "/static/" not in one.path
        ]
    return Walked(found, forms)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    """A service that may write its folder, in which zeta has a worked client."""
    folder = tmp_path_factory.mktemp("scopes")
    for name in ("alpha", "zeta"):
        scenarios = write_small(folder / "rulesets", name) / "scenarios"
        scenarios.mkdir()
        (scenarios / "ours.yaml").write_text(CLIENTS, encoding="utf-8")
    with clinics(folder, workers=1, allow_edits=True, limit=None) as server:
        server.server.until_ready()
        yield server


@pytest.fixture(scope="module")
def draft(served: Clinics) -> str:
    """A draft of the clinic zeta; live has moved since it was begun."""
    begins = served.add("begins", clinic="zeta")
    until_all(lambda: served.ask(None, "GET", "/v1/rulesets")[0] == 401)
    until(lambda: served.ask(begins, "GET", "/v1/rulesets")[0] == 200)
    begun = served.begun(begins, "zeta")
    header = served.folder / "rulesets/zeta/ruleset.yaml"
    newer = header.read_text(encoding="utf-8").replace("1.2.0", "1.3.0").replace("01-01", "01-02")
    header.write_text(newer, encoding="utf-8")
    until(lambda: b'"1.3.0"' in served.ask(begins, "GET", "/v1/rulesets/zeta/history")[2])
    return begun


@pytest.fixture(scope="module")
def visits(served: Clinics, draft: str) -> Callable[[str], Visit]:
    """A browser of its own, signed in with the key of that name."""
    found: dict[str, Visit] = {}

    def of(name: str) -> Visit:
        if name not in found:
            wanted = {"clinic": "zeta", **KEYS[name]} if name in KEYS else {"clinic": "alpha", "role": "Boss"}
            token: Token = served.add(name, **wanted)
            until(lambda: served.ask(token, "GET", "/v1/decisions/x")[0] != 401)
            found[name] = Visit(served.server)
            assert found[name].signed_in(token.text).status == 303
        return found[name]

    return of


@pytest.fixture(scope="module")
def addresses(visits: Callable[[str], Visit], served: Clinics, draft: str) -> dict[str, str]:
    """An address of each page, of the draft where there is one, by the page's name."""
    led = walked(visits("lead")).shown
    found = {str(page_of(one)): one for one in led}
    kept = found | {str(page_of(one)): one for one in led if draft in one}
    decides = served.add("decides", clinic="zeta")
    until(lambda: served.ask(decides, "GET", "/v1/rulesets")[0] == 200)
    return kept | {
        "page_replay": f"/workbench/zeta/{draft}/past-clients",
        "page_asks": f"{kept['page_tried']}/record",
        "page_decisions": "/workbench/decisions",
        "page_decision": f"/workbench/decisions/{served.decided(decides, 'zeta')}",
    }


@pytest.mark.parametrize("name", KEYS)
def test_nothing_that_a_page_offers_is_denied(visits: Callable[[str], Visit], name: str) -> None:
    led = walked(visits(name))
    assert {one: page.status for one, page in led.shown.items() if page.status >= 400} == {}
    denied = []
    for address, form in led.forms:
        if KEYS[name]["scopes"] == ("edit",) and "edits" not in KEYS[name]:
            break  # a lead may send what is sent
        action = urlsplit(urljoin(address, form.action)).path
        sends = page_of(action, form.method.upper())
        if sends in KEPT:
            assert sends == "page_sign_out" or "publish" in KEYS[name]["scopes"], address
            continue
        sent = (
            visits(name).post(action, form.fields)
            if form.method == "post"
            else visits(name).get(f"{action}?{urlencode(form.fields)}")
        )
        if sent.status in (401, 403, 404, 405) or sent.status >= 500:
            denied.append((address, form, sent.status))
    assert denied == []


@pytest.mark.parametrize("name", SIGNERS)
def test_who_signs_reads_everything_but_decisions_and_what_asks_before_a_change(
    visits: Callable[[str], Visit], addresses: dict[str, str], name: str
) -> None:
    status = {page: shown(visits(name), address).status for page, address in addresses.items()}
    denied = {page for page, one in status.items() if one == 403}
    assert denied == {
        *("page_add", "page_add_rule", "page_add_option"),
        *("page_asks_keep", "page_asks_change", "page_asks_copy", "page_asks_delete"),
        *("page_build", "page_discard", "page_rebase"),
        *("page_asks", "page_replay", "page_decisions", "page_decision"),
    }
    assert {page: one for page, one in status.items() if one not in (200, 303, 403)} == {}


@pytest.mark.parametrize("name", SIGNERS)
def test_who_signs_changes_nothing_else(visits: Callable[[str], Visit], draft: str, name: str) -> None:
    visit = visits(name)
    names = {"ruleset_id": "zeta", "of": draft, "rule_id": "gold", "client": "1", "file": "ruleset.yaml"}
    names |= {
        "token": "x",
        "digest": "0" * 12,
        "what": "laser",
        "question_id": "concern",
        "option_id": "scar",
    }
    token = shown(visit, f"/workbench/zeta/{draft}/try").token
    passed = set()
    for one in PAGES:
        if one.method == "POST" and one.name not in NOTHING_CHANGES:
            path = re.sub(r"<(?:path:)?(\w+)>", lambda found: names[found[1]], one.rule)
            if visit.post(path, {".token": token}).status != 403:
                passed.add(one.name)
    assert passed == {"page_signs", "page_changes_read"} | SIGNERS[name]


def test_another_clinics_key_with_all_scopes_and_a_role_is_shown_nothing(
    visits: Callable[[str], Visit], addresses: dict[str, str]
) -> None:
    visit = visits("of alpha")
    own = {"page_home", "page_decisions", "page_build"}  # which builds on what comes with picoplan
    told = {page: visit.get(at) for page, at in addresses.items() if page not in own}
    assert {page: one.status for page, one in told.items() if one.status != 404} == {}
    assert "zeta" not in visit.get("/workbench").text
