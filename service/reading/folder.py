"""A ruleset's folder: which files it holds, what does not belong there, and the digest of all of them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path, PurePath

from schemas.language_tags import standard
from schemas.ruleset_files import AssessmentFile
from service.model.problem import Place, Problem, Rename, Suggestion, did_you_mean, shown
from service.reading.node import Data, Node, Tree
from service.reading.yaml_reader import compose
from service.reading.yaml_text import MOST_BYTES

FILES = (
    "ruleset.yaml",
    "assessment.yaml",
    "guarantees.yaml",
    "evidence.yaml",
    "client-page.yaml",
    "sign-off.yaml",
)
FOLDERS = ("factors", "scenarios")

_TEXTS = re.compile(r"texts?[._ -]*(?P<tag>[A-Za-z0-9_-]*)\Z")


def language_of(name: str) -> str | None:
    """The language whose texts a file of this name holds: ``es`` for ``texts.es.yaml``; None for others."""
    tag = name.removeprefix("texts.").removesuffix(".yaml")
    return tag if name == f"texts.{tag}.yaml" and standard(tag) == tag else None


def texts_file(language: str) -> str:
    """The name of the file with the texts in a language."""
    return f"texts.{language}.yaml"


_TEMPORARY = re.compile(
    r"(\..*|~\$.*|.*~|#.*#|.*\.(swp|swo|swx|tmp)|Thumbs\.db|desktop\.ini)\Z", re.IGNORECASE
)
_ENDINGS = re.compile(r"(\.ya?ml|\.txt|\.json|\.bak|\.orig|\.old|\.copy)+\Z", re.IGNORECASE)
_PLAN = (
    "ruleset.yaml, assessment.yaml, factors/, guarantees.yaml, scenarios/, evidence.yaml, client-page.yaml, "
    "texts.LANG.yaml and sign-off.yaml"
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
    if entry.name in FILES or language_of(entry.name) is not None:
        return "stray-file", f'"{name}" must be a plain file.', entry.name
    meant = _meant(entry)
    if meant and _beside(entry, meant):
        message = f'"{name}" is not read. {meant} stands beside it: move this one elsewhere.'
        return "stray-file", message, None
    if meant:
        return "stray-file", f'"{name}" is not of a ruleset. Rename it to "{meant}".', meant
    if _TEXTS.match(_ENDINGS.sub("", entry.name)):
        message = f'"{name}" names no language. Call it by its tag (BCP 47), such as {texts_file("es")}.'
        return "stray-file", message, None
    if entry.is_dir():
        message = f'"{name}" is not of a ruleset. Its folders are factors and scenarios. Move it elsewhere.'
        return "stray-file", message, None
    if re.search(r"\.ya?ml", entry.name, re.IGNORECASE):
        message = f'"{name}" is not read here. Rules go into factors/, worked clients into scenarios/.'
        if _ENDINGS.sub("", entry.name.lower()) in AssessmentFile().fields:
            message = f'"{name}" is not read here. What it holds goes into assessment.yaml.'
        return "stray-file", message, "factors"
    return "stray-file", f'"{name}" is not of a ruleset. Its files are {_PLAN}. Move it elsewhere.', None


_KEPT = re.compile(r"\.(bak|orig|old|copy)\b", re.IGNORECASE)


def _is_live(name: str) -> bool:
    """Whether a file was not put aside by its name, as ``.old`` says."""
    return _KEPT.search(name) is None


def stray_below(entry: Path) -> tuple[str, str, str]:
    """Code and message for what doesn't belong into ``factors`` or ``scenarios``, and the name meant."""
    name = printable(entry.name)
    if entry.is_dir():
        message = f'"{shown(name)}" is a folder, and its files are not read. Move them up into this one.'
        return "stray-file", message, ""
    stem = _ENDINGS.sub("", name)
    if not stem or name != entry.name or f"{stem}.yaml" == name:
        return "stray-file", f'"{shown(name)}" is not read. Give it a plain name that ends in .yaml.', ""
    if stem == name:
        return (
            "stray-file",
            f'"{shown(name)}" is not read. Files here end in .yaml: rename it or move it elsewhere.',
            "",
        )
    if _beside(entry, f"{stem}.yaml"):
        message = (
            f'"{shown(name)}" is not read. {shown(stem)}.yaml stands beside it: move this one elsewhere.'
        )
        return "stray-file", message, ""
    message = f'"{shown(name)}" is not read, so its content would be lost. Rename it to "{shown(stem)}.yaml".'
    return "stray-file", message, f"{stem}.yaml" if _is_live(name) else ""


