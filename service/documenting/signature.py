"""``sign-off.yaml``: who has read which digest, and when. Entries are added; what stands there stays."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from service.model.ruleset import SignOff
from service.reading.ruleset import Read
from service.reading.yaml_reader import compose
from service.reading.yaml_text import MOST_BYTES
from service.store.editions import digests_before, edition_of
from service.store.replacing import replace_file

FILE = "sign-off.yaml"
LONGEST_ROLE = 80
EARLIEST = date(2020, 1, 1)
"""No rules were read as picoplan has them before this day: an earlier one is a slip."""

NAME_THE_DAY = "Name the day on which it was read."

_HEADING = (
    "# Who has read which state of these rules, and when. Written by picoplan sign-off; roles, no names.\n"
)
_DASH = re.compile(r"[ ]*(?=- )")


class NotSigned(Exception):
    """The entry can't be added; the message says why and what to do."""


def role_mistake(role: str) -> str | None:
    """Why the text can't be a role, with the mend; None where it can."""
    if not role.strip():
        return 'The role is empty. Write one, such as "Medical director".'
    if not role.isprintable():
        return "A role is one line of plain text."
    if len(role) > LONGEST_ROLE:
        return f"A role has at most {LONGEST_ROLE} characters."
    return None


def day_mistake(day: date, today: date) -> str | None:
    """Why rules can't have been read on that day; None where they can. The mend is ``NAME_THE_DAY``."""
    if day > today:
        return f"{day.isoformat()} has not come yet."
    if day < EARLIEST:
        return f"{day.isoformat()} is too long ago: is the year right?"
    return None


def read_sign_offs(folder: Path) -> tuple[SignOff, ...]:
    """The entries of a ruleset's folder, in their order; none where it has no readable file of them."""
    try:
        return _entries((folder / FILE).read_bytes()) or ()
    except OSError:
        return ()


def moved_over(entries: tuple[SignOff, ...], read: Read) -> tuple[SignOff, ...]:
    """The entries, those of the same texts under a digest of an earlier form as if they named today's."""
    if read.ruleset is None:
        return entries
    digest, before = read.ruleset.digest, digests_before(edition_of(read))
    return tuple(replace(one, digest=digest) if one.digest in before else one for one in entries)


def sign(folder: Path, entry: SignOff) -> None:
    """Add an entry to the folder's file, in one step: who reads it meanwhile sees the old or the new whole.

    Raises:
        NotSigned: the file is not a list of entries that one can be added to.
        OSError: it can't be read or written.
    """
    path = (folder / FILE).resolve()  # behind a link, the file itself is replaced and not the link
    replace_file(path, with_entry(path.read_bytes() if path.exists() else b"", entry))


def with_entry(before: bytes, entry: SignOff) -> bytes:
    """The content of a file of sign-offs with one entry more; all else in it stays.

    Raises:
        NotSigned: it is not a list of entries that one can be added to.
    """
    entries = _entries(before)
    if entries is None:
        raise NotSigned(f"{FILE} is not a list of sign-offs. Mend it first.")
    wanted = (*entries, entry)
    after = next((text for text in _candidates(before, entry) if _entries(text) == wanted), None)
    if after is None or len(after) > MOST_BYTES:
        raise NotSigned(
            f"{FILE} is written in a way that nothing can be added to. Write it as a list of dashes."
        )
    return after


def _entries(raw: bytes) -> tuple[SignOff, ...] | None:
    tree = compose(FILE, raw)
    if tree.broken or not isinstance(tree.data, list | None):
        return None
    found: list[SignOff] = []
    for item in tree.data or ():
        parts = [item.get(key) if isinstance(item, dict) else None for key in ("digest", "role", "date")]
        digest, role, day = (part.strip() if isinstance(part, str) else "" for part in parts)
        if not (digest and role and day):
            return None
        found.append(SignOff(digest, role, day))
    return tuple(found)


def _candidates(before: bytes, entry: SignOff) -> list[bytes]:
    """Ways to add the entry to the text; which of them is right shows when they are read back."""
    text = before.decode("utf-8", "surrogateescape")
    end = "\r\n" if "\r\n" in text else "\n"
    parts = [
        f"digest: {entry.digest}",
        f"role: {json.dumps(entry.role, ensure_ascii=False)}",
        f"date: {entry.date}",
    ]
    gap = "" if not text or text.endswith(("\n", "\r")) else end
    heading = _HEADING.replace("\n", end) if not text.strip() else ""
    ways = [
        text + gap + heading + f"{indent}- " + f"{end}{indent}  ".join(parts) + end
        for indent in dict.fromkeys(match.group() for match in map(_DASH.match, text.splitlines()) if match)
    ] or [text + gap + heading + "- " + f"{end}  ".join(parts) + end]
    closing = [at for at, sign_ in enumerate(text) if sign_ == "]"]
    ways += [
        f"{text[:at].rstrip()}{comma}{{{', '.join(parts)}}}{text[at:]}"
        for at in reversed(closing[-5:])
        for comma in (", ", "")
    ]
    return [way.encode("utf-8", "surrogateescape") for way in ways]


def entry_for(digest: str, role: str, day: date) -> SignOff:
    """The entry of someone who has read the digest on that day."""
    return SignOff(digest, " ".join(role.split()), day.isoformat())


def signed_by(entries: tuple[SignOff, ...], digest: str, role: str) -> SignOff | None:
    """The entry of that role for that digest, if there is one."""
    wanted = " ".join(role.split()).casefold()
    return next((one for one in entries if one.digest == digest and one.role.casefold() == wanted), None)
