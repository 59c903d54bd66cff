"""Databases that picoplan of before really filled, and how they are put back where a test wants them.

Each was made by serving the shipped rulesets, an example that extends one, and two more, by the service of
that commit: single assessments of plans before and under way, some with reasons, some for another day or by
version; refusals; a batch and lines; a request sent again; a clinic's key and the house's; an edit of two
rulesets, a signature, and an edition that is to come. ``7d0407b`` is the first picoplan whose log is kept,
``a513fd1`` the last one before there were versions of the language: its numbers have up to 25 digits.

Of each there is the SQLite file, and what ``pg_dump --no-owner`` wrote of a PostgreSQL that was filled
likewise, by decisions of its own.
"""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

DATA = Path(__file__).parent / "data"
COMMITS = ("7d0407b", "a513fd1")
"""The commits that made them."""


def put_back(commit: str, url: str) -> None:
    """Fill an empty database with what that picoplan left; nothing of it is brought up to date."""
    if url.startswith("sqlite:"):
        kept = gzip.decompress((DATA / f"{commit}.sqlite3.gz").read_bytes())
        Path(url.removeprefix("sqlite:///")).write_bytes(kept)
        return
    subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null", url],
        input=gzip.decompress((DATA / f"{commit}.sql.gz").read_bytes()),
        check=True,
        timeout=120,
    )
