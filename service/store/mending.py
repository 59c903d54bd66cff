"""Mends of problems: what may mend one is tried in memory, and offered only where it does no harm.

The text of a file is changed at a few places, and every ruleset of the shelf that rests on its folder is read
and checked again. The problem must be gone, and no other may be new. What could not be seen before is not
new: YAML may have given up on the file, and rulesets with errors are not checked. But in the part that was
edited, such as a rule, everything counts.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.analysis.checks.check import CHECKS
from service.model.problem import Change, Edit, Mend, Place, Problem, Rename, Suggestion
from service.reading.folder import Held, Layer, read_folder
from service.reading.node import Node, Tree
from service.reading.yaml_text import decoded, starts_of_lines
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf
from service.store.replacing import replace_file

MOST_TRIED = 20
"""Of how many problems of a shelf mends are tried, errors first; the others have none."""
MOST_VALUES_TRIED = 2_000_000
"""How many keys and values are read for that in all, so that a large shelf is not read for minutes."""

_PLACE_IN_WORDS = re.compile(r":[0-9]+:[0-9]+")
_HEAD = re.compile(r"[\"']?[\w-]+\.")
_QUOTES = ("'", '"')


def with_mends(shelf: Shelf, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, among them those of the shelf; each that can be mended has its mend."""
    listed = tuple(problems)
    suggested = [problem for problem in listed if problem.suggestion is not None]
    if not suggested:
        return listed
    trials = _Trials(shelf)
    first = sorted(suggested, key=lambda problem: problem.severity)[:MOST_TRIED]
    mends = {problem: trials.mend_of(problem) for problem in first}
    return tuple(replace(problem, mend=mends.get(problem)) for problem in listed)


