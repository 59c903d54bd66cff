"""What was edited between two rulesets as a clinician reads it, and what it means for clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.analysis.compare.edits import PartEdit, RulesetEdit, edits
from service.model.ruleset import Ruleset
from service.wording.phrases import capitalized
from service.wording.things import Part, Words


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """What is different from the ruleset ``since``: what was ``edited``, and what it ``means`` for clients.

    A line each. ``meaning`` is empty where nobody worked it out.
    """

    since: str
    edited: tuple[str, ...]
    meaning: tuple[str, ...] = ()


def changes_since(older: Ruleset, newer: Ruleset, meaning: tuple[str, ...] = ()) -> ChangesSince:
    """Every edit from the older ruleset to the newer, a line each."""
    lines = tuple(line for edit in edits(older, newer) for line in edit_sentences(edit))
    return ChangesSince(f"{older.title}, version {older.version}", lines, meaning)


def edit_sentences(edit: RulesetEdit) -> tuple[str, ...]:
    """One edit as a clinician reads it, a line for each part."""
    return tuple(_lines(edit, edit.parts))


def differences(base: Ruleset, ruleset: Ruleset) -> tuple[str, ...]:
    """What a ruleset has otherwise than the one that it extends; each has a name and scenarios of its own."""
    return tuple(
        line
        for edit in edits(base, ruleset)
        if edit.kind != "scenario"
        for line in _lines(edit, (one for one in edit.parts if edit.kind != "ruleset" or not _of_header(one)))
    )


def _of_header(edit: PartEdit) -> bool:
    here = _here(edit)
    return not here.of and not here.order


def _here(edit: PartEdit) -> Part:
    here = edit.new or edit.old
    assert here is not None
    return here


def _lines(edit: RulesetEdit, parts: Iterable[PartEdit]) -> Iterator[str]:
    """What was edited of one thing, each sentence once: several parts may be read together."""
    title = capitalized(edit.title)
    if edit.how == "removed":
        yield f"{title} was removed."
        return
    together: dict[tuple[str, str], list[PartEdit]] = {}
    for part in parts:
        together.setdefault((_here(part).of, _here(part).label), []).append(part)
    if edit.how == "added":
        told = (_new(several) for several in together.values() if _here(several[0]).new)
        yield " ".join((f"{title} is new.", *filter(None, told)))
        return
    for (of, label), several in together.items():
        first = several[0]
        if of and first.old is None:
            yield f"{capitalized(of)} is new. {_new(several)}"
        elif of and first.new is None:
            yield f"{capitalized(of)} was removed."
        else:
            yield f"{capitalized(of) or title}, {label}: {_edited(several)}."


def _new(parts: list[PartEdit]) -> str:
    words = _words(one.new for one in parts)
    return f"{capitalized(_here(parts[0]).label)}: {_quoted(words)}." if words else ""


def _edited(parts: list[PartEdit]) -> str:
    was, now = _words(one.old for one in parts), _words(one.new for one in parts)
    if set(was) == set(now):  # what means something else reads alike: so as its author writes it
        was = tuple(f"{one.key}: {one.was}" for one in parts if one.was)
        now = tuple(f"{one.key}: {one.now}" for one in parts if one.now)
    gone = tuple(item for item in was if item not in now)
    new = tuple(item for item in now if item not in was)
    if not _here(parts[0]).several or not (gone or new):
        return f"was {_quoted(was)}, is now {_quoted(now)}"
    said = [f"no longer {_quoted(gone)}"] if gone else []
    return "; ".join(said + ([f"now {_quoted(new)}"] if new else []))


def _words(parts: Iterable[Part | None]) -> Words:
    """The words of parts that are read together, each once; those about one thing as one."""
    about: dict[str, dict[str, None]] = {}
    for part in parts:
        if part is not None:
            about.setdefault(part.about, {}).update(dict.fromkeys(part.read()))
    return tuple(
        word
        for name, words in about.items()
        for word in ([f"{name} ({', '.join(words)})"] if name and words else words)
    )


def _quoted(words: Words) -> str:
    return ", ".join(f"“{item}”" for item in words) if words else "nothing"
