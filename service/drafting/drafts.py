"""Drafts: who may have one, what it begins with, and what may be saved in it.

What is refused is said as ``Refused``, with the mend; every method raises ``DatabaseFault`` where the
database can't be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.ruleset_fields import id_mistake
from service.authoring.new_ruleset import CannotStart
from service.drafting.beginnings import new_files
from service.drafting.file_names import name_mistake, taken_by
from service.drafting.packing import BadZip, unzipped
from service.drafting.rebasing import brought_together
from service.model.caller import Caller
from service.model.draft import KEPT, Draft, DraftState, FileConflict
from service.model.problem import Refusal, pointer
from service.reading.folder import MOST_FILES, MOST_TOTAL_BYTES
from service.reading.yaml_reader import compose
from service.reading.yaml_text import MOST_BYTES
from service.serving.refused import Refused
from service.store.archive import Archive
from service.store.drafts import MOST_OPEN, DraftStore, NoSuchDraft, TooManyDrafts
from service.store.editions import Edition, Published, timelines
from service.store.faults import Damaged
from service.store.folders import is_shipped
from service.store.replacing import same_texts

HEADER = "ruleset.yaml"
"""The file in which a ruleset's title and version stand."""

_DIGITS = re.compile("[0-9a-f]{12,64}")


def may_see(caller: Caller, draft: Draft) -> bool:
    """Whether a draft is there for the caller: his clinic's, or any for the house."""
    return caller.sees_draft(draft.ruleset, draft.clinic)


def beside_live(draft: Draft, newest: Published, called: str) -> str:
    """That a draft rests on another edition than the newest, which is ``called`` so."""
    if newest.at > draft.began:
        return f"Live has moved: it is {called} now."
    return f"It was begun from an earlier edition: live is {called}."


def not_editable(caller: Caller, ruleset: str) -> Refused | None:
    """Why the caller can't have drafts of a ruleset of that id, whether there is one or not; None: he can."""
    mistake = id_mistake(ruleset)
    if mistake is not None:
        error = Refusal("/ruleset", "bad-id", f"The id {mistake}", "Choose an id such as clinic-plan.")
        return Refused("invalid", "The ruleset can't have that id.", (error,))
    if is_shipped(ruleset):
        message = f"{ruleset} comes with picoplan, and can only be built upon."
        mend = f"Build your own on it: begin a new ruleset that extends {ruleset}."
        error = Refusal("/ruleset", "shipped-ruleset", message, mend)
        return Refused("not_allowed", f"The ruleset {ruleset} can't be edited.", (error,))
    if not caller.may_edit(ruleset):
        message = f"The key may not edit {ruleset}."
        error = Refusal("/ruleset", "edit-not-allowed", message, "Ask the operator for a key that may.")
        return Refused("not_allowed", f"This key can't have drafts of {ruleset}.", (error,))
    return None


def _now() -> datetime:
    return datetime.now(UTC)


