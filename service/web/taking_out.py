"""A draft as files that are taken out: its folder as a zip, or what was edited as a patch."""

from __future__ import annotations

from typing import Literal

from service.drafting.packing import patch, zipped
from service.drafting.publishing import Destination, with_signatures
from service.model.draft import DraftState
from service.web.call import Answer

ZIP = "application/zip"
PATCH = "text/x-patch"


def taken_out(state: DraftState, destination: Destination, form: Literal["zip", "patch"]) -> Answer:
    """The draft, with who has signed it, as a file that bears the ruleset's id."""
    ruleset = state.draft.ruleset
    before, after = with_signatures(state, destination)
    if form == "zip":
        return _attachment(zipped(ruleset, after), ZIP, f"{ruleset}.zip")
    return _attachment(patch(ruleset, before, after), f"{PATCH}; charset=utf-8", f"{ruleset}.patch")


def _attachment(content: bytes, media: str, name: str) -> Answer:
    told = {
        "Content-Type": media,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Answer(content, 200, list(told.items()))
