"""A clinic lead tries a client in a real browser: at a desk, on a phone, without scripts, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from service.model.limit import Limit
from service.store.folders import shipped
from tests.waiting import PATIENCE_S, until
from tests.web.asking import nearly_every_risk, read_by_clients
from tests.web.clinics import Clinics
from tests.web.pages import Visit
from tests.web.serving import Served
from tests.web.test_what_if import SPOTS
from tests.web.test_workbench import TABLE, TRY, filled, keyed, living

__all__ = ["keyed"]

SETS = ("light_risk", "recent_procedure", "healing_risk")


def opened(browser: Browser, server: Served, width: int, *, scripts: bool = True) -> tuple[Page, list[str]]:
    """The workbench, and what went wrong in it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    own = f"http://127.0.0.1:{server.port}/"
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    page.goto(own)
    page.get_by_role("listitem").filter(has_text="pico-laser").get_by_role(
        "link", name="Try a client"
    ).click()
    return page, wrong


def fill_in(page: Page, *, scripts: bool) -> None:
    """A healthy client with a few sun spots."""
    page.get_by_label("What should be treated?").select_option("solar_lentigo")
    if not scripts:
        page.get_by_role("button", name="Show the answer").click()
    page.get_by_label("mild", exact=True).check()
    page.get_by_label("Type III", exact=True).check()
    page.get_by_label("Some improvement").check()
    page.get_by_label("Which laser is used?").select_option("picosure")
    for name in SETS:
        page.locator(f"#field-{name}").get_by_label("None of these").check()
    page.locator("#field-bleaching").get_by_label("None", exact=True).check()
    page.locator("#field-near_eye").get_by_label("No", exact=True).check()
    page.get_by_label("Age in years").fill("40")
    page.get_by_role("button", name="I asked all others: no").click()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, True), (1280, False)])
def test_a_client_is_tried_and_a_wish_changed_by_one_click(
    browser: Browser, shipped_server: Served, width: int, scripts: bool
) -> None:
    page, wrong = opened(browser, shipped_server, width, scripts=scripts)
    fill_in(page, scripts=scripts)
    answer = page.locator("#answer")
    expect(answer.locator(".verdict")).to_contain_text("One session may be enough")
    if scripts:
        expect(page.get_by_role("status")).to_contain_text("One session may be enough")
    expect(answer.get_by_role("img").first).to_have_accessible_name(re.compile(r"^Sessions in all: 1 to 2"))
    assert page.locator("#field-gold_therapy").get_by_label("No", exact=True).is_checked()
    assert "solar" not in page.url
    if width > 900:
        page.evaluate("scrollTo(0, 0)")
        top = answer.evaluate("one => one.getBoundingClientRect().top")
        assert top < 300, "it stands beside the first questions"
    answer.get_by_role("link", name="What result is hoped for? Complete resolution").click()
    expect(page.locator("#answer .verdict")).to_contain_text("Several sessions")
    assert page.get_by_label("Complete resolution").is_checked()
    page.go_back()
    expect(page.locator("#answer .verdict")).to_contain_text("One session may be enough")
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()


def test_the_answer_follows_each_click_and_the_place_in_the_form_stays(
    browser: Browser, shipped_server: Served
) -> None:
    page, wrong = opened(browser, shipped_server, 1280)
    fill_in(page, scripts=True)
    expect(page.locator("#answer .verdict")).to_contain_text("One session may be enough")
    yes = page.locator("#field-pregnant_or_nursing").get_by_label("Yes", exact=True)
    yes.focus()
    page.keyboard.press("Space")
    expect(page.locator("#answer .name")).not_to_have_text("One session may be enough")
    expect(yes).to_be_focused()
    page.get_by_role("button", name="Undo: not asked").click()
    expect(page.locator("#answer")).to_contain_text("Not asked yet")
    assert wrong == []
    page.close()


def test_what_does_not_apply_is_kept_and_comes_back(browser: Browser, shipped_server: Served) -> None:
    page, _ = opened(browser, shipped_server, 1280)
    concern = page.get_by_label("What should be treated?")
    concern.select_option("tattoo")
    page.locator("#field-inks").get_by_label("Red").check()
    concern.select_option("freckles")
    expect(page.get_by_text("kept here and not counted: Which ink colours are in it?")).to_be_visible()
    concern.select_option("tattoo")
    expect(page.locator("#field-inks").get_by_label("Red")).to_be_checked()
    page.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_field_answers_no_other_question(
    browser: Browser, shipped_server: Served, scripts: bool
) -> None:
    page, _ = opened(browser, shipped_server, 1280, scripts=scripts)
    with page.expect_response("**/try"):
        page.get_by_label("Age in years").fill("40")
        page.get_by_label("Age in years").press("Enter")
    expect(page.get_by_role("button", name="I asked all others: no")).to_be_visible()
    expect(page.locator("#field-gold_therapy").get_by_label("Not asked")).to_be_checked()
    page.close()


