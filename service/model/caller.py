"""Who asks: what he may do, which rulesets he sees, and whose his decisions are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from schemas.request import Face

Scope = Literal["evaluate", "read", "operate", "erase", "edit", "publish"]
"""``evaluate``: have assessments decided. ``read``: look at rulesets and at decisions that were made.
``operate``: see how the service does. ``erase``: delete the decisions of a client who asks for it. ``edit``:
have drafts of rulesets. ``publish``: save them into the folder that serves, and go back."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Origin:
    """By which face a decision is asked for; of hooks which system asks (``iss``), and which hook it is."""

    face: Face = "api"
    iss: str | None = None
    hook: str | None = None


BY_THE_API = Origin()


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request.

    ``key`` is the id of his API key, None where none was asked for. A caller bound to a ``clinic`` sees the
    decisions of that clinic and its ``rulesets`` alone; for him no other exists. Without a clinic he belongs
    to the house: he sees all decisions, and where ``rulesets`` is None, all rulesets. ``default_ruleset``
    answers his requests that name none. ``origin``: by which face he asks.

    ``edits``: the rulesets for which his scopes ``edit`` and ``publish`` hold, of those that he sees; None:
    all of them. ``role``: as what he signs, such as "Medical director"; None: by his key he signs nothing.
    """

    key: str | None = None
    clinic: str | None = None
    rulesets: frozenset[str] | None = None
    default_ruleset: str | None = None
    scopes: frozenset[Scope] = frozenset(SCOPES)
    origin: Origin = BY_THE_API
    edits: frozenset[str] | None = None
    role: str | None = None

    def sees(self, ruleset: object) -> bool:
        """Whether a ruleset of that id, should there be one, is there for him."""
        return self.rulesets is None or ruleset in self.rulesets

    def owns(self, clinic: str | None) -> bool:
        """Whether decisions made for that clinic are there for him."""
        return self.clinic is None or self.clinic == clinic

    def may_edit(self, ruleset: str) -> bool:
        """Whether he may have drafts of a ruleset of that id, whether or not there is one yet."""
        return "edit" in self.scopes and self._is_for(ruleset)

    def may_publish(self, ruleset: str) -> bool:
        """Whether he may save drafts of that ruleset into the folder that serves, and go back."""
        return "publish" in self.scopes and self._is_for(ruleset)

    def sees_draft(self, ruleset: str, clinic: str | None) -> bool:
        """Whether a draft of that ruleset, made for that clinic, is there for him: to edit, or to sign."""
        return self.sees(ruleset) and self.owns(clinic) and (self.role is not None or self.may_edit(ruleset))

    def _is_for(self, ruleset: str) -> bool:
        """Whether his scopes that change something hold for that ruleset."""
        return self.sees(ruleset) and (self.edits is None or ruleset in self.edits)


@dataclass(frozen=True, slots=True)
class HookClient:
    """A system that may call hooks: whoever signs its tokens (``iss``), and by which keys.

    ``jwks`` is a URL or a file. ``algorithms``: with which it may sign. A token names its ``tenant``, and so
    one of the ``tenants``' clinics; one without is of the ``clinic``, None: there must be a tenant.
    ``form``: where the questions are filled in; None: in the workbench. ``smart``: it is launched as an app.
    """

    iss: str
    jwks: str
    rulesets: frozenset[str]
    algorithms: tuple[str, ...]
    clinic: str | None = None
    tenants: Mapping[str, str] = field(default_factory=dict)
    form: str | None = None
    smart: bool = False


INTERNAL = Caller()
"""Whoever asks where no keys are asked for."""

ANONYMOUS = Caller(clinic="", rulesets=frozenset(), scopes=frozenset(), edits=frozenset())
"""Whoever sends no key where keys are asked for: no ruleset and no decision is there for him."""
