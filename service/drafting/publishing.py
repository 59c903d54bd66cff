"""Publishing a draft: signing what it holds, and saving it into the folder of rulesets that is served.

What is saved there goes live as any save does, once the publisher has checked it. What can't be done is said
as ``Refused``, with the mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from schemas.ruleset_fields import id_mistake
from service.documenting.signature import (
    FILE,
    NAME_THE_DAY,
    NotSigned,
    day_mistake,
    entry_for,
    read_sign_offs,
    role_mistake,
    sign,
    signed_by,
    with_entry,
)
from service.drafting.draft_report import DraftReport
from service.drafting.drafts import beside_live, unknown_draft
from service.model.caller import Caller
from service.model.draft import DraftState
from service.model.problem import Refusal
from service.model.ruleset import SignOff
from service.serving.refused import Refused
from service.store.drafts import DraftStore, NoSuchDraft
from service.store.editions import OVERLAP, Edition, Published, overlaps
from service.store.faults import Damaged
from service.store.folders import is_shipped
from service.store.replacing import (
    CantReplace,
    ChangedMeanwhile,
    held_files,
    held_sign_offs,
    same_texts,
    staged,
    swap_in_for,
)
from service.vetting.sources import Source
from service.wording.phrases import counted, joined_by_and


@dataclass(frozen=True, slots=True)
class Destination:
    """Where drafts go: the folder of rulesets, or the one ruleset, that is served.

    ``may_write``: the service may save drafts there. ``only_signed``: only what is signed off goes live.
    """

    source: Source
    may_write: bool
    only_signed: bool

    def folder(self, ruleset: str) -> Path | None:
        """The folder of a ruleset, whether or not it is there yet; None: it has no place here."""
        root = self.source.root.resolve()
        if id_mistake(ruleset) is not None:
            return None
        if self.source.is_single:
            return root if root.name == ruleset else None
        return root / ruleset

    def held(self, ruleset: str) -> Mapping[str, bytes]:
        """The files of a ruleset as the folder holds them now; none: it is not there, or can't be read."""
        folder = self.folder(ruleset)
        try:
            return {} if folder is None else held_files(folder)
        except OSError:
            return {}

    def written(self, ruleset: str) -> datetime | None:
        """When the folder of a ruleset was put there (UTC); None: it is not there, or can't be read."""
        folder = self.folder(ruleset)
        try:
            return None if folder is None else datetime.fromtimestamp(folder.stat().st_ctime, UTC)
        except OSError:
            return None

    def sign_off_file(self, ruleset: str) -> bytes:
        """What the folder's file of sign-offs holds; nothing where it has none that can be read."""
        folder = self.folder(ruleset)
        return b"" if folder is None else held_sign_offs(folder)

    def sign_offs(self, ruleset: str) -> tuple[SignOff, ...]:
        """Who has signed what of a ruleset, as its folder says."""
        folder = self.folder(ruleset)
        return () if folder is None else read_sign_offs(folder)


def signatures(state: DraftState, report: DraftReport, destination: Destination) -> tuple[SignOff, ...]:
    """Who has signed this very digest: in the draft, or in the folder."""
    found = {
        one.role.casefold(): one
        for one in (*destination.sign_offs(state.draft.ruleset), *state.signed)
        if one.digest == report.digest
    }
    return tuple(found.values())


def day_is_taken(state: DraftState, report: DraftReport, timeline: Iterable[Published]) -> str | None:
    """Why a draft can't have the day from which it is to serve, with the mend; None: it can."""
    if report.digest is None or report.effective is None:
        return None
    day, version = date.fromisoformat(report.effective), report.version or ""
    edition = Edition(state.draft.ruleset, version, report.digest, day, report.title or "", {})
    return next((one.message for one in overlaps(timeline, edition)), None)


