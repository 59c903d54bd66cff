"""From a JSON pointer to the place in a file that it means."""

from __future__ import annotations

from collections.abc import Mapping

from service.model.problem import Place

_Path = tuple[str | int, ...]


def path_of(pointer: str) -> tuple[str, ...]:
    """The members that a JSON pointer (RFC 6901) goes through."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def nearest(places: Mapping[_Path, Place], path: _Path, whole: Place) -> Place:
    """Where the part at ``path`` stands, or the nearest part around it; ``whole`` where none does."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return whole
