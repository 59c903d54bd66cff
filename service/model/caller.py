"""Who asks: what he may do, which rulesets he sees, and whose his decisions are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["evaluate", "read", "operate", "erase"]
"""``evaluate``: have assessments decided. ``read``: look at rulesets and at decisions that were made.
``operate``: see how the service does. ``erase``: delete the decisions of a client who asks for it."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request.

    ``key`` is the id of his API key, None where none was asked for. A caller bound to a ``clinic`` sees the
    decisions of that clinic and its ``rulesets`` alone; for him no other exists. Without a clinic he belongs
    to the house: he sees all decisions, and where ``rulesets`` is None, all rulesets. ``default_ruleset``
    answers his requests that name none.
    """

    key: str | None = None
    clinic: str | None = None
    rulesets: frozenset[str] | None = None
    default_ruleset: str | None = None
    scopes: frozenset[Scope] = frozenset(SCOPES)

    def sees(self, ruleset: object) -> bool:
        """Whether a ruleset of that id, should there be one, is there for him."""
        return self.rulesets is None or ruleset in self.rulesets

    def owns(self, clinic: str | None) -> bool:
        """Whether decisions made for that clinic are there for him."""
        return self.clinic is None or self.clinic == clinic


INTERNAL = Caller()
"""Whoever asks where no keys are asked for."""

ANONYMOUS = Caller(clinic="", rulesets=frozenset(), scopes=frozenset())
"""Whoever sends no key where keys are asked for: no ruleset and no decision is there for him."""
