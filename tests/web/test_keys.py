"""API keys over HTTP, from a real server of two workers: who is let in, to what, and how soon it changes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.model.caller import SCOPES
from service.store.api_keys import Token, open_keys
from service.web.endpoints import ENDPOINTS, Endpoint
from tests.waiting import until, until_all
from tests.web.clinics import SCAR, WRONG, Clinics, added, clinics, url_in
from tests.web.serving import Served
from tests.web.small import CONCERN, write_small
from tests.web.test_server import launch

GHOST = "0193a0a0-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    """A server for tests that leave it as it is; its keys may do all, and there are some from the start."""
    folder = tmp_path_factory.mktemp("keys")
    with clinics(folder, limit=None) as server:
        server.add("first")
        until_all(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        yield server


@pytest.fixture(scope="module")
def zeta(served: Clinics) -> Token:
    return known(served, served.add("zeta", clinic="zeta"))


@pytest.fixture(scope="module")
def alpha(served: Clinics) -> Token:
    return known(served, served.add("alpha", clinic="alpha"))


@pytest.fixture(scope="module")
def house(served: Clinics) -> Token:
    return known(served, served.add("house"))


@pytest.fixture(scope="module")
def revoked(served: Clinics) -> Token:
    """A key that lived in both workers, and does no more."""
    token = known(served, served.add("revoked"))
    served.revoke(token)
    until_all(lambda: served.ask(token, "GET", "/v1/rulesets")[0] == 401)
    return token


def known(server: Clinics, token: Token) -> Token:
    """The token, once both workers know it: nobody without it has scopes, so none is told of rulesets."""
    until_all(lambda: server.ask(token, "GET", "/readyz")[2] != server.ask(None, "GET", "/readyz")[2])
    return token


def settled(content: bytes) -> bytes:
    """An answer without the ids that differ at every request."""
    return re.sub(rb'"urn:uuid:[0-9a-f-]+"', b'"ID"', content)


@dataclass(frozen=True, slots=True)
class Walk:
    """How an endpoint is asked for what is zeta's, and its status for zeta's key and for that of alpha."""

    path: str
    body: Any = None
    right: int = 200
    other: int = 404


BATCH = json.dumps([{"ruleset": "zeta", "assessment": SCAR}]).encode()
TABLE = {"ruleset": "zeta", "rows": "concern", "columns": ["severity"], "assessment": {}}
JSON = {"Content_Type": "application/json"}

WALK: dict[str, Walk] = {
    "evaluate": Walk("/v1/evaluate", {"ruleset": "zeta", "assessment": SCAR}),
    "evaluate_batch": Walk("/v1/evaluate/batch", BATCH, other=200),
    "try_assessment": Walk("/v1/try", {"ruleset": "zeta", "assessment": SCAR}),
    "plan_table": Walk("/v1/table", TABLE),
    "what_if": Walk("/v1/what-if", {"ruleset": "zeta", "assessment": SCAR}),
    "rulesets": Walk("/v1/rulesets", other=200),
    "ruleset": Walk("/v1/rulesets/zeta"),
    "assessment_schema": Walk("/v1/rulesets/zeta/assessment-schema"),
    "rule": Walk("/v1/rulesets/zeta/rules/gold"),
    "ruleset_history": Walk("/v1/rulesets/zeta/history"),
    "drafts": Walk("/v1/drafts", other=200),
    "begin_draft": Walk("/v1/drafts", {"ruleset": "zeta"}, right=201, other=403),
    "draft": Walk("/v1/drafts/{begun}"),
    "discard_draft": Walk("/v1/drafts/{begun}", right=204),
    "draft_file": Walk("/v1/drafts/{begun}/files/ruleset.yaml"),
    "save_draft_file": Walk("/v1/drafts/{begun}/files/ruleset.yaml", right=428),
    "delete_draft_file": Walk("/v1/drafts/{begun}/files/ruleset.yaml", right=428),
    "draft_zip": Walk("/v1/drafts/{begun}/export.zip"),
    "draft_patch": Walk("/v1/drafts/{begun}/export.patch"),
    "rebase_draft": Walk("/v1/drafts/{begun}/rebase", {}),
    "sign_draft": Walk("/v1/drafts/{begun}/sign", {}, right=422),
    "save_draft": Walk("/v1/drafts/{begun}/save", {}, right=422),
    "decision": Walk("/v1/decisions/{decision}"),
    "verify": Walk("/v1/decisions/{decision}/verify"),
    "find_decisions": Walk("/v1/refs/find", {"ref": "walk"}, other=200),
    "erase_decisions": Walk("/v1/refs/erase", {"ref": "walk"}, other=200),
    "draft_problems": Walk("/v1/drafts/{draft}/problems?wait=10"),
    "draft_evaluate": Walk("/v1/drafts/{draft}/evaluate", {"assessment": SCAR}),
    "draft_batch": Walk("/v1/drafts/{draft}/evaluate/batch", BATCH),
    "draft_what_if": Walk("/v1/drafts/{draft}/what-if", {"assessment": SCAR}),
    "draft_complete": Walk(
        "/v1/drafts/{draft}/complete", {"file": "ruleset.yaml", "text": "", "line": 1, "column": 1}
    ),
    "mend_draft": Walk("/v1/drafts/{draft}/mend", {"state": 1, "mend": {}}, 412),
    "draft_table": Walk("/v1/drafts/{draft}/table", TABLE),
    "draft_test": Walk("/v1/drafts/{draft}/test"),
    "draft_coverage": Walk("/v1/drafts/{draft}/coverage"),
    "draft_diff": Walk("/v1/drafts/{draft}/diff"),
    "draft_replay": Walk("/v1/drafts/{draft}/replay"),
    "draft_job": Walk("/v1/drafts/{draft}/jobs/{job}"),
    "health": Walk("/healthz", other=200),
    "ready": Walk("/readyz", other=200),
    "metrics": Walk("/metrics"),
    "openapi": Walk("/openapi.json", other=200),
    "docs": Walk("/docs", other=200),
    "docs_file": Walk("/docs/swagger-ui.css", other=200),
    "problem": Walk("/problems/not-found", other=200),
    "welcome": Walk("/", other=200),
}
"""Every endpoint. One that is added is not tested by itself: give it a line, and see to isolation below."""


def test_every_endpoint_is_walked() -> None:
    assert set(WALK) == {one.name for one in ENDPOINTS}


def asked(served: Clinics, zeta: Token, endpoint: Endpoint, token: Token | str | None) -> tuple[int, bytes]:
    walk = WALK[endpoint.name]
    path = walk.path
    if "{decision}" in path:
        path = path.format(decision=served.decided(zeta, "zeta"))
    if "{begun}" in path:
        path = path.format(begun=served.begun(zeta, "zeta"))
    if "{draft}" in path:
        path = path.format(draft=served.draft_of("zeta"), job=served.job_of("zeta", zeta))
    kind = JSON if isinstance(walk.body, bytes) else {}
    status, headers, content = served.ask(token, endpoint.method, path, walk.body, **kind)
    if status == 401:
        assert headers["www-authenticate"] == "Bearer"
    return status, settled(content)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: str(one.name))
def test_an_endpoint_is_there_for_those_who_may(
    served: Clinics, zeta: Token, alpha: Token, house: Token, revoked: Token, endpoint: Endpoint
) -> None:
    walk = WALK[endpoint.name]
    own = asked(served, zeta, endpoint, zeta)
    assert own[0] == (403 if endpoint.house else walk.right), own
    assert asked(served, zeta, endpoint, house)[0] == walk.right
    if not endpoint.house:
        assert asked(served, zeta, endpoint, alpha)[0] == walk.other
    refused = [asked(served, zeta, endpoint, one) for one in (None, WRONG, revoked, "x", zeta.secret)]
    assert len(set(refused)) == 1, "nobody learns why"
    assert refused[0][0] == (401 if endpoint.scopes else 200)


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if one.scopes], ids=lambda one: str(one.name))
def test_a_key_without_the_scope_is_told_which_it_lacks(
    served: Clinics, zeta: Token, endpoint: Endpoint
) -> None:
    lacking = served.add(f"lacks {endpoint.name}", rulesets=("zeta",), scopes=set(SCOPES) - endpoint.scopes)
    until_all(lambda: asked(served, zeta, endpoint, lacking)[0] != 401)
    status, content = asked(served, zeta, endpoint, lacking)
    problem = json.loads(content)
    assert (status, problem["errors"][0]["code"]) == (403, "scope-needed")
    assert all(f'"{scope}"' in problem["detail"] for scope in endpoint.scopes)


def test_a_key_by_which_somebody_signs_reads_and_tries_everything_and_decides_and_changes_nothing(
    served: Clinics, zeta: Token
) -> None:
    signs = known(served, served.add("nurse", clinic="zeta", scopes=("operate",), role="Nurse"))
    told = {one.name: asked(served, zeta, one, signs)[0] for one in ENDPOINTS}
    denied = {
        *("evaluate", "evaluate_batch", "what_if", "decision", "verify", "find_decisions", "erase_decisions"),
        *("begin_draft", "discard_draft", "save_draft_file", "delete_draft_file", "rebase_draft"),
        *("mend_draft", "draft_complete", "draft_replay", "save_draft", "metrics"),
    }
    assert {name for name, status in told.items() if status == 403} == denied
    assert {name: told[name] for name in WALK.keys() - denied if told[name] != WALK[name].right} == {}


def test_a_path_that_is_not_there_and_a_wrong_method_need_no_key(served: Clinics) -> None:
    for token in (None, WRONG):
        assert served.ask(token, "GET", "/v1/nothing")[0] == 404
        status, headers, _ = served.ask(token, "DELETE", "/v1/evaluate")
        assert (status, headers["allow"]) == (405, "OPTIONS, POST")
        status, headers, _ = served.ask(token, "OPTIONS", "/v1/evaluate")
        assert (status, headers["allow"]) == (204, "OPTIONS, POST")


def test_a_head_request_needs_the_key_that_a_get_needs(served: Clinics, zeta: Token) -> None:
    assert served.ask(None, "HEAD", "/v1/rulesets")[0] == 401
    assert served.ask(zeta, "HEAD", "/v1/rulesets")[0] == 200


@pytest.mark.parametrize(
    "header", ["{}", "Basic {}", "Bearer", "Bearer  ", "bearer{}", "Token {}", "Bearer {0} {0}"]
)
def test_a_header_that_is_no_bearer_token_lets_nobody_in(served: Clinics, zeta: Token, header: str) -> None:
    sent = {"Authorization": header.format(zeta.text)}
    assert served.server.ask("GET", "/v1/rulesets", None, sent)[0] == 401


def test_the_word_bearer_may_be_written_in_any_case(served: Clinics, zeta: Token) -> None:
    assert served.server.ask("GET", "/v1/rulesets", None, {"Authorization": f"bearer  {zeta.text}"})[0] == 200


def test_who_is_refused_is_refused_before_the_body_is_read(served: Clinics) -> None:
    for body in ("not json", "x" * 100_000):
        assert served.ask(None, "POST", "/v1/evaluate", body)[0] == 401
    connection = served.server.connect()
    connection.putrequest("POST", "/v1/evaluate")
    connection.putheader("Content-Length", "10000")
    connection.endheaders()  # and nothing more
    assert connection.getresponse().status == 401
    connection.close()


GHOSTS: list[tuple[str, str, Any]] = [
    ("GET", "/v1/rulesets/alpha/history", None),
    ("POST", "/v1/drafts", {"ruleset": "alpha"}),
    ("POST", "/v1/drafts", {"ruleset": "zeta", "digest": "alpha"}),
    ("GET", "/v1/rulesets/alpha", None),
    ("GET", "/v1/rulesets/alpha/assessment-schema", None),
    ("GET", "/v1/rulesets/alpha/rules/gold", None),
    ("GET", "/v1/rulesets/alpha/rules/golf", None),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": SCAR}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": {"concern": "x"}}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": SCAR, "version": "1.2.0"}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": SCAR, "version": "0.0.1"}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": SCAR, "as_of": "2020-01-01"}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": SCAR, "nonsense": 1}),
    ("POST", "/v1/evaluate", {"ruleset": "alpha", "assessment": {"concern": "x"}, "nonsense": 1}),
    ("POST", "/v1/what-if", {"ruleset": "alpha", "assessment": SCAR}),
    ("POST", "/v1/what-if", {"ruleset": "alpha", "assessment": {"concern": "x"}}),
]


def same(served: Clinics, token: Token, method: str, path: str, body: Any) -> bool:
    """Whether what is alpha's looks to a key as what is not there at all: "alphx"."""
    found = []
    for name in ("alpha", "alphx"):
        sent = None if body is None else json.loads(json.dumps(body).replace("alpha", name))
        status, headers, content = served.ask(token, method, path.replace("alpha", name), sent)
        kept = {key: value for key, value in headers.items() if key not in ("x-request-id", "date")}
        found.append((status, kept, settled(content).replace(name.encode(), b"NAME")))
    assert found[0][0] in (403, 404, 422)
    assert b"alpha" not in found[0][2]
    return found[0] == found[1]


