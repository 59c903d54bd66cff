"""``guarantees.yaml``: what must always hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.ruleset_files import GuaranteeEntry, GuaranteesFile
from schemas.words import OUTCOMES
from service.model.problem import Place, shown
from service.model.ruleset import Guarantee, Input
from service.reading.conditions import Subjects, read_condition
from service.reading.findings import Findings
from service.reading.spot import Spot
from service.reading.unfolding import is_small_enough

_OUTCOMES = (*OUTCOMES, "sessions above N")
_ABOVE = re.compile(r"sessions above (0|[1-9][0-9]{0,3})\Z")
SAYS = ("always", "never", "raising")


def read_guarantees(
    found: Findings, inputs: Mapping[str, Input], subjects: Subjects, spot: Spot, taken: dict[str, Place]
) -> list[Guarantee]:
    """The guarantees of one file; ``taken`` collects where their ids stand."""
    found.load(GuaranteesFile, spot)
    if spot.has("guarantees") and spot.child("guarantees").data is None:
        found.empty(spot.child("guarantees"))
    read = [_guarantee(found, inputs, subjects, below, taken) for below in spot.child("guarantees").items()]
    return [guarantee for guarantee in read if guarantee is not None]


def _guarantee(
    found: Findings, inputs: Mapping[str, Input], subjects: Subjects, spot: Spot, taken: dict[str, Place]
) -> Guarantee | None:
    if spot.has("then") and not any(spot.has(key) for key in SAYS):
        found.error(spot.at(), "guarantee-says", "This is a rule: it belongs in factors/.")
        return None
    entry = found.load(GuaranteeEntry, spot)
    if not isinstance(spot.data, dict):
        return None
    guarantee_id = entry.get("id", "")
    _unique(found, guarantee_id, spot.child("id"), taken)
    when = (
        read_condition(found, subjects, spot.child("when")) if spot.child("when").data is not None else None
    )
    if when is not None:
        is_small_enough(found, spot.child("when"), when)
    said = [key for key in SAYS if spot.has(key)]
    if len(said) != 1:
        _says_not_one(found, spot, said)
        return None
    if said == ["raising"]:
        _raising(found, inputs, subjects, spot, entry)
    else:
        _outcome(found, spot, said[0])
    return Guarantee(
        id=guarantee_id,
        title=entry.get("title", ""),
        place=spot.child("id").at(),
        when=when,
        always=entry.get("always"),
        never=entry.get("never"),
        raising=entry.get("raising"),
        never_lowers=entry.get("never_lowers"),
    )


def _unique(found: Findings, name: str, spot: Spot, taken: dict[str, Place]) -> None:
    if name in taken:
        message = f'Guarantee "{shown(name)}" stands already at {taken[name]}. Give this one its own id.'
        found.error(spot.at(), "duplicate-id", message)
    elif name:
        taken[name] = spot.at()


def _says_not_one(found: Findings, spot: Spot, said: list[str]) -> None:
    if said:
        place = spot.child(said[1]).key()
    elif any(found.near(key, SAYS) for key in spot.data if key not in _KNOWN):
        return
    else:
        place = spot.at()
    message = 'A guarantee says one thing: "always", "never", or "raising" with "never lowers".'
    found.error(place, "guarantee-says", message)


_KNOWN = frozenset({"id", "title", "when", "never lowers", *SAYS})


def _outcome(found: Findings, spot: Spot, key: str) -> None:
    below = spot.child(key)
    text = below.data.strip() if isinstance(below.data, str) else None
    if spot.has("never lowers"):
        message = '"never lowers" goes with "raising". Remove one of the two.'
        found.error(spot.child("never lowers").key(), "guarantee-says", message)
    if text is None or text in OUTCOMES or _ABOVE.match(text):
        return
    number = re.search(r"[0-9]+", text)
    mend = f' Write "sessions above {number.group()}".' if number else found.near(text, OUTCOMES)
    mend = mend or f" Write {', '.join(_OUTCOMES[:-1])} or {_OUTCOMES[-1]}."
    found.error(below.at(), "guarantee-says", f'"{shown(text)}" can\'t be guaranteed.{mend}')


def _raising(
    found: Findings, inputs: Mapping[str, Input], subjects: Subjects, spot: Spot, entry: dict[str, Any]
) -> None:
    name = entry.get("raising")
    below = spot.child("raising")
    if name is not None and not subjects.is_unread(name):
        if name not in inputs:
            mend = found.near(name, inputs) or " Inputs are defined in assessment.yaml."
            found.error(below.at(), "unknown-input", f'"{shown(name)}" is not an input.{mend}')
        elif not inputs[name].domain.rises:
            message = f"{name} can't be raised: only levels and numbers can. Name another input."
            found.error(below.at(), "input-does-not-fit", message)
    if not spot.has("never lowers"):
        found.missing(spot, "never lowers", [*_KNOWN], "sessions")
