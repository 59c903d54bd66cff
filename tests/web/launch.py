"""Starts servers in processes of their own.

``python -m tests.web.launch '{"port": 0, ...}'`` is a server. Without an argument it is told of servers on
standard input, a line for each, and forks itself for them: so the service is loaded once, which is most of
what a start costs. On standard output it says which process each is, and with which code each ends.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from service.drafting.draft_limits import DraftLimits
from service.model.limit import read_limit
from service.store.folders import NotARulesetsFolder
from service.vetting.report import CheckLimits
from service.web.settings import CannotServe, Settings
from service.web.starting import serve


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
        serve(Settings(**told))
    except (CannotServe, NotARulesetsFolder) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def serve_for_each_line() -> None:
    """Fork for each line of standard input."""
    signal.signal(signal.SIGCHLD, lambda *_: _tell_who_ended())
    for line in sys.stdin:
        asked = json.loads(line)
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(asked["environ"], asked["log"])
            serve_as_told(asked["told"])
        _tell(began=process)


def _become(environ: dict[str, str], log: str) -> None:
    """Have the environment and the streams of a process of one's own."""
    os.environ.clear()
    os.environ.update(environ)
    written = os.open(log, os.O_WRONLY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(ours, theirs)
    os.close(written)
    os.close(nothing)


def _tell_who_ended() -> None:
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if process == 0:
            return
        _tell(ended=process, code=os.waitstatus_to_exitcode(status))


def _tell(**said: int) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")  # in one piece, also from a handler of signals


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve_as_told(json.loads(sys.argv[1]))
    else:
        serve_for_each_line()
