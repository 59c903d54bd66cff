"""``picoplan diff``: what was edited, and what it means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import rich_click as click

from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.meaning import (
    comparison_document,
    edited_lines,
    meaning_lines,
    to_be_read_lines,
)
from service.commandline.arguments import Unreadable
from service.commandline.assessments import Mistaken
from service.commandline.console import complain, heading, progress_bar, say
from service.commandline.folders import open_shelf, opened_archive
from service.commandline.problems import line
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import quoted
from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.store.editions import Published, read_edition, renewed
from service.store.folders import Shelf
from service.store.snapshot import take_snapshot
from service.wording.phrases import short_digest

_DIGEST = re.compile(r"(sha256:)?([0-9a-f]{8,64})\Z")
_VERSION = re.compile(r"([a-z0-9][a-z0-9_-]*)@(\S+)\Z")


@dataclass(frozen=True, slots=True)
class Sides:
    """Rulesets to compare, old and new, by id; and those that only one side has."""

    pairs: Mapping[str, tuple[CompiledRuleset, CompiledRuleset]]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def open_sides(old: str, new: str, rulesets: str | None) -> Sides:
    """Read and compile both sides; ``rulesets``: the folder whose served versions are meant.

    Raises:
        Unreadable: one is neither a folder of rulesets nor a version that was served.
        Mistaken: a ruleset that both have has errors.
    """
    before, after = (_read(one, rulesets) for one in (old, new))
    if len(before) == len(after) == 1:
        names = [(next(iter(before)), next(iter(after)))]
        added: list[str] = []
        removed: list[str] = []
    else:
        names = [(name, name) for name in sorted(before.keys() & after.keys())]
        added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    if not names:
        raise Unreadable(f"{old} and {new} have no ruleset in common: {quoted([*removed, *added])}")
    old_read = {was: before[was] for was, _ in names}
    new_read = {now: after[now] for _, now in names}
    compiled_old, compiled_new = _compiled(old_read), _compiled(new_read)
    return Sides(
        {now: (compiled_old[was], compiled_new[now]) for was, now in names}, tuple(added), tuple(removed)
    )


def _compiled(read: Mapping[str, Read]) -> Mapping[str, CompiledRuleset]:
    snapshot = take_snapshot(Shelf(Path(), dict(read), ()))
    if snapshot.broken:
        raise Mistaken([problem for problems in snapshot.broken.values() for problem in problems])
    return snapshot.served


def _read(named: str, rulesets: str | None) -> Mapping[str, Read]:
    served = _VERSION.match(named) or _DIGEST.match(named)
    if served is None or Path(named).is_dir():
        return open_shelf(named).read
    with opened_archive(open_shelf(rulesets).given) as archive:
        read = read_edition(archive.edition(*_found(archive.timeline(), named).key))
    if read.ruleset is not None:
        read = replace(read, ruleset=renewed(read.ruleset))
    return {read.id: read}


def _found(timeline: Sequence[Published], named: str) -> Published:
    """The newest of that version, or the one of that digest."""
    version, digest = _VERSION.match(named), _DIGEST.match(named)
    if version is not None:
        found = [one for one in timeline if (one.ruleset, one.version) == version.groups()]
    else:
        assert digest is not None
        found = [one for one in timeline if one.digest.removeprefix("sha256:").startswith(digest[2])]
    if not found:
        known = quoted(dict.fromkeys(f"{one.ruleset}@{one.version}" for one in timeline))
        served = f"There is {known}." if known else "None was, as far as the archive knows."
        raise Unreadable(f"{named} is no folder, and no such version was ever served. {served}")
    if len({one.digest for one in found}) > 1 and version is None:
        raise Unreadable(f"{named} stands for several digests. Write more of it.")
    return found[-1]


_SECONDS = 30.0


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for a program.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1, max=3600),
    default=_SECONDS,
    show_default=True,
    help="How long to look at each ruleset. What takes longer is said to be not decided.",
)
@click.option(
    "--fail-on-change", is_flag=True, help="Exit code 1 where a plan, or what is accepted, changes."
)
@click.option(
    "--rulesets",
    metavar="DIR",
    help="The folder whose served versions are meant. Without it: as for the other commands.",
)
def command(
    old: str, new: str, as_json: bool, seconds: float, fail_on_change: bool, rulesets: str | None
) -> int:
    """Say what was edited, and whose answers change.

    OLD and NEW are each a folder of a ruleset, a folder of rulesets, or a version that was served, such as
    pico-laser@1.0.0 or a digest.

    First every edit, and which rules say something else over the support that they had. Then what it
    means: for whom the plan changes, each kind with an assessment that "picoplan evaluate RULESET -" reads.
    That nothing else changes is proven over every possible assessment; where there is not time enough, that
    is said.

    Exit code 0: compared, also with changes. 1: --fail-on-change, and something changes or is not decided.
    2: one of the two can't be read, or has errors.
    """
    try:
        sides = open_sides(old, new, rulesets)
    except Mistaken as mistaken:
        for problem in mistaken.problems:
            complain(line(problem))
        return 2
    compared = {name: _compared(name, *pair, seconds=seconds) for name, pair in sides.pairs.items()}
    if as_json:
        say(json.dumps(_document(sides, compared), indent=2, ensure_ascii=False))
    else:
        _show(sides, compared)
    means = any(one.means_something for one in compared.values()) or bool(sides.added or sides.removed)
    return 1 if fail_on_change and means else 0


def _compared(name: str, old: CompiledRuleset, new: CompiledRuleset, *, seconds: float) -> Comparison:
    """The comparison; a bar shows how much of the time there is was used."""
    began = monotonic()
    with progress_bar("Comparing") as on_progress:
        if on_progress is None:
            return compare(old, new, seconds=seconds)

        def looked_at(_: int) -> None:
            on_progress(name, min(int(monotonic() - began), int(seconds)), int(seconds))

        return compare(old, new, seconds=seconds, on_progress=looked_at)


def _show(sides: Sides, compared: Mapping[str, Comparison]) -> None:
    first = True
    for name, comparison in compared.items():
        if not first:
            say()
        first = False
        was, now = (one.ruleset for one in sides.pairs[name])
        say(heading(f"{_named(was)} -> {_named(now)}"))
        _section("What was edited", [*edited_lines(comparison)])
        to_be_read = [*to_be_read_lines(comparison)]
        if to_be_read:
            _section("To be read", to_be_read)
        _section("What it means", [*meaning_lines(comparison)])
    for names, how in ((sides.added, "added"), (sides.removed, "removed")):
        for name in names:
            say()
            say(f"ruleset {name} {how}")


def _named(ruleset: Ruleset) -> str:
    return f"{ruleset.id} {ruleset.version} ({short_digest(ruleset.digest)})"


def _section(title: str, lines: list[str]) -> None:
    say()
    say(heading(title))
    for text in lines:
        say(f"  {text}")


def _document(sides: Sides, compared: Mapping[str, Comparison]) -> dict[str, Any]:
    return {
        "rulesets": [
            comparison_document(sides.pairs[name][0].ruleset, sides.pairs[name][1].ruleset, comparison)
            for name, comparison in compared.items()
        ],
        "added": list(sides.added),
        "removed": list(sides.removed),
    }