@pytest.mark.parametrize("ghost", GHOSTS, ids=lambda one: f"{one[0]} {one[1]} {one[2]}")
def test_another_clinics_ruleset_looks_as_if_it_were_not_there(
    served: Clinics, zeta: Token, ghost: tuple[str, str, Any]
) -> None:
    assert same(served, zeta, *ghost)


def test_another_clinics_decisions_are_neither_found_nor_erased_by_their_ref(
    served: Clinics, zeta: Token, alpha: Token, house: Token
) -> None:
    def told(token: Token, does: str) -> Any:
        content = served.ask(token, "POST", f"/v1/refs/{does}", {"ref": "shared-ref"})[2]
        return json.loads(content)

    for token, ruleset in ((zeta, "zeta"), (alpha, "alpha"), (house, "zeta")):
        body = {"ruleset": ruleset, "assessment": SCAR, "ref": "shared-ref"}
        assert served.ask(token, "POST", "/v1/evaluate", body)[0] == 200
    assert [one["clinic"] for one in told(zeta, "find")["decisions"]] == ["zeta"]
    assert [one["clinic"] for one in told(house, "find")["decisions"]] == [None, "alpha", "zeta"]
    assert told(zeta, "erase") == {"erased": 1}
    assert [one["clinic"] for one in told(house, "find")["decisions"]] == [None, "alpha"]
    assert told(house, "erase") == {"erased": 2}