@pytest.fixture(scope="module")
def tried(shipped_server: Served) -> str:
    """The address of a client who needs several sessions."""
    visit = Visit(shipped_server)
    sent = {".token": visit.get(TRY).token, **filled(SPOTS), "gold_therapy": "", ".others": "no"}
    return visit.origin + visit.post(TRY, sent).where


@pytest.fixture
def client(browser: Browser, tried: str) -> Iterator[Page]:
    """The page of that client."""
    page = browser.new_page()
    page.goto(tried)
    yield page
    page.close()


def pregnant(client: Page) -> Locator:
    """The answer after which nobody is treated."""
    return client.locator("#field-pregnant_or_nursing").get_by_label("Yes", exact=True)


def test_no_answer_stands_beside_what_it_does_not_answer(client: Page) -> None:
    name, waits = client.locator("#answer .name"), client.locator("#answer .waits")
    age = client.get_by_label("Age in years")
    age.press_sequentially("1")
    expect(name).to_be_hidden()
    expect(waits).to_be_visible()
    client.route("**/live/try", lambda route: route.abort())
    pregnant(client).check()
    expect(name).to_be_hidden()
    expect(client.get_by_role("link", name="Put on record")).to_be_hidden()
    client.unroute("**/live/try")
    client.get_by_role("button", name="Show the answer").click()
    expect(client.locator("#answer")).to_contain_text("it is marked beside its question")
    age.fill("40")
    age.press("Enter")
    expect(name).to_have_text("Not now")
    expect(waits).to_be_hidden()


def test_what_is_typed_just_after_an_answer_came_marks_it(client: Page) -> None:
    client.clock.install(time=0)
    client.goto(client.url)
    client.clock.pause_at(100_000)
    name, age = client.locator("#answer .name"), client.get_by_label("Age in years")
    pregnant(client).check()
    expect(name).to_have_text("Not now")
    client.route("**/live/try", lambda route: route.abort())
    age.press_sequentially("1")  # the answer is there, and htmx has not let go of it yet
    client.clock.run_for(1_000)
    expect(name).to_be_hidden()
    expect(client.locator("#answer .waits")).to_be_visible()


def test_an_answer_to_what_the_form_does_not_say_any_more_is_asked_for_again(client: Page) -> None:
    held: list[Route] = []
    client.route("**/live/try", lambda route: route.continue_() if held else held.append(route))
    with client.expect_request("**/live/try"):
        pregnant(client).check()
    # As by a browser that fills in what it knows, and tells nobody.
    client.get_by_label("Age in years").evaluate("one => { one.value = '17' }")
    with client.expect_request(lambda one: "age.=17" in (one.post_data or "")):
        held[0].continue_()
    expect(client.locator("#scenario")).to_contain_text("age: 17")
    expect(client.locator("#answer .waits")).to_be_hidden()


def test_a_number_is_followed_as_it_is_typed_and_half_a_number_is_no_mistake(client: Page) -> None:
    age, name = client.get_by_label("Age in years"), client.locator("#answer .name")
    asked: list[str] = []
    client.on("request", lambda one: asked.append(one.post_data or "") if one.method == "POST" else None)
    age.fill("")
    age.press_sequentially("17")
    expect(name).to_have_text("A clinician looks first")
    expect(age).to_be_focused()
    age.press("Tab")
    expect(client.get_by_label("Age in years")).to_have_value("17")
    assert len([one for one in asked if "age.=17&" in one]) == 1, "it is not asked again as the field is left"
    done = client.get_by_label("How many sessions have been done?")
    done.press_sequentially("3")
    better = client.get_by_label("How much improvement is seen")
    expect(better).to_be_visible()
    expect(done).to_be_focused()
    done.press_sequentially("0")
    expect(done).to_have_value("30")
    with client.expect_response("**/live/try"):
        better.press_sequentially("-")
    expect(client.locator("#answer .waits")).to_be_visible()
    expect(client.locator("#questions .mistake")).to_have_count(0)
    better.press("Tab")
    expect(client.locator("#questions .mistake")).to_be_visible()


