"""A ruleset's files as a zip and back, and what was edited as a patch that ``git apply`` takes.

Zips come from anywhere: what is in one is read only by names of the plan, and no more of it than a ruleset
may hold.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence

from service.drafting.file_names import name_mistake, taken_by
from service.drafting.lines import Run, StepBudget, common_runs, lines_of
from service.model.problem import shown
from service.reading.folder import FOLDERS, MOST_FILES, MOST_TOTAL_BYTES, SIGN_OFF, is_temporary, printable
from service.reading.yaml_text import MOST_BYTES

_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows: the same files come to the same bytes
_MODE = (stat.S_IFREG | 0o644) << 16


def zipped(ruleset: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder that bears the ruleset's id; the same bytes for the same files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{ruleset}/{name}", _DAY)
            entry.external_attr = _MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return stream.getvalue()


class BadZip(Exception):
    """Why a zip is not taken, with the mend."""


_MOST_ENTRIES = 4 * MOST_FILES
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, OverflowError, RuntimeError),
)
"""What comes of reading zips that are none, or are damaged."""

_LOOK_AGAIN = "Zip the ruleset's folder anew."


def unzipped(content: bytes) -> tuple[str | None, dict[str, bytes]]:
    """The files of one ruleset by name, and the name of the folder that they lie in; None: they lie in none.

    Hidden files, those that systems and editors leave, and sign-offs are passed over.

    Raises:
        BadZip: it is no zip, or holds what is not of one ruleset, or too much.
    """
    if content.count(_ENTRY) > _MOST_ENTRIES:
        raise BadZip(f"The zip has more than {_MOST_ENTRIES} entries. {_LOOK_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive)
    except _DAMAGED as error:
        raise BadZip(f"The file is no zip that can be read, or it is damaged. {_LOOK_AGAIN}") from error


def _read(archive: zipfile.ZipFile) -> tuple[str | None, dict[str, bytes]]:
    entries = [
        one
        for one in archive.infolist()
        if not one.filename.endswith("/") and not _is_passed_over(one.filename)
    ]
    above = _folder_of([entry.filename for entry in entries])
    files: dict[str, bytes] = {}
    left = MOST_TOTAL_BYTES
    for entry in entries:
        name = entry.filename.removeprefix(f"{above}/") if above is not None else entry.filename
        _refuse(entry, name, files)
        files[name] = _content(archive, entry, min(MOST_BYTES, left))
        left -= len(files[name])
    files.pop(SIGN_OFF, None)
    return above, files


def _is_passed_over(path: str) -> bool:
    """Whether an entry is a folder, or what is no part of a ruleset and harms none."""
    if path.endswith("/"):
        return True
    steps = path.split("/")
    leads_elsewhere = "\\" in path or any(step in ("", ".", "..") for step in steps)
    return not leads_elsewhere and any(is_temporary(step) or step == "__MACOSX" for step in steps)


def _folder_of(paths: Sequence[str]) -> str | None:
    """The one folder in which all of them lie, unless it is one of a ruleset's own."""
    above = {path.partition("/")[0] if "/" in path else None for path in paths}
    if len(above) != 1:
        return None
    (only,) = above
    return None if only in FOLDERS else only


