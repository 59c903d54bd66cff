"""How many examples a property gets."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_SHARE = 0.3
"""What a run gets that must be short, and is the same every time."""

_ASKED = os.environ.get("PICOPLAN_EXAMPLES")

TIMES = float(_ASKED or _SHARE)
"""1 for all examples that a property asks for, more for a longer run."""

SHRINKS = TIMES > 1
"""What fails is made smaller in a long run alone: that may take minutes, and others have a time limit."""


def examples(count: int) -> settings:
    """So many examples, times `PICOPLAN_EXAMPLES`, others at every run; without it a share, always the same.

    Nothing is kept between runs.
    """
    return settings(
        max_examples=max(1, round(count * TIMES)),
        derandomize=_ASKED is None,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if SHRINKS or phase is not Phase.shrink],
    )
