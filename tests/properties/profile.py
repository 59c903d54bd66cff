"""How many examples a property gets."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = float(os.environ.get("PICOPLAN_EXAMPLES", "1"))
"""1 for a run that is the same every time; more for a longer one that is never the same."""


def examples(count: int) -> settings:
    """So many examples, times `PICOPLAN_EXAMPLES`; nothing is kept between runs.

    What fails is made smaller in a long run alone: that may take minutes, and a short one has a time limit.
    """
    return settings(
        max_examples=max(1, round(count * TIMES)),
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if TIMES > 1 or phase is not Phase.shrink],
    )