def test_in_a_batch_it_looks_as_if_it_were_not_there_too(served: Clinics, zeta: Token) -> None:
    def told(name: str) -> list[bytes]:
        bodies = [{"ruleset": one, "assessment": SCAR} for one in ("zeta", name)]
        array, lines = json.dumps(bodies), "".join(f"{json.dumps(one)}\n" for one in bodies)
        sent = [(array, "application/json"), (lines, "application/x-ndjson")]
        answers = []
        for body, kind in sent:
            status, _, content = served.ask(
                zeta, "POST", "/v1/evaluate/batch", body.encode(), Content_Type=kind
            )
            assert status == 200
            assert b"zeta" in content
            items = json.loads(content) if kind == "application/json" else content.splitlines()
            second = items[1] if isinstance(items[1], bytes) else json.dumps(items[1]).encode()
            assert b"alpha" not in second
            answers.append(settled(second))
        return answers

    assert told("alpha") == told("alphx")


def test_nor_do_hints_and_lists_name_it(served: Clinics, zeta: Token, house: Token) -> None:
    nearly = {"ruleset": "alphb", "assessment": SCAR}
    for method, path, body in (
        ("POST", "/v1/evaluate", nearly),
        ("GET", "/v1/rulesets/alphb", None),
        ("GET", "/v1/rulesets", None),
        ("GET", "/readyz", None),
    ):
        assert b'alpha\\"' in (content := served.ask(house, method, path, body)[2]) or b'"alpha"' in content
        assert b"alpha" not in served.ask(zeta, method, path, body)[2]


