"""What schemathesis is told for the API's sake: hooks that ``scripts/fuzz_api.py`` has it load."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the hook's own form
    """Take a made-up version and digest out of most bodies: such a body gets a 404, whatever else it holds.

    They are optional, so a good body stays good without a good one, and a bad body bad.
    """
    body = case.body
    if isinstance(body, dict) and "assessment" in body and len(str(body)) % 8:
        case.body = {name: value for name, value in body.items() if not _made_up(name, value)}


def _made_up(name: str, value: object) -> bool:
    return name in ("version", "digest") and isinstance(value, str) and 0 < len(value) <= 200
