"""What the client page of a ruleset says and asks, beside the ruleset itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.model.condition import Scalar
from service.model.problem import Place


@dataclass(frozen=True, slots=True)
class ClientWords:
    """How a question is put to clients; what is None, and an option that is not named, stays as it is."""

    label: str | None = None
    help: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientPage:
    """``client-page.yaml``, with that of extended rulesets below it; a ruleset without one has the empty one.

    ``start``: the clinic's own words before the first question, a paragraph each line. ``minimum_age`` in
    years: for whom the page is. ``answers``: the same for every client, so not asked. ``left_out``: questions
    that are not asked either; one with a default has that. ``places``: where its parts stand, by their path
    in the file; none: there is no such file.
    """

    title: str | None = None
    start: str | None = None
    minimum_age: int | None = None
    answers: Mapping[str, Scalar | frozenset[str]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    words: Mapping[str, ClientWords] = field(default_factory=dict)
    contact: str | None = None
    places: Mapping[tuple[str, ...], Place] = field(default_factory=dict, repr=False, compare=False)

    def asks(self, name: str) -> bool:
        """Whether clients are asked a question, where it applies."""
        return name not in self.answers and name not in self.left_out
