"""Three sides: where two have changed one file, or live has moved, it is chosen part by part what stays.

What one side alone has changed comes by itself. Of what both have changed nothing is chosen beforehand, and
what was typed stays in the page until it is saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import cast

from flask import Response, request

from service.drafting.drafts import Drafts
from service.drafting.lines import StepBudget, written_like
from service.drafting.rebasing import brought_together
from service.drafting.three_sides import CHOICES, Choice, SidesPart, merged, three_sides
from service.model.draft import Draft, DraftState, FileConflict, file_tag
from service.serving.refused import Refused
from service.store.editions import Edition
from service.web.call import Answer, Saves, View, this_call
from service.web.guard import KeyNames
from service.web.problems import refused
from service.web.workbench.pages import Pages, go_to, is_htmx, own_path
from service.web.workbench.seen_drafts import SeenDrafts, address_of
from service.wording.phrases import short_digest

_WHOLE: tuple[Choice, ...] = ("theirs", "yours")
"""What can be chosen of a file that one side has taken away."""

_ONCE_MORE = "It was changed once more meanwhile. What stands here is new: choose again where both differ."


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part as the page shows it; ``number``: of those to choose, None where there is nothing to choose.

    ``first``: the number of its first line in yours. ``picked``: what is chosen of it, if anything.
    """

    part: SidesPart
    first: int
    number: int | None = None
    picked: str = ""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file that two have changed, as the form's file ``index``.

    ``parts``: none where one side has taken it away.
    """

    index: int
    sides: FileConflict
    parts: tuple[ShownPart, ...]
    picked: str = ""

    @property
    def theirs_tag(self) -> str:
        """The ETag of what they made of it; empty: they have taken it away."""
        return "" if self.sides.theirs is None else file_tag(self.sides.theirs)

    @property
    def to_choose(self) -> int:
        """How many choices it needs."""
        return sum(one.number is not None for one in self.parts) if self.parts else 1

    @property
    def left(self) -> int:
        """How many of them are still to be made."""
        if not self.parts:
            return 0 if self.picked else 1
        return sum(one.number is not None and not one.picked for one in self.parts)

    @property
    def chosen(self) -> bytes | None:
        """What it holds by the choices; None: it goes."""
        if not self.parts:
            return self.sides.theirs if self.picked == "theirs" else self.sides.yours
        choices = [cast(Choice, one.picked) for one in self.parts if one.number is not None]
        return written_like(merged([one.part for one in self.parts], choices), self.sides.theirs or b"")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A file as a form has it: what shall become of it, and the ETag of what its writer had before him."""

    name: str
    yours: bytes | None
    base_tag: str | None