def test_another_clinics_decision_looks_as_if_it_were_not_there(
    served: Clinics, zeta: Token, alpha: Token, house: Token
) -> None:
    theirs = served.decided(alpha, "alpha")
    for method, below in (("GET", ""), ("POST", "/verify")):
        path = "/v1/decisions/{}" + below
        answers = [served.ask(zeta, method, path.format(one)) for one in (theirs, GHOST)]
        (status, content), other = [(one[0], settled(one[2])) for one in answers]
        assert (status, content) == other
        assert status == 404
        assert served.ask(alpha, method, path.format(theirs))[0] == 200
        assert served.ask(house, method, path.format(theirs))[0] == 200


def test_a_decision_names_the_key_and_the_clinic_it_was_made_for(served: Clinics, zeta: Token) -> None:
    decision = served.decided(zeta, "zeta")
    shown = json.loads(served.ask(zeta, "GET", f"/v1/decisions/{decision}")[2])
    assert (shown["key"], shown["clinic"]) == (zeta.id, "zeta")


def test_the_default_ruleset_of_a_key_answers_requests_that_name_none(served: Clinics, zeta: Token) -> None:
    status, _, content = served.ask(zeta, "POST", "/v1/evaluate", {"assessment": SCAR})
    assert (status, json.loads(content)["ruleset"]["id"]) == (200, "zeta")


