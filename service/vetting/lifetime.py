"""A process that does not outlive the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the system end this process once its parent, the process ``parent``, is gone.

    Where the system can't (it is not Linux), :func:`is_orphan` has to be asked now and then.

    Raises:
        SystemExit: the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if is_orphan(parent):
        raise SystemExit(0)


def is_orphan(parent: int) -> bool:
    """Whether the process ``parent``, which started this one, is gone."""
    return os.getppid() != parent
