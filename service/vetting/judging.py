"""What becomes of a checked edit: a pure decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from service.model.problem import Place, Problem
from service.store.editions import Published, digests_before
from service.store.overlaps import overlaps
from service.vetting.verdict import Verdict

UNSIGNED = "awaits-sign-off"

Does = Literal["publish", "keep", "wait", "leave"]
"""``publish``: it goes live. ``keep``: it is what serves. ``wait``: it has errors, the last good goes on.
``leave``: the folder holds what was published and taken over from before, and nobody has edited it since."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an edit, and, where it waits, why."""

    does: Does
    problems: tuple[Problem, ...] = ()


def decide(
    verdict: Verdict,
    timeline: Iterable[Published],
    *,
    handled: str | None,
    folder: str,
    only_signed: bool,
) -> Decision:
    """What to do with an edit of one ruleset.

    ``timeline`` has what was published, the oldest first; ``handled`` is the digest that this folder was
    last seen to hold and that passed (None: it was never looked at); ``folder`` is how it is shown.
    """
    edition = verdict.edition
    if edition is None:
        return Decision("wait", verdict.errors)
    published = tuple(timeline)
    history = [one.digest for one in published if one.ruleset == edition.ruleset]
    if history and history[-1] == edition.digest:
        return Decision("keep")
    if history and handled != edition.digest:
        before = digests_before(edition)
        history = [edition.digest if one in before else one for one in history]
        handled = edition.digest if handled in before else handled
    if history and history[-1] != edition.digest and _is_left_behind(edition.digest, handled, history):
        return Decision("leave")
    if only_signed and not edition.signed_off:
        return Decision("wait", (_unsigned(folder, edition.version),))
    found = overlaps(published, edition, f"{folder}/ruleset.yaml")
    return Decision("wait", found) if found else Decision("publish")


def _is_left_behind(digest: str, handled: str | None, history: Sequence[str]) -> bool:
    """Whether others have gone on from this digest, rather than somebody here going back to it.

    So it is where the folder holds what it held, while a rollback or another machine has published since;
    and where it only now comes to hold what other machines held before.
    """
    if digest not in history:
        return False
    if handled is None or handled == digest:
        return True
    return handled in history and _last(history, digest) > _last(history, handled)


def _last(history: Sequence[str], digest: str) -> int:
    return max(index for index, one in enumerate(history) if one == digest)


def _unsigned(folder: str, version: str) -> Problem:
    message = (
        f"Only what was signed off goes live here, and nobody has signed off version {version} as it stands. "
        "Have it read, then run picoplan sign-off."
    )
    return Problem(Place(f"{folder}/ruleset.yaml"), UNSIGNED, message)
