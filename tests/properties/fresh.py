"""Answers from a fresh process: `python -m tests.properties.fresh FOLDER`, assessments on standard input.

Standard input is a JSON array of assessments; out comes an answer a line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.properties.serving import answer, as_bytes, open_folder


def main() -> None:
    """Answer every assessment, in order."""
    answering = open_folder(Path(sys.argv[1]))
    for assessment in json.load(sys.stdin):
        sys.stdout.buffer.write(as_bytes(answer(answering, assessment, explain=True)) + b"\n")


if __name__ == "__main__":
    main()