class Called(NamedTuple):
    """The title and the version that a draft gives its ruleset; empty: they can't be read."""

    title: str
    version: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of a folder of rulesets, in ``store``, begun from what ``archive`` holds."""

    store: DraftStore
    archive: Archive
    now: Callable[[], datetime] = _now

    def newest(self) -> Mapping[str, Published]:
        """The newest edition of each ruleset that is not retired: what an edit of it would follow."""
        retired = self.archive.retired()
        found = timelines(self.archive.timeline())
        return {name: newest_first[0] for name, newest_first in found.items() if name not in retired}

    def live(self, ruleset: str) -> Edition | None:
        """The newest edition of a ruleset; None: none was published, or it is retired.

        Raises:
            Damaged: it is not what was published.
        """
        found = self.newest().get(ruleset)
        return None if found is None else self.archive.edition(*found.key)

    def all_of(self, caller: Caller) -> tuple[Draft, ...]:
        """The drafts that are there for the caller; the one changed last first."""
        return tuple(draft for draft in self.store.all_of(caller) if may_see(caller, draft))

    def find(self, caller: Caller, draft_id: str, number: int | None = None) -> DraftState | None:
        """The newest state of a draft, or that of a number; None: it is not there for the caller."""
        state = self.store.state(draft_id, number)
        return state if state is not None and may_see(caller, state.draft) else None

    def begin(self, caller: Caller, ruleset: str, digest: str | None = None) -> Draft | Refused:
        """Begin a draft from the live edition, or from the one whose digest begins so."""
        refused = not_editable(caller, ruleset)
        edition = refused or self._edition(ruleset, digest)
        if isinstance(edition, Refused):
            return edition
        return self._begun(caller, ruleset, edition, edition.own_files)

    def begin_new(
        self, caller: Caller, ruleset: str, extends: str | None, *, title: str = "", owner: str = ""
    ) -> Draft | Refused:
        """Begin a draft of a new ruleset, alone or built on another: one that serves, or is shipped.

        ``title``: what people call it; empty: made of its id. ``owner``: who answers for it.
        """
        refused = not_editable(caller, ruleset)
        if refused is not None:
            return refused
        if ruleset in self.newest():
            error = Refusal("/ruleset", "cant-begin", f"There is a ruleset {ruleset}.", "Begin from it.")
            return Refused("invalid", f"The ruleset {ruleset} is not new.", (error,))
        below = None if extends is None or not caller.sees(extends) else self.live(extends)
        if extends is not None and below is None and not is_shipped(extends):
            error = Refusal(
                "/extends", "unknown-ruleset", "There is no such ruleset.", "Name one that serves."
            )
            return Refused("not_found", "No ruleset of that id serves here.", (error,))
        try:
            files = new_files(ruleset, extends, below, title=title, owner=owner)
        except CannotStart as why:
            error = Refusal("/ruleset", "cant-begin", str(why))
            return Refused("invalid", "The ruleset can't be begun.", (error,))
        return self._begun(caller, ruleset, None, files)

    def begin_with(self, caller: Caller, ruleset: str | None, content: bytes) -> Draft | Refused:
        """Begin a draft with the files of a zip; what they are compared with is the live edition, if any.

        ``ruleset``: None: the id of the folder in the zip.
        """
        try:
            folder, files = unzipped(content)
        except BadZip as why:
            return _bad_zip(str(why))
        ruleset = ruleset or folder
        if ruleset is None:
            return _bad_zip("The files lie in no folder of their own. Name the ruleset.")
        if not files:
            return _bad_zip("The zip holds no file of a ruleset. Zip the ruleset's folder.")
        mistakes = [error for name, raw in files.items() for error in _content_mistakes(name, raw)]
        if mistakes:
            return Refused("invalid", "Files of the zip have mistakes.", tuple(mistakes))
        refused = not_editable(caller, ruleset)
        return refused or self._begun(caller, ruleset, self.live(ruleset), files)

    def _edition(self, ruleset: str, digest: str | None) -> Edition | Refused:
        """The edition whose digest begins so; without one the live one."""
        found = self.newest().get(ruleset)
        if found is None:
            error = Refusal("/ruleset", "unknown-ruleset", "There is no such ruleset.", "Begin a new one.")
            return Refused("not_found", "No ruleset of that id serves here.", (error,))
        if digest is not None:
            begins = digest.removeprefix("sha256:")
            published = timelines(self.archive.timeline())[ruleset] if _DIGITS.fullmatch(begins) else ()
            found = next((one for one in published if one.digest.startswith(f"sha256:{begins}")), None)
        if found is None:
            error = Refusal("/digest", "unknown-digest", "That digest never served.", "Look at the history.")
            return Refused("not_found", f"{ruleset} never served under that digest.", (error,))
        return self.archive.edition(*found.key)

    def _begun(
        self, caller: Caller, ruleset: str, base: Edition | None, files: Mapping[str, bytes]
    ) -> Draft | Refused:
        try:
            return self.store.begin(ruleset, caller.clinic, caller.key, base, files, self.now())
        except TooManyDrafts:
            message = f"There are {MOST_OPEN} drafts already."
            error = Refusal("", "too-many-drafts", message, "Discard one that is needed no more.")
            return Refused("invalid", "No more drafts can be begun.", (error,))

    def save(
        self,
        caller: Caller,
        draft_id: str,
        changes: Mapping[str, bytes | None],
        matching: Mapping[str, str | None],
    ) -> DraftState | FileConflict | Refused:
        """Save files, all or none; ``matching``: the ETag that each must have (see ``DraftStore.save``)."""
        state = self._editable(caller, draft_id)
        if isinstance(state, Refused):
            return state
        refused = _not_savable(state, changes)
        if refused is not None:
            return refused
        try:
            self._go_on_from_live(caller, state)
            return self.store.save(draft_id, changes, matching, caller.key, self.now())
        except NoSuchDraft:
            return unknown_draft()

    def is_live(self, draft: Draft) -> bool:
        """Whether a draft holds what is live, be it begun from that or gone live itself."""
        state = self.store.state(draft.id)
        try:
            edition = self.live(draft.ruleset)
        except Damaged:
            return False
        return state is not None and edition is not None and same_texts(edition.own_files, state.files)

    def _go_on_from_live(self, caller: Caller, state: DraftState) -> None:
        """Let a draft that has gone live itself go on from there: what is edited next follows that."""
        newest = self.newest().get(state.draft.ruleset)
        if newest is None or newest.digest == state.draft.base:
            return
        edition = self.archive.edition(*newest.key)
        if same_texts(edition.own_files, state.files):
            self.store.rebase(state.draft.id, state.number, edition, state.files, caller.key, self.now())

    def called(self, draft: Draft) -> Called:
        """What a draft calls its ruleset."""
        tree = compose(HEADER, self.store.held_file(draft, HEADER) or b"")
        header = tree.data if isinstance(tree.data, dict) else {}
        title, version = (header.get(key) for key in ("title", "version"))
        return Called(title if isinstance(title, str) else "", version if isinstance(version, str) else "")

    def discard(self, caller: Caller, draft_id: str) -> Refused | None:
        """Delete a draft; None: it is deleted."""
        state = self._editable(caller, draft_id)
        if isinstance(state, Refused):
            return state
        return None if self.store.discard(draft_id) else unknown_draft()

    def rebase(
        self,
        caller: Caller,
        draft_id: str,
        digest: str | None = None,
        number: int | None = None,
        chosen: Mapping[str, bytes | None] | None = None,
    ) -> DraftState | tuple[FileConflict, ...] | Refused:
        """Let a draft go on from the live edition, or from the one whose digest begins so.

        What one side alone has changed comes by itself; what both have comes back, and nothing is changed,
        unless it is ``chosen``: what such files shall hold (None: the file goes). ``number``: the state that
        was chosen for; another meanwhile is refused.
        """
        state = self._editable(caller, draft_id)
        if isinstance(state, Refused):
            return state
        refused = _not_savable(state, chosen or {})
        edition = refused or self._edition(state.draft.ruleset, digest)
        if isinstance(edition, Refused):
            return edition
        if number not in (None, state.number):
            return _changed_meanwhile()
        if edition.digest == state.draft.base and not chosen:
            return state
        files = brought_together(state, edition.own_files, chosen or {})
        if isinstance(files, tuple):
            return files
        try:
            after = self.store.rebase(draft_id, state.number, edition, files, caller.key, self.now())
        except NoSuchDraft:
            return unknown_draft()
        return after or _changed_meanwhile()

    def forget(self) -> int:
        """Delete the drafts that nobody has changed for so long; how many there were."""
        return self.store.forget(self.now() - KEPT)

    def _editable(self, caller: Caller, draft_id: str) -> DraftState | Refused:
        """The newest state of a draft that the caller may change."""
        state = self.find(caller, draft_id)
        if state is None:
            return unknown_draft()
        return not_editable(caller, state.draft.ruleset) or state


def unknown_draft() -> Refused:
    """That a draft is not there, or not for the caller."""
    error = Refusal("", "unknown-draft", "There is no such draft.", "Look at GET /v1/drafts.")
    return Refused("not_found", "No draft of that id is here.", (error,))


def _changed_meanwhile() -> Refused:
    error = Refusal(
        "", "changed-meanwhile", "The draft was saved meanwhile.", "Read it again, then ask again."
    )
    return Refused("changed", "The draft is no more as it was read.", (error,))


def _bad_zip(message: str) -> Refused:
    return Refused("invalid", "The zip is not taken.", (Refusal("", "bad-zip", message),))


def _not_savable(state: DraftState, changes: Mapping[str, bytes | None]) -> Refused | None:
    """Why these files can't be saved in a draft; None: they can."""
    errors = [error for name, raw in changes.items() for error in _content_mistakes(name, raw)]
    after = {**state.files, **changes}
    kept = {name: raw for name, raw in after.items() if raw is not None}
    for name in kept.keys() - state.files.keys():
        other = taken_by(name, kept.keys() - {name})
        if other is not None:
            message = (
                f"There is a file {other}: on many machines {name} would be the same. Choose another name."
            )
            errors.append(Refusal(pointer("files", name), "bad-file-name", message))
    total = sum(map(len, kept.values()))
    if len(kept) > max(MOST_FILES, len(state.files)):
        message = f"The draft would have more than {MOST_FILES} files."
        errors.append(Refusal("", "too-many", message, "Put several rules in one file."))
    if total > max(MOST_TOTAL_BYTES, sum(map(len, state.files.values()))):
        message = f"The files would have more than {MOST_TOTAL_BYTES:,} bytes together."
        errors.append(Refusal("", "draft-too-large", message, "Remove some of them."))
    return Refused("invalid", "It can't be saved like this.", tuple(errors)) if errors else None


def _content_mistakes(name: str, content: bytes | None) -> list[Refusal]:
    at = pointer("files", name)
    mistake = name_mistake(name)
    if mistake is not None:
        return [Refusal(at, "bad-file-name", mistake)]
    if content is None:
        return []
    if len(content) > MOST_BYTES:
        message = f"{name} has more than {MOST_BYTES:,} bytes."
        return [Refusal(at, "file-too-large", message, "Put rules in several files.")]
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [Refusal(at, "not-text", f"{name} is not UTF-8 at line {line}.", "Save it as UTF-8.")]
    return []
