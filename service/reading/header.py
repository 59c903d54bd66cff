"""``ruleset.yaml`` and ``evidence.yaml``: who it is, limits, factors, conclusions, texts, papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from schemas.language import VERDICTS, Quantity, Verdict, effects
from schemas.language_tags import standard
from schemas.ruleset_fields import id_mistake, mended_id
from schemas.ruleset_files import PaperEntry, RulesetFile
from schemas.words import LIMITED, VERDICT_TEXTS
from service.model.problem import Place, advice, quoted, shown
from service.model.ruleset import Limits, Paper, TextPath
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import read_bounds

_KEYS: dict[str, Quantity] = {name.replace("_", " "): name for name in LIMITED}


def read_limits(problems: ProblemCollector, node: Node, extended: Limits | None) -> Limits | None:
    """The limits at the node; one that a clinic does not name is taken over from the extended ruleset."""
    for key, _ in node.entries():
        if key not in _KEYS:
            problems.unknown_key(node, key, _KEYS)
    read = {
        name: _bounds(problems, node, key, extended.of(name) if extended else None)
        for key, name in _KEYS.items()
    }
    limits = {name: bounds for name, bounds in read.items() if bounds}
    return Limits(**limits) if len(limits) == len(_KEYS) else None


def _bounds(
    problems: ProblemCollector, node: Node, key: str, extended: tuple[int, int] | None
) -> tuple[int, int] | None:
    below = node.child(key)
    most, such_as, _ = LIMITED[_KEYS[key]]
    if not node.has(key):
        if extended is None:
            problems.missing(node, [key], list(_KEYS), such_as)
        return extended
    read = read_bounds(problems, below, such_as=such_as)
    if read is None:
        return None
    low, high = read
    if not isinstance(low, int) or not isinstance(high, int):
        problems.error(below.at(), "not-whole", f"The limits of {key} are whole numbers.")
        return None
    if low < 1 or high > most:
        problems.error(below.at(), "out-of-bounds", f"The limits of {key} lie between 1 and {most}.")
        return None
    return low, high


_NAMING = effects(where=lambda effect: effect.value == "ids")


@dataclass(slots=True)
class Header:
    """What the headers of a ruleset and of those it extends come to.

    ``ids``: for each effect that names texts by id, these texts. ``places``: where texts stand.
    ``unread``: keys of conclusions whose levels could not be read, and of the whole where none could.
    """

    id: str = ""
    title: str = ""
    version: str = ""
    effective: date | None = None
    owner: str | None = None
    time_zone: str = "UTC"
    limits: Limits | None = None
    factors: dict[str, str] = field(default_factory=dict)
    conclusion_levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own_verdicts: dict[Verdict, str] = field(default_factory=dict)
    language: str = "en"
    places: dict[TextPath, Place] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=lambda: {effect.name: {} for effect in _NAMING})
    papers: dict[str, Paper] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    @property
    def verdicts(self) -> dict[Verdict, str]:
        """What the client reads, by verdict: the service's words where there are none of the ruleset's."""
        return {**VERDICT_TEXTS.get(self.language, VERDICT_TEXTS["en"]), **self.own_verdicts}


_VOCABULARIES = ("factors", "conclusions", *(effect.key for effect in _NAMING))


def read_header(
    problems: ProblemCollector, header: Header, node: Node, folder: str, *, alone: bool = True
) -> None:
    """Take one ``ruleset.yaml`` over what the rulesets it extends have said; ``alone``: it extends none."""
    entry = problems.load(RulesetFile, node)
    header.id = entry.get("id", folder)
    header.title = entry.get("title", "")
    header.version = entry.get("version", "")
    header.effective = entry.get("effective")
    header.owner = entry.get("owner") or header.owner
    header.time_zone = _time_zone(problems, entry, node) or header.time_zone
    header.language = _language(problems, entry, node) or header.language
    if "id" in entry and entry["id"] != folder:
        message = f'The id "{entry["id"]}" is not the name of its folder, "{shown(folder)}". '
        message += advice("Make them the same.", entry["id"], folder)
        problems.error(node.child("id").at(), "id-is-not-folder", message)
    if alone and isinstance(node.data, dict) and node.data.get("extends") is None:
        lacking = [key for key in ("limits", "factors") if key not in node.data]
        problems.missing(node, lacking, [*RulesetFile().fields])
    header.unread |= {key for key in _VOCABULARIES if node.child(key).data is not None and not entry.get(key)}
    if "limits" in entry:
        header.limits = read_limits(problems, node.child("limits"), header.limits)
    if node.child("factors").data == {}:
        message = '"factors" is empty. Write at least one, such as concern: Skin concern.'
        problems.error(node.child("factors").at(), "empty-mapping", message)
    header.factors |= _texts(problems, node.child("factors"))
    for effect in _NAMING:
        header.ids[effect.name] |= _texts(problems, node.child(effect.key))
    for section in ("factors", "verdicts", *(effect.key for effect in _NAMING)):
        header.places |= {(section, key): below.key() for key, below in node.child(section).entries()}
    _levels(problems, header, node.child("conclusions"))
    _verdicts(problems, header, node.child("verdicts"))


_ZONES = cache(available_timezones)
"""Every time zone there is, by its IANA name; found once, for it takes a walk through many files."""


def _time_zone(problems: ProblemCollector, entry: Mapping[str, Any], node: Node) -> str | None:
    name: str | None = entry.get("time_zone")
    if name is None or name == "UTC" or name in _ZONES():
        return name
    mend = problems.near(name, sorted(_ZONES())) or " Write one such as Europe/Madrid."
    message = f'"{shown(name)}" is not a time zone.' + mend
    problems.error(node.child("time zone").at(), "unknown-time-zone", message)
    return None


def _language(problems: ProblemCollector, entry: Mapping[str, Any], node: Node) -> str | None:
    written: str | None = entry.get("language")
    if written is None:
        return None
    tag = standard(written.strip()) or standard(written.strip().replace("_", "-"))
    if tag != written.strip():
        mend = f"Write {tag}." if tag else "Write its tag (BCP 47), such as en, es or zh-Hans."
        message = f'"{shown(written)}" is not how a language is named here. {mend}'
        problems.error(node.child("language").at(), "unknown-language", message)
        return None
    return tag


def _texts(problems: ProblemCollector, node: Node) -> dict[str, str]:
    texts = {}
    for key, below in node.entries():
        mistake = id_mistake(key)
        if mistake:
            problems.bad_id(below.key(), key, mistake)
        texts[mended_id(key) if mistake else key] = problems.text(key, below) or key
    return texts


def _levels(problems: ProblemCollector, header: Header, node: Node) -> None:
    for key, below in node.entries():
        mistake = id_mistake(key)
        if mistake:
            problems.bad_id(below.key(), key, mistake)
        elif not isinstance(below.data, list) or not below.data:
            message = (
                f'"{key}" must list its levels from low to high: [low, high]. Flags need no declaration.'
            )
            problems.error(below.key() if below.data is None else below.at(), "wrong-type", message)
        else:
            header.conclusion_levels[key] = tuple(_level_names(problems, below))
            header.unread.discard(f"conclusions.{key}")
            continue
        header.unread.add(f"conclusions.{key}")


def _level_names(problems: ProblemCollector, node: Node) -> list[str]:
    names: list[str] = []
    for item in node.items():
        if not isinstance(item.data, str):
            problems.error(item.at(), "wrong-type", "A level is one word: [low, high].")
            continue
        mistake = id_mistake(item.data, capitals=True)
        if mistake:
            problems.bad_id(item.at(), item.data, mistake)
        elif item.data in names:
            problems.error(item.at(), "duplicate-id", f'Level "{item.data}" stands here twice. Keep one.')
            continue
        names.append(mended_id(item.data, capitals=True))
    return names


def _verdicts(problems: ProblemCollector, header: Header, node: Node) -> None:
    for key, below in node.entries():
        verdict = next((one for one in VERDICTS if one == key), None)
        if verdict is None:
            mend = problems.near(key, VERDICTS) or f" There are {quoted(VERDICTS)}."
            problems.error(below.key(), "unknown-verdict", f'"{shown(key)}" is not a verdict.' + mend)
            continue
        text = problems.text(key, below)
        if text is not None:
            header.own_verdicts[verdict] = text


def read_papers(problems: ProblemCollector, node: Node) -> dict[str, Paper] | None:
    """``evidence.yaml``: the papers by id; None where it holds no mapping."""
    papers: dict[str, Paper] = {}
    if node.data is None:
        return papers
    if not isinstance(node.data, dict):
        message = (
            "evidence.yaml is a mapping: an id, and below it title, authors, journal, year, doi or url, says."
        )
        problems.error(node.at(), "wrong-type", message)
        return None
    for key, below in node.entries():
        mistake = id_mistake(key, capitals=True)
        if mistake:
            problems.bad_id(below.key(), key, mistake)
        entry = problems.load(PaperEntry, below)
        name = mended_id(key, capitals=True) if mistake else key
        papers[name] = Paper(name, **{"title": key} | entry)
    return papers
