"""The client page over HTTP: what it asks, what it says at the end, whom it lets in, and what it forgets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from random import Random
from typing import Any

import pytest

from service.model.ruleset import Ruleset
from service.pages.client_steps import OPEN_FOR, Visit, unpacked
from service.serving.self_checking import GATED
from service.store.folders import shipped
from tests.web.asking import AskingClient, heading, read_by_clients, texts
from tests.web.pages import Shown
from tests.web.pages import Visit as Browser
from tests.web.serving import Served
from tests.web.small import write_small
from tests.web.test_what_if import SPOTS

CLINIC = "https://clinic.example"
ASKED = {**SPOTS, "goal": "some", "sensitivity": False, "sessions_done": 0}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shipped rulesets, of which clients may ask one, on the site of a clinic; a proxy is in front."""
    told = {"ask": ["pico-laser"], "ask_origins": [CLINIC], "trust_proxies": ["127.0.0.1"], "workers": 1}
    with Served(tmp_path_factory.mktemp("asked"), **told) as made:
        yield made.until_ready()


@pytest.fixture(scope="module")
def pico() -> Ruleset:
    """What is asked, as clients read it."""
    return read_by_clients(shipped(), "pico-laser")


@pytest.fixture
def client(server: Served, pico: Ruleset) -> AskingClient:
    """A client who has not begun."""
    return AskingClient(server, pico)


def evaluated(server: Served, assessment: dict[str, Any]) -> dict[str, Any]:
    body = {"ruleset": "pico-laser", "assessment": assessment}
    _, _, content = server.ask("POST", "/v1/try", body)
    answer: dict[str, Any] = json.loads(content)
    return answer


# -- what it asks and says -----------------------------------------------------------------------------


def test_it_begins_with_the_clinics_own_words(client: AskingClient, pico: Ruleset) -> None:
    page = client.get("/ask/pico-laser")
    assert page.status == 200
    assert heading(page) == pico.client_page.title
    said = texts(page)
    assert pico.client_page.start is not None
    assert all(line in said for line in pico.client_page.start.splitlines())
    assert "aged 18 or older" in said
    assert "Nothing you answer is kept" in said
    assert "set-cookie" not in page.headers


def test_each_question_is_a_page_and_the_end_says_what_the_service_says(
    client: AskingClient, server: Served, pico: Ruleset
) -> None:
    end = client.result(ASKED)
    answer = evaluated(server, ASKED)
    assert heading(end) == answer["verdict_text"] == pico.verdicts["one_session_may_suffice"]
    assert "Sessions in all 1 to 2, usually 1" in texts(end)
    assert [*dict.fromkeys(client.asked)] == client.asked
    assert set(client.asked) == set(ASKED)
    assert all(note["text"] in texts(end) for note in (*answer["expected"], *answer["advice"]))
    assert not [rule["rule"] for rule in answer["fired"] if rule["rule"] in end.text]


def random_client(random: Random, ruleset: Ruleset) -> dict[str, Any]:
    """Any answers, mostly harmless ones."""
    answers: dict[str, Any] = {}
    for name, one in ruleset.inputs.items():
        options = [option.id for option in one.options]
        match one.domain.shape:
            case "choice":
                answers[name] = random.choice(options) if random.random() < 0.6 else options[0]
            case "set":
                answers[name] = random.sample(options, 1) if random.random() < 0.1 else []
            case "yes_no":
                answers[name] = random.random() < 0.06
            case "number":
                low, high = int(one.domain.low or 0), int(one.domain.high or 0)
                answers[name] = random.choice((low, 0, 1, 30, high))
    return answers


def agrees(client: AskingClient, server: Served, answers: dict[str, Any]) -> str:
    """The verdict that the end shows, once it is held against the answer of the service."""
    end = client.result(answers)
    asked = {name: answers[name] for name in client.asked}
    answer = evaluated(server, asked)
    said, sessions = texts(end), answer["sessions"]
    assert heading(end) == answer["verdict_text"]
    shown = re.search(r"Sessions in all (\d+)(?: to (\d+))?(?:, usually (\d+))?", said)
    if answer["verdict"] in GATED or sessions is None:
        assert shown is None
    else:
        assert shown is not None
        low, high, typical = (None if part is None else int(part) for part in shown.groups())
        assert (low, low if high is None else high) == (sessions["min"], sessions["max"])
        assert typical in (None, sessions["typical"])
    gates = ("stops", "deferrals", "referrals")
    assert all(note["text"] in said for member in gates for note in answer[member])
    return str(answer["verdict"])