class SidesPages:
    """The views of these pages."""

    def __init__(self, pages: Pages, drafts: Drafts, seen: SeenDrafts, names: KeyNames) -> None:
        self._pages = pages
        self._drafts = drafts
        self._seen = seen
        self._names = names

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_sides": self._pages.of_own_form(self.choose),
            "page_rebase": self.rebase,
            "page_rebases": self._pages.of_own_form(self.choose_of_live),
        }

    def show(self, draft: Draft, saves: Saves) -> Response | None:
        """The page where files could not be saved, for some are no more as who changes them saw them.

        None: the draft is gone.
        """
        state = self._drafts.store.state(draft.id)
        if state is None:
            return None
        sent = [
            _Sent(name, None if text is None else text.encode(), saves.matching[name])
            for name, text in saves.changes.items()
        ]
        return self._page(state, sent, self._files(state, sent), saves.then)

    def choose(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """Save what was chosen; the page again where something is still to choose, or was saved meanwhile."""
        state = self._seen.state(ruleset_id, of, to_edit=True)
        if isinstance(state, Answer):
            return state
        sent = _sent()
        then = own_path(request.form.get(".then", f"{address_of(state.draft)}/edit/{file}"))
        files = self._files(state, sent)
        if any(one.left or not _is_as_shown(one) for one in files):
            return self._page(state, sent, files, then)
        changes = {one.name: _as_saved(one, state) for one in sent} | {
            one.sides.name: one.chosen for one in files
        }
        matching = {one.name: one.base_tag for one in sent}
        matching |= {one.sides.name: one.theirs_tag or None for one in files}
        saved = self._drafts.save(this_call().caller, state.draft.id, changes, matching)
        if isinstance(saved, Refused):
            return refused(saved)
        if isinstance(saved, FileConflict):  # somebody was quicker just now
            return self.choose(ruleset_id, of, file)
        return go_to(then)

    def rebase(self, ruleset_id: str, of: str) -> Response | Answer:
        """What has gone live since the draft was begun, beside what it has changed."""
        state = self._seen.state(ruleset_id, of, to_edit=True)
        if isinstance(state, Answer):
            return state
        live = self._moved(state)
        return go_to(f"{address_of(state.draft)}/edit") if live is None else self._page_of_live(state, live)

    def choose_of_live(self, ruleset_id: str, of: str) -> Response | Answer:
        """Let the draft go on from what is live, as chosen; the page again where that is not enough."""
        state = self._seen.state(ruleset_id, of, to_edit=True)
        if isinstance(state, Answer):
            return state
        live = self._moved(state)
        if live is None:
            return go_to(f"{address_of(state.draft)}/edit")
        files = _files_of_live(state, live)
        if not _is_of(state, live) or any(one.left for one in files):
            return self._page_of_live(state, live)
        chosen = {one.sides.name: one.chosen for one in files}
        number, caller = state.number, this_call().caller
        done = self._drafts.rebase(caller, state.draft.id, live.digest, number, chosen)
        if isinstance(done, Refused) and done.why == "conflict":  # somebody was quicker just now
            return self.choose_of_live(ruleset_id, of)
        return refused(done) if isinstance(done, Refused) else go_to(f"{address_of(state.draft)}/edit")

    def _files(self, state: DraftState, sent: Sequence[_Sent]) -> list[ShownFile]:
        """The files that were changed meanwhile, with what is chosen of them."""
        files, steps = [], StepBudget()
        for index, one in enumerate(sent):
            theirs = state.files.get(one.name)
            if one.base_tag == (None if theirs is None else file_tag(theirs)):
                continue
            base = self._drafts.store.tagged(state.draft.id, one.base_tag)
            shown = _shown(index, FileConflict(one.name, base, theirs, one.yours), steps, {})
            files.append(_shown(index, shown.sides, steps, _picked(index)) if _is_as_shown(shown) else shown)
        return files

    def _page(
        self, state: DraftState, sent: Sequence[_Sent], files: Sequence[ShownFile], then: str
    ) -> Response:
        draft = state.draft
        changed = f"{draft.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        was_chosen = ".choose" in request.form
        name = files[0].sides.name if files else sent[0].name
        return self._pages.page(
            "sides.html",
            409,
            heading="Two have changed this" if len(files) == 1 else "Two have changed these files",
            within=is_htmx(),
            says=f"{name} was changed meanwhile: {self._names.of(draft.by)} saved the draft at {changed}. "
            "Nothing of yours is lost, and nothing of it is saved yet.",
            theirs="Saved meanwhile",
            yours="Yours",
            action=f"{address_of(draft)}/sides/{name}",
            hidden=[(".then", then), *_kept(sent)],
            files=files,
            coming=(),
            mistake=_mistake(files) if was_chosen else "",
            saves="Save both sides together",
            not_now="Give up what you wrote",
            back=then,
        )

    def _moved(self, state: DraftState) -> Edition | None:
        """The edition that is live, where it is another than that from which the draft was begun."""
        live = self._drafts.live(state.draft.ruleset)
        return None if live is None or live.digest == state.draft.base else live

    def _page_of_live(self, state: DraftState, live: Edition) -> Response:
        files = _files_of_live(state, live)
        at = address_of(state.draft)
        return self._pages.page(
            "sides.html",
            within=False,
            heading="Live has moved",
            says=f"Version {live.version}, {short_digest(live.digest)}, is live now; this draft was begun "
            "from another. Choose where both have changed the same; then it goes on from what is live.",
            theirs="Live now",
            yours="This draft",
            action=f"{at}/rebase",
            hidden=[(".digest", live.digest), (".number", str(state.number))],
            files=files,
            coming=_coming(state, live, {one.sides.name for one in files}),
            mistake="" if ".choose" not in request.form else _mistake(files, is_same=_is_of(state, live)),
            saves="Go on from what is live",
            not_now="Not now",
            back=f"{at}/edit",
        )


def _sent() -> list[_Sent]:
    """The files of the form."""
    found = []
    for index, name in enumerate(request.form.getlist(".file")):
        text = request.form.get(f".yours.{index}")
        yours = None if text is None else text.replace("\r\n", "\n").encode()
        found.append(_Sent(name, yours, request.form.get(f".base.{index}") or None))
    return found


def _as_saved(sent: _Sent, state: DraftState) -> bytes | None:
    """What a file that nobody else has changed shall hold, with the line ends that it has."""
    yours, before = sent.yours, state.files.get(sent.name, b"")
    return None if yours is None else written_like(yours.decode(errors="replace"), before)


def _kept(sent: Sequence[_Sent]) -> Iterator[tuple[str, str]]:
    """The same as fields of the form, so that nothing of it is lost."""
    for index, one in enumerate(sent):
        yield ".file", one.name
        yield f".base.{index}", one.base_tag or ""
        if one.yours is not None:
            yield f".yours.{index}", one.yours.decode(errors="replace")


def _files_of_live(state: DraftState, live: Edition) -> list[ShownFile]:
    """The files that need choices before the draft can go on from what is live."""
    together = brought_together(state, live.own_files, {})
    if not isinstance(together, tuple):
        return []
    steps, is_same = StepBudget(), _is_of(state, live)
    return [
        _shown(index, sides, steps, _picked(index) if is_same else {}) for index, sides in enumerate(together)
    ]


def _is_of(state: DraftState, live: Edition) -> bool:
    """Whether what was chosen was chosen of this state and this edition."""
    shown = request.form.get(".digest"), request.form.get(".number")
    return shown == (live.digest, str(state.number))


def _is_as_shown(file: ShownFile) -> bool:
    """Whether what was chosen was chosen of what they have made of the file by now."""
    return request.form.get(f".theirs.{file.index}") == file.theirs_tag


def _picked(index: int) -> dict[int, str]:
    """What was chosen of a file, by the number of the part."""
    start = f".pick.{index}."
    found: dict[int, str] = {}
    for name, value in request.form.items():
        number = name.removeprefix(start)
        if name.startswith(start) and number.isascii() and number.isdigit() and value in CHOICES:
            found[int(number[:9])] = value
    return found


def _shown(index: int, sides: FileConflict, steps: StepBudget, picked: Mapping[int, str]) -> ShownFile:
    if sides.theirs is None or sides.yours is None:
        whole = picked.get(0, "")
        return ShownFile(index, sides, (), whole if whole in _WHOLE else "")
    base, theirs, yours = (_text(one) for one in (sides.base, sides.theirs, sides.yours))
    parts, first, number = [], 1, 0
    for part in three_sides(base, theirs, yours, steps):
        if part.kind == "both":
            parts.append(ShownPart(part, first, number, picked.get(number, "")))
            number += 1
        else:
            parts.append(ShownPart(part, first))
        first += len(part.yours)
    return ShownFile(index, sides, tuple(parts))


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")


def _mistake(files: Sequence[ShownFile], *, is_same: bool | None = None) -> str:
    """Why what was chosen is not enough; empty: it is."""
    if not (all(map(_is_as_shown, files)) if is_same is None else is_same):
        return _ONCE_MORE
    left = sum(one.left for one in files)
    return f"Still to choose: {left}. They are marked." if left else ""


def _coming(state: DraftState, live: Edition, shown: set[str]) -> list[tuple[str, str]]:
    """The files that live has changed since the draft was begun, and which come by themselves."""
    found = []
    for name in sorted({*live.own_files, *state.base_files} - shown):
        was, now = state.base_files.get(name), live.own_files.get(name)
        if was != now:
            what = "new" if was is None else "taken away" if now is None else "changed"
            found.append((name, what))
    return found