def _beside(entry: Path, name: str) -> bool:
    """Whether a file of that very name, capitals and all, lies beside it."""
    return any(other.name == name for other in entry.parent.iterdir())


def _meant(entry: Path) -> str | None:
    """The file or folder of the plan whose name is nearest."""
    texts = _TEXTS.match(_ENDINGS.sub("", entry.name))
    language = standard(texts["tag"].strip("._ -").replace("_", "-")) if texts else None
    if language is not None:
        return texts_file(language)
    known = FOLDERS if entry.is_dir() else FILES
    stem = _ENDINGS.sub("", entry.name).lower().replace("_", "-").replace(" ", "-")
    for name in known:
        if stem in (name.removesuffix(".yaml"), name.removesuffix("s"), name.removesuffix("s.yaml")):
            return name
    found = did_you_mean(stem, [name.removesuffix(".yaml") for name in known])
    return next((name for name in known if found == f' Did you mean "{name.removesuffix(".yaml")}"?'), None)


MOST_FILES = 500
MOST_RULES = 2_000
MOST_TOTAL_BYTES = 8_000_000
MOST_TOTAL_VALUES = 300_000

SIGN_OFF = "sign-off.yaml"
"""The one file that is no part of the digest."""

DIGEST_FORM = 2
"""Over what a digest is made: in form 1 over files as they were saved, in form 2 over their text.

A text has LF line ends and no byte-order mark, so that the same commit has one digest on every machine. Files
that are saved like that have the same digest in both forms. Archives keep the form of each of their editions.
"""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEEDED = ("ruleset.yaml", "assessment.yaml")


@dataclass(slots=True)
class Layer:
    """One ruleset's folder as read: a tree for each file, and what is wrong with the folder itself.

    ``contents`` has the very bytes that were read, by file; ``unread`` names the files (``factors`` and
    ``scenarios`` for any file in them) that are there, or were meant to be, but could not be read to the
    end: what they hold is not known.
    """

    path: Path
    shown_as: str
    trees: dict[str, Tree] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    digest: str = ""

    @property
    def id(self) -> str:
        """The id that the folder bears."""
        return self.path.name

    @property
    def values(self) -> int:
        """How many keys and values its files hold."""
        return sum(tree.values for tree in self.trees.values())

    def node(self, name: str) -> Node | None:
        """The whole of one file, or None where the folder has none of that name."""
        tree = self.trees.get(name)
        return None if tree is None or tree.broken else Node(tree, (), tree.data)

    def below(self, folder: str) -> list[tuple[str, Node]]:
        """The files of ``factors`` or ``scenarios`` in name order, each with its own name."""
        names = sorted(name for name in self.trees if name.startswith(folder + "/"))
        return [(name[len(folder) + 1 :], node) for name in names if (node := self.node(name)) is not None]

    def note(self, name: str, code: str, message: str, unread: str | None, to: str = "") -> None:
        """Note a problem of a file or folder as such; ``unread``: what is not known for it.

        ``to``: the name, in the same folder, that it should have.
        """
        place = Place(f"{self.shown_as}/{name}" if name else self.shown_as)
        rename = Rename(place.file, str(PurePath(place.file).with_name(to))) if to else None
        suggestion = Suggestion(f'rename it to "{to}"', rename=rename) if to else None
        self.problems.append(Problem(place, code, message, suggestion=suggestion))
        if unread:
            self.unread.add(unread)


def is_ruleset(folder: Path) -> bool:
    """Whether the folder looks like one ruleset rather than a folder of rulesets."""
    return any(
        (folder / name).is_file() for name in ("ruleset.yaml", "ruleset.yml", "assessment.yaml")
    ) or any((folder / name).is_dir() for name in FOLDERS)


def ruleset_folders(root: Path, shown_as: str) -> tuple[list[Path], list[Problem]]:
    """The ruleset folders directly below ``root`` in name order, and files there that don't belong."""
    folders, problems = [], []
    for entry in sorted(root.iterdir(), key=lambda path: path.name):
        if is_temporary(entry.name):
            continue
        if entry.is_dir():
            folders.append(entry)
        elif ".yaml" in entry.name.lower() or ".yml" in entry.name.lower():
            name = printable(entry.name)
            message = f'"{shown(name)}" lies outside a ruleset\'s folder. Move it into one.'
            problems.append(Problem(Place(f"{shown_as}/{name}"), "stray-file", message))
    return folders, problems


