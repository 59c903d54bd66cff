"""What the problems of a ruleset say to a key that does not see all rulesets: of others, nothing.

A line can name another ruleset in these ways: it stands in a folder that is extended, or speaks of a place
there; it guesses which one "extends" meant; it says how "extends" goes in a circle; or the id in a folder is
not the folder's name. What is said instead never depends on which other rulesets there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.model.caller import Caller
from service.model.ruleset import Ruleset
from service.reading.extending import NONE_NEAR
from service.reading.folder import FILES, FOLDERS

EXTENDED = "(extended ruleset)"
"""Stands for the folder of a ruleset that is extended and may not be named."""

_ASK = "Ask the operator."

_LINE = re.compile(
    r"(?P<before>(?:version .+? any more: )?)(?P<file>.+?)(?P<at>:\d+:\d+: (?:error|warning) )"
    r"(?P<code>[a-z-]+) (?P<says>.*)",
    re.DOTALL,
)
_NOT_THERE = re.compile(r'There is no ruleset ".*?" to extend\.')
_CIRCLE = re.compile(r'"extends" goes in a circle: (?P<names>.*)\. Break it\.')
_ALREADY = re.compile(r"(.* stands already at )(.+?)(:\d+:\d+\. Give this one its own (?:id|name)\.)")
_OF_FOLDERS = frozenset(("unreadable", "too-many-files"))
"""Codes of problems that a ruleset's folder can have as a whole."""


def rests_on(ruleset: Ruleset) -> frozenset[str]:
    """The extended rulesets of which answers tell anyhow: the one that is named, and where rules stand."""
    folders = {rule.defined_at.partition("/")[0] for rule in ruleset.rules} - {*FOLDERS}
    return frozenset(folders if ruleset.extends is None else {*folders, ruleset.extends})


@dataclass(frozen=True, slots=True)
class Discretion:
    """Tells the problems of one ruleset, whose folder is shown as ``folder``.

    ``extended`` are rulesets that it is known to extend, for what serves of it does.
    """

    ruleset: str
    folder: str
    extended: frozenset[str] = frozenset()

    def told(self, problem: str, caller: Caller) -> str:
        """A problem, or whatever else is wrong with the ruleset, as the caller may read it."""
        found = None if caller.rulesets is None else _LINE.fullmatch(problem)
        if found is None:
            return problem
        before, file, at, code, says = found.groups()
        says = self._says(code, says, file, caller)
        return f"{before}{self._file(file, code, caller)}{at}{code} {says}"

    def _file(self, file: str, code: str, caller: Caller) -> str:
        """The file, its folder unnamed where the caller knows of no such ruleset."""
        name, below = self._parts(file, code)
        known = name in self.extended or self._reads(name, caller)
        return file if known else "/".join((EXTENDED, *below))

    def _parts(self, file: str, code: str) -> tuple[str, list[str]]:
        """The ruleset in whose folder the file is, and the rest of its path."""
        if file == self.folder or file.startswith(f"{self.folder}/"):
            return self.ruleset, []
        parts = file.split("/")
        if len(parts) > 2 and parts[-2] in FOLDERS and parts[-1] not in FILES:
            below = 2
        else:
            below = 0 if code in _OF_FOLDERS and parts[-1] not in (*FILES, *FOLDERS) else 1
        folder, rest = parts[: len(parts) - below], parts[len(parts) - below :]
        return (folder[-1] if folder else "").partition("@")[0], rest

    def _reads(self, name: str, caller: Caller) -> bool:
        """Whether what stands in the folder of that name is the caller's to read."""
        return name == self.ruleset or caller.sees(name)

    def _says(self, code: str, says: str, file: str, caller: Caller) -> str:
        reads = self._reads(self._parts(file, code)[0], caller)
        if code == "unknown-ruleset":
            there = _NOT_THERE.match(says) if reads else None
            return there[0] + NONE_NEAR if there else f"It extends a ruleset that is not there. {_ASK}"
        if code == "id-is-not-folder" and not reads:
            return f"The id is not the name of its folder. {_ASK}"
        if circle := _CIRCLE.fullmatch(says):
            return self._circle(circle["names"].split(" -> "), caller) or says
        if already := _ALREADY.fullmatch(says):
            begin, there_file, end = already.groups()
            return begin + self._file(there_file, code, caller) + end
        return says

    def _circle(self, names: list[str], caller: Caller) -> str:
        """The circle without those of whom he does not know; nothing where he knows all.

        It begins with the ruleset itself and what its own file names.
        """
        told: list[str] = []
        for place, name in enumerate(names):
            if place < 2 or name in self.extended or self._reads(name, caller):
                told.append(name)
            elif told[-1] != "...":
                told.append("...")
        return f'"extends" goes in a circle: {" -> ".join(told)}. {_ASK}' if "..." in told else ""
