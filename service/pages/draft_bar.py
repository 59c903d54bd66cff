"""What stands above every page of a draft: which it is, how far its check has come, and what went live since.

It is plain data, so that it can be passed on to the process that holds the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from service.wording.phrases import counted, joined_by_and

Stage = Literal["checking", "checked", "proved", "failed", "unknown"]
"""How far the check of the newest state has come; ``unknown``: it can't be asked for now."""


@dataclass(frozen=True, slots=True)
class DraftBar:
    """A draft as its pages show it.

    ``at`` is where its pages are. ``clinic``: whose it is; None: the house's. ``base``: the edition from
    which it was begun, in words; None: the ruleset is new. ``live``: that another edition is the newest
    now, in words; None: none is. ``gone``: the day on which it is forgotten. ``is_final``: the check has
    come to its end. ``unexpected``: how many worked clients do not come out as expected. ``proven``: so many
    of the ``promised`` guarantees are proven. ``message``: why a check failed, or proofs came to no end.
    """

    id: str
    ruleset: str
    at: str
    clinic: str | None
    base: str | None
    live: str | None
    gone: str
    may_edit: bool
    may_publish: bool
    stage: Stage = "unknown"
    is_final: bool = False
    errors: int = 0
    warnings: int = 0
    unexpected: int = 0
    proven: int = 0
    promised: int = 0
    message: str | None = None

    @property
    def state_words(self) -> str:
        """How its newest state stands: what is wrong, or how far it is proven."""
        if self.stage == "checking":
            return "Being checked"
        if self.stage == "failed":
            return "The check came to no end"
        if self.stage == "unknown":
            return "Its check can’t be asked for at the moment"
        odd = counted(self.unexpected, "client not as expected", "clients not as expected")
        wrong = [
            *([counted(self.errors, "error")] if self.errors else []),
            *([odd] if self.unexpected else []),
        ]
        warned = [counted(self.warnings, "warning")] if self.warnings else []
        if wrong:
            return joined_by_and([*wrong, *warned])
        return joined_by_and(["No errors", *warned]) + self._proofs()

    @property
    def look(self) -> str:
        """What kind of state it is: ``wrong``, ``good`` or ``open``."""
        if self.errors or self.unexpected or self.stage == "failed":
            return "wrong"
        is_good = self.stage == "proved" and self.is_final and self.proven == self.promised
        return "good" if is_good and not self.warnings else "open"

    def _proofs(self) -> str:
        if not self.is_final:
            return "; proofs go on"
        if self.stage != "proved":
            return "; proofs came to no end"
        if not self.promised:
            return "; proofs done"
        return f"; {self.proven} of {counted(self.promised, 'guarantee')} proven"

    def as_data(self) -> dict[str, Any]:
        """It as JSON data."""
        return asdict(self)


def draft_bar_from(data: Mapping[str, Any]) -> DraftBar:
    """The bar that is this JSON data."""
    return DraftBar(**data)
