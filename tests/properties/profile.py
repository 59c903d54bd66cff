"""How many examples a property gets."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("PICOPLAN_EXAMPLES", "1"))
"""1 for a run that is the same every time; more for a longer one that is never the same."""


def examples(count: int) -> settings:
    """So many examples, times `PICOPLAN_EXAMPLES`; nothing is kept between runs."""
    return settings(
        max_examples=max(1, round(count * TIMES)),
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