def test_random_clients_read_the_numbers_of_the_evaluate_endpoint(tmp_path: Path, pico: Ruleset) -> None:
    """On a server of their own: what all may ask in a minute is limited."""
    random = Random(3)
    with Served(tmp_path, ask=["pico-laser"], trust_proxies=["127.0.0.1"], workers=1) as server:
        server.until_ready()
        found = {agrees(AskingClient(server, pico), server, random_client(random, pico)) for _ in range(8)}
    assert len(found) > 1


def test_answers_that_are_too_long_for_an_address_are_sent_from_page_to_page(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "rules")
    questions = folder / "assessment.yaml"
    marks = [f"a_mark_{sha256(bytes([number])).hexdigest()[:48]}" for number in range(100)]
    options = ", ".join(f"{one}: Mark {one}" for one in ("dark", *marks))
    written = questions.read_text(encoding="utf-8").replace("{dark: Dark, pale: Pale}", f"{{{options}}}")
    questions.write_text(written, encoding="utf-8")
    told = {"ask": ["small"], "trust_proxies": ["127.0.0.1"], "workers": 1}
    with Served(tmp_path, rulesets=str(folder.parent), **told) as server:
        server.until_ready()
        client = AskingClient(server, read_by_clients(folder.parent, "small"))
        answers = {"concern": "sun_spots", "marks": marks, "sensitive": False, "gold": False}
        check = client.answered({**answers, "sessions_done": 0, "improvement": 0})
        assert client.state
        assert client.where == "/ask/small"
        assert heading(check) == "Check your answers"
        assert all(f"Mark {one}" in texts(check) for one in marks)
        back = re.search(r'<button class="[^"]*" name="\.state" value="([^"]+)">Back', check.text)
        assert back
        before = client.post("/ask/small", {".state": back[1]}, X_Forwarded_For=client.address)
        assert heading(before) in client.by_label
        change = re.search(r'name="\.state" value="([^"]+)">Change<span class="hidden"> Gold', check.text)
        assert change
        asked = client.post("/ask/small", {".state": change[1]}, X_Forwarded_For=client.address)
        assert (asked.status, client.by_label[heading(asked)]) == (200, "gold")
        wrong = {".state": change[1], ".answers": "yes", "answer": "perhaps"}
        told = client.post("/ask/small", wrong, X_Forwarded_For=client.address)
        assert (told.status, "Please choose an answer" in texts(told)) == (422, True)
        spoiled = change[1][:50] + ("A" if change[1][50] != "A" else "B") + change[1][51:]
        forged = client.post("/ask/small", {".state": spoiled}, X_Forwarded_For=client.address)
        assert (forged.status, heading(forged)) == (404, "This page is closed")
        end = client.sent_on()
        assert "Sessions in all" in texts(end)
        assert not re.search("name=.a_mark_", end.text)


def test_change_comes_straight_back_unless_the_change_asks_something_new(client: AskingClient) -> None:
    check = client.answered(ASKED)
    assert heading(check) == "Check your answers"
    changes = {
        unescape(label).strip(): address
        for address, label in re.findall(r'href="([^"]+)">Change<span class="hidden">([^<]*)', check.text)
    }
    asked = len(client.asked)
    client.where = changes["How old are you?"]
    back = client.answer(client.get(client.where), ("41",))
    assert heading(back) == "Check your answers"
    assert "How old are you? 41" in texts(back)
    assert len(client.asked) == asked + 1
    client.where = changes["What should be treated?"]
    page = client.answer(client.get(client.where), ("acne_scar",))
    assert heading(page) == "Are most of the scars narrow and deep (ice-pick)?"
    page = client.answer(client.answer(page, ("no",)), ("no",))
    assert heading(page) == "Check your answers"


def test_back_shows_the_question_before_with_its_answer(client: AskingClient) -> None:
    second = client.answer(client.begun(), ("solar_lentigo",))
    found = re.search(r'<a class="back" href="([^"]+)"', second.text)
    assert found
    first = client.get(found[1])
    assert heading(first) == "What should be treated?"
    assert re.search(r'value="solar_lentigo" checked', first.text)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ((), "Please choose an answer"),
        (("nothing-like-it",), "Please choose an answer"),
        (("melasma", "(not sure)"), "either answers or “I am not sure”"),
    ],
)
def test_what_is_no_answer_is_told_and_asked_again(
    client: AskingClient, values: tuple[str, ...], says: str
) -> None:
    page = client.answer(client.begun(), values)
    assert (page.status, heading(page)) == (422, "What should be treated?")
    assert says in texts(page)
    assert 'role="alert"' in page.text


