"""What becomes of a checked edit: a pure decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from service.model.problem import Place, Problem
from service.store.editions import Published, digests_before
from service.store.overlaps import overlaps
from service.vetting.report import CheckReport

UNSIGNED = "awaits-sign-off"


@dataclass(frozen=True, slots=True)
class PublishAction:
    """What to do with an edit, and, where it waits, why.

    ``publish``: it goes live. ``keep``: it is what serves. ``wait``: it has errors, the last good goes on.
    ``leave``: the folder holds what was published and taken over from before, and nobody has edited it since.
    """

    does: Literal["publish", "keep", "wait", "leave"]
    problems: tuple[Problem, ...] = ()


def publish_action(
    report: CheckReport,
    timeline: Iterable[Published],
    *,
    last_published: str | None,
    folder: str,
    only_signed: bool,
) -> PublishAction:
    """What to do with an edit of one ruleset.

    ``timeline`` has what was published, the oldest first; ``last_published`` is the digest that this folder
    was last seen to hold and that passed (None: it was never looked at); ``folder`` is how it is shown.
    """
    edition = report.edition
    if edition is None:
        return PublishAction("wait", report.errors)
    published = tuple(timeline)
    history = [one.digest for one in published if one.ruleset == edition.ruleset]
    if history and history[-1] == edition.digest:
        return PublishAction("keep")
    if history and last_published != edition.digest:
        before = digests_before(edition)
        history = [edition.digest if one in before else one for one in history]
        last_published = edition.digest if last_published in before else last_published
    if history and history[-1] != edition.digest and _is_left_behind(edition.digest, last_published, history):
        return PublishAction("leave")
    if only_signed and not edition.signed_off:
        return PublishAction("wait", (_unsigned(folder, edition.version),))
    found = overlaps(published, edition, f"{folder}/ruleset.yaml")
    return PublishAction("wait", found) if found else PublishAction("publish")


def _is_left_behind(digest: str, last_published: str | None, history: Sequence[str]) -> bool:
    """Whether others have gone on from this digest, rather than somebody here going back to it.

    So it is where the folder holds what it held, while a rollback or another machine has published since;
    and where it only now comes to hold what other machines held before.
    """
    if digest not in history:
        return False
    if last_published is None or last_published == digest:
        return True
    return last_published in history and _last(history, digest) > _last(history, last_published)


def _last(history: Sequence[str], digest: str) -> int:
    return max(index for index, one in enumerate(history) if one == digest)


def _unsigned(folder: str, version: str) -> Problem:
    message = (
        f"Only what was signed off goes live here, and nobody has signed off version {version} as it stands. "
        "Have it read, then run picoplan sign-off."
    )
    return Problem(Place(f"{folder}/ruleset.yaml"), UNSIGNED, message)
