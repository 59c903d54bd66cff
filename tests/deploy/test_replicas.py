"""Two replicas behind nginx under load: one after the other is restarted, and one is killed."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from dataclasses import dataclass, field

import pytest

from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from tests.deploy.parts import Part, Site, exchange, until

pytestmark = pytest.mark.long

SCAR = {"ruleset": "small", "assessment": {"concern": "scar", "severity": "severe", "gold": False}}
CLIENTS = 4


@dataclass
class Seen:
    """What clients were answered: the bytes by decision, and whatever else came."""

    answers: dict[str, bytes] = field(default_factory=dict)
    others: list[object] = field(default_factory=list)

    def ask_on(self, site: Site, proxy: Part, over: threading.Event) -> None:
        """One client: it asks on one connection until told to end, each time with another Idempotency-Key."""
        connection = site.connect(proxy)
        while not over.is_set():
            headers = {**site.authorization, "Idempotency-Key": str(uuid.uuid4())}
            try:
                status, _, body = exchange(connection, "POST", "/v1/evaluate", SCAR, headers)
            except (OSError, http.client.HTTPException) as error:
                self.others.append(error)
                connection.close()
                continue
            if status == 200:
                self.answers[json.loads(body)["decision_id"]] = body
            else:
                self.others.append((status, body[:300]))
        connection.close()

    def go_on(self) -> None:
        """Wait until some more were answered."""
        before = len(self.answers)
        until(
            lambda: len(self.answers) > before + 5 * CLIENTS, lambda: f"no more answers: {self.others[-3:]}"
        )


@pytest.mark.timeout(400)
def test_a_rolling_restart_and_a_kill_fail_no_request_and_lose_no_decision(site: Site, nginx: Part) -> None:
    seen, over = Seen(), threading.Event()
    clients = [threading.Thread(target=seen.ask_on, args=(site, nginx, over)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for replica in site.replicas:
            seen.go_on()
            assert replica.stop() == 0
            seen.go_on()
            replica.start()
        seen.go_on()
        killed, _ = site.replicas
        killed.kill()
        seen.go_on()
        killed.start()
        seen.go_on()
    finally:
        over.set()
        for client in clients:
            client.join()
    log = DecisionLog(Database(site.database_url))
    found = {name: log.decision(name) for name in seen.answers}
    log.close()
    lost = [
        name for name, one in found.items() if not isinstance(one, Logged) or one.answer != seen.answers[name]
    ]
    assert (seen.others, lost) == ([], [])