def test_a_number_out_of_bounds_is_told_with_its_bounds(client: AskingClient) -> None:
    page = client.begun()
    while heading(page) != "How many laser sessions has it had?":
        value = re.search(r'name="answer" value="([^"(]+)"', page.text)
        assert value
        page = client.answer(page, (value[1],))
    for wrong in ("41", "-1", "2.5", "two", "9" * 400, "1e9", "\u0663"):
        told = client.answer(page, (wrong,))
        assert (told.status, "A whole number from 0 to 40" in texts(told)) == (422, True)


def test_who_is_not_sure_reads_a_range_over_all_that_it_may_be(client: AskingClient) -> None:
    end = client.result(
        {**ASKED, "concern": "acne_scar", "ice_pick_dominant": False, "acne_active": False}, "goal"
    )
    assert "covers every answer to: What do you hope for?" in texts(end)
    assert "usually" not in texts(end).partition("From one session")[0]


def test_who_is_not_sure_of_the_concern_reads_what_to_bring(client: AskingClient) -> None:
    end = client.result(ASKED, "concern")
    assert "There is no number without these answers" in texts(end)
    assert "Sessions in all" not in texts(end)
    assert "severity" not in client.asked


def test_it_speaks_the_languages_of_the_ruleset(client: AskingClient) -> None:
    page = client.get("/ask/pico-laser", Accept_Language="es-MX, en;q=0.5")
    assert '<html lang="es" dir="ltr">' in page.text
    assert heading(page) == "¿Cuántas sesiones de láser podría necesitar?"
    assert (page.headers["content-language"], page.headers["vary"]) == ("es", "Accept-Language")
    assert "简体中文" in page.text
    question = client.begun(**{".language": "zh-Hans"})
    assert heading(question) == "您希望治疗什么？"
    english = re.search(r'<li lang="en"[^>]*>\s*<a[^>]*href="([^"]+)">English', question.text)
    assert english
    assert heading(client.get(english[1])) == "What should be treated?"


# -- whom it lets in, and what it forgets ----------------------------------------------------------------


def test_only_rulesets_that_are_named_can_be_asked(client: AskingClient) -> None:
    for path in ("/ask/tattoo-kirby-desai", "/ask/nothing", "/ask/pico-laser/a/b", "/ask/", "/ask/%00"):
        page = client.get(path)
        assert page.status == 404
        assert heading(page) == "There is no such page"
        assert "frame-ancestors" in page.headers["content-security-policy"]


def test_the_page_of_rulesets_links_the_client_page_of_those_that_have_one(server: Served) -> None:
    home = Browser(server).get("/workbench").text
    assert re.findall(r'href="(/ask/[^"]*)"', home) == ["/ask/pico-laser"]


