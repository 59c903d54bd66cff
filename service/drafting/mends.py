"""Mends of a draft's problems, made in its files."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from service.model.draft import DraftState
from service.model.problem import Edit, Place
from service.store.mending import CantApply, FileText


def mend_id(problem: Mapping[str, Any]) -> str:
    """What a problem with a mend is told apart by, among all of its draft's state."""
    return sha256(orjson.dumps(problem, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def mended(state: DraftState, mend: Mapping[str, Any]) -> dict[str, bytes | None]:
    """The files of the draft that a mend changes, as they are then; None: it is not there then.

    ``mend`` is as a report has it, made for this state: ``label`` and ``edits``.

    Raises:
        CantApply: it is not of this state, or changes what is not of the draft, such as an extended ruleset.
    """
    changes: dict[str, bytes | None] = {}
    for file in dict.fromkeys(edit["file"] for edit in mend["edits"]):
        name, raw = _own(state, file)
        edits = [_edit(edit) for edit in mend["edits"] if edit["file"] == file and "text" in edit]
        changes[name] = FileText.of(file, raw).edited(edits).saved_like(raw) if edits else raw
    for edit in mend["edits"]:
        if "rename" in edit:
            name, raw = _own(state, edit["file"])
            changes |= {_name(state, edit["rename"]): changes[name], name: None}
    return changes


def _edit(data: Mapping[str, Any]) -> Edit:
    start, end = (Place(data["file"], data[key]["line"], data[key]["column"]) for key in ("from", "to"))
    return Edit(start, end, data["text"])


def _name(state: DraftState, file: str) -> str:
    return file.removeprefix(f"{state.draft.ruleset}/")


def _own(state: DraftState, file: str) -> tuple[str, bytes]:
    """The plan name and content of a file of the draft, which places name with its folder.

    Raises:
        CantApply: the draft has no such file.
    """
    name = _name(state, file)
    if name == file or name not in state.files:
        raise CantApply
    return name, state.files[name]
