"""A draft's files brought together with those of another edition than the one that it was begun from."""

from __future__ import annotations

from collections.abc import Mapping

from service.drafting.lines import StepBudget, written_like
from service.drafting.three_sides import merged, needs_choices, three_sides
from service.model.draft import DraftState, FileConflict
from service.reading.folder import as_text

Contents = Mapping[str, bytes]


def brought_together(
    state: DraftState, theirs: Contents, chosen: Mapping[str, bytes | None]
) -> dict[str, bytes] | tuple[FileConflict, ...]:
    """The files that come of a draft and of an edition whose files are ``theirs``; or what is to be chosen.

    What one side alone has changed since the draft's base comes by itself, file by file and part by part.
    ``chosen``: what files shall have that somebody has looked at; None: the file goes.
    """
    files: dict[str, bytes] = {}
    conflicts: list[FileConflict] = []
    steps = StepBudget()
    for name in sorted({*state.base_files, *theirs, *state.files, *chosen}):
        sides = FileConflict(name, state.base_files.get(name), theirs.get(name), state.files.get(name))
        found = chosen[name] if name in chosen else _one_file(sides, steps)
        if isinstance(found, FileConflict):
            conflicts.append(found)
        elif found is not None:
            files[name] = found
    return tuple(conflicts) or files


def _one_file(sides: FileConflict, steps: StepBudget) -> bytes | FileConflict | None:
    base, theirs, yours = sides.base, sides.theirs, sides.yours
    if _same(theirs, base) or _same(theirs, yours):
        return yours
    if _same(yours, base):
        return theirs
    if theirs is None or yours is None:
        return sides
    parts = three_sides((base or b"").decode(), theirs.decode(), yours.decode(), steps)
    return sides if needs_choices(parts) else written_like(merged(parts), yours)


def _same(one: bytes | None, other: bytes | None) -> bool:
    if one is None or other is None:
        return one is other
    return as_text(one) == as_text(other)
