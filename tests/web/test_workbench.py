"""The workbench over HTTP: who sees it, what protects it, and that a page says what the service says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import pytest
import yaml

from service.store.api_keys import Token
from service.web.workbench.pages import HEADERS
from tests.waiting import until
from tests.web.clinics import WRONG, Clinics, clinics
from tests.web.pages import Visit
from tests.web.redis_server import RedisServer, redis_server
from tests.web.serving import Served
from tests.web.test_what_if import SPOTS

__all__ = ["redis_server"]

TRY = "/workbench/pico-laser/live/try"
TABLE = "/workbench/pico-laser/live/table"


def filled(assessment: dict[str, Any]) -> dict[str, Any]:
    """The fields of the form that say what an assessment says."""
    words = {True: "yes", False: "no"}
    return {
        name: words[value]
        if isinstance(value, bool)
        else (value or ["(none)"])
        if isinstance(value, list)
        else value
        for name, value in assessment.items()
    }


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    """A server whose pages need a key."""
    with clinics(tmp_path_factory.mktemp("pages"), workers=1) as server:
        server.add("first")
        until(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        yield server


def living(keyed: Clinics, name: str, **wanted: Any) -> Token:
    """A new key, once the server knows it."""
    token = keyed.add(name, **wanted)
    until(lambda: keyed.ask(token, "GET", "/v1/rulesets")[0] != 401)
    return token


@pytest.fixture
def house(shipped_server: Served) -> Visit:
    """A browser on the machine of a service without keys."""
    return Visit(shipped_server)


# -- without keys ------------------------------------------------------------------------------------


def test_a_browser_goes_on_to_the_workbench_and_a_program_gets_json(shipped_server: Served) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    status, headers, _ = shipped_server.ask("GET", "/", headers={"Accept": browser})
    assert (status, headers["location"]) == (303, "/workbench")
    for accept in ("*/*", "application/json"):
        status, headers, content = shipped_server.ask("GET", "/", headers={"Accept": accept})
        assert (status, json.loads(content)["service"]) == (200, "picoplan")
        assert headers["vary"] == "Accept"


def test_every_page_loads_nothing_from_elsewhere_and_is_kept_by_nobody(house: Visit) -> None:
    answered = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    for path in ("/workbench", TRY, TABLE, answered, "/workbench/sign-in", "/workbench/nothing"):
        page = house.get(path)
        assert {name: page.headers[name.lower()] for name in HEADERS} == HEADERS
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert not re.search(r'<bdi lang="[^"]*">', page.text)  # each has its direction
        assert not re.search(
            r"<script>|<style|style=|\son[a-z]+=|(src=|<link[^>]*href=)\"(https?:)?//", page.text
        )


def test_what_is_filled_in_is_answered_at_an_address_that_nobody_can_read(house: Visit) -> None:
    token = house.get(TRY).token
    sent = house.post(TRY, {".token": token, **filled(SPOTS)})
    assert sent.status == 303
    assert not [word for word in ("solar", "lentigo", "picosure", "mild") if word in sent.where]
    page = house.get(sent.where)
    decided = json.loads(
        house.server.ask("POST", "/v1/try", {"ruleset": "pico-laser", "assessment": SPOTS})[2]
    )
    assert decided["verdict_text"] in page.text
    for hit in decided["fired"]:
        assert hit["title"] in page.text
        assert hit["defined_at"] in page.text
    assert "solar_lentigo" not in house.server.log_text()


def test_the_same_client_is_there_again_and_a_changed_address_opens_nobody(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    assert 'value="40"' not in house.get(where).text
    assert 'value="30"' in house.get(where).text
    assert house.get(where[:-2] + ("AA" if where[-2:] != "AA" else "BB")).status == 404
    other = where.replace("pico-laser", "example-clinic")
    assert house.get(other).status == 404


def test_with_scripts_the_answer_comes_at_once_and_a_form_that_is_the_same_stays(house: Visit) -> None:
    page = house.get(TRY)
    fields = {".token": page.token, ".shape": "", **filled(SPOTS)}
    first = house.post(TRY, fields, HX_Request="true")
    assert first.status == 200
    assert first.headers["hx-replace-url"].startswith(f"{TRY}/")
    assert "hx-retarget" not in first.headers
    shape = re.search(r'name="\.shape" value="([^"]*)"', first.text)
    assert shape
    again = house.post(TRY, {**fields, ".shape": shape[1], "age": "31"}, HX_Request="true")
    assert again.headers["hx-retarget"] == "#answer"
    gone = house.post(TRY, {**fields, ".shape": shape[1], "concern": "tattoo"}, HX_Request="true")
    assert "hx-retarget" not in gone.headers
    of_other_rules = shape[1].replace("sha256:", "sha256:0", 1)
    assert of_other_rules != shape[1]
    anew = house.post(TRY, {**fields, ".shape": of_other_rules}, HX_Request="true")
    assert "hx-retarget" not in anew.headers


def test_rules_that_went_live_under_an_open_page_are_told(house: Visit) -> None:
    token = house.get(TRY).token
    for digest, is_told in (("sha256:of-before", True), ("", False)):
        fields = {".token": token, ".shape": digest and f"{digest}  concern", **filled(SPOTS)}
        page = house.post(TRY, fields, HX_Request="true")
        assert ("Other rules went live while this page was open" in page.text) is is_told
        assert "hx-retarget" not in page.headers
        without_scripts = house.get(house.post(TRY, fields).where)
        assert ("Other rules went live while this page was open" in without_scripts.text) is is_told
        table = house.post(TABLE, {".token": token, ".begun": digest, **filled(SPOTS)})
        assert ("Other rules went live while this page was open" in house.get(table.where).text) is is_told


def test_all_others_no_names_what_it_answered_and_is_undone_by_one_click(house: Visit) -> None:
    page = house.get(TRY)
    answers = {"concern": "solar_lentigo", "vitiligo": "yes"}
    said = house.get(house.post(TRY, {".token": page.token, **answers, ".others": "no"}).where)
    names = re.search(r'name="\.said_no" value="([^"]*)"', said.text)
    assert names
    assert "gold_therapy" in names[1].split()
    assert "vitiligo" not in names[1].split()
    told = said.text.partition("Answered with no:")[2].partition("</form>")[0]
    open_still = set(re.findall(r'href="#field-([a-z_]+)"', told.partition("Not answered by that")[2]))
    assert open_still == {*("age", "bleaching", "healing_risk", "light_risk", "near_eye", "recent_procedure")}
    no = dict.fromkeys(names[1].split(), "no")
    undone = house.post(TRY, {".token": page.token, **answers, **no, ".said_no": names[1], ".undo": "yes"})
    assert "Answered with no" not in house.get(undone.where).text
    assert 'id="gold_therapy-2" name="gold_therapy." value="no">' in house.get(undone.where).text


def test_no_question_hides_what_a_form_itself_is_called(house: Visit) -> None:
    form = house.get(TRY).text.partition(' class="questions">')[2].partition("</form>")[0]
    names = set(re.findall(r' name="([^"]*)"', form))
    assert "concern." in names
    assert [name for name in names if name.isidentifier()] == []
    sent = house.get(house.post(TRY, {".token": house.get(TRY).token, "concern.": "tattoo"}).where)
    assert 'id="field-inks"' in sent.text


def test_who_says_yes_after_all_others_no_is_named_no_more(house: Visit) -> None:
    page = house.get(TRY)
    first = {".token": page.token, "concern": "solar_lentigo", ".others": "no", ".shape": ""}
    said = house.post(TRY, first, HX_Request="true").text
    shape, names = (re.search(rf'name="\.{name}" value="([^"]*)"', said) for name in ("shape", "said_no"))
    assert shape
    assert names
    no = dict.fromkeys(names[1].split(), "no")
    fields = {**first, **no, "gold_therapy": "yes", ".shape": shape[1], ".said_no": names[1]}
    del fields[".others"]
    again = house.post(TRY, fields, HX_Request="true")
    assert "hx-retarget" not in again.headers
    assert "gold_therapy" not in re.findall(r'name="\.said_no" value="([^"]*)"', again.text)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": ""},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "null", "Sec_Fetch_Site": ""},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(house: Visit, headers: dict[str, str]) -> None:
    token = house.get(TRY).token
    assert house.post(TRY, {".token": token, "concern": "tattoo"}, **headers).status == 403


def test_a_form_without_the_token_of_its_page_is_refused(house: Visit) -> None:
    token = house.get(TRY).token
    for wrong in ("", "x", token[:-4], f"{token[:-4]}AAA="):
        assert house.post(TRY, {".token": wrong, "concern": "tattoo"}).status == 403
    assert house.post(TRY, {".token": token, "concern": "tattoo"}).status == 303
    assert token != house.get(TRY).token


def test_a_page_that_sends_no_referrer_sends_its_form_all_the_same(house: Visit) -> None:
    token = house.get(TRY).token
    assert house.post(TRY, {".token": token, "concern": "tattoo"}, Origin="null").status == 303


@pytest.mark.parametrize("host", ["rules.example", "127.0.0.1.rules.example", "[::2]:80", "localhost@x"])
def test_there_are_no_pages_under_a_strange_name(house: Visit, host: str) -> None:
    page = house.get("/workbench", Host=host)
    assert page.status == 403
    assert "--public-url" in page.text


def test_a_form_that_is_too_large_is_refused_by_a_page(house: Visit) -> None:
    token = house.get(TRY).token
    page = house.post(TRY, {".token": token, "concern": "x" * 70_000})
    assert page.status == 413
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert "The body is too large" in page.text


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"age": "1,5"}, '"1,5" is not a number. Write a whole number.'),
        ({"age": "forty"}, '"forty" is not a number.'),
        ({"light_risk": ["(none)", "lupus"]}, "“None of these” goes with no other answer."),
    ],
)
def test_what_is_filled_in_wrong_is_told_beside_it_and_gets_no_answer(
    house: Visit, answers: dict[str, Any], says: str
) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS), **answers}).where
    page = unescape(house.get(where).text)
    (name,) = answers
    field = page.partition(f'id="field-{name}"')[2].partition('<div class="choices">')[0]
    assert says in field
    assert 'class="verdict' not in page
    assert "marked beside its question" in page


def test_mistakes_are_pages_with_the_status_and_the_id_of_the_request(house: Visit) -> None:
    page = house.get("/workbench/nothing/live/try")
    assert page.status == 404
    assert page.headers["x-request-id"] in page.text


def test_a_table_says_of_each_client_what_he_would_be_answered(house: Visit) -> None:
    page = house.get(TABLE)
    assert "needs:" in page.text
    client = {name: value for name, value in SPOTS.items() if name not in ("concern", "severity", "goal")}
    where = house.post(
        TABLE,
        {".token": page.token, **filled(client), ".rows": "concern", ".outer": "goal", ".inner": "severity"},
    ).where
    assert "picosure" not in where
    shown = house.get(where)
    assert shown.status == 200
    cells = re.findall(rf'<a href="({TRY}/[^"]+)">1 to 2, typically 1</a>', shown.text)
    assert "One session may be enough" in house.get(cells[0]).text
    sheet = re.search(r'href="([^"]*table\.csv[^"]*)"', shown.text)
    assert sheet
    csv = house.get(unescape(sheet[1]))
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        "solar_lentigo,Sun spots,some,Some improvement,mild,mild,one_session_may_suffice,1,1,2," in csv.text
    )


def test_a_table_has_numbers_once_skin_type_laser_and_age_are_said(house: Visit) -> None:
    page = house.get(TABLE)
    first = {"phototype": "III", "device": "picosure"}
    noes = dict(re.findall(r'name="([a-z_0-9]+\.)" value="(no|\(none\))" checked', page.text))
    assert {"bleaching.", "near_eye.", "gold_therapy.", "light_risk."} <= set(noes)
    fields = {".token": page.token, ".rows": "concern", ".outer": "goal", ".inner": "severity", **noes}
    open_age = house.get(house.post(TABLE, {**fields, **first}).where).text
    assert re.search(r"Must be asked, and was not: <bdi[^>]*>Age in years</bdi>", open_age)
    assert 'class="one-session-may-suffice"' not in open_age
    whole = house.get(house.post(TABLE, {**fields, **first, "age": "40"}).where).text
    assert "Must be asked, and was not" not in whole
    assert 'class="one-session-may-suffice"' in whole


@pytest.mark.parametrize(
    "query", ["rows=age&outer=goal", "rows=concern&outer=concern", "rows=&outer=x&inner=%00"]
)
def test_questions_that_make_no_table_are_passed_over_for_the_usual_ones(house: Visit, query: str) -> None:
    page = house.get(f"{TABLE}?{query}")
    assert page.status == 200
    assert 'value="goal" selected' in page.text


def test_a_rule_that_does_not_fire_says_why_not(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    told = house.server.ask(
        "POST", "/v1/try", {"ruleset": "pico-laser", "assessment": SPOTS, "explain": True}
    )
    missed = {one["rule"]: one for one in json.loads(told[2])["not_fired"]}
    rule = next(name for name in missed if len(missed[name]["conditions"]) > 1)
    page = house.get(f"{where}?why={rule}")
    assert "does not fire" in page.text
    for seen in missed[rule]["conditions"]:
        assert f"<code>{escape(seen['condition'])}</code>" in page.text
    fired = json.loads(told[2])["fired"][0]["rule"]
    assert "it is listed above" in house.get(f"{where}?why={fired}").text
    assert "No rule is called so" in house.get(f"{where}?why=nothing").text


def test_a_rule_is_found_by_its_words_and_one_answer_makes_it_fire(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    many = house.get(f"{where}?why=Freckles")
    assert "may be meant" in many.text
    assert "?why=freckles-mild#why-not" in many.text
    one = house.get(f"{where}?why=a+few+FRECKLES")
    first = re.search(r'<li class="first-failed"><code>([^<]*)</code>', one.text)
    assert first is not None
    assert first[1] == "concern: freckles"
    so = re.search(
        r'href="([^"]+)">Answer it so: <bdi[^>]*>What should be treated\? <b>Freckles</b>', one.text
    )
    assert so is not None
    assert 'id="rule-freckles-mild"' in house.get(so[1]).text
    two = house.get(f"{where}?why=ota-moderate")
    assert "No other answer to a single question makes it fire." in two.text
    assert "Answer it so" not in two.text


def test_a_client_is_copied_as_a_scenario_that_expects_his_answer(house: Visit) -> None:
    page = house.get(house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where)
    text = unescape(
        page.text.partition('<pre class="source" id="scenario"')[2].partition(">")[2].partition("</pre>")[0]
    )
    (scenario,) = yaml.safe_load(text)
    assert scenario["assessment"]["concern"] == "solar_lentigo"
    assert scenario["assessment"]["light_risk"] == []
    assert scenario["expect"] == {
        "verdict": "several_sessions",
        "sessions": {"min": 1, "typical": 2, "max": 3},
    }


def test_what_is_printed_for_a_client_is_in_his_language_and_names_no_rule(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    fired = re.findall(r'id="rule-([^"]+)"', house.get(where).text)
    page = house.get(f"{where}/print")
    assert '<html lang="en" dir="ltr">' in page.text
    assert "1 to 3, usually 2" in page.text
    assert fired
    assert [one for one in fired if one in page.text] == []
    spanish = house.get(f"{where}/print?language=es")
    assert '<html lang="es" dir="ltr">' in spanish.text
    assert "1 a 3, normalmente 2" in spanish.text
    assert "Manchas solares" in spanish.text
    assert '<html lang="en"' in house.get(f"{where}/print?language=tlh").text


@pytest.mark.parametrize(
    ("answers", "told_at_once", "told_later"),
    [
        ({}, True, True),
        ({"gold_therapy": ""}, False, True),
        ({"recent_tan": "yes"}, False, True),
        ({"gold_therapy": "yes"}, False, False),
    ],
)
def test_numbers_that_a_clinician_decides_on_are_printed_once_he_has_looked(
    house: Visit, answers: dict[str, str], told_at_once: bool, told_later: bool
) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS), **answers}).where
    printed = [house.get(f"{where}/print{query}").text for query in ("", "?looked=yes")]
    assert ["Sessions in all" in page for page in printed] == [told_at_once, told_later]
    assert ("A clinician has looked" in printed[0]) == (told_later and not told_at_once)


def test_a_number_that_is_zero_is_printed_and_what_was_answered_with_no_stands_together(house: Visit) -> None:
    under_way = {"sessions_done": 2, "improvement_pct": 0, "reactions": []}
    where = house.post(TRY, {".token": house.get(TRY).token, **filled({**SPOTS, **under_way})}).where
    said = house.get(f"{where}/print").text
    assert re.search(r"How much better is it[^<]*</bdi> <b><bdi>0 %</bdi>", said)
    noes = re.search(r"<bdi>([^<]*)</bdi> <b><bdi>No</bdi>", said)
    assert noes
    assert "Gold treatment ever, as for rheumatism? A changing, suspicious" in unescape(noes[1])
    none = re.search(r"<bdi>([^<]*)</bdi> <b><bdi>None of these</bdi>", said)
    assert none
    assert "Is light a risk?" in none[1]


def test_who_has_reached_the_goal_is_told_to_count_on_no_more(house: Visit) -> None:
    reached = {"goal": "some", "sessions_done": 2, "improvement_pct": 100, "reactions": []}
    where = house.post(TRY, {".token": house.get(TRY).token, **filled({**SPOTS, **reached})}).where
    said = house.get(f"{where}/print").text
    assert "You need no further session" in said
    assert "May one session be enough?" not in said
    assert "count on more" not in said


def test_who_is_not_treated_hears_nothing_of_how_sessions_go_on(house: Visit) -> None:
    client = {**SPOTS, "goal": "clear"}
    printed = []
    for gold in (False, True):
        fields = filled({**client, "gold_therapy": gold})
        where = house.post(TRY, {".token": house.get(TRY).token, **fields}).where
        printed.append(house.get(f"{where}/print").text)
    treated, stopped = printed
    assert '<li dir="auto">We look again after four weeks' in treated
    assert "turn skin blue-grey" in stopped
    assert "We look again" not in stopped


def test_who_has_not_every_answer_is_not_printed(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, "concern": "tattoo"}).where
    assert house.get(f"{where}/print").status == 422


def test_the_days_of_the_sessions_go_with_the_client(house: Visit) -> None:
    sent = {".token": house.get(TRY).token, **filled(SPOTS), ".day": "2026-12-01"}
    page = house.get(house.post(TRY, sent).where)
    assert "2026-12-29 to 2027-01-12" in page.text
    assert 'value="2026-12-01"' in page.text
    nonsense = house.get(house.post(TRY, {**sent, ".day": "soon"}).where)
    assert "4 to 6 weeks later" in nonsense.text


def test_a_decision_is_looked_up_by_its_id_and_tried_under_the_live_rules(house: Visit) -> None:
    body = {"ruleset": "pico-laser", "assessment": SPOTS}
    answer = json.loads(house.server.ask("POST", "/v1/evaluate", body)[2])
    sent = house.get(f"/workbench/decisions?id={answer['decision_id']}")
    assert sent.status == 303
    page = house.get(sent.where)
    assert "The same, to the byte" in page.text
    assert answer["verdict_text"] in page.text
    assert "Sun spots" in page.text
    live = re.search(rf'href="({TRY}/[^"]+)"', page.text)
    assert live
    assert answer["verdict_text"] in house.get(live[1]).text


def test_a_client_is_put_on_record_once_somebody_says_so(house: Visit) -> None:
    where = house.post(TRY, {".token": house.get(TRY).token, **filled(SPOTS)}).where
    assert f'href="{where}/record"' in house.get(where).text
    asks = house.get(f"{where}/record")
    assert "logged with all its answers" in asks.text
    assert "<b>Several sessions</b>" in asks.text
    assert "Pregnant or breastfeeding?" in asks.text
    sent = house.post(f"{where}/record", {".token": asks.token})
    assert re.fullmatch(r"/workbench/decisions/[0-9a-f-]{36}", sent.where)
    assert house.post(f"{where}/record", {".token": asks.token}).where == sent.where
    decision = sent.where.rpartition("/")[2]
    logged = json.loads(house.server.ask("GET", f"/v1/decisions/{decision}")[2])
    assert logged["assessment"] == SPOTS
    assert "The same, to the byte" in house.get(sent.where).text


def test_who_is_not_whole_is_not_put_on_record(house: Visit) -> None:
    page = house.get(TRY)
    where = house.post(TRY, {".token": page.token, "concern": "tattoo"}).where
    assert "/record" not in house.get(where).text
    asks = house.get(f"{where}/record")
    assert "It can’t be put on record so" in asks.text
    assert f'action="{where}/record"' not in asks.text
    assert house.post(f"{where}/record", {".token": page.token}).status == 422


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("01920000-0000-7000-8000-000000000000", "No decision of that id is logged here"),
        ("nothing", "No decision has an id like that"),
        ("%3Cb%3E", "No decision has an id like that"),
    ],
)
def test_a_decision_that_is_not_there_is_told(house: Visit, wanted: str, told: str) -> None:
    page = house.get(f"/workbench/decisions/{wanted}")
    assert page.status == 404
    assert told in page.text


# -- with keys ---------------------------------------------------------------------------------------


def test_who_is_not_signed_in_signs_in_first_and_goes_on_to_where_he_wanted(keyed: Clinics) -> None:
    visit, key = Visit(keyed.server), living(keyed, "lead")
    wanted = "/workbench/zeta/live/try"
    sent = visit.get(wanted)
    assert (sent.status, sent.where) == (303, "/workbench/sign-in?next=%2Fworkbench%2Fzeta%2Flive%2Ftry")
    signed = visit.signed_in(key.text, wanted)
    assert (signed.status, signed.where) == (303, wanted)
    cookie = signed.headers["set-cookie"]
    assert cookie.startswith("picoplan=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    page = visit.get(wanted)
    assert page.status == 200
    assert key.id in page.text
    assert key.text not in page.text
    assert key.text not in keyed.server.log_text()


def test_what_was_asked_for_comes_after_signing_in_as_it_was(keyed: Clinics) -> None:
    visit = Visit(keyed.server)
    wanted = f"{TABLE}?rows=concern&outer=device"
    asked = visit.get(wanted)
    page = visit.get(asked.where)
    hidden = re.search(r'name="\.next" value="([^"]*)"', page.text)
    assert hidden
    assert unescape(hidden[1]) == wanted


def test_a_clinic_sees_its_own_rulesets_alone(keyed: Clinics) -> None:
    visit = Visit(keyed.server)
    visit.signed_in(living(keyed, "of alpha", clinic="alpha", rulesets=("alpha",)).text)
    home = visit.get("/workbench").text
    assert "/workbench/alpha/live/try" in home
    assert "zeta" not in home
    assert visit.get("/workbench/zeta/live/try").status == 404
    assert visit.get("/workbench/alpha/live/try").status == 200


def test_a_key_that_may_not_try_is_told_which_scope_it_needs(keyed: Clinics) -> None:
    visit = Visit(keyed.server)
    visit.signed_in(living(keyed, "operates", scopes=("operate",)).text)
    page = visit.get("/workbench/alpha/live/try")
    assert page.status == 403
    assert "evaluate" in page.text
    assert "/live/try" not in visit.get("/workbench").text


def test_another_clinics_decision_is_as_if_it_were_not_there(keyed: Clinics) -> None:
    alpha = living(keyed, "alpha decides", clinic="alpha")
    decision = keyed.decided(alpha, "alpha")
    visits = {}
    for clinic in ("alpha", "zeta"):
        visits[clinic] = Visit(keyed.server)
        visits[clinic].signed_in(living(keyed, f"{clinic} looks", clinic=clinic).text)
    found = {clinic: visit.get(f"/workbench/decisions/{decision}").status for clinic, visit in visits.items()}
    assert found == {"alpha": 200, "zeta": 404}


def test_a_session_ends_with_sign_out_and_with_its_key(keyed: Clinics) -> None:
    key = living(keyed, "leaves")
    visit = Visit(keyed.server)
    visit.signed_in(key.text)
    kept = visit.cookie
    out = visit.post("/workbench/sign-out", {".token": visit.get("/workbench").token})
    assert out.status == 303
    assert visit.cookie == ""
    visit.cookie = kept
    assert visit.get("/workbench").status == 303
    visit.cookie = ""
    visit.signed_in(key.text)
    assert visit.get("/workbench").status == 200
    keyed.revoke(key)
    until(lambda: visit.get("/workbench").status == 303)


@pytest.mark.parametrize("scripts", [True, False])
def test_who_is_signed_out_midway_signs_in_there_and_goes_on(keyed: Clinics, scripts: bool) -> None:
    key = living(keyed, f"midway {scripts}")
    visit, at = Visit(keyed.server), "/workbench/zeta/live/try"
    visit.signed_in(key.text)
    token = visit.get(at).token
    kept = visit.cookie
    visit.post("/workbench/sign-out", {".token": token})
    visit.cookie = kept  # as where the session is over, and the browser does not know it
    page = visit.post(
        at, {".token": token, "sessions_done.": "40"}, **({"HX_Request": "true"} if scripts else {})
    )
    assert page.status == 401
    assert "You have been signed out" in page.text
    assert ("hx-post" in page.text) == scripts
    fields = dict(re.findall(r'name="(\.again\.[^"]+)" value="([^"]*)"', page.text))
    assert fields == ({} if scripts else {".again.sessions_done.": "40"})
    sign_in = {".token": page.token, ".next": at, **fields}
    wrong = visit.post("/workbench/sign-in", {**sign_in, ".key": WRONG})
    assert wrong.status == 422
    assert all(name in wrong.text for name in fields)
    went = visit.post("/workbench/sign-in", {**sign_in, ".key": key.text})
    assert went.status == (303 if scripts else 200)
    if not scripts:
        assert f'action="{at}"' in went.text
        again = visit.post(at, {".token": went.token_of(at), "sessions_done.": "40"})
        assert again.status == 303
        assert 'value="40"' in visit.get(again.where).text


def test_another_sites_form_is_not_kept_for_after_signing_in(keyed: Clinics) -> None:
    page = Visit(keyed.server).post(
        "/workbench/zeta/live/try", {".token": "x", "sessions_done.": "40"}, Origin="https://a.example"
    )
    assert page.status in (303, 403)
    assert "40" not in page.text


def test_a_cookie_opens_no_endpoint_for_programs_and_a_bearer_no_page(keyed: Clinics) -> None:
    key = living(keyed, "both")
    visit = Visit(keyed.server)
    visit.signed_in(key.text)
    assert visit.get("/v1/rulesets").status == 401
    assert Visit(keyed.server).get("/workbench", Authorization=f"Bearer {key.text}").status == 303


def test_a_link_from_another_site_gets_a_button_to_go_on(keyed: Clinics) -> None:
    page = Visit(keyed.server).get("/workbench/zeta/live/try", Sec_Fetch_Site="cross-site")
    assert page.status == 200
    assert 'href="/workbench/zeta/live/try"' in page.text


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example", "//elsewhere.example", "/v1/rulesets", "/workbench\\x", "/workbenchx"],
)
def test_nobody_is_led_elsewhere_after_signing_in(keyed: Clinics, wanted: str) -> None:
    visit = Visit(keyed.server)
    assert visit.signed_in(living(keyed, f"led {wanted}").text, wanted).where == "/workbench"


def test_a_token_of_one_session_is_none_of_another(keyed: Clinics) -> None:
    one, other = Visit(keyed.server), Visit(keyed.server)
    one.signed_in(living(keyed, "one").text)
    other.signed_in(living(keyed, "other").text)
    theirs = one.get("/workbench/zeta/live/try").token
    assert other.post("/workbench/zeta/live/try", {".token": theirs}).status == 403


def test_ten_wrong_keys_a_minute_are_enough(tmp_path: Any) -> None:
    with clinics(tmp_path, workers=1) as server:
        visit, key = Visit(server.server), living(server, "right")
        assert statuses_of_wrong_keys(visit) == [422] * 10 + [429]
        assert visit.signed_in(key.text).status == 429


def test_with_redis_all_workers_and_machines_count_wrong_keys_together(
    tmp_path: Any, redis_server: RedisServer
) -> None:
    told: dict[str, Any] = {"workers": 2, "redis_url": redis_server.url}
    with clinics(tmp_path, **told) as server:
        server.add("one")
        visit = Visit(server.server)
        until(lambda: visit.get("/workbench").status == 303)
        assert statuses_of_wrong_keys(visit) == [422] * 10 + [429]
    with clinics(tmp_path, **told) as server:
        assert statuses_of_wrong_keys(Visit(server.server), 1) == [429]


def statuses_of_wrong_keys(visit: Visit, times: int = 11) -> list[int]:
    """What comes of so many wrong keys, one after the other."""
    token = visit.get("/workbench/sign-in").token
    return [visit.post("/workbench/sign-in", {".token": token, ".key": WRONG}).status for _ in range(times)]
