"""What the processes of drafts may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.vetting.report import CheckLimits


@dataclass(frozen=True, slots=True)
class DraftLimits:
    """What the processes of a draft may take.

    ``check``: until it is checked. In seconds by the clock: ``answer_s`` for a request, ``prove_s`` for
    proofs, ``job_s`` for what takes long.
    """

    check: CheckLimits = field(
        default_factory=lambda: CheckLimits(seconds=30, cpu_seconds=None, memory_mb=2048, niceness=10)
    )
    answer_s: float = 10
    prove_s: float = 30
    job_s: float = 120
