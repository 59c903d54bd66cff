"""One value in a file, with the file around it: where problems are said and parts looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from schemas.mistake import MISSING, UNKNOWN, Mistake, mistakes_in
from schemas.ruleset_files import Text
from service.model.problem import Place, Problem, did_you_mean, shown
from service.reading.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class Spot:
    """The value at ``path`` of a file's tree."""

    tree: Tree
    path: Path
    data: Any

    def at(self, offset: int = 0) -> Place:
        """Where the value stands, ``offset`` characters into its text."""
        return self.tree.at(self.path, offset)

    def word(self, word: str) -> Place:
        """Where the word stands inside the value's text (the value's own place if it isn't in it)."""
        offset = self.data.find(word) if isinstance(self.data, str) else -1
        return self.at(max(offset, 0))

    def key(self) -> Place:
        """Where the key of the value stands."""
        return self.tree.key(self.path)

    def child(self, key: str | int) -> Spot:
        """The value below ``key`` (data None where there is none)."""
        if isinstance(self.data, dict):
            data = self.data.get(key)
        elif isinstance(self.data, list) and isinstance(key, int) and key < len(self.data):
            data = self.data[key]
        else:
            data = None
        return Spot(self.tree, (*self.path, key), data)

    def children(self) -> Iterator[tuple[Any, Spot]]:
        """Every key (or index) below, with its value."""
        keys = self.data if isinstance(self.data, dict) else range(len(self.data or ()))
        for key in keys:
            yield key, self.child(key)

    def last(self) -> str:
        """The key that leads here, as a message names it."""
        return str(self.path[-1]) if self.path else "the file"

    def places(self) -> dict[Path, Place]:
        """Where every part below stands (the key, where it has one), by path from here."""
        found: dict[Path, Place] = {}
        waiting = [self]
        while waiting:
            spot = waiting.pop()
            found[spot.path[len(self.path) :]] = spot.key()
            waiting.extend(below for _, below in spot.children() if isinstance(spot.data, dict | list))
        return found


class Findings:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def error(self, place: Place, code: str, message: str) -> None:
        """Note an error."""
        self.problems.append(Problem(place, code, message))

    def warning(self, place: Place, code: str, message: str) -> None:
        """Note a warning."""
        self.problems.append(Problem(place, code, message, "warning"))

    def load(self, schema: Schema, spot: Spot) -> dict[str, Any]:
        """What the schema takes of the value; everything else becomes a problem at its own place."""
        if spot.data is None:
            self.error(spot.at(), "missing-value", f'"{spot.last()}" has no value.')
            return {}
        try:
            loaded = schema.load(spot.data)
        except ValidationError as error:
            for path, mistakes in mistakes_in(error).items():
                for mistake in mistakes:
                    self._mistake(schema, spot, path, mistake)
            loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        self._cut_texts(schema, spot)
        return dict(loaded)

    def _mistake(self, schema: Schema, spot: Spot, path: Path, mistake: Mistake) -> None:
        names = [field.data_key or name for name, field in schema.fields.items()]
        if not path:
            self.error(spot.at(), "wrong-type", f'"{spot.last()}" must be a mapping: keys with values.')
            return
        below = spot.child(path[0])
        if mistake is UNKNOWN:
            message = f'"{shown(str(path[0]))}" is not known here.{did_you_mean(str(path[0]), names)}'
            self.error(below.key(), "unknown-key", message)
        elif mistake is MISSING:
            present = isinstance(spot.data, dict) and path[0] in spot.data
            message = f'"{path[0]}" has no value.' if present else f'"{path[0]}" is missing. Add it.'
            self.error(below.key() if present else spot.at(), "missing-key", message)
        elif mistake.code == "bad-id":
            self.error(below.at(), mistake.code, f'"{shown(str(below.data))}" {mistake.message}')
        else:
            self.error(below.at(), mistake.code, f'"{path[0]}" {mistake.message}')

    def _cut_texts(self, schema: Schema, spot: Spot) -> None:
        for name, field in schema.fields.items():
            cut = (
                spot.tree.cut_text((*spot.path, field.data_key or name)) if isinstance(field, Text) else None
            )
            if cut:
                self.warning(
                    cut, "text-cut", 'The text ends before " #". Put the whole text in quotes if it goes on.'
                )
