"""Where the database is: what the environment names, else a file of its own for each folder of rulesets.

The file lies in a folder named after the folder of rulesets as it is given, so that it is found again where
that is a link and what it points at moves. Under the name of what it points at, which earlier versions of
picoplan gave it, stands a link to the same folder, or the folder itself where it was there before.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.store.faults import CannotOpen

DATABASE_URL = "PICOPLAN_DATABASE_URL"
DATABASE_URL_FILE = "PICOPLAN_DATABASE_URL_FILE"
DATABASE_NAME = "PICOPLAN_DATABASE_NAME"
DATA_DIR = "PICOPLAN_DATA_DIR"
FILE = "picoplan.sqlite3"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_URL = re.compile(r"(postgres|postgresql|sqlite)(\+\w+)?://\S*")
_LONGEST_URL = 10_000


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The folder in which picoplan keeps what belongs to a folder of rulesets.

    ``found_anew``: it was there under the name of what the given folder points at, as earlier versions of
    picoplan named it, and from now on is found under that of the given folder, too.
    """

    path: Path
    found_anew: bool = False

    @property
    def database(self) -> Path:
        """The file of the database, which may not be there yet."""
        return self.path / FILE


def names_database(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the environment names a database, which then holds for all folders of rulesets."""
    environ = os.environ if environ is None else environ
    return any(environ.get(name, "").strip() for name in (DATABASE_URL, DATABASE_URL_FILE))


def database_url(rulesets: Path, environ: Mapping[str, str] | None = None) -> str:
    """The URL of the database for a folder of rulesets as it is given; a folder that is needed is made.

    It is what ``$PICOPLAN_DATABASE_URL`` says, or the file that ``$PICOPLAN_DATABASE_URL_FILE`` names; else
    that of a SQLite file in the ``state_folder``. ``environ`` is the process's own if left out.

    Raises:
        CannotOpen: both are set, the file can't be read, or the folder can't be made.
    """
    environ = os.environ if environ is None else environ
    url = environ.get(DATABASE_URL, "").strip()
    file = environ.get(DATABASE_URL_FILE, "").strip()
    if url and file:
        raise CannotOpen(f"both {DATABASE_URL} and {DATABASE_URL_FILE} are set: take one of them away")
    if file:
        return _url_in(Path(file))
    return url or f"sqlite:///{state_folder(rulesets, environ).database}"


def state_folder(rulesets: Path, environ: Mapping[str, str] | None = None) -> StateFolder:
    """The folder for a folder of rulesets as it is given, made where it is not there; nobody else reads it.

    It lies in ``$PICOPLAN_DATA_DIR``, or ``$XDG_STATE_HOME/picoplan``, or ``~/.local/state/picoplan``. There
    each folder of rulesets has its own, so that two never share a history, unless
    ``$PICOPLAN_DATABASE_NAME`` gives one name for all.

    Raises:
        CannotOpen: it can't be made, or has a name that can't be.
    """
    environ = os.environ if environ is None else environ
    state = _state(environ)
    given = _as_given(rulesets, environ)
    folder = state / (_fixed_name(environ) or _name_of(given))
    resolved = state / _name_of(given.resolve())
    if folder.is_symlink() and not folder.exists():
        raise CannotOpen(
            f"the folder {folder} leads to {folder.readlink()}, which is gone, and with it the keys and the "
            f"log: put that back, or remove {folder} to begin anew"
        )
    try:
        if not state.exists():
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
        found_anew = not folder.is_dir() and resolved.is_dir()
        if found_anew:
            _link(folder, resolved)
        else:
            folder.mkdir(mode=0o700, exist_ok=True)
            if not resolved.is_dir():
                _link(resolved, folder)
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise CannotOpen(
            f"the folder {folder} for picoplan's database can't be made: {why}. "
            f"Name one that can be written to as {DATA_DIR}, or a database as {DATABASE_URL}."
        ) from error
    while folder.is_symlink():
        folder = state / folder.readlink()
    _tighten(folder)
    return StateFolder(folder, found_anew)


def readable_by_others(file: Path) -> bool:
    """Whether others than its owner may read or write the file of a database, or those beside it."""
    for path in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
        with suppress(OSError):
            if path.stat().st_mode & 0o077:
                return True
    return False


def databases_beside(database: Path, environ: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """The other databases in picoplan's folder, where this one lies in it, too."""
    state, own = _state(os.environ if environ is None else environ).resolve(), database.resolve()
    if own.parent.parent != state:
        return ()
    try:
        return tuple(sorted({path.resolve() for path in state.glob(f"*/{FILE}")} - {own}))
    except OSError:
        return ()


def for_the_owner(path: str, flags: int) -> int:
    """An opener for ``open``: what it makes is read and written by nobody but its owner."""
    return os.open(path, flags, 0o600)


def _url_in(file: Path) -> str:
    """The URL in a secret's file. No message quotes what the file holds."""
    try:
        with file.open("rb") as stream:
            text = stream.read(_LONGEST_URL).decode().strip()
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise CannotOpen(f"the file {file}, which {DATABASE_URL_FILE} names, can't be read: {why}") from error
    except UnicodeDecodeError:
        text = ""
    if not _URL.fullmatch(text):
        raise CannotOpen(
            f"the file {file}, which {DATABASE_URL_FILE} names, must hold a database's URL and nothing else. "
            "Write it as postgresql://user:password@host/name or sqlite:////folder/file.sqlite3."
        )
    return text


def _as_given(rulesets: Path, environ: Mapping[str, str]) -> Path:
    """The absolute path without following links, save those before a step upwards."""
    path = _here(environ) / rulesets
    parts = path.parts
    if ".." in parts:
        after = len(parts) - parts[::-1].index("..")
        path = Path(*parts[:after]).resolve().joinpath(*parts[after:])
    return path


def _here(environ: Mapping[str, str]) -> Path:
    """The folder that the process works in, as the shell names it where it came there by a link."""
    here = Path.cwd()
    named = Path(environ.get("PWD", ""))
    with suppress(OSError):
        if named.is_absolute() and ".." not in named.parts and named.samefile(here):
            return named
    return here


def _name_of(path: Path) -> str:
    """A name for an absolute path that people can read and no other path has."""
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(path.parts[-2:]).lower()).strip("-")
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return f"{words[:48].strip('-') or 'rulesets'}-{digest[:10]}"