def with_signatures(state: DraftState, destination: Destination) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of a draft's base, and its own, with ``sign-off.yaml``: as the folder has it, and signed.

    Where the folder's is one that nothing can be added to, both are without it.
    """
    before, after = dict(state.base_files), dict(state.files)
    held = signed = destination.sign_off_file(state.draft.ruleset)
    known = destination.sign_offs(state.draft.ruleset)
    try:
        held.decode()
        for entry in state.signed:
            if signed_by(known, entry.digest, entry.role) is None:
                signed = with_entry(signed, entry)
    except (UnicodeDecodeError, NotSigned):
        return before, after
    before |= {FILE: held} if held else {}
    after |= {FILE: signed} if signed else {}
    return before, after


def not_good(report: DraftReport) -> Refused | None:
    """Why a draft can't be signed or published as it is; None: it can."""
    errors, clients = report.own_errors, report.unexpected
    if not report.is_final and not errors and not clients:
        error = Refusal("", "draft-busy", "The draft is still being checked.", "Ask again soon.")
        return Refused("being_checked", "The draft is still being checked.", (error,))
    if report.stage == "proved" and report.digest and not errors and not clients:
        return None
    wrong = [
        *([counted(errors, "error")] if errors else []),
        *([counted(clients, "client not as expected", "clients not as expected")] if clients else []),
    ]
    message = f"The draft has {joined_by_and(wrong)}." if wrong else report.message or "It is not proven."
    error = Refusal("", "draft-not-good", message, "Mend that first: see the problems of the draft.")
    return Refused("invalid", "The draft can't be signed or published as it is.", (error,))


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft whose files are in the folder, shown as ``folder``.

    ``kept``: where what lay there and is of no ruleset lies now, shown likewise; None: there was nothing.
    ``is_new``: it was saved just now.
    """

    ruleset: str
    version: str
    digest: str
    folder: str
    kept: str | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Publishing:
    """Signs and saves the drafts of a store."""

    store: DraftStore
    destination: Destination

    def sign(
        self,
        caller: Caller,
        state: DraftState,
        report: DraftReport,
        *,
        role: str | None,
        day: date | None,
        today: date,
        seen: str | None,
    ) -> DraftState | Refused:
        """Note that the caller has read a state and agrees.

        ``role``: as what he signs, where that is not in his key; ``day``: when he has read it; None: today.
        ``seen``: the digest that he has read.
        """
        signs = _role_of(caller, role)
        if isinstance(signs, Refused):
            return signs
        mistake = day_mistake(day or today, today)
        if mistake is not None:
            error = Refusal("/date", "day-too-early", mistake, NAME_THE_DAY)
            if day is not None and day > today:
                error = Refusal("/date", "day-to-come", mistake, NAME_THE_DAY)
            return Refused("invalid", "It can't have been read on that day.", (error,))
        wrong = not_good(report) or _other_than(report, state, seen)
        if wrong is not None:
            return wrong
        try:
            entry = entry_for(report.digest or "", signs, day or today)
            return self.store.sign(state.draft.id, state.number, entry) or _saved_meanwhile()
        except NoSuchDraft:
            return unknown_draft()

    def save(
        self,
        caller: Caller,
        state: DraftState,
        report: DraftReport,
        timeline: Sequence[Published],
        *,
        seen: str | None,
        at: datetime,
    ) -> Saved | Refused:
        """Save a state into the folder, whole, if the folder holds what the draft was begun from.

        ``timeline``: what was published of the ruleset, the newest first; ``seen``: the digest to be saved.
        """
        refused = (
            self.not_to_be_saved(caller, state.draft.ruleset)
            or not_good(report)
            or _other_than(report, state, seen)
        )
        if refused is not None:
            return refused
        signed = [one for one in state.signed if one.digest == report.digest]
        if self.destination.only_signed and not signatures(state, report, self.destination):
            message = "Only what was signed off goes live here, and nobody has signed this."
            error = Refusal("", "awaits-sign-off", message, "Have it read and signed.")
            return Refused("invalid", "The draft waits to be signed.", (error,))
        if timeline and timeline[0].digest not in (state.draft.base, report.digest):
            return _moved(beside_live(state.draft, timeline[0], f"version {timeline[0].version}"))
        taken = day_is_taken(state, report, timeline)
        if taken is not None:
            error = Refusal("", OVERLAP, taken, "Change effective in ruleset.yaml.")
            return Refused("invalid", "Another version has the days of this one.", (error,))
        return self._saved(state, report, signed, at)

    def not_to_be_saved(self, caller: Caller, ruleset: str) -> Refused | None:
        """Why the caller can't have a ruleset saved into the folder, whatever it holds; None: he can."""
        if not caller.may_publish(ruleset):
            error = Refusal("", "publish-not-allowed", f"The key may not publish {ruleset}.", _ASK)
            return Refused("not_allowed", f"This key can't publish {ruleset}.", (error,))
        if not self.destination.may_write:
            message = "This service does not write the folder of rulesets."
            mend = "Take the draft as a zip or a patch, or ask the operator for --allow-edits."
            error = Refusal("", "edits-not-allowed", message, mend)
            return Refused("not_allowed", "Drafts are not saved to the folder here.", (error,))
        if is_shipped(ruleset) or self.destination.folder(ruleset) is None:
            message = f"{ruleset} has no place in the folder that is served."
            error = Refusal("", "edits-not-allowed", message, "Ask the operator.")
            return Refused("not_allowed", "This ruleset is not saved to the folder here.", (error,))
        return None

    def _saved(
        self, state: DraftState, report: DraftReport, signed: Sequence[SignOff], at: datetime
    ) -> Saved | Refused:
        ruleset = state.draft.ruleset
        shown = self.destination.source.shown(ruleset)
        saved = Saved(ruleset, report.version or "", report.digest or "", shown)
        try:
            for _ in range(_TRIES):
                with suppress(ChangedMeanwhile):  # perhaps by another request that saves the same
                    return self._put_in(state, signed, saved, at)
        except (CantReplace, NotSigned, Damaged, OSError) as why:
            error = Refusal(
                "", "folder-not-written", f"{shown} can't be replaced: {why}.", "Tell the operator."
            )
            return Refused("not_ready", "The folder could not be written. Nothing was changed.", (error,))
        return _moved(f"{shown} does not hold what this draft was begun from: somebody has saved there.")

    def _put_in(self, state: DraftState, signed: Iterable[SignOff], saved: Saved, at: datetime) -> Saved:
        """Put a state into the folder with who has signed it, where it is not there already.

        Raises:
            ChangedMeanwhile: the folder holds neither what the draft was begun from, nor the draft, any more.
            CantReplace, Damaged, NotSigned, OSError: it can't be written; it is as it was.
        """
        folder = self.destination.folder(saved.ruleset)
        assert folder is not None
        held, sign_offs = self.destination.held(saved.ruleset), self.destination.sign_off_file(saved.ruleset)
        before = self.destination.sign_offs(saved.ruleset)
        new = [one for one in signed if signed_by(before, one.digest, one.role) is None]
        is_there = bool(held) and same_texts(held, state.files)
        if is_there and not new:
            return replace(saved, is_new=False)
        files = {name: raw for name, raw in state.files.items() if name != FILE}
        with staged(folder, files) as made:
            for entry in new:
                sign(made, entry)
            kept = swap_in_for(made, folder, held if is_there else state.base_files, sign_offs, at)
        return saved if kept is None else replace(saved, kept=str(Path(saved.folder).with_name(kept.name)))


