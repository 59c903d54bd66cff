"""``guarantees.yaml``: what must always hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from schemas.ruleset_files import GuaranteeEntry, GuaranteesFile
from service.model.condition import Subject
from service.model.problem import did_you_mean, shown
from service.model.ruleset import Guarantee, Input
from service.reading.conditions import read_condition
from service.reading.spot import Findings, Spot

OUTCOMES = ("stop", "defer", "refer", "numbers", "one session", "sessions above N")
_ABOVE = re.compile(r"sessions above ([1-9][0-9]{0,3})\Z")


def read_guarantees(
    found: Findings, inputs: Mapping[str, Input], subjects: Mapping[str, Subject], spot: Spot, taken: set[str]
) -> list[Guarantee]:
    """The guarantees of one file; ``taken`` collects their ids."""
    loaded = found.load(GuaranteesFile(), spot)
    guarantees = []
    for _, below in spot.child("guarantees").children() if loaded.get("guarantees") else ():
        entry = found.load(GuaranteeEntry(), below)
        if not isinstance(below.data, dict):
            continue
        guarantee_id = entry.get("id", "")
        if guarantee_id in taken:
            message = f'A guarantee "{guarantee_id}" stands already. Give this one its own id.'
            found.error(below.child("id").at(), "duplicate-id", message)
        taken.add(guarantee_id)
        when = read_condition(found, subjects, below.child("when")) if "when" in entry else None
        said = [key for key in ("always", "never", "raising") if key in below.data]
        if len(said) != 1:
            message = "A guarantee says one thing: always, never, or raising with never lowers."
            found.error(below.child(said[1]).key() if said else below.at(), "guarantee-says", message)
            continue
        if said == ["raising"]:
            _raising(found, inputs, below, entry)
        else:
            _outcome(found, below.child(said[0]))
        guarantees.append(
            Guarantee(
                id=guarantee_id,
                title=entry.get("title", ""),
                place=below.child("id").at(),
                when=when,
                always=entry.get("always"),
                never=entry.get("never"),
                raising=entry.get("raising"),
                never_lowers=entry.get("never_lowers"),
            )
        )
    return guarantees


def _outcome(found: Findings, spot: Spot) -> None:
    text = spot.data
    if not isinstance(text, str) or (text not in OUTCOMES[:-1] and not _ABOVE.match(text)):
        mend = did_you_mean(str(text), OUTCOMES) or " Write " + ", ".join(OUTCOMES) + "."
        found.error(spot.at(), "guarantee-says", f'"{shown(str(text))}" can\'t be guaranteed.{mend}')


def _raising(found: Findings, inputs: Mapping[str, Input], spot: Spot, entry: dict[str, str]) -> None:
    name = entry.get("raising", "")
    below = spot.child("raising")
    if name not in inputs:
        message = f'"{shown(name)}" is not an input.{did_you_mean(name, inputs)}'
        found.error(below.at(), "unknown-input", message)
    elif inputs[name].kind not in ("levels", "number", "whole number"):
        message = f"{name} can't be raised: only levels and numbers can."
        found.error(below.at(), "input-does-not-fit", message)
    if "never_lowers" not in entry:
        found.error(spot.at(), "missing-key", '"never lowers" is missing. Add never lowers: sessions.')
