"""Ready scenarios put where the others lie, in a file of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.commandline.writing import write_whole
from service.model.ruleset import Ruleset

_HEAD = """\
# Clients that no other scenario covers, and what they get today. Read each of them: is it what you want? Then
# keep it, under a name that says what it is about. If not, mend the rule, and write here what is right.

"""


def write_suggested(ruleset: Ruleset, scenarios: Sequence[str]) -> str:
    """Write the scenarios into the ruleset's folder, beside what is there; the file as it was named.

    Raises:
        Unreadable: it can't be written.
    """
    folder = Path(ruleset.place.file).parent / "scenarios"
    number, file = 1, folder / "suggested.yaml"
    while file.exists():
        number += 1
        file = folder / f"suggested-{number}.yaml"
    write_whole(str(file), _HEAD + "\n".join(scenarios))
    return str(file)
