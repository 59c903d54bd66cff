"""What happens to a stream of lines when something changes midway: the log, the rules, or a slow client."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from service.model.limit import Limit
from service.web.batch import MOST_STREAMS, MOST_STREAMS_OF_A_KEY
from tests.waiting import PATIENCE_S, until
from tests.web.batches import BATCH, NDJSON, SCAR, as_array, opened, raw, response_on
from tests.web.clinics import added, clinics, store_in
from tests.web.serving import Served
from tests.web.small import CONCERN, write_small


class Conversation:
    """A client that waits for each answer before it sends the next line."""

    def __init__(self, server: Served, *headers: str) -> None:
        self.client = opened(server, None, *headers)
        self.response = response_on(self.client)

    def ask(self, body: Any = SCAR) -> dict[str, Any]:
        """What is told of one line."""
        line = raw(body)[0] + b"\n"
        self.client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
        told: dict[str, Any] = json.loads(self.response.readline())
        return told

    def until(self, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first answer of that kind; they are asked for over and over."""
        return until(lambda: told if seen(told := self.ask()) else None)

    def end(self) -> None:
        """End it in good order."""
        self.client.sendall(b"0\r\n\r\n")
        assert self.response.read() == b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.response.close()
        self.client.close()


def moved_aside(server: Served) -> Path:
    """The server's database, put elsewhere; its place is its name without ``aside-``."""
    file = server.database
    return file.rename(file.with_name(f"aside-{file.name}"))


def put_back(aside: Path) -> None:
    aside.rename(aside.with_name(aside.name.removeprefix("aside-")))


@pytest.mark.parametrize("headers", [(), ("Idempotency-Key: midway",)])
def test_while_the_log_is_gone_each_line_is_a_503_and_after_it_the_stream_goes_on(
    tmp_path: Path, headers: tuple[str, ...]
) -> None:
    write_small(tmp_path / "rulesets")
    with (
        Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1) as server,
        Conversation(server, *headers) as talk,
    ):
        assert "decision_id" in talk.ask()
        aside = moved_aside(server)
        refused = talk.until(lambda told: "decision_id" not in told)
        assert (refused["status"], refused["errors"][0]["code"]) == (503, "not-logged")
        assert talk.ask()["status"] == 503
        assert talk.ask({"ruleset": "small", "assessment": {}})["status"] in (422, 503)
        put_back(aside)
        talk.until(lambda told: "decision_id" in told)
        talk.end()


def test_with_best_effort_an_answer_that_is_not_safely_logged_says_so(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    told_how = {"rulesets": str(tmp_path / "rulesets"), "workers": 1, "log_mode": "best-effort"}
    with Served(tmp_path, **told_how) as server, Conversation(server) as talk:
        assert "logged" not in talk.ask()
        aside = moved_aside(server)
        answer = talk.until(lambda told: "logged" in told)
        assert list(answer)[-1] == "logged"
        assert answer["logged"] is False
        assert "verdict" in answer
        assert "logged" not in talk.ask({"ruleset": "small", "assessment": {}}), "there is no decision"
        headers = {"Content-Type": "application/json"}
        status, told, content = server.ask("POST", BATCH, as_array(raw(SCAR, SCAR)), headers)
        assert (status, told["picoplan-logged"]) == (200, "no")
        assert "logged" not in json.loads(content)[0]
        put_back(aside)
        talk.until(lambda told: "logged" not in told)
        assert "picoplan-logged" not in server.ask("POST", BATCH, as_array(raw(SCAR)), headers)[1]
        talk.end()


def test_an_edit_goes_live_in_the_midst_of_a_stream(tmp_path: Path) -> None:
    root = write_small(tmp_path / "rulesets")
    with (
        Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1) as server,
        Conversation(server) as talk,
    ):
        before = talk.ask()["ruleset"]["digest"]
        (root / "factors/1-concern.yaml").write_text(CONCERN.replace("Scars are deep", "Scars go deep"))
        after = talk.until(lambda told: told["ruleset"]["digest"] != before)
        assert after["fired"][0]["because"] == "Scars go deep."
        talk.end()


def test_of_more_streams_than_a_process_answers_at_once_one_is_refused_and_single_requests_go_on(
    tmp_path: Path,
) -> None:
    write_small(tmp_path / "rulesets")
    with Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1) as server:
        talks = [Conversation(server) for _ in range(MOST_STREAMS)]
        assert all("verdict" in talk.ask() for talk in talks)
        status, headers, content = server.ask("POST", BATCH, raw(SCAR)[0], NDJSON)
        assert (status, json.loads(content)["errors"][0]["code"]) == (503, "busy")
        assert "retry-after" in headers
        assert server.ask("POST", "/v1/evaluate", SCAR)[0] == 200
        for talk in talks:
            with talk:
                talk.end()
        server.wait_for("batch")
        with Conversation(server) as talk:
            assert "verdict" in talk.ask()
            talk.end()


def test_a_stream_over_http_1_0_ends_with_its_connection(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    line = raw(SCAR)[0] + b"\n"
    head = (
        f"POST {BATCH} HTTP/1.0\r\nContent-Type: application/x-ndjson\r\nContent-Length: {len(line)}\r\n\r\n"
    )
    with (
        Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as client,
    ):
        client.sendall(head.encode() + line)
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.read().count(b"\n") == 1


def test_a_key_has_its_share_of_the_streams_while_its_single_requests_and_other_keys_go_on(
    tmp_path: Path,
) -> None:
    store = store_in(tmp_path)
    zeta, alpha = (added(store, name, clinic=name, limit=Limit(10_000, 60)) for name in ("zeta", "alpha"))
    store.close()
    with clinics(tmp_path, workers=1) as served:
        body = {"ruleset": "zeta", "assessment": SCAR["assessment"]}
        talks = [
            Conversation(served.server, f"Authorization: Bearer {zeta.text}")
            for _ in range(MOST_STREAMS_OF_A_KEY)
        ]
        assert all("verdict" in talk.ask(body) for talk in talks)
        sent = {"Authorization": f"Bearer {zeta.text}"}
        refused = [
            served.server.ask("POST", BATCH, raw(body)[0], {**NDJSON, **sent})[0]
            for _ in range(40 - MOST_STREAMS_OF_A_KEY)
        ]
        assert set(refused) == {503}
        assert served.ask(zeta, "POST", "/v1/evaluate", body)[0] == 200
        other = {**NDJSON, "Authorization": f"Bearer {alpha.text}"}
        assert served.server.ask("POST", BATCH, raw({**body, "ruleset": "alpha"})[0], other)[0] == 200
        for talk in talks:
            with talk:
                talk.end()
