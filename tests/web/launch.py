"""Starts servers in processes of their own.

``python -m tests.web.launch '{"port": 0, ...}'`` is a server. Without an argument it is told of servers on
standard input, and forks itself for them (``tests/forking.py``).
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from service.drafting.draft_limits import DraftLimits
from service.model.limit import read_limit
from service.store.folders import NotARulesetsFolder
from service.vetting.report import CheckLimits
from service.web import starting
from service.web.settings import CannotServe, Settings
from tests.forking import fork_for_each_line

starting.STARTS_WITHIN_S = 80
"""On a busy machine a first check takes longer than a service that is started there would wait for it."""


def serve_as_told(told: dict[str, Any]) -> None:
    """Serve with these settings until told to stop.

    Raises:
        SystemExit: at the end, with the exit code.
    """
    if "rulesets" in told:
        told["rulesets"] = Path(told["rulesets"])
    if "cds_clients" in told:
        told["cds_clients"] = Path(told["cds_clients"])
    for several in ("allow_origins", "trust_proxies"):
        told[several] = tuple(told.get(several, ()))
    if "drafts" in told:
        check = CheckLimits(**told["drafts"].pop("check"))
        told["drafts"] = DraftLimits(check, **told["drafts"])
    if told.get("limit"):
        told["limit"] = read_limit(told["limit"])
    try:
        starting.serve(Settings(**told))
    except (CannotServe, NotARulesetsFolder) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve_as_told(json.loads(sys.argv[1]))
    else:
        import_module("alembic.command")  # what a server loads for a database that is new: most of them are
        fork_for_each_line(lambda told, _: serve_as_told(told))
