"""What lies in a ruleset's folder and is not of its plan, and what it was probably meant to be."""

from __future__ import annotations

import re
from pathlib import Path

from service.model.problem import did_you_mean, shown

FILES = ("ruleset.yaml", "assessment.yaml", "guarantees.yaml", "evidence.yaml", "sign-off.yaml")
FOLDERS = ("factors", "scenarios")

_TEMPORARY = re.compile(
    r"(\..*|~\$.*|.*~|#.*#|.*\.(swp|swo|swx|tmp)|Thumbs\.db|desktop\.ini)\Z", re.IGNORECASE
)
_ENDINGS = re.compile(r"(\.ya?ml|\.txt|\.json|\.bak|\.orig|\.old|\.copy)+\Z", re.IGNORECASE)
_PLAN = (
    "ruleset.yaml, assessment.yaml, factors/, guarantees.yaml, scenarios/, evidence.yaml and sign-off.yaml"
)


def is_temporary(name: str) -> bool:
    """Whether a file is hidden, or one that an editor, an office program or the system puts there."""
    return _TEMPORARY.match(name) is not None


def printable(name: str) -> str:
    """The name of a file as a message can show it, also where it is not text."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def stray(entry: Path) -> tuple[str, str, str | None]:
    """Code and message for what doesn't belong into the folder, and the part of the plan it may have been."""
    name = shown(printable(entry.name))
    if entry.name in FOLDERS:
        return "stray-file", f'"{name}" must be a folder with .yaml files in it.', entry.name
    if entry.name in FILES:
        return "stray-file", f'"{name}" must be a plain file.', entry.name
    meant = _meant(entry)
    if meant and _beside(entry, meant):
        message = f'"{name}" is not read. {meant} stands beside it: move this one elsewhere.'
        return "stray-file", message, None
    if meant:
        return "stray-file", f'"{name}" is not of a ruleset. Rename it to "{meant}".', meant
    if entry.is_dir():
        message = f'"{name}" is not of a ruleset. Its folders are factors and scenarios. Move it elsewhere.'
        return "stray-file", message, None
    if re.search(r"\.ya?ml", entry.name, re.IGNORECASE):
        message = f'"{name}" is not read here. Rules go into factors/, worked clients into scenarios/.'
        return "stray-file", message, "factors"
    return "stray-file", f'"{name}" is not of a ruleset. Its files are {_PLAN}. Move it elsewhere.', None


def stray_below(entry: Path) -> tuple[str, str]:
    """Code and message for what doesn't belong into ``factors`` or ``scenarios``."""
    name = printable(entry.name)
    if entry.is_dir():
        message = f'"{shown(name)}" is a folder, and its files are not read. Move them up into this one.'
        return "stray-file", message
    stem = _ENDINGS.sub("", name)
    if not stem or name != entry.name or f"{stem}.yaml" == name:
        return "stray-file", f'"{shown(name)}" is not read. Give it a plain name that ends in .yaml.'
    if stem == name:
        return (
            "stray-file",
            f'"{shown(name)}" is not read. Files here end in .yaml: rename it or move it elsewhere.',
        )
    if _beside(entry, f"{stem}.yaml"):
        message = (
            f'"{shown(name)}" is not read. {shown(stem)}.yaml stands beside it: move this one elsewhere.'
        )
        return "stray-file", message
    message = f'"{shown(name)}" is not read, so its content would be lost. Rename it to "{shown(stem)}.yaml".'
    return "stray-file", message


def _beside(entry: Path, name: str) -> bool:
    """Whether a file of that very name, capitals and all, lies beside it."""
    return any(other.name == name for other in entry.parent.iterdir())


def _meant(entry: Path) -> str | None:
    """The file or folder of the plan whose name is nearest."""
    known = FOLDERS if entry.is_dir() else FILES
    stem = _ENDINGS.sub("", entry.name).lower().replace("_", "-").replace(" ", "-")
    for name in known:
        if stem in (name.removesuffix(".yaml"), name.removesuffix("s"), name.removesuffix("s.yaml")):
            return name
    found = did_you_mean(stem, [name.removesuffix(".yaml") for name in known])
    return next((name for name in known if found == f' Did you mean "{name.removesuffix(".yaml")}"?'), None)
