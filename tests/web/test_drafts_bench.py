"""Drafts over a real service: checked, proved, tried and shown by processes of their own."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.waiting import until
from tests.web import small
from tests.web.drafts import Drafts
from tests.web.pages import Visit
from tests.web.serving import Served

CONCERN = "factors/1-concern.yaml"
SCAR = {"concern": "scar", "severity": "severe", "gold": False}
BODY = {"assessment": SCAR}
SCENARIOS = """\
- name: A scar
  assessment: {concern: scar, severity: severe, gold: no}
  expect: {verdict: clinician_review}
- name: A scar after gold
  assessment: {concern: scar, severity: severe, gold: yes}
  expect: {verdict: several_sessions}
"""
BROKEN = ("title: Sun spots", "titel: Sun spots")
"""A slip in a rule of the small ruleset, and what it was."""


def serving(folder: Path, environ: dict[str, str] | None = None, **told: object) -> Served:
    small.write_small(folder / "rulesets")
    shown = {"rulesets": str(folder / "rulesets"), "rulesets_shown_as": "clinic"}
    return Served(folder, environ, workers=1, **shown, **told)


def drafts_of(server: Served) -> Drafts:
    return Drafts(server.until_ready(), server.log_file.parent / "rulesets")


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafts]:
    with serving(tmp_path_factory.mktemp("drafts")) as server:
        yield drafts_of(server)


def test_pages_of_a_draft_show_what_it_holds(drafts: Drafts) -> None:
    draft = drafts.begin()
    drafts.save(draft, CONCERN, "title: Sun spots", "title: Spots by the sun")
    visit = Visit(drafts.server)
    for page in ("try", "table", "rules", "rules/sun-spots"):
        shown = visit.get(f"/workbench/small/{draft}/{page}")
        assert shown.status == 200, shown.text
    assert "Spots by the sun" in shown.text
    assert "Spots by the sun" not in visit.get("/workbench/small/live/rules/sun-spots").text


def test_a_client_is_tried_under_a_draft_by_its_form(drafts: Drafts) -> None:
    draft = drafts.begin({CONCERN: concern("sessions: 4 to 6", "sessions: 7 to 9")})
    visit, at = Visit(drafts.server), f"/workbench/small/{draft}/try"
    page = visit.get(at)
    fields = {".token": page.token, "concern.": "scar", "severity.": "severe", "gold.": "no"}
    gone_on = visit.post(at, fields)
    assert gone_on.status == 303
    assert gone_on.where.startswith(f"{at}/")
    assert "7 to 9" in visit.get(gone_on.where).text
    assert visit.post(at, fields | {".token": "x"}).status == 403


def test_a_draft_says_that_it_tries_no_other_ruleset(drafts: Drafts) -> None:
    draft, body = drafts.begin(), {"ruleset": "other", "assessment": {}}
    for what, sent in (("evaluate", body), ("what-if", body), ("evaluate/batch", [body])):
        _, told = drafts.ask("POST", draft, what, sent)
        (error,) = (told[0] if what.endswith("batch") else told)["errors"]
        assert (error["pointer"], error["code"]) == ("/ruleset", "unknown-ruleset")
        assert error["message"] == 'This draft is of "small", and tries no other ruleset.'


def test_the_rules_of_a_draft_say_what_is_proven_of_the_state_that_they_show(drafts: Drafts) -> None:
    draft = drafts.begin({CONCERN: concern("sessions: 4 to 6", "sessions: 6 to 9")})
    drafts.report(draft, "checked")
    visit, at = Visit(drafts.server), f"/workbench/small/{draft}/rules"
    assert '<span class="proof proven">Proven</span>' in visit.get(at).text
    drafts.save(draft, CONCERN, *BROKEN)
    until(lambda: "has errors" in visit.get(at).text)
    assert '<span class="proof not-yet-proven">Not yet proven</span>' in visit.get(at).text


def concern(old: str, new: str) -> str:
    assert old in small.CONCERN
    return small.CONCERN.replace(old, new)


def test_a_report_has_problems_clients_and_guarantees(drafts: Drafts) -> None:
    draft = drafts.begin({"scenarios/ours.yaml": SCENARIOS})
    report = drafts.report(draft, "checked")
    assert (report["stage"], report["is_final"], report["last_good"]) == ("proved", True, 1)
    assert [one["as_expected"] for one in report["scenarios"]] == [True, False]
    failed = report["scenarios"][1]
    assert failed["expected"] == {"verdict": "several_sessions"}
    assert failed["got"]["verdict"] == "do_not_treat"
    assert [(one["id"], one["state"]) for one in report["guarantees"]] == [("gold-stops", "proven")]
    (error,) = (one for one in report["problems"] if one["severity"] == "error")
    assert (error["file"], error["line"], error["code"]) == (
        "small/scenarios/ours.yaml",
        6,
        "scenario-failed",
    )
    assert (report["version"], report["title"]) == ("1.2.0", "A small clinic")


def test_an_error_comes_with_its_mend_and_the_last_good_state_goes_on(drafts: Drafts) -> None:
    draft = drafts.begin()
    assert drafts.report(draft, "checked")["stage"] == "proved"
    drafts.save(draft, CONCERN, *BROKEN)
    report = drafts.report(draft, "checked")
    assert (report["stage"], report["is_final"], report["last_good"], report["digest"]) == (
        "checked",
        True,
        1,
        None,
    )
    errors = [one for one in report["problems"] if one["severity"] == "error"]
    assert [one["mend"]["label"] for one in errors if one["mend"]] == ['write "title"']
    status, told = drafts.ask("POST", draft, "evaluate", BODY)
    assert (status, told["verdict"]) == (200, "clinician_review")
    page = Visit(drafts.server).get(f"/workbench/small/{draft}/try")
    assert page.status == 200
    assert "This is the last good state of the draft" in page.text


def test_a_draft_of_which_no_state_is_good_shows_its_errors(drafts: Drafts) -> None:
    draft = drafts.begin({CONCERN: concern(*BROKEN)})
    page = Visit(drafts.server).get(f"/workbench/small/{draft}/table")
    assert page.status == 422
    assert f'href="/workbench/small/{draft}/edit/{CONCERN}#L' in page.text
    status, told = drafts.ask("POST", draft, "evaluate", BODY)
    assert (status, told["errors"][0]["code"]) == (422, "draft-broken")


def test_a_draft_answers_as_the_endpoints_do_and_logs_nothing(drafts: Drafts) -> None:
    draft = drafts.begin()
    status, told = drafts.ask("POST", draft, "evaluate", BODY)
    assert (status, told["decision_id"], told["sessions"]["min"]) == (200, None, 4)
    status, many = drafts.ask("POST", draft, "evaluate/batch", [BODY, {"assessment": {"concern": "x"}}])
    assert status == 200
    assert many[0]["verdict"] == told["verdict"]
    assert (many[1]["status"], many[1]["index"]) == (422, 1)
    table = {"rows": "concern", "columns": ["severity"], "assessment": {"gold": False}}
    assert len(drafts.ask("POST", draft, "table", table)[1]["cells"]) == 4
    assert drafts.ask("POST", draft, "what-if", BODY)[1]["now"]["verdict"] == told["verdict"]
    assert drafts.ask("POST", draft, "evaluate", {"assessment": {"concern": "x"}})[0] == 422


def test_what_takes_long_has_an_address_to_ask_again(drafts: Drafts) -> None:
    draft = drafts.begin(
        {CONCERN: concern("sessions: 4 to 6", "sessions: 7 to 9"), "scenarios/ours.yaml": SCENARIOS}
    )
    done = {}
    for method, kind in (("GET", "test"), ("GET", "coverage"), ("POST", "diff"), ("POST", "replay")):
        status, told = drafts.ask(method, draft, kind)
        assert status in (200, 202), told
        done[kind] = until(lambda job=told["job"]: finished(drafts, draft, job))
    assert (done["test"]["as_expected"], done["test"]["failed"]) == (1, 1)
    assert done["coverage"]["gaps"][0]["rule"] == "sun-spots"
    assert done["diff"]["changes"] is True
    assert done["replay"]["replayed"] == 0
    assert drafts.ask("GET", draft, "jobs/0123456789abcdef")[0] == 404


def finished(drafts: Drafts, draft: str, job: str) -> dict[str, object] | None:
    told = drafts.ask("GET", draft, f"jobs/{job}")[1]
    assert told["stage"] != "failed", told
    return dict(told["result"]) if told["stage"] == "done" else None


def test_a_draft_that_is_not_there_is_none(drafts: Drafts) -> None:
    for draft in ("d-aaaaaaaaaaaa", "d-nonsense", "live"):
        assert drafts.server.ask("GET", f"/v1/drafts/{draft}/problems")[0] == 404
    assert Visit(drafts.server).get("/workbench/small/d-aaaaaaaaaaaa/try").status == 404
    assert Visit(drafts.server).get(f"/workbench/other/{drafts.begin()}/try").status == 404


def test_parameters_of_a_wait_are_checked(drafts: Drafts) -> None:
    draft = drafts.begin()
    for query in (
        "wait=x",
        "wait=-1",
        "wait=99999999999999999999",
        f"wait={'0' * 9}{'9' * 400}",
        "after=never",
    ):
        status, told = drafts.ask("GET", draft, f"problems?{query}")
        assert (status, len(told["errors"])) == (422, 1)


def test_a_bench_that_is_killed_is_started_again_and_the_next_request_works(drafts: Drafts) -> None:
    draft = drafts.begin()
    assert drafts.report(draft, "checked")["stage"] == "proved"
    bench = drafts.bench()
    gone = drafts.processes()
    assert gone
    os.kill(bench, signal.SIGKILL)
    status, told = drafts.ask("POST", draft, "evaluate", BODY)
    assert (status, told["verdict"]) == (200, "clinician_review")
    assert drafts.bench() != bench
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in gone))


def test_a_process_of_a_draft_that_is_killed_is_started_anew_when_asked(drafts: Drafts) -> None:
    draft = drafts.begin()
    assert drafts.report(draft, "checked")["stage"] == "proved"
    for one in drafts.processes():
        with suppress(ProcessLookupError):  # that of its proofs ends by itself
            os.kill(one, signal.SIGKILL)
    until(lambda: drafts.ask("POST", draft, "evaluate", BODY)[0] == 200)


def test_a_draft_whose_answer_takes_too_long_is_ended_while_live_answers_go_on(tmp_path: Path) -> None:
    check = {"seconds": 60, "cpu_seconds": None, "niceness": 5}
    with serving(tmp_path, drafts={"check": check, "answer_s": 0.03}) as server:
        drafts = drafts_of(server)
        draft = drafts.begin()
        drafts.report(draft)
        status, told = drafts.ask("POST", draft, "evaluate/batch", [BODY] * 1_000)
        assert (status, told["errors"][0]["code"]) == (503, "draft-busy")
        assert server.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": SCAR})[0] == 200
        until(lambda: drafts.ask("POST", draft, "evaluate", BODY)[0] == 200)


@pytest.mark.parametrize(
    ("limits", "says"),
    [({"seconds": 0.001}, "took more than 0.001 seconds"), ({"memory_mb": 64}, "64 MB of memory")],
    ids=["time", "memory"],
)
def test_a_check_that_takes_too_much_is_ended_and_says_so(
    tmp_path: Path, limits: dict[str, float], says: str
) -> None:
    check = {"seconds": 60, "cpu_seconds": None, "niceness": 5, **limits}
    with serving(tmp_path, drafts={"check": check}) as server:
        drafts = drafts_of(server)
        draft = drafts.begin()
        report = drafts.report(draft)
        assert (report["stage"], report["is_final"]) == ("failed", True)
        assert says in report["message"]
        status, told = drafts.ask("POST", draft, "evaluate", BODY)
        assert (status, told["errors"][0]["code"]) == (422, "draft-broken")
        assert server.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": SCAR})[0] == 200


def test_nothing_of_the_bench_is_left_when_the_service_ends(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        with serving(tmp_path, {"TMPDIR": temporary}) as server:
            drafts = drafts_of(server)
            drafts.report(drafts.begin(), "checked")
            assert [*Path(temporary).iterdir()]
            running = [drafts.bench(), *drafts.processes()]
            assert len(running) > 1
        assert not any(Path(f"/proc/{one}").exists() for one in running)
        assert not [*Path(temporary).iterdir()]