_TRIES = 2
_ASK = "Ask the operator for a key that may."


def _role_of(caller: Caller, typed: str | None) -> str | Refused:
    """As what the caller signs: as his key says or, where no keys are asked for, as he says himself."""
    if caller.key is None:
        mistake = role_mistake(typed or "")
        if mistake is None:
            return typed or ""
        return Refused("invalid", "There is no such role.", (Refusal("/role", "bad-role", mistake),))
    if caller.role is None:
        message = "This key has no role, and signs nothing."
        error = Refusal(
            "", "role-needed", message, 'Ask the operator for a key with --role "Medical director".'
        )
        return Refused("not_allowed", "This key can't sign.", (error,))
    if typed is not None and " ".join(typed.split()).casefold() != caller.role.casefold():
        message = f'This key signs as "{caller.role}" alone.'
        error = Refusal("/role", "bad-role", message, "Leave the role out.")
        return Refused("invalid", "The key has another role.", (error,))
    return caller.role


def _other_than(report: DraftReport, state: DraftState, seen: str | None) -> Refused | None:
    """That a draft is another one by now than the one that was seen."""
    is_it = report.state == state.number and seen in (None, report.digest)
    return None if is_it else _saved_meanwhile()


def _saved_meanwhile() -> Refused:
    message = "The draft, or what it rests on, is not what it was."
    error = Refusal("", "changed-meanwhile", message, "Read it again, then ask again.")
    return Refused("changed", "The draft is no more as it was read.", (error,))


def _moved(message: str) -> Refused:
    error = Refusal("", "changed-meanwhile", message, "Bring both sides together first.")
    return Refused("changed", message, (error,))