def bound_of(path: Path, *, alone: bool = False) -> Path | None:
    """The folder that no link in a ruleset's folder ``path`` may lead out of.

    It is the folder of rulesets that this one lies in or, where it is given ``alone``, the ruleset's own.
    None: it is itself a link that leads out of the folder that it lies in.
    """
    above, own = (Path(os.path.realpath(folder)) for folder in (path.parent, path))
    if not own.is_relative_to(above):
        return None
    return own if alone else above


def leads_out(entry: Path, bound: Path) -> bool:
    """Whether the file or folder is a link to what is not in the folder ``bound``."""
    return entry.is_symlink() and not Path(os.path.realpath(entry)).is_relative_to(bound)


@dataclass(frozen=True, slots=True)
class Held:
    """What a folder is taken to hold instead of what it does.

    ``contents`` of files, and ``trees`` that were made of the same before, by the files' names; ``renamed``:
    other names of files and folders, by the names that they have.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict)
    trees: Mapping[str, Tree] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


_NOTHING_ELSE = Held()


def read_folder(
    path: Path,
    shown_as: str,
    most_values: int = MOST_TOTAL_VALUES,
    *,
    alone: bool = False,
    held: Held = _NOTHING_ELSE,
) -> Layer:
    """Read every file of one ruleset's folder; mistakes become problems of the layer.

    Escapes for control characters are among them: only here, for an archived edition is read as it was. What
    links lead to is read where it is in the folder of rulesets that this one lies in or, where it is given
    ``alone``, in this one. ``most_values`` bounds how many keys and values all its files may hold together.
    ``held``: what it would hold.
    """
    layer = Layer(path, shown_as)
    bound = bound_of(path, alone=alone)
    if bound is None:
        _note_link(layer, "", "ruleset.yaml")
        return layer
    entries = _entries(layer, path, "")
    for entry in entries or ():
        name = held.renamed.get(entry.name, entry.name)
        is_file = name in FILES or language_of(name) is not None
        if (is_file or name in FOLDERS) and leads_out(entry, bound):
            _note_link(layer, name, name)
        elif is_file and entry.is_file():
            _take(layer, entry, name, most_values, held)
        elif name in FOLDERS and entry.is_dir():
            for below in _entries(layer, entry, name) or ():
                file = f"{name}/{below.name}"
                file = held.renamed.get(file, file)
                if leads_out(below, bound):
                    _note_link(layer, printable(file), name)
                elif _is_plain(below, file.partition("/")[2]):
                    _take(layer, below, file, most_values, held)
                else:
                    code, message, to = stray_below(below)
                    layer.note(printable(file), code, message, name, to)
        else:
            code, message, meant = stray(entry)
            to = (meant or "") if f'Rename it to "{meant}"' in message and _is_live(entry.name) else ""
            layer.note(printable(entry.name), code, message, meant, to)
    if entries is not None:
        _need(layer)
    layer.digest = digest_of(layer.contents)
    return layer


def read_contents(
    path: Path,
    shown_as: str,
    contents: Mapping[str, bytes],
    most_values: int = MOST_TOTAL_VALUES,
    *,
    form: int = DIGEST_FORM,
) -> Layer:
    """What :func:`read_folder` makes of a folder that holds these files; nothing is read from ``path``.

    Escapes for control characters are no problem here: an edition may have gone live with them. ``form``
    is that of its digest.
    """
    layer = Layer(path, shown_as)
    for name in sorted(contents):
        if not _past_bound(layer, name, most_values):
            _hold(layer, name, contents[name], most_values, None)
    _need(layer)
    layer.digest = digest_of(layer.contents, form=form)
    return layer


def _is_plain(entry: Path, name: str) -> bool:
    return name.endswith(".yaml") and name != ".yaml" and printable(name) == name and entry.is_file()


def _need(layer: Layer) -> None:
    """Note the files without which there is no ruleset."""
    header = layer.node("ruleset.yaml")
    extends = header is not None and header.child("extends").data is not None
    for name in _NEEDED:
        if name in layer.contents or name in layer.unread:
            continue
        if name == "assessment.yaml" and (extends or "ruleset.yaml" in layer.unread):
            continue
        layer.note(name, "missing-file", f"The ruleset has no {name}. Add it.", name)


def digest_of(contents: Mapping[str, bytes], *, above: str = "", form: int = DIGEST_FORM) -> str:
    """``sha256:...`` of the files by name and content (sign-off.yaml aside), after the extended one's."""
    digest = hashlib.sha256(above.encode())
    for name in sorted(contents):
        if name != SIGN_OFF:
            content = contents[name] if form == 1 else as_text(contents[name])
            for part in (name.encode(), content):
                digest.update(len(part).to_bytes(8, "big") + part)
    return "sha256:" + digest.hexdigest()


