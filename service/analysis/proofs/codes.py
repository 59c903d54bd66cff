"""The codes of what proofs find, each with the module whose docstring is its page."""

from __future__ import annotations

PROOFS: dict[str, str] = {
    "guarantee-broken": "service.analysis.proofs.guarantees",
    "guarantee-about-nobody": "service.analysis.proofs.vacuous",
    "not-decided": "service.analysis.proofs.undecided",
    "conflicting-effects": "service.analysis.proofs.conflicting",
    "unreachable-rule": "service.analysis.proofs.unreachable",
    "dead-branch": "service.analysis.proofs.branches",
    "shadowed-rule": "service.analysis.proofs.shadowed",
    "redundant-rule": "service.analysis.proofs.redundant",
    "dead-conclusion": "service.analysis.proofs.dead",
    "input-never-matters": "service.analysis.proofs.idle",
    "gap": "service.analysis.proofs.gaps",
    "cap-below-base": "service.analysis.proofs.capped",
}
"""Every kind of proof, by the code of its problems."""