def test_what_the_service_could_not_do_stands_in_the_place_of_the_answer(client: Page) -> None:
    gone = client.request.get(client.url.replace("/live/try/", "/live/try/x")).text()
    client.route("**/live/try", lambda route: route.fulfill(status=500, body=gone, content_type="text/html"))
    pregnant(client).check()
    expect(client.locator("#answer")).to_contain_text("This address opens no client")
    expect(client.locator("#answer .name")).to_have_count(0)
    expect(pregnant(client)).to_be_checked()
    client.unroute("**/live/try")
    client.get_by_label("Some improvement").check()
    expect(client.locator("#answer .name")).to_have_text("Not now")


def test_what_is_typed_or_clicked_before_an_answer_comes_is_not_lost(client: Page) -> None:
    held: list[Route] = []
    client.route("**/live/try", lambda route: held.append(route))
    client.get_by_label("What should be treated?").select_option("tattoo")
    client.get_by_label("Age in years").press_sequentially("1")
    client.unroute("**/live/try")
    client.get_by_label("Age in years").fill("41")
    client.get_by_label("Age in years").press("Tab")
    expect(client.locator("#field-inks")).to_be_visible()
    expect(client.get_by_label("Age in years")).to_have_value("41")
    client.get_by_role("button", name="Undo: not asked").click()
    gold = client.locator("#field-gold_therapy")
    expect(gold.get_by_label("Not asked")).to_be_checked()
    client.route("**/live/try", lambda route: held.append(route))
    client.get_by_role("button", name="I asked all others: no").click()
    client.unroute("**/live/try")
    client.get_by_label("Some improvement").check()
    expect(gold.get_by_label("No", exact=True)).to_be_checked()