class CantApply(Exception):
    """The file does not hold what is to be edited."""


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file, and where its lines begin."""

    file: str
    text: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, file: str, raw: bytes) -> FileText:
        """That of a file with this content.

        Raises:
            CantApply: it is no text.
        """
        text = decoded(file, raw)
        if isinstance(text, Problem):
            raise CantApply
        return cls(file, text, starts_of_lines(text))

    def offset(self, place: Place) -> int:
        """How many characters stand before the place.

        Raises:
            CantApply: it is not in the file.
        """
        if place.file != self.file or not 0 < place.line <= len(self.starts) or place.column < 1:
            raise CantApply
        offset = self.starts[place.line - 1] + place.column - 1
        if offset > (self.starts[place.line] if place.line < len(self.starts) else len(self.text)):
            raise CantApply
        return offset

    def place(self, offset: int) -> Place:
        """The place before which so many characters stand."""
        line = bisect_right(self.starts, offset)
        return Place(self.file, line, offset - self.starts[line - 1] + 1)

    def located(self, change: Change, problem: Place) -> Edit:
        """The change as an edit; what is written may stand behind a quote, or be the end of a dotted name.

        Raises:
            CantApply: it does not stand there.
        """
        offset = self.offset(change.place or problem)
        head = _HEAD.match(self.text, offset)
        tries = [offset, offset + self.text.startswith(_QUOTES, offset), head.end() if head else offset]
        end = "\r\n" if "\r\n" in self.text else "\n"
        written, text = (one.replace("\n", end) for one in (change.written, change.text))
        start = next((one for one in tries if self.text.startswith(written, one)), None)
        if start is None:
            raise CantApply
        return Edit(self.place(start), self.place(start + len(written)), text)

    def spans(self, edits: Iterable[Edit]) -> list[tuple[int, int, str]]:
        """The edits in their order: from and to which character, and what is written there.

        Raises:
            CantApply: two of them overlap, or one is not in the file.
        """
        spans = sorted((self.offset(one.start), self.offset(one.end), one.text) for one in edits)
        at = 0
        for start, end, _ in spans:
            if not at <= start <= end:
                raise CantApply
            at = end
        return spans

    def edited(self, edits: Iterable[Edit]) -> FileText:
        """It with the edits made.

        Raises:
            CantApply: as of ``spans``.
        """
        made, at = [], 0
        for start, end, new in self.spans(edits):
            made += [self.text[at:start], new]
            at = end
        text = "".join([*made, self.text[at:]])
        return FileText(self.file, text, starts_of_lines(text))

    def saved_like(self, raw: bytes) -> bytes:
        """It as a file whose content was ``raw`` is saved: after a byte-order mark where that has one."""
        return (codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b"") + self.text.encode()


Words = tuple[Place, str, str, str]
"""A problem by its place, severity, code and message: without places in it, for lines may move."""


def _words(problem: Problem, place: Place) -> Words:
    return place, problem.severity, problem.code, _PLACE_IN_WORDS.sub("", problem.message)


class _Move:
    """Edits of one file of a layer: what the folder holds with them, and where problems stand then."""

    def __init__(self, layer: Layer, name: str, edits: Sequence[Edit | Rename]) -> None:
        self.name = name
        self._file = f"{layer.shown_as}/{name}"
        self.contents = dict(layer.contents)
        self.renamed: dict[str, str] = {}
        self.lines = range(0)
        self._spans: list[tuple[int, int, str]] = []
        self._names: dict[str, str] = {}
        changes = [one for one in edits if isinstance(one, Edit)]
        if changes:
            raw = layer.contents[name]
            self._before = FileText.of(self._file, raw)
            self._spans = self._before.spans(changes)
            self._after = self._before.edited(changes)
            self.contents[name] = self._after.saved_like(raw)
            last = self._after.place(self._moved(self._spans[-1][1])).line
            self.lines = range(min(one.start.line for one in changes), last + 1)
        for one in edits:
            if isinstance(one, Rename):
                self.renamed[name] = one.name.removeprefix(f"{layer.shown_as}/")
                self._names[one.file] = one.name

    def words(self, problem: Problem) -> Words:
        """The problem as it is told once the edits are made, if it is still there."""
        place = problem.place
        if place.file == self._file and self._spans:
            place = self._after.place(self._moved(self._before.offset(place)))
        if place.file in self._names:
            place = replace(place, file=self._names[place.file])
        return _words(problem, place)

    def was_unread(self, place: Place) -> bool:
        """Whether a place is in a file that was not read under its other name."""
        return place.file in self._names.values()

    def _moved(self, offset: int) -> int:
        """Where a character stands then; what was written over, where it began."""
        by = 0
        for start, end, new in self._spans:
            if offset < end:
                return min(offset, start) + by
            by += len(new) - (end - start)
        return offset + by


@dataclass(slots=True)
class _Trials:
    """Tries mends on a shelf. ``layers``: its folders as they are; ``faulty``: the files with errors."""

    shelf: Shelf
    layers: dict[Path, Layer] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    _tried: dict[Path, Layer] = field(default_factory=dict)
    _values: int = 0
    _moves: dict[Path, _Move] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._note_faulty(self.shelf.all_problems)

    def _note_faulty(self, problems: Iterable[Problem]) -> None:
        self.faulty |= {problem.place.file for problem in problems if problem.severity == "error"}

    def mend_of(self, problem: Problem) -> Mend | None:
        """The problem's mend, if what was suggested is one."""
        suggestion, home = problem.suggestion, _home(self.shelf, problem.place.file)
        if suggestion is None or home is None or self._values >= MOST_VALUES_TRIED:
            return None
        ruleset, name = home
        path, label = self.shelf.folder(ruleset)
        layer = self._layer(path, label)
        try:
            edits = self._edits(layer, name, problem.place, suggestion)
            is_good = self._is_good(ruleset, path, problem, _Move(layer, name, edits))
        except (CantApply, NotARulesetsFolder):  # or somebody has just moved it away
            return None
        return Mend(suggestion.label, edits) if is_good else None

    def _layer(self, path: Path, shown_as: str) -> Layer:
        """The folder as it is."""
        if path not in self.layers:
            self.layers[path] = read_folder(path, shown_as, alone=self.shelf.single)
        return self.layers[path]

    @staticmethod
    def _edits(layer: Layer, name: str, place: Place, suggestion: Suggestion) -> tuple[Edit | Rename, ...]:
        if suggestion.rename is not None:
            return (suggestion.rename,)
        if name not in layer.contents:
            raise CantApply
        text = FileText.of(place.file, layer.contents[name])
        return tuple(text.located(change, place) for change in suggestion.changes)

    def _is_good(self, ruleset: str, path: Path, problem: Problem, move: _Move) -> bool:
        """Whether the problem is gone with the edits, and no other new."""
        reads = self.shelf.read
        resting = [
            name
            for name, read in reads.items()
            if name == ruleset or any(file.startswith(f"{ruleset}/") for file in read.files)
        ]
        there = {move.words(one) for name in resting for one in reads[name].problems}
        self._moves = {path: move}
        found = {one for name in resting for one in self._read(name)}
        self._note_faulty(found)
        new = [one for one in found if _words(one, one.place) not in there]
        gone = move.words(problem) not in {_words(one, one.place) for one in found}
        return gone and all(self._was_hidden(path, problem, one, move) for one in new)

    def _read(self, ruleset: str) -> Sequence[Problem]:
        shelf = self.shelf
        again = read_shelf(shelf.root, shelf.shown_as, ruleset, read_layer=self._read_layer)
        if ruleset not in again.read:
            raise CantApply
        return again.read[ruleset].problems

    def _read_layer(self, path: Path, shown_as: str, most_values: int) -> Layer:
        """The folder with the edits; trees in which reading may have put things right are made anew."""
        layer, move = self._layer(path, shown_as), self._moves.get(path)
        contents = layer.contents if move is None else move.contents
        renamed = {} if move is None else move.renamed
        trees = {
            name: tree
            for name, tree in layer.trees.items()
            if tree.file not in self.faulty and (move is None or name != move.name)
        }
        held = Held(contents, trees, renamed)
        tried = read_folder(path, shown_as, most_values, alone=self.shelf.single, held=held)
        self._values += tried.values
        self._tried[path] = replace(tried, problems=list(tried.problems))
        return tried

    def _was_hidden(self, path: Path, problem: Problem, new: Problem, move: _Move) -> bool:
        """Whether a problem was there before and could not be seen, for the mended one stood before it."""
        if move.renamed:  # the file was not read before; that it repeats what another one has is harm
            return move.was_unread(new.place) and new.code != "duplicate-id"
        before, after = self.layers[path], self._tried[path]
        tree = after.trees.get(move.name)
        if tree is None or not move.lines or new.place in _part(tree, move.lines):
            return False
        if problem.severity == "error" and new.code in CHECKS:
            return True
        broken = before.trees[move.name].broken and problem in before.problems
        return broken and (new not in after.problems or new.place.line >= move.lines.stop)


