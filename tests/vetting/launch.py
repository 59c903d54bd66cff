"""Checks in processes forked from one that has loaded what they need: ``python -m tests.vetting.launch``."""

import os
import sys
from collections.abc import Sequence

import service.analysis.proofs.prove  # noqa: F401 - what a check loads
from service.vetting.check import main
from tests.forking import fork_for_each_line


def check(folder: str, streams: Sequence[int]) -> None:
    """Be the process of a check; behind its three streams is the file of its request."""
    os.setsid()
    os.chdir(folder)
    sys.stdin = os.fdopen(0)
    sys.argv = ["check", str(os.getppid()), str(streams[3])]
    main()


if __name__ == "__main__":
    fork_for_each_line(check)
