"""What ``picoplan diff`` compares: folders of rulesets, or a version that was served."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.commandline.arguments import Unreadable
from service.commandline.asking import Mistaken
from service.commandline.folders import open_shelf, opened_archive
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import quoted
from service.reading.ruleset import Read
from service.store.editions import Published, read_edition
from service.store.folders import Shelf
from service.store.snapshot import take_snapshot

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
    with opened_archive(open_shelf(rulesets).root) as archive:
        read = read_edition(archive.edition(_found(archive.timeline(), named).digest))
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
