"""What is wrong with a request: every mistake with its place, what is wrong, and the mend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One mistake of an integrator; ``pointer`` is a JSON pointer into the request."""

    pointer: str
    code: str
    message: str
    hint: str = ""


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) to a member."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
