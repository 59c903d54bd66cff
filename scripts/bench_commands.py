"""What commands cost beside another checkout: ``scripts/bench_commands.py BASELINE [--over FOLDER]``.

BASELINE is a checkout that was set up, such as a git worktree of an older commit. Each command runs in turn
here and there, as a process of its own, with warm bytecode. The processor time (user and system) of the whole
process is what counts; ratios are taken pair by pair, for machines are noisy. Both must be able to read the
rulesets: an older BASELINE needs some of its time, such as those of a checkout in between.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    ("--help",),
    ("check", "rulesets"),
    ("check", "rulesets", "--no-proofs"),
    ("docs", "pico-laser", "--output", "-"),
)


def main() -> None:
    """Print a line for each command: the median here, there, and of the ratios."""
    parser = argparse.ArgumentParser(description="What commands cost beside another checkout.")
    parser.add_argument("baseline", type=Path, help="a checkout that was set up with scripts/setup")
    parser.add_argument("--runs", type=int, default=7, help="how often each command runs (default: 7)")
    parser.add_argument(
        "--over",
        type=Path,
        default=ROOT,
        help='whose "rulesets" both read (default: this checkout)',
    )
    arguments = parser.parse_args()
    print(
        f"{'command':36} {'here':>8} {'there':>8} {'ratio':>6}   processor time, medians of {arguments.runs}"
    )
    with tempfile.TemporaryDirectory(prefix="picoplan-compiled-") as compiled:
        for command in COMMANDS:
            pairs = []
            for run in range(arguments.runs + 1):
                pair = [
                    seconds(root, command, arguments.over, compiled)
                    for root in (ROOT, arguments.baseline.resolve())
                ]
                if run:  # the first one compiles
                    pairs.append(pair)
            here, there = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            print(f"{' '.join(command):36} {here:7.2f}s {there:7.2f}s {ratio:6.2f}", flush=True)


def seconds(root: Path, command: tuple[str, ...], over: Path, compiled: str) -> float:
    """The processor time of one run of the checkout's picoplan in the folder ``over``."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [root / ".venv/bin/picoplan", *command],
        cwd=over,
        env=ours | {"PYTHONPYCACHEPREFIX": compiled},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
