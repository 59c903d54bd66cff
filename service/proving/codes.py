"""The codes of what proofs find, each with the module whose docstring is its page."""

from __future__ import annotations

PROOFS: dict[str, str] = {
    "guarantee-broken": "service.proving.guarantees",
    "guarantee-about-nobody": "service.proving.vacuous",
    "not-decided": "service.proving.undecided",
    "conflicting-effects": "service.proving.conflicting",
    "unreachable-rule": "service.proving.unreachable",
    "dead-branch": "service.proving.branches",
    "shadowed-rule": "service.proving.shadowed",
    "redundant-rule": "service.proving.redundant",
    "dead-conclusion": "service.proving.dead",
    "input-never-matters": "service.proving.idle",
    "gap": "service.proving.gaps",
    "cap-below-base": "service.proving.capped",
}
"""Every kind of proof, by the code of its problems."""
