"""What must always hold, in words, and whether it was proven."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from service.analysis.proofs.results import Proof, State
from service.documenting.clients import Answered, answered
from service.documenting.conditions import Clause, clauses
from service.documenting.naming import Naming
from service.model.ruleset import Guarantee

_OUTCOMES = {
    "stop": "the answer is not to treat",
    "defer": "the answer is to wait",
    "refer": "a clinician is asked to look",
    "numbers": "numbers are given",
    "one session": "the client hears that one session may be enough",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One guarantee: for whom (``when``, none: for every client), what it says, and its proof.

    ``examples``: where it is broken, the clients who break it, in words.
    """

    id: str
    anchor: str
    title: str
    when: tuple[Clause, ...]
    says: str
    state: State
    examples: tuple[tuple[Answered, ...], ...]


def promises(naming: Naming, proofs: Iterable[Proof]) -> tuple[Promise, ...]:
    """Every guarantee with what came of proving it."""
    return tuple(_promise(naming, proof) for proof in proofs)


def says(naming: Naming, guarantee: Guarantee) -> str:
    """What the guarantee says of those for whom it is."""
    if guarantee.raising is not None:
        return f"Never: fewer sessions for a higher answer to “{naming.question(guarantee.raising)}”"
    word, outcome = ("Always", guarantee.always) if guarantee.always else ("Never", guarantee.never or "")
    if outcome.startswith("sessions above"):
        return f"{word}: more than {outcome.rpartition(' ')[2]} sessions"
    return f"{word}: {_OUTCOMES[outcome]}"


def _promise(naming: Naming, proof: Proof) -> Promise:
    guarantee = proof.guarantee
    return Promise(
        guarantee.id,
        f"guarantee-{guarantee.id}",
        guarantee.title,
        clauses(naming, guarantee.when) if guarantee.when is not None else (),
        says(naming, guarantee),
        proof.state,
        tuple(answered(naming, json.loads(example)) for example in proof.examples),
    )