def test_the_named_site_alone_can_frame_it_and_no_other_page_can_be_framed(client: AskingClient) -> None:
    for path in ("/ask/pico-laser", "/ask/nothing"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors {CLINIC}")
        assert "unsafe" not in policy
    for path in ("/workbench", "/workbench/sign-in"):
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"]


def test_a_forged_token_opens_nothing(client: AskingClient) -> None:
    page = client.answer(client.begun(), ("solar_lentigo",))
    token = client.where.rpartition("/")[2]
    last = "A" if token[-1] != "A" else "B"
    for forged in ("x", token[:-9], token[:50] + last + token[51:], "A" * len(token), "%C3%A9", "A" * 5_000):
        for shown in (client.get(f"/ask/pico-laser/{forged}"), client.send(f"/ask/pico-laser/{forged}", {})):
            assert (shown.status, heading(shown)) == (404, "This page is closed")
    assert page.status == 200


def test_a_token_is_closed_after_an_hour_and_opens_only_its_own_ruleset() -> None:
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    visit = Visit("en", "sha256:1", "concern", {"concern": ("scar",)}, ("age",), changing=True)
    data = visit.packed("one", now)
    assert unpacked(data, "one", now + OPEN_FOR) == visit
    assert unpacked(data, "one", now + OPEN_FOR + timedelta(minutes=1)) is None
    assert unpacked(data, "other", now) is None


def test_no_page_is_shown_under_a_strange_name(client: AskingClient) -> None:
    page = client.get("/ask/pico-laser", Host="attacker.example")
    assert (page.status, heading(page)) == (403, "There is no such page")


def test_nothing_of_a_client_is_kept_or_logged(client: AskingClient, server: Served) -> None:
    client.result({**ASKED, "gold_therapy": True})
    assert client.address not in server.log_text()
    assert "solar_lentigo" not in server.log_text()
    assert client.where.removeprefix("/ask/pico-laser/") not in server.log_text()
    assert b"solar_lentigo" not in server.database.read_bytes()


def test_the_61st_request_of_an_address_within_a_minute_waits(server: Served, pico: Ruleset) -> None:
    eager, other = AskingClient(server, pico), AskingClient(server, pico)
    eager.begun()
    pages = [eager.get(eager.where, Accept_Language="en") for _ in range(59)]
    assert {page.status for page in pages[:58]} == {200}
    assert (pages[-1].status, heading(pages[-1])) == (429, "One moment, please")
    assert f'href="{eager.where}">Continue</a>' in pages[-1].text, "the answers so far are kept"
    assert 0 < int(pages[-1].headers["retry-after"]) <= 60
    tapped = eager.send(eager.where, {"answer": "solar_lentigo", "other": "x"})
    assert (tapped.status, heading(tapped)) == (429, "One moment, please")
    assert f'<form method="post" action="{eager.where}">' in tapped.text, "the answer is sent again"
    assert re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', tapped.text) == [
        ("answer", "solar_lentigo")
    ]
    assert other.get("/ask/pico-laser").status == 200
    assert eager.get("/ask/ask.css").status == 200


def test_the_pages_are_small(client: AskingClient) -> None:
    sizes = [len(client.get(path).text) for path in ("/ask/ask.css", "/ask/print.js", "/ask/icon.svg")]
    assert sum(sizes) + len(client.begun().text) < 30_000


# -- self-checks ---------------------------------------------------------------------------------------


def test_what_is_recorded_is_a_self_check_and_told_before(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    told = {
        "rulesets": str(tmp_path / "rulesets"),
        "ask": ["small"],
        "record_self_checks": True,
        "workers": 1,
    }
    with Served(tmp_path, **told) as server:
        client = AskingClient(server, read_by_clients(tmp_path / "rulesets", "small"))
        assert "kept for 30 days" in texts(client.get("/ask/small"))
        answers = {
            "concern": "sun_spots",
            "marks": [],
            "sensitive": False,
            "gold": False,
            "sessions_done": 0,
            "improvement": 0,
        }
        client.result(answers)
        where = client.where
        client.get(where)
        counted = server.ask("GET", "/metrics")[2].decode()
        assert 'picoplan_other_decisions_total{kind="self_check",ruleset="small"} 1.0' in counted
        assert "picoplan_decisions_total{" not in counted


# -- what authors write --------------------------------------------------------------------------------

HOSTILE = '"><script>alert(1)</script><a href="javascript:alert(1)">\u202ex{{ 7 * 7 }}'


def _hostile_page(options: tuple[str, ...]) -> str:
    said = json.dumps(HOSTILE)
    listed = ", ".join(f"{option}: {said}" for option in options)
    return (
        f"title: {said}\nstart: {said}\ncontact: {said}\n"
        f"words:\n  concern: {{label: {said}, help: {said}, options: {{{listed}}}}}\n"
    )


def test_what_authors_write_stays_text(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "rulesets")
    (folder / "client-page.yaml").write_text(_hostile_page(("sun_spots", "scar")), encoding="utf-8")
    header = folder / "ruleset.yaml"
    header.write_text(
        header.read_text(encoding="utf-8") + f"verdicts: {{several_sessions: {json.dumps(HOSTILE)}}}\n",
        encoding="utf-8",
    )
    told = {"rulesets": str(tmp_path / "rulesets"), "ask": ["small"], "workers": 1}
    with Served(tmp_path, **told) as server:
        client = AskingClient(server, read_by_clients(tmp_path / "rulesets", "small"))
        answers = {
            "concern": "sun_spots",
            "marks": [],
            "sensitive": False,
            "gold": False,
            "sessions_done": 0,
            "improvement": 0,
        }
        pages: list[Shown] = [client.get("/ask/small"), client.begun()]
        pages += [client.answered(answers), client.result(answers)]
        for page in pages:
            assert escape(HOSTILE) in page.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
            assert "<script>" not in page.text
            assert 'href="javascript' not in page.text