def test_a_request_is_sent_again_by_its_own_key_alone(served: Clinics, zeta: Token) -> None:
    other = known(served, served.add("zeta two", clinic="zeta"))
    body = {"ruleset": "zeta", "assessment": SCAR}
    answers = [
        served.ask(token, "POST", "/v1/evaluate", body, Idempotency_Key="one")[2]
        for token in (zeta, other, zeta)
    ]
    assert answers[0] == answers[2] != answers[1]


def test_readyz_tells_rulesets_to_those_who_operate_and_only_those_they_see(
    served: Clinics, zeta: Token, house: Token
) -> None:
    reads = served.add("only reads", clinic="zeta", scopes=("evaluate", "read"))
    until_all(lambda: served.ask(reads, "GET", "/v1/rulesets")[0] == 200)

    def told(token: Token | str | None) -> list[str] | None:
        status, _, content = served.ask(token, "GET", "/readyz")
        assert (status, json.loads(content)["status"]) == (200, "ready")
        return [one["id"] for one in json.loads(content)["rulesets"]]

    assert told(house) == ["alpha", "zeta"]
    assert told(zeta) == ["zeta"]
    assert told(reads) == told(None) == told(WRONG) == []


def test_the_log_names_the_key_by_its_id_and_holds_no_token(served: Clinics, zeta: Token) -> None:
    wanted = served.ask(zeta, "GET", "/v1/rulesets")[1]["x-request-id"]
    assert served.server.wait_for("request", request_id=wanted)["key"] == zeta.id
    wanted = served.ask(WRONG, "GET", "/v1/rulesets")[1]["x-request-id"]
    assert served.server.wait_for("request", request_id=wanted)["key"] is None
    text = served.server.log_text()
    assert zeta.secret not in text
    assert zeta.secret_sha256 not in text
    assert WRONG not in text


def test_another_clinics_waiting_edit_can_not_be_told_from_a_header(
    served: Clinics, zeta: Token, alpha: Token, house: Token
) -> None:
    file = served.folder / "rulesets/alpha/factors/1-concern.yaml"
    file.write_text(CONCERN.replace("concern: scar\n", "concern: scarr\n"), encoding="utf-8")
    until_all(lambda: b'"stale"' in served.ask(house, "GET", "/readyz")[2])
    body = {"ruleset": "alpha", "assessment": {"concern": "x"}}
    assert served.ask(alpha, "POST", "/v1/evaluate", body)[1]["picoplan-ruleset-state"] == "stale"
    for ghost in GHOSTS:
        assert same(served, zeta, *ghost)
    assert served.ask(zeta, "GET", "/readyz")[2].count(b"stale_since") == 1


def test_why_its_own_edit_waits_names_no_other_clinics_ruleset_to_a_key(tmp_path: Path) -> None:
    with clinics(tmp_path, limit=None) as server:
        zeta, house = server.add("zeta", clinic="zeta"), server.add("house")
        header = tmp_path / "rulesets/zeta/ruleset.yaml"
        header.write_text(f"{header.read_text(encoding='utf-8')}extends: alphb\n", encoding="utf-8")

        def told(token: Token) -> list[str]:
            content = server.ask(token, "GET", "/readyz")[2]
            return [line for one in json.loads(content)["rulesets"] for line in one["problems"]]

        until_all(lambda: server.ask(zeta, "GET", "/readyz")[2].count(b"unknown-ruleset") == 1)
        until_all(lambda: len(told(house)) == 1)
        [seen], [full] = told(zeta), told(house)
        assert full.endswith('There is no ruleset "alphb" to extend. Did you mean "alpha"?')
        assert seen.endswith('"alphb" to extend. Name the folder of one that lies beside this one.')
        assert seen.partition(" error ")[0] == full.partition(" error ")[0]
        assert b"alpha" not in server.ask(zeta, "GET", "/readyz")[2]


