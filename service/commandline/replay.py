"""``picoplan replay``: what would have changed for past clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import orjson
import rich_click as click

from schemas.language import NEWEST_LANGUAGE, VERDICTS
from schemas.request import DecisionKind
from service.commandline.arguments import Unreadable
from service.commandline.console import complain, heading, progress_bar, say, wrapped
from service.commandline.decision_log import (
    CLINIC,
    KINDS,
    PROCESSES,
    RULESET,
    RULESETS,
    SINCE,
    UNTIL,
    log_url,
    readable_database,
    selection,
)
from service.commandline.folders import Opened, open_rulesets
from service.commandline.problems import counted, line
from service.model.exact_json import write_json
from service.model.problem import did_you_mean, quoted
from service.replaying.comparing import GONE, NEW, NOBODY, Example, MemberChange, Tally, replay_document
from service.replaying.executor import usual_processes
from service.replaying.replay import ReplayOrder, replay
from service.replaying.scheduler import SchedulerTrouble
from service.store.editions import Edition, edition_of
from service.wording.answers import value_words
from service.wording.phrases import short_digest


@click.command("replay")
@click.option(
    "--candidate",
    metavar="DIR",
    required=True,
    help="The folder with the edited rules: a ruleset, or a folder of them.",
)
@RULESET
@CLINIC
@KINDS
@SINCE
@UNTIL
@click.option("--limit", type=click.IntRange(1), metavar="NUMBER", help="At most so many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for a program.")
@click.option(
    "--fail-above",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit code 1 where more plans than that change or are refused.",
)
@PROCESSES
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have it done by the workers of the Dask scheduler at this address, such as tcp://10.0.0.5:8786.",
)
@RULESETS
def command(
    candidate: str,
    ruleset: str | None,
    clinic: str | None,
    kinds: tuple[DecisionKind, ...],
    since: date | None,
    until: date | None,
    limit: int | None,
    as_json: bool,
    fail_above: float | None,
    processes: int | None,
    scheduler: str | None,
    rulesets: str | None,
) -> int:
    """Run logged decisions again under edited rules, and say how the answers change.

    What changes is told by the verdict before and after, by how many sessions more or fewer, and by the
    rules that did it, each with a few decisions as examples: see "picoplan decisions show". Nothing is
    published, and the log stays as it is. Decisions of an earlier version of the rule language are first made
    again by their own edition under the newest, so that what is told comes from the edit alone.

    With --scheduler, the workers of a Dask scheduler read the log themselves: each needs this picoplan, and
    must reach the database at the same address.

    Exit code 0: replayed, also with changes. 1: the candidate has errors, or more than --fail-above changes.
    2: there is no such folder or ruleset, or the database, the scheduler or a worker can't be used.
    """
    if scheduler is not None and processes is not None:
        raise click.UsageError("say --processes or --scheduler, not both")
    opened = open_rulesets(candidate)
    errors = [problem for problem in opened.problems if problem.severity == "error"]
    if errors:
        for problem in errors:
            complain(line(problem))
        complain(f"{candidate} is not good: nothing was replayed.")
        return 1
    editions = _editions(opened, ruleset)
    order = ReplayOrder(
        log_url(rulesets), editions, selection(since, until, ruleset, clinic=clinic, kinds=kinds)
    )
    tally = _replayed(order, limit, processes, scheduler)
    if as_json:
        document = replay_document(tally, editions.values(), order.selection)
        say(write_json(document, orjson.OPT_INDENT_2).decode())
    else:
        for text in replay_lines(tally, editions.values()):
            say(text)
    if fail_above is not None and tally.percent > fail_above:
        complain(f"{tally.percent:.1f} % of the plans change, more than {fail_above:g} %.")
        return 1
    return 0


def _replayed(order: ReplayOrder, most: int | None, processes: int | None, scheduler: str | None) -> Tally:
    """What comes of replaying, with a bar meanwhile."""
    with readable_database(), progress_bar("Replaying") as on_progress:
        bar = None if on_progress is None else lambda done, of: on_progress("", done, of)
        at_once = processes or usual_processes()
        try:
            return replay(order, most=most, processes=at_once, scheduler=scheduler, on_progress=bar)
        except SchedulerTrouble as trouble:
            raise Unreadable(str(trouble)) from trouble


def _editions(opened: Opened, ruleset: str | None) -> Mapping[str, Edition]:
    """The candidate's rulesets, or the one that is meant, by id."""
    read = opened.shelf.read
    opened.snapshot.close()
    if ruleset is not None and ruleset not in read:
        hint = did_you_mean(ruleset, read) or f" There is {quoted(read)}."
        raise Unreadable(f'there is no ruleset "{ruleset}" in {opened.shelf.shown_as}.{hint}')
    return {name: edition_of(one) for name, one in sorted(read.items()) if ruleset in (None, name)}


_WIDEST_BAR = 40
_MOST_RULES = 15
_OUTCOMES = (*VERDICTS, "refused")


