"""What schemathesis is told for the API's sake: hooks that ``scripts/fuzz_api.py`` has it load."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

from service.web.body import PATTERN


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the hook's own form
    """Take out of most requests what gets them a 404 or a 409, whatever else they hold.

    That is a made-up version or digest, and an Idempotency-Key that was sent before. All are optional, so a
    good request stays good without a good one, and a bad request bad.
    """
    body = case.body
    if not isinstance(body, dict) or "assessment" not in body or len(str(body)) % 8 == 0:
        return
    case.body = {name: value for name, value in body.items() if not _made_up(name, value)}
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(PATTERN, key):
        del case.headers["Idempotency-Key"]


def _made_up(name: str, value: object) -> bool:
    return name in ("version", "digest") and isinstance(value, str) and 0 < len(value) <= 200