@dataclass(frozen=True, slots=True)
class _EditedPart:
    """Some lines of a file."""

    file: str
    lines: range

    def __contains__(self, place: Place) -> bool:
        return place.file == self.file and place.line in self.lines


def _part(tree: Tree, lines: range) -> _EditedPart:
    """The rule, question or other part of the file in which the lines stand: what is two levels deep."""
    begins = {place.line for place in _heads(Node(tree, (), tree.data), 2)}
    first = max((line for line in begins if line <= lines.start), default=lines.start)
    end = min((line for line in begins if line >= lines.stop), default=None)
    whole = tree.data is not None and not tree.broken
    return _EditedPart(tree.file, range(first, end or 2**30) if whole else lines)


def _heads(node: Node, depth: int) -> Iterator[Place]:
    for _, below in node.children() if depth else ():
        yield below.key()
        yield from _heads(below, depth - 1)


def apply(shelf: Shelf, mends: Sequence[Mend]) -> tuple[str, ...]:
    """Make the edits of mends in the files of the shelf that they were made for, each file in one step.

    Each file keeps its line ends, byte-order mark and rights. What comes back are the files that are as they
    were: they have changed since the shelf was read, lie elsewhere, or can't be written.

    Raises:
        CantApply: two of the mends overlap.
    """
    left = [file for file, after in _edited(shelf, mends).items() if not _write(shelf, file, after)]
    renames = [edit for mend in mends for edit in mend.edits if isinstance(edit, Rename)]
    return (*left, *(one.file for one in renames if not _rename(shelf, one)))


def are_apart(shelf: Shelf, mends: Sequence[Mend]) -> bool:
    """Whether the edits of the mends can be made together."""
    try:
        _edited(shelf, mends)
    except CantApply:
        return False
    names = [edit.name for mend in mends for edit in mend.edits if isinstance(edit, Rename)]
    return len({*names}) == len(names)


def texts_with(shelf: Shelf, mend: Mend) -> list[tuple[str, str]]:
    """The text of each file that the mend edits, as it is and as it would be."""
    edited = _edited(shelf, [mend])
    return [(FileText.of(file, _found(shelf, file)[1]).text, after.text) for file, after in edited.items()]


def _edited(shelf: Shelf, mends: Sequence[Mend]) -> dict[str, FileText]:
    """The files that the mends edit, as they would be."""
    edits = [edit for mend in mends for edit in mend.changes]
    return {
        file: FileText.of(file, _found(shelf, file)[1]).edited(one for one in edits if one.start.file == file)
        for file in dict.fromkeys(edit.start.file for edit in edits)
    }


def _write(shelf: Shelf, file: str, after: FileText) -> bool:
    path, content = _found(shelf, file)
    try:
        path = path.resolve()  # behind a link, the file itself is written and not the link
        if not path.is_relative_to(shelf.root) or path.read_bytes() != content:
            return False
        replace_file(path, after.saved_like(content))
    except OSError:
        return False
    return True


def _rename(shelf: Shelf, rename: Rename) -> bool:
    path, new = (_found(shelf, name)[0] for name in (rename.file, rename.name))
    try:
        if new.exists() and not new.samefile(path):
            return False
        path.rename(new)
    except OSError:
        return False
    return True


def _found(shelf: Shelf, file: str) -> tuple[Path, bytes]:
    """A file of the shelf's own folders, and its content as it was read.

    Raises:
        CantApply: it is in none of them.
    """
    home = _home(shelf, file)
    if home is None:
        raise CantApply
    ruleset, name = home
    return shelf.folder(ruleset)[0] / name, shelf.read[ruleset].files.get(f"{ruleset}/{name}", b"")


def _home(shelf: Shelf, file: str) -> tuple[str, str] | None:
    """The ruleset in whose folder a file is, and its name there; None where it is elsewhere."""
    for ruleset in shelf.read:
        name = file.removeprefix(f"{shelf.folder(ruleset)[1]}/")
        if name != file:
            return ruleset, name
    return None
