"""``effective``: no two versions of a ruleset may claim the same days."""

from __future__ import annotations

from collections.abc import Iterable

from service.model.problem import Place, Problem
from service.reading.yaml_reader import compose
from service.store.editions import Edition, Published, timelines, with_a_turn

OVERLAP = "effective-overlap"


def overlaps(timeline: Iterable[Published], edition: Edition, file: str = "") -> tuple[Problem, ...]:
    """Why the edition can't be published with its ``effective``, where another version has those days.

    ``file`` is how its ruleset.yaml is shown. An edition without ``effective`` overlaps nothing, for it
    serves from the day on which it goes live; nor does one that was published before.
    """
    earlier = timelines(timeline).get(edition.ruleset, ())
    effective = edition.effective
    if effective is None or any(one.digest == edition.digest for one in earlier):
        return ()
    message = _overlap(edition, with_a_turn(earlier))
    if message is None:
        return ()
    file = file or f"{edition.ruleset}/ruleset.yaml"
    tree = compose(file, edition.own_files.get("ruleset.yaml", b""))
    place = tree.at(("effective",)) if tree.data else Place(file)
    return (Problem(place, OVERLAP, message),)


def _overlap(edition: Edition, others: list[Published]) -> str | None:
    others = [one for one in others if one.version != edition.version]
    effective = edition.effective
    if effective is None or not others:
        return None
    same = next((one for one in others if one.effective == effective), None)
    if same is not None:
        return (
            f"Version {same.version} is effective from {effective} on, too. "
            f"Name a later day, leave it out to serve at once, or keep version {same.version}."
        )
    before = others[0]
    if effective < before.starts:
        return (
            f"Version {before.version} serves from {before.starts} on, which is later. "
            "Name that day or a later one, or leave it out to serve at once."
        )
    return None
