"""Publishing with a real server: it begins with nothing, and what is saved into the folder goes live."""

from __future__ import annotations

import json
from pathlib import Path

from tests.waiting import until
from tests.web.serving import Served
from tests.web.small import write_small


def test_a_folder_that_is_not_there_yet_is_a_good_start(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "rulesets"
    with Served(tmp_path, rulesets=str(folder), workers=1, allow_edits=True) as served:
        status, _, body = served.ask("GET", "/readyz")
        assert (status, json.loads(body)) == (
            503,
            {"status": "not ready", "decision_log": "written", "first_checks": None, "rulesets": []},
        )
        assert served.ask("GET", "/workbench", headers={"Accept": "text/html"})[0] == 200
        write_small(folder)
        served.until_ready()
        assert "trouble" not in served.log_text()
        written = json.loads(until(lambda: served.ask("GET", "/v1/rulesets")[2], served.log_text))
        assert [one["id"] for one in written["rulesets"]] == ["small"]
