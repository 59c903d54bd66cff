"""Drafts: edits of a ruleset that are not live, and what each of their states holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from service.model.ruleset import SignOff

KEPT = timedelta(days=90)
"""How long a draft is kept after its last change."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: which ruleset it edits, whose it is, and where it stands.

    ``clinic``: None where it is the house's. ``base``: the digest of the edition from which it was begun;
    None where the ruleset is new. ``by``: the id of the key that changed it last; None: no keys are asked
    for. ``state``: the number of its newest state, which grows with each save. Times are UTC.
    """

    id: str
    ruleset: str
    clinic: str | None
    base: str | None
    began: datetime
    changed: datetime
    by: str | None
    state: int

    @property
    def gone(self) -> date:
        """The day on which it is forgotten, unless it is changed before."""
        return (self.changed + KEPT).date()


@dataclass(frozen=True, slots=True)
class DraftState:
    """What a draft holds at one moment.

    ``files`` and ``base_files`` have contents by name within the ruleset's folder, such as
    ``factors/1-concern.yaml``; those of the base are as the draft was begun, or rebased. ``signed``: who has
    read this very state and agrees. ``changes_read``: the digest to which somebody has read the changes.
    """

    draft: Draft
    number: int
    files: Mapping[str, bytes] = field(repr=False)
    base_files: Mapping[str, bytes] = field(repr=False)
    signed: tuple[SignOff, ...] = ()
    changes_read: str | None = None


@dataclass(frozen=True, slots=True)
class DraftSave:
    """That a draft was saved: the number of the state it came to, when (UTC), and by which key.

    ``by``: None where no keys are asked for.
    """

    number: int
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class FileConflict:
    """A file that is no more as it was when somebody began to change it: nothing is saved.

    ``base`` is the content that he began from, ``theirs`` the content now, ``yours`` what he wants it to
    have. None: there is no such file; of the base also, that so old a state is not kept.
    """

    name: str
    base: bytes | None = field(repr=False)
    theirs: bytes | None = field(repr=False)
    yours: bytes | None = field(repr=False)


def file_tag(content: bytes) -> str:
    """The ETag of a file with this content."""
    return f'"{sha256(content).hexdigest()[:32]}"'
