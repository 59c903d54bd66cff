"""``picoplan decisions show``: one decision, as it was answered."""

from __future__ import annotations

import orjson
import rich_click as click

from service.commandline.console import complain, dim, say
from service.commandline.logs import RULESETS, log_url, opened_log, readable_database
from service.commandline.plan_text import plan_lines
from service.commandline.refusing import Unreadable
from service.model.ruleset import Ruleset
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.logged import DamagedRow, Logged, document
from service.store.editions import readable
from service.store.faults import Damaged, NeverServed


@click.command("show")
@click.argument("decision_id", metavar="ID")
@RULESETS
@click.option("--json", "as_json", is_flag=True, help="The decision as the service gives it.")
def command(decision_id: str, rulesets: str | None, as_json: bool) -> int:
    """Show one decision: what was asked, and the plan as it was given.

    ID is the decision_id of the answer.

    Exit code 0: shown. 1: the logged decision, or the edition that made it, is damaged. 2: there is no such
    decision, or the database can't be used.
    """
    url = log_url(rulesets)
    with opened_log(url) as log:
        found = log.decision(decision_id.lower())
        shown_as = log.shown_as
    if found is None:
        raise Unreadable(f'no decision "{decision_id}" is logged in {shown_as}')
    if isinstance(found, DamagedRow):
        complain(f"{found.decision_id}: {found.says}")
        return 1
    if as_json:
        say(orjson.dumps(orjson.loads(document(found)), option=orjson.OPT_INDENT_2).decode())
        return 0
    return _show(found, url)


def _show(found: Logged, url: str) -> int:
    say(f"Decision {found.decision_id}, made {found.evaluated_at} for {found.as_of}")
    say(f"under {found.ruleset} {found.version}")
    say(dim(found.digest))
    say()
    answer, assessment = orjson.loads(found.answer), orjson.loads(found.assessment)
    ruleset = _ruleset(url, found.digest)
    if isinstance(ruleset, str):
        complain(ruleset)
        say(orjson.dumps({"assessment": assessment, "answer": answer}, option=orjson.OPT_INDENT_2).decode())
        return 1
    for text in plan_lines(ruleset, assessment, answer):
        say(text)
    return 0


def _ruleset(url: str, digest: str) -> Ruleset | str:
    """The ruleset as it was, or why it can't be had."""
    with readable_database():
        archive = Archive(Database(url))
        try:
            return readable(archive.edition(digest))
        except (Damaged, NeverServed) as fault:
            return str(fault)
        finally:
            archive.close()