def digest_of_all(layers: Iterable[str]) -> str:
    """The digest of a ruleset from those of its folder and of the folders it extends, the furthest first."""
    digest = ""
    for own in layers:
        digest = digest_of({"ruleset": own.encode()}, above=digest) if digest else own
    return digest


def as_text(content: bytes) -> bytes:
    """The content of a file with LF line ends and no byte-order mark."""
    return _with_lf(content.removeprefix(_BYTE_ORDER_MARK))


def digests_as_saved(layers: Iterable[Mapping[str, bytes]]) -> frozenset[str]:
    """The digests in form 1 of the same texts: as they are saved, and as git may check them out elsewhere.

    ``layers`` has the files of each folder, the furthest extended first. Each folder may have the line ends
    that it has, or LF throughout, or CRLF throughout. Who signed one of these digests, or served it, has
    seen this very text.
    """
    ways = [
        {digest_of({name: saved(content) for name, content in layer.items()}, form=1) for saved in _SAVED}
        for layer in layers
    ]
    return frozenset(map(digest_of_all, product(*ways)))


def _as_it_is(content: bytes) -> bytes:
    return content


def _with_lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _with_crlf(content: bytes) -> bytes:
    return _with_lf(content).replace(b"\n", b"\r\n")


_SAVED = (_as_it_is, _with_lf, _with_crlf)


def _note_link(layer: Layer, name: str, unread: str) -> None:
    message = "This is a link that leads out of the rulesets, so it is not read. Put what it leads to here."
    layer.note(name, "link-outside", message, unread)


def _entries(layer: Layer, folder: Path, name: str) -> list[Path] | None:
    """What the folder holds, in name order; None, and noted, where that can't be said."""
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        layer.note(name, "unreadable", f"The folder can't be read: {error.strerror}.", name or "ruleset.yaml")
        return None
    kept = [entry for entry in entries if not is_temporary(entry.name)]
    if len(kept) > MOST_FILES:
        message = f"More than {MOST_FILES} files. Put several rules or scenarios in one file."
        layer.note(name, "too-many-files", message, name or "ruleset.yaml")
        return None
    return kept


def _take(layer: Layer, path: Path, name: str, most_values: int, held: Held) -> None:
    if _past_bound(layer, name, most_values):
        return
    raw = held.contents.get(name)
    if raw is None:
        try:
            with path.open("rb") as stream:
                raw = stream.read(MOST_BYTES + 1)
        except OSError as error:
            message = f"The file can't be read: {error.strerror}."
            layer.note(name, "unreadable", message, name.partition("/")[0])
            return
    _hold(layer, name, raw, most_values, held.trees.get(name))
    if name != SIGN_OFF and _MAY_BE_CONTROL.search(raw) and name in layer.trees:
        layer.problems.extend(_control_characters(layer.trees[name]))


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_MAY_BE_CONTROL = re.compile(rb"\\[0abefruUvx]")


def _control_characters(tree: Tree) -> Iterator[Problem]:
    """Texts of the file in which an escape stands for a control character, such as NUL.

    Such a character in the file itself is an error of YAML.
    """
    for path, text in _texts(tree.data, ()):
        if _CONTROL.search(text):
            message = "An escape in this text stands for a control character. Type the text anew."
            yield Problem(tree.at(path), "bad-character", message)


def _texts(data: Data, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, str):
        yield path, data
    elif data is not None:
        below = data.items() if isinstance(data, dict) else enumerate(data)
        for step, one in below:
            yield from _texts(one, (*path, step))


def _past_bound(layer: Layer, name: str, most_values: int) -> bool:
    """Whether a file before this one went past the bound, which it says itself."""
    past = bool(layer.trees) and layer.values > most_values
    if past:
        layer.unread.add(name.partition("/")[0])
    return past


def _hold(layer: Layer, name: str, raw: bytes, most_values: int, tree: Tree | None) -> None:
    """Take the file's content into the layer, and its tree, which may have been made before."""
    unread = name.partition("/")[0]
    if sum(map(len, layer.contents.values())) + len(raw) > MOST_TOTAL_BYTES:
        layer.note(name, "file-too-large", "All files together are over 8 MB. Remove some.", unread)
        return
    layer.contents[name] = raw
    tree = tree or compose(f"{layer.shown_as}/{name}", raw, max(most_values - layer.values, 0))
    layer.trees[name] = tree
    layer.problems.extend(tree.problems)
    if tree.broken or tree.lost:
        layer.unread.add(unread)
