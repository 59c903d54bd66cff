"""``ruleset.yaml`` and ``evidence.yaml``: who it is, limits, factors, conclusions, texts, papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schemas.ruleset_files import LONGEST_TEXT, PaperEntry, RulesetFile, id_mistake
from service.model.problem import did_you_mean, shown
from service.model.ruleset import VERDICTS, Limits, Paper, Verdict
from service.reading.ranges import read_bounds
from service.reading.spot import Findings, Spot

MOST_SESSIONS = 100
MOST_WEEKS = 520

VERDICT_TEXTS: dict[Verdict, str] = {
    "do_not_treat": "No laser sessions. Please talk to a clinician.",
    "defer": "Not now. We look again later.",
    "clinician_review": "A clinician looks at this first.",
    "goal_reached": "The result that was hoped for is reached.",
    "one_session_may_suffice": "One session may be enough. We look again afterwards.",
    "several_sessions": "Plan for several sessions.",
}
"""What the answer says where a ruleset gives no text of its own."""


@dataclass(slots=True)
class Header:
    """What the headers of a ruleset and of those it extends come to."""

    id: str = ""
    title: str = ""
    version: str = ""
    effective: date | None = None
    owner: str | None = None
    limits: Limits | None = None
    factors: dict[str, str] = field(default_factory=dict)
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    verdicts: dict[Verdict, str] = field(default_factory=lambda: dict(VERDICT_TEXTS))
    benefits: dict[str, str] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)


def read_header(found: Findings, header: Header, spot: Spot, folder: str, *, extends: bool) -> None:
    """Take one ``ruleset.yaml`` over what the rulesets it extends have said."""
    entry = found.load(RulesetFile(), spot)
    header.id = entry.get("id", folder)
    header.title = entry.get("title", "")
    header.version = entry.get("version", "")
    header.effective = entry.get("effective")
    header.owner = entry.get("owner") or header.owner
    if "id" in entry and entry["id"] != folder:
        message = (
            f'The id "{entry["id"]}" is not the name of its folder, "{shown(folder)}". Make them the same.'
        )
        found.error(spot.child("id").at(), "id-is-not-folder", message)
    for key in ("limits", "factors"):
        if not extends and key not in entry and not (isinstance(spot.data, dict) and key in spot.data):
            found.error(spot.at(), "missing-key", f'"{key}" is missing. Add it.')
    if "limits" in entry:
        header.limits = _limits(found, spot.child("limits")) or header.limits
    header.factors |= _texts(found, spot.child("factors"), entry.get("factors"))
    header.benefits |= _texts(found, spot.child("benefits"), entry.get("benefits"))
    header.levels |= _levels(found, spot.child("conclusions"), entry.get("conclusions"))
    _verdicts(found, header, spot.child("verdicts"), entry.get("verdicts"))


def _limits(found: Findings, spot: Spot) -> Limits | None:
    bounds: dict[str, tuple[int, int]] = {}
    for key, below in spot.children():
        if key not in ("sessions", "interval weeks"):
            message = f'"{shown(key)}" is not known here.{did_you_mean(key, ("sessions", "interval weeks"))}'
            found.error(below.key(), "unknown-key", message)
    for key, most in (("sessions", MOST_SESSIONS), ("interval weeks", MOST_WEEKS)):
        below = spot.child(key)
        if below.data is None:
            found.error(spot.at(), "missing-key", f'"{key}" is missing. Add it, such as {key}: 1 to 20.')
            continue
        read = read_bounds(found, below)
        if read is None:
            continue
        low, high = read
        if not isinstance(low, int) or not isinstance(high, int):
            found.error(below.at(), "not-whole", f"The limits of {key} are whole numbers.")
        elif low < 1 or high > most:
            found.error(below.at(), "out-of-bounds", f"The limits of {key} lie between 1 and {most}.")
        else:
            bounds[key] = (low, high)
    if len(bounds) < 2:
        return None
    return Limits(bounds["sessions"], bounds["interval weeks"])


def _texts(found: Findings, spot: Spot, entry: dict[str, Any] | None) -> dict[str, str]:
    texts = {}
    for key, below in spot.children() if entry else ():
        mistake = id_mistake(key)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(key)}" {mistake}')
        elif isinstance(below.data, str) and below.data.strip():
            texts[key] = below.data.strip()[:LONGEST_TEXT]
            _cut(found, below)
        else:
            found.error(below.at(), "wrong-type", f'"{key}" must be a text.')
    return texts


def _cut(found: Findings, spot: Spot) -> None:
    cut = spot.tree.cut_text(spot.path)
    if cut:
        found.warning(
            cut, "text-cut", 'The text ends before " #". Put the whole text in quotes if it goes on.'
        )


def _levels(found: Findings, spot: Spot, entry: dict[str, Any] | None) -> dict[str, tuple[str, ...]]:
    levels: dict[str, tuple[str, ...]] = {}
    for key, below in spot.children() if entry else ():
        mistake = id_mistake(key)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(key)}" {mistake}')
        elif not isinstance(below.data, list) or not below.data:
            message = (
                f'"{key}" must list its levels from low to high: [low, high]. Flags need no declaration.'
            )
            found.error(below.at(), "wrong-type", message)
        else:
            levels[key] = tuple(_level_names(found, below))
    return levels


def _level_names(found: Findings, spot: Spot) -> list[str]:
    names: list[str] = []
    for _, item in spot.children():
        mistake = id_mistake(item.data, capitals=True) if isinstance(item.data, str) else "is not a level."
        if mistake:
            found.error(item.at(), "bad-id", f'"{shown(str(item.data))}" {mistake}')
        elif item.data in names:
            found.error(item.at(), "duplicate-id", f'Level "{item.data}" stands here twice. Keep one.')
        else:
            names.append(item.data)
    return names


def _verdicts(found: Findings, header: Header, spot: Spot, entry: dict[str, Any] | None) -> None:
    for key, below in spot.children() if entry else ():
        if key not in VERDICTS:
            message = f'"{shown(key)}" is not a verdict.{did_you_mean(key, VERDICTS)}'
            found.error(below.key(), "unknown-key", message)
        elif isinstance(below.data, str) and below.data.strip():
            header.verdicts[key] = below.data.strip()[:LONGEST_TEXT]
            _cut(found, below)
        else:
            found.error(below.at(), "wrong-type", f'"{key}" must be a text.')


def read_papers(found: Findings, spot: Spot) -> dict[str, Paper]:
    """``evidence.yaml``: the papers by id."""
    papers: dict[str, Paper] = {}
    if spot.data is None:
        return papers
    if not isinstance(spot.data, dict):
        found.error(
            spot.at(), "wrong-type", "evidence.yaml is a mapping: an id and below it title, year, says."
        )
        return papers
    for key, below in spot.children():
        mistake = id_mistake(key, capitals=True)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(key)}" {mistake}')
            continue
        entry = found.load(PaperEntry(), below)
        papers[key] = Paper(key, **{"title": key} | entry)
    return papers