def test_back_without_scripts_shows_the_answers_of_the_verdict(browser: Browser, tried: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(tried)
    pregnant(page).check()
    expect(page.locator("#answer .name")).to_be_hidden()
    page.get_by_role("link", name="Table", exact=True).click()
    page.go_back()
    expect(page.locator("#answer .name")).to_have_text("Several sessions")
    expect(pregnant(page)).not_to_be_checked()
    page.close()


def test_without_scripts_no_answer_stands_beside_a_number_that_was_changed(
    browser: Browser, tried: str
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(tried)
    age, name = page.get_by_label("Age in years"), page.locator("#answer .name")
    expect(name).to_be_visible()
    age.fill("70")
    expect(name).to_be_hidden()
    expect(page.locator("#answer .waits")).to_be_visible()
    age.fill("30")
    expect(name).to_be_visible()
    page.get_by_label("How many sessions have been done?").fill("1")
    expect(name).to_be_hidden()
    page.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_no_table_stands_below_what_was_changed(
    browser: Browser, shipped_server: Served, scripts: bool
) -> None:
    page = browser.new_page(java_script_enabled=scripts)
    page.goto(f"http://127.0.0.1:{shipped_server.port}{TABLE}")
    table, sheet = page.get_by_role("table"), page.get_by_role("link", name="As CSV")
    expect(table).to_be_visible()
    page.get_by_label("Rows").select_option("device")
    expect(table).to_be_hidden()
    expect(sheet).to_be_hidden()
    page.get_by_label("Rows").select_option("concern")
    expect(table).to_be_visible()
    page.get_by_label("Age in years").fill("40")
    expect(table).to_be_hidden()
    page.get_by_label("Type III", exact=True).check()
    page.get_by_label("Which laser is used?").select_option("picosure")
    page.get_by_role("button", name="Show the table").click()
    expect(page.get_by_role("link", name="1 to 2, typically 1").first).to_be_visible()
    page.get_by_role("link", name="1 to 2, typically 1").first.click()
    expect(page.locator("#answer .name")).to_be_visible()
    page.close()


def test_a_page_that_can_not_be_shown_at_the_moment_is_asked_for_again_by_itself(
    browser: Browser, keyed: Clinics
) -> None:
    token = living(keyed, "in a hurry", clinic="zeta", limit=Limit(1, 1))
    page = browser.new_context().new_page()
    at = f"http://127.0.0.1:{keyed.server.port}/workbench"
    page.goto(f"{at}/sign-in?next=/workbench/zeta/live/table")
    page.get_by_label("API key").fill(token.text)
    page.get_by_role("button", name="Sign in").click()

    def is_denied() -> bool:
        page.request.get(f"{at}/zeta/live/table")
        shown = page.goto(f"{at}/zeta/live/table")
        return shown is not None and shown.status == 429

    until(is_denied)
    expect(page.get_by_role("heading", name="Table")).to_be_visible(timeout=PATIENCE_S * 1_000)
    page.context.close()


def test_none_of_these_takes_the_others_away_and_any_other_takes_it_away(client: Page) -> None:
    risks = client.locator("#field-light_risk")
    none, lupus = risks.get_by_label("None of these"), risks.get_by_label("Lupus")
    lupus.check()
    expect(none).not_to_be_checked()
    none.check()
    expect(lupus).not_to_be_checked()
    expect(client.locator("#answer .name")).to_have_text("Several sessions")


def test_what_takes_long_says_so_and_can_be_stopped(client: Page) -> None:
    client.clock.install(time=0)
    client.goto(client.url)
    client.clock.pause_at(100_000)
    held: list[Route] = []
    client.route("**/live/try", lambda route: held.append(route))
    pregnant(client).check()
    progress = client.locator(".progress")
    expect(progress).not_to_contain_text("Working")
    client.clock.run_for(400)
    expect(progress).to_contain_text("Working")
    stop = progress.get_by_role("button", name="Stop")
    expect(stop).to_be_hidden()
    client.clock.run_for(10_000)
    stop.click()
    expect(progress).to_contain_text("Stopped")
    expect(client.locator("#answer .name")).to_be_hidden()
    client.unroute("**/live/try")
    client.get_by_role("button", name="Show the answer").click()
    expect(client.locator("#answer .name")).to_have_text("Not now")
    expect(progress).not_to_contain_text("Stopped")


def test_a_service_that_is_busy_is_asked_again_and_what_was_filled_in_stays(client: Page) -> None:
    client.clock.install()
    client.goto(client.url)
    gone = client.request.get(client.url.replace("/live/try/", "/live/try/x")).text()
    asked: list[Route] = []

    def busy(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=503, body=gone, content_type="text/html", headers={"Retry-After": "7"})

    client.route("**/live/try", busy)
    pregnant(client).check()
    progress, told = client.locator(".progress"), client.locator("#answer #problem, #answer h1")
    for number in (1, 2, 3):
        expect(progress).to_contain_text(f"It is asked again in 7 s ({number} of 3).")
        expect(told).to_have_count(0)
        client.clock.run_for(7_000)
    expect(client.locator("#answer")).to_contain_text("This address opens no client")
    assert len(asked) == 4
    expect(pregnant(client)).to_be_checked()
    client.unroute("**/live/try")
    client.get_by_role("button", name="Show the answer").click()
    expect(client.locator("#answer .name")).to_have_text("Not now")


def test_an_error_that_says_nothing_is_asked_past_and_the_answer_before_stays_marked(client: Page) -> None:
    client.clock.install()
    client.goto(client.url)
    client.route("**/live/try", lambda route: route.fulfill(status=500, body="<h1>A proxy has failed</h1>"))
    pregnant(client).check()
    progress = client.locator(".progress")
    for number in (1, 2, 3):
        expect(progress).to_contain_text(f"It is asked again in 5 s ({number} of 3).")
        client.clock.run_for(5_000)
    expect(progress).to_contain_text("The service can’t be reached. What you wrote is still here.")
    expect(client.locator(".answer.before .name")).to_have_count(1)
    client.unroute("**/live/try")
    client.get_by_role("button", name="Show the answer").click()
    expect(client.locator("#answer .name")).to_have_text("Not now")


def test_the_link_is_copied_and_opens_the_client(browser: Browser, tried: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(tried)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#answer").get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == tried
    context.close()


def test_a_day_that_is_chosen_shows_the_days_of_the_sessions(client: Page) -> None:
    client.get_by_label("The next session is on").fill("2026-12-01")
    expect(client.locator("#answer svg.calendar")).to_contain_text("2026-12-29 to 2027-01-12")
    expect(client.get_by_label("The next session is on")).to_have_value("2026-12-01")


def test_who_is_signed_out_midway_signs_in_within_the_page(browser: Browser, keyed: Clinics) -> None:
    key, origin = living(keyed, "in the browser"), f"http://127.0.0.1:{keyed.server.port}"
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(f"{origin}/workbench/zeta/live/try")
    page.get_by_label("API key").fill(key.text)
    page.get_by_role("button", name="Sign in").click()
    form = page.locator("#questions")
    page.context.clear_cookies()
    form.locator("input[type=radio]").first.check()
    told = page.get_by_role("link", name="You have been signed out Sign in")
    expect(told).to_be_in_viewport()
    told.click()
    expect(page.locator("#answer").get_by_label("API key")).to_be_in_viewport()
    page.locator("#answer").get_by_label("API key").fill(key.text)
    page.locator("#answer").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/workbench/zeta/live/try/"))
    expect(form.locator("input[type=radio]").first).to_be_checked()
    page.close()


LONG: tuple[dict[str, Any], ...] = (
    {"concern": "melasma", "severity": "severe", "topical_3m": True, "recent_tan": True, "vitiligo": True},
    {
        "concern": "tattoo",
        "tattoo_made": "professional",
        "inks": ["black", "green", "red"],
        "sessions_done": 3,
        "improvement_pct": 10,
        "gain_last_two_pct": 0,
        "reactions": ["scar"],
        "ink_allergy": False,
        "labial_herpes": True,
        "near_eye": "around",
    },
)
"""What makes the page of a client long."""


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("more", LONG, ids=lambda more: more["concern"])
def test_what_is_printed_for_a_client_is_one_page(
    browser: Browser, shipped_server: Served, paper: str, more: dict[str, Any]
) -> None:
    visit = Visit(shipped_server)
    answers = {**SPOTS, "phototype": "V", "light_risk": ["lupus"], **more}
    where = visit.post(TRY, {".token": visit.get(TRY).token, **filled(answers)}).where
    page = browser.new_page()
    page.goto(f"{visit.origin}{where}/print?looked=yes&language=es")
    expect(page.locator("h1.verdict")).to_be_visible()
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format=paper))) == 1
    page.close()