def test_keys_are_asked_for_from_the_first_on_and_ever_after_while_it_runs(tmp_path: Path) -> None:
    with clinics(tmp_path) as server:
        status, headers, _ = server.ask(None, "GET", "/v1/rulesets")
        assert status == 200
        assert "ratelimit" not in headers
        assert b'"alpha"' in server.ask(None, "GET", "/readyz")[2]
        assert server.ask("nonsense", "GET", "/v1/rulesets")[0] == 200
        token = server.add("first", clinic="zeta")
        until_all(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        until_all(lambda: server.ask(token, "GET", "/v1/rulesets")[0] == 200)
        second = server.add("second", clinic="alpha")
        until_all(lambda: server.ask(second, "GET", "/v1/rulesets")[0] == 200)
        server.revoke(token)
        until_all(lambda: server.ask(token, "GET", "/v1/rulesets")[0] == 401)
        assert server.ask(second, "GET", "/v1/rulesets")[0] == 200
        server.revoke(second)
        until_all(lambda: server.ask(second, "GET", "/v1/rulesets")[0] == 401)
        assert server.ask(None, "GET", "/v1/rulesets")[0] == 401


def test_while_the_database_is_gone_the_last_known_keys_hold(tmp_path: Path) -> None:
    with clinics(tmp_path, limit=None) as server:
        token = server.add("zeta", clinic="zeta")
        until_all(lambda: server.ask(token, "GET", "/readyz")[2] != server.ask(None, "GET", "/readyz")[2])
        gone = "keys are not followed, those known hold"

        def told(event: str) -> int:
            return sum(line["event"] == event for line in server.server.events())

        aside = server.database.rename(tmp_path / "aside")
        try:
            until(lambda: told(gone) == 2)  # once for each worker
            time.sleep(2.5)
            for _ in range(8):
                assert server.ask(token, "GET", "/v1/rulesets")[0] == 200
                assert server.ask(None, "GET", "/v1/rulesets")[0] == 401
        finally:
            aside.rename(server.database)
        server.server.wait_for("keys are followed again")
        server.revoke(token)
        until_all(lambda: server.ask(token, "GET", "/v1/rulesets")[0] == 401)
        assert told(gone) == 2, "not again at each look"


def test_with_a_key_it_listens_beyond_this_machine_and_not_once_all_are_revoked(tmp_path: Path) -> None:
    environ = {"PICOPLAN_DATABASE_URL": url_in(tmp_path)}
    with clinics(tmp_path) as server:
        token = server.add("only", clinic="zeta")
        rulesets = str(tmp_path / "rulesets")
        (tmp_path / "second").mkdir()
        with Served(tmp_path / "second", environ, rulesets=rulesets, host="0.0.0.0") as beyond:
            assert beyond.ask("GET", "/v1/rulesets")[0] == 401
            sent = {"Authorization": f"Bearer {token.text}"}
            assert beyond.ask("GET", "/v1/rulesets", None, sent)[0] == 200
        server.revoke(token)
        told = launch(environ, rulesets=rulesets, port=0, host="0.0.0.0")
        assert (told.returncode, told.stderr.count("\n")) == (2, 1)
        assert "every API key is revoked: add one with picoplan keys add" in told.stderr


def test_the_keys_stay_when_the_link_that_is_served_points_elsewhere(tmp_path: Path) -> None:
    """Its first start finds the database that an earlier picoplan named after what the link pointed at."""
    for release in ("v1", "v2"):
        write_small(tmp_path / release, "zeta")
    link = tmp_path / "current"
    link.symlink_to("v1")
    environ = {"PICOPLAN_DATA_DIR": str(tmp_path / "data")}
    store = open_keys(tmp_path / "v1", environ)
    sent = {"Authorization": f"Bearer {added(store, 'house').text}"}
    for release, found in (("v1", 1), ("v2", 0)):
        link.unlink()
        link.symlink_to(release)
        with Served(tmp_path, rulesets=str(link), workers=1, watch=False, require_keys=True) as server:
            assert server.ask("GET", "/v1/rulesets")[0] == 401
            assert server.ask("GET", "/v1/rulesets", None, sent)[0] == 200
        assert sum(line["event"].startswith("the database is found") for line in server.events()) == found
    (tmp_path / "other").symlink_to("v2")
    store.close()
    moved = tmp_path / "moved"
    (tmp_path / "v2").rename(moved)
    told = launch(environ, rulesets=str(moved), port=0, require_keys=True)
    line, mend = told.stderr.splitlines()
    assert json.loads(line)["beside"] == [str(store.file)]
    assert mend.startswith("no API key lives in ")
    assert told.returncode == 2
