"""A state of a draft as the process that holds it has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from service.authoring.names import Names, names_in
from service.drafting.messages import Message
from service.evaluation.compiled import CompiledRuleset
from service.model.draft import Draft, DraftState, file_tag
from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.serving.trying import ScenarioResult
from service.store.editions import Edition, extended_edition
from service.vetting.check import CheckedShelf
from service.vetting.report import Served


@dataclass(frozen=True)
class HeldDraft:
    """A draft's state with what came of checking it.

    ``served``: what it is held against, as the publisher would. ``rulesets``: the folder that is served, by
    which the database is found.
    """

    state: DraftState
    checked: CheckedShelf
    served: Served
    rulesets: Path

    @property
    def draft(self) -> Draft:
        """The draft."""
        return self.state.draft

    @property
    def compiles(self) -> bool:
        """Whether it can be tried; else it can be read alone, as far as that goes."""
        return self.draft.ruleset in self.checked.snapshot.served

    @property
    def compiled(self) -> CompiledRuleset:
        """Its ruleset, compiled, where it ``compiles``."""
        return self.checked.snapshot.served[self.draft.ruleset]

    @property
    def ruleset(self) -> Ruleset:
        """Its ruleset."""
        return self.compiled.ruleset

    @property
    def read(self) -> Read:
        """Its ruleset as it was read, with all files that it rests on."""
        return self.checked.shelf.read[self.draft.ruleset]

    @property
    def tried(self) -> tuple[ScenarioResult, ...]:
        """What came of its scenarios."""
        return self.checked.tried.get(self.draft.ruleset, ())

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of each of its own files that is one, by plan name."""
        found = {}
        for name, content in self.state.files.items():
            try:
                found[name] = content.decode()
            except UnicodeDecodeError:
                continue
        return found

    @cached_property
    def names(self) -> Names:
        """The names that its files may use, as far as they can be read."""
        return names_in(self.read.files, self.draft.ruleset)

    def beside(self) -> Edition | None:
        """What it is compared with: what is live or, of a new ruleset, what that extends; None: neither."""
        return self.served.edition or extended_edition(self.read)

    def tag(self, file: str) -> str | None:
        """The ETag that a file has in this state; None: it is not in it."""
        content = self.state.files.get(file)
        return None if content is None else file_tag(content)


Answers = Callable[[dict[str, Any], bytes], Message]
"""Answers a request for a draft: its head and body to those of the answer."""

MakeAnswers = Callable[[HeldDraft], Answers]