def _refuse(entry: zipfile.ZipInfo, name: str, files: Mapping[str, bytes]) -> None:
    told = shown(printable(entry.filename))
    if name != SIGN_OFF and name_mistake(name) is not None:
        raise BadZip(
            f'The zip holds "{told}", which is no file of a ruleset. Zip the folder of one ruleset, with '
            "nothing else in it."
        )
    other = taken_by(name, files)
    if other == name:
        raise BadZip(f'The zip holds "{told}" twice. {_LOOK_AGAIN}')
    if other is not None:
        raise BadZip(
            f'The zip holds "{told}" and "{shown(other)}", which are one file on many machines. Rename one.'
        )
    if len(files) >= MOST_FILES:
        raise BadZip(f"The zip holds more than {MOST_FILES} files. Put several rules in one file.")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise BadZip(f'"{told}" is a link or no plain file. Put what it leads to into the zip.')
    if entry.flag_bits & 0x1:
        raise BadZip(f'"{told}" is encrypted. Zip the folder without a password.')
    if entry.compress_type not in _METHODS:
        raise BadZip(f'"{told}" is packed in a way that is not read here. Zip the folder with "deflate".')


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The content as it comes out, whatever the zip says how large it is."""
    with archive.open(entry) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        told = shown(printable(entry.filename))
        raise BadZip(
            f'With "{told}" it is too much: a file may have {MOST_BYTES:,} bytes, and all together '
            f"{MOST_TOTAL_BYTES:,}."
        )
    return content


_AROUND = 3


def patch(ruleset: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bytes:
    """What was edited, for ``git apply`` in the folder of rulesets; empty where nothing was."""
    steps = StepBudget()
    pieces: list[str] = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            pieces.extend(_of_one_file(f"{ruleset}/{name}", old, new, steps))
    return "".join(pieces).encode()


def _of_one_file(path: str, old: bytes | None, new: bytes | None, steps: StepBudget) -> Iterator[str]:
    a, b = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {a} {b}\n"
    if old is None:
        yield "new file mode 100644\n"
    if new is None:
        yield "deleted file mode 100644\n"
    one, other = (lines_of((content or b"").decode()) for content in (old, new))
    hunks = list(_hunks(one, other, steps))
    if not hunks:  # a file without content comes or goes
        yield "index 0000000..e69de29\n" if old is None else "index e69de29..0000000\n"
        return
    yield f"--- {'/dev/null' if old is None else a}{_ended(a)}\n"
    yield f"+++ {'/dev/null' if new is None else b}{_ended(b)}\n"
    yield from hunks


def _quoted(path: str) -> str:
    """A path as git writes it: in quotes, with its bytes as octal numbers, where it is more than plain."""
    if path.isascii() and '"' not in path:
        return path
    raw = "".join(chr(byte) if 32 <= byte < 127 and byte != 34 else f"\\{byte:03o}" for byte in path.encode())
    return f'"{raw}"'


def _ended(path: str) -> str:
    """What git writes behind a path with blanks in it, so that it is clear where it ends."""
    return "\t" if " " in path and not path.startswith('"') else ""


def _hunks(one: Sequence[str], other: Sequence[str], steps: StepBudget) -> Iterator[str]:
    for group in _groups(common_runs(one, other, steps), len(one), len(other)):
        (first, *_), (*_, last) = group, group
        yield f"@@ -{_range(first[0], last[1])} +{_range(first[2], last[3])} @@\n"
        at = first[0]
        for begin, end, other_begin, other_end in group:
            yield from (_line(" ", line) for line in one[at:begin])
            yield from (_line("-", line) for line in one[begin:end])
            yield from (_line("+", line) for line in other[other_begin:other_end])
            at = end


_Change = tuple[int, int, int, int]
"""Lines of the first text, from and to, and those of the other that take their place."""


def _groups(runs: Sequence[Run], most_one: int, most_other: int) -> Iterator[list[_Change]]:
    """The changes that stand close together, with the lines around: these as changes that change nothing."""
    group: list[_Change] = []
    for begin, end, other_begin, other_end in _changes(runs):
        if group and begin - group[-1][1] > 2 * _AROUND:
            yield _with_lines_around(group, most_one, most_other)
            group = []
        group.append((begin, end, other_begin, other_end))
    if group:
        yield _with_lines_around(group, most_one, most_other)


def _with_lines_around(group: list[_Change], most_one: int, most_other: int) -> list[_Change]:
    (begin, _, other_begin, _), (_, end, _, other_end) = group[0], group[-1]
    before, after = min(_AROUND, begin), min(_AROUND, most_one - end, most_other - other_end)
    first = (begin - before, begin - before, other_begin - before, other_begin - before)
    last = (end + after, end + after, other_end + after, other_end + after)
    return [first, *group, last]


def _changes(runs: Sequence[Run]) -> Iterator[_Change]:
    at = other_at = 0
    for run in runs:
        if run.one > at or run.other > other_at:
            yield at, run.one, other_at, run.other
        at, other_at = run.one + run.length, run.other + run.length


def _range(begin: int, end: int) -> str:
    """Lines as a hunk's head names them: the first and how many; of none, the line before."""
    return f"{begin + 1 if end > begin else begin},{end - begin}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