def replay_lines(tally: Tally, candidate: Iterable[Edition]) -> Iterator[str]:
    """The outcome as lines of text."""
    named = ", ".join(f"{one.ruleset} {one.version} ({short_digest(one.digest)})" for one in candidate)
    yield heading(f"{counted(tally.replayed, 'decision')} replayed under {named}")
    yield from _left_out(tally)
    if not tally.replayed:
        return
    yield ""
    kinds = tally.kinds
    for number, says in (
        (kinds["same"], "the same answer"),
        (kinds["plan"], "another plan: the verdict, the numbers or what is unanswered"),
        (kinds["refused"], "refused: the assessment has mistakes now"),
        (kinds["words"], "the same plan in other words"),
        (kinds["reasons"], "the same plan and words for other reasons"),
    ):
        if number or says == "the same answer":
            yield f"{number:>10}  {_percent(number, tally.replayed):>7}  {says}"
    if kinds["same"] == tally.replayed:
        yield ""
        yield "Nothing would have changed."
        return
    for title, lines in (
        ("Verdicts, before (down) and after (across)", _verdicts(tally)),
        ("Sessions, typically so many more or fewer", _shifts(tally)),
        ("Rules that did it", _rules(tally)),
        ("Mistakes in what is refused", _mistakes(tally)),
        ("Examples", _examples(tally)),
    ):
        if lines:
            yield ""
            yield heading(title)
            yield from (f"  {text}".rstrip() for text in lines)


def _left_out(tally: Tally) -> Iterator[str]:
    if tally.renewed:
        yield (
            f"Both sides are of language version {NEWEST_LANGUAGE}: {counted(tally.renewed, 'decision')} "
            "of an earlier one first made again."
        )
    if tally.elsewhere:
        yield f"{counted(tally.elsewhere, 'decision')} of rulesets that the candidate does not have left out."
    if tally.damaged:
        ids = ", ".join(tally.damaged_ids)
        more = ", ..." if tally.damaged > len(tally.damaged_ids) else ""
        yield f"{counted(tally.damaged, 'decision')} left out, for they are damaged: {ids}{more}"


def _percent(number: int, of: int) -> str:
    return f"{100 * number / of:.1f} %"


def _verdicts(tally: Tally) -> list[str]:
    """The verdicts as a table, where any changes."""
    if all(before == after for before, after in tally.verdicts):
        return []
    befores = [one for one in _OUTCOMES if any(before == one for before, _ in tally.verdicts)]
    afters = [one for one in _OUTCOMES if any(after == one for _, after in tally.verdicts)]
    rows = [["", *afters]]
    rows += [
        [before, *(str(tally.verdicts.get((before, after)) or ".") for after in afters)] for before in befores
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(wide[0]), *(cell.rjust(to) for cell, to in zip(row[1:], wide[1:], strict=True))]
        )
        for row in rows
    ]


def _shifts(tally: Tally) -> list[str]:
    """How typical numbers of sessions move, as bars; the plans whose number stays have none."""
    numbers = sorted(shift for shift in tally.shifts if isinstance(shift, int))
    moved = [shift for shift in tally.shifts if shift != 0]
    if not moved:
        return []
    most = max(tally.shifts[shift] for shift in moved)
    lines = []
    named: list[tuple[int | str, str]] = [(shift, f"{shift:+d}" if shift else "0") for shift in numbers]
    for shift, name in (*named, (GONE, "no numbers any more"), (NEW, "numbers now")):
        number = tally.shifts.get(shift, 0)
        if number:
            bar = "#" * max(1, round(_WIDEST_BAR * number / most)) if shift != 0 else ""
            lines.append(f"{name:>19}  {number:>9}  {bar}")
    return lines


def _rules(tally: Tally) -> list[str]:
    """The rules that fire no longer, that do now, or that have other effects; the ones with most first."""
    ranked = sorted(tally.rules, key=lambda rule: (-tally.rules[rule].total(), rule))
    rows = [("fires no longer", "fires now", "edited", "")]
    for rule in ranked[:_MOST_RULES]:
        counts = tally.rules[rule]
        cells = [str(counts[how] or ".") for how in ("no_longer", "now", "edited")]
        name = rule if rule != NOBODY else "(no rule: an option's attribute, a limit, a default or a text)"
        rows.append((cells[0], cells[1], cells[2], name))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.rjust(to) for cell, to in zip(row, wide, strict=False)), row[3]]) for row in rows
    ]
    if len(ranked) > _MOST_RULES:
        lines.append(f"... and {counted(len(ranked) - _MOST_RULES, 'rule')} more: see --json")
    return lines if ranked else []


def _mistakes(tally: Tally) -> list[str]:
    ranked = sorted(tally.mistakes.items(), key=lambda item: (-item[1].decisions, item[0]))
    return [
        text
        for (pointer, code), one in ranked
        for text in wrapped(
            f"{pointer.removeprefix('/assessment/')} {code}: {one.message} (as in {one.decision_id})",
            11,
            first=f"{one.decisions:>9}",
        )
    ]


def _examples(tally: Tally) -> list[str]:
    lines = []
    for label in sorted(tally.examples):
        lines.append(f"{label.replace('words', 'other words').replace('reasons', 'other reasons')}:")
        lines += [f"  {example.decision_id}  {_changed(example)}" for example in tally.examples[label]]
    return lines


def _changed(example: Example) -> str:
    return "; ".join(_change(change) for change in example.changes[:4])


def _change(change: MemberChange) -> str:
    if isinstance(change.was, list) or isinstance(change.now, list):
        return change.member
    return f"{change.member} {_short(change.was)} -> {_short(change.now)}"


def _short(value: Any) -> str:
    if isinstance(value, dict) and "typical" in value:
        return f"{value_words(value['min'])}-{value_words(value['typical'])}-{value_words(value['max'])}"
    text = "none" if value is None else value_words(value)
    return text if len(text) <= 50 else f"{text[:47]}..."