def _fixed_name(environ: Mapping[str, str]) -> str:
    name = environ.get(DATABASE_NAME, "").strip()
    if name and not _NAME.fullmatch(name):
        raise CannotOpen(
            f"{DATABASE_NAME} may have lower-case letters, digits, - and _ alone, such as clinic"
        )
    return name


def _link(name: Path, folder: Path) -> None:
    """Let a folder be found under another name beside it, too."""
    with suppress(FileExistsError):  # another process has just done the same
        name.symlink_to(folder.name)


def _tighten(folder: Path) -> None:
    """Let only the owner into the folder and its files, as far as that can be done."""
    for path in (folder, *_files(folder)):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                path.chmod(mode & 0o700)


def _files(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (entry for entry in folder.iterdir() if entry.is_file() and not entry.is_symlink())


def _state(environ: Mapping[str, str]) -> Path:
    told = environ.get(DATA_DIR, "").strip()
    if told:
        return Path(told).absolute()
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if state.is_absolute():  # the standard says to ignore any other
        return state / "picoplan"
    home = environ.get("HOME", "")
    try:
        return (Path(home) if home else Path.home()) / ".local" / "state" / "picoplan"
    except RuntimeError as error:
        raise CannotOpen(
            f"there is no home folder for picoplan's database. Name a folder as {DATA_DIR}."
        ) from error