@pytest.mark.parametrize("language", ["en", "es", "zh-Hans"])
def test_nearly_every_risk_is_printed_on_one_page(
    browser: Browser, shipped_server: Served, language: str
) -> None:
    visit = Visit(shipped_server)
    answers = nearly_every_risk(read_by_clients(shipped(), "pico-laser"))
    where = visit.post(TRY, {".token": visit.get(TRY).token, **filled(answers)}).where
    page = browser.new_page()
    page.goto(f"{visit.origin}{where}/print?language={language}")
    assert page.locator(".texts li").count() > 30
    for paper in ("A4", "Letter"):
        assert len(re.findall(rb"/Type /Page\b", page.pdf(format=paper))) == 1
    page.close()


def test_a_client_is_tried_by_keyboard_alone(browser: Browser, shipped_server: Served) -> None:
    page, wrong = opened(browser, shipped_server, 390)
    concern = page.get_by_label("What should be treated?")
    for _ in range(12):
        page.keyboard.press("Tab")
        if concern.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.type("Sun")
    expect(concern).to_have_value("solar_lentigo")
    mild = page.get_by_label("mild", exact=True)
    expect(mild).to_be_visible()
    page.keyboard.press("Tab")
    with page.expect_response("**/try"):
        page.keyboard.press("ArrowRight")  # from "Not asked", the last, on to the first
    expect(mild).to_be_checked()
    expect(mild).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Type I", exact=True)).to_be_checked()
    expect(page.locator("#answer")).to_contain_text("Still to answer")
    assert wrong == []
    page.close()


def test_on_a_phone_the_verdict_stays_in_view_and_opens(browser: Browser, tried: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(tried)
    bar = page.locator(".to-answer")
    expect(bar).to_be_in_viewport()
    expect(bar.locator("summary")).to_have_text("Several sessions: 1 to 3, typically 2")
    field = page.get_by_label("Age in years")
    field.focus()
    box, over = field.bounding_box(), bar.bounding_box()
    assert box is not None
    assert over is not None
    assert box["y"] + box["height"] <= over["y"]
    number = bar.get_by_text("Is one enough?")
    expect(number).to_be_hidden()
    bar.locator("summary").click()
    expect(number).to_be_in_viewport()
    expect(bar.get_by_text("Plan for several sessions")).to_be_in_viewport()
    bar.locator("summary").click()
    expect(number).to_be_hidden()
    bar.locator("summary").click()
    bar.get_by_role("link", name="See why").click()
    expect(page.get_by_role("heading", name="The answer")).to_be_in_viewport()
    page.close()


def test_pictures_are_told_apart_in_forced_colours(browser: Browser, tried: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, forced_colors="active")
    page.goto(tried)
    fill = "one => getComputedStyle(one).fill"
    sure, perhaps = (
        page.locator(f".range circle.{mark}").first.evaluate(fill) for mark in ("sure", "perhaps")
    )
    assert sure != perhaps
    last, unused = (page.locator(f".bars rect.{mark}").first for mark in ("last", "unused"))
    assert last.evaluate(fill) != "none"
    if unused.count():
        assert unused.evaluate(fill) == "none"
    page.close()


def test_nothing_moves_for_who_wants_less_motion(browser: Browser, tried: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.goto(tried)
    page.get_by_label("Some improvement").check()
    moved = page.evaluate("""() => document.getAnimations().filter(
        one => one.effect.getTiming().easing !== "step-end" && one.effect.getKeyframes().some(
            frame => "transform" in frame || "left" in frame || "top" in frame)).length""")
    assert moved == 0
    page.close()
