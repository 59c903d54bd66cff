"""What a page of a draft answers that wants to change the draft."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from service.drafting.held_draft import HeldDraft
from service.web.call import Saves, this_call


def saves(held: HeldDraft, changes: Mapping[str, str | None], then: str) -> Response:
    """Have files of the draft saved, all or none, and go on to the page ``then``.

    ``changes``: the new text of each by plan name, as ``factors/1-concern.yaml``; None: it is taken away.
    They are saved by whoever asked this process, if each of them is still as this process holds it; else he
    is shown both sides.
    """
    this_call().saves = Saves(dict(changes), {name: held.tag(name) for name in changes}, then)
    return Response(status=303, headers={"Location": then})
