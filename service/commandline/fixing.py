"""``picoplan check --fix``: the mends that are offered, shown one by one, and made where a person agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff

import rich_click as click

from service.commandline.console import complain, need_a_person, say
from service.commandline.folders import open_shelf
from service.commandline.problems import counted, line
from service.model.problem import Mend, Problem, Rename
from service.store.folders import Shelf
from service.store.mending import apply, are_apart, texts_with, with_mends

_ANSWERS = click.Choice(["y", "n", "all", "quit"], case_sensitive=False)
_ALSO_TYPED = {"yes": "y", "no": "n", "a": "all", "q": "quit"}
_MOST_ROUNDS = 20


def fix(folder: str, *, ask: bool) -> None:
    """Show the mends of a folder of rulesets, and make those that are wanted.

    Those that can't be made together are made one after the other: the folder is read again in between.

    Raises:
        Unreadable: it is no folder of rulesets, or nobody is there to ask.
    """
    questions = _AskedMends(ask=ask)
    made = 0
    for _ in range(_MOST_ROUNDS):
        shelf = open_shelf(folder)
        wanted = questions.wanted(shelf)
        left = set(apply(shelf, wanted))
        for file in sorted(left):
            complain(f"{file} has changed meanwhile, or can't be written. It was left as it is.")
        made += sum(left.isdisjoint(mend.files) for mend in wanted)
        if not wanted or left or questions.ended:
            break
    say(f"{counted(made, 'mend')} made." if made else "Nothing was mended.")


class _AskedMends:
    """What a person was asked, and has answered so far. ``ended``: no more questions are wanted."""

    def __init__(self, *, ask: bool) -> None:
        self.ended = False
        self._ask = ask
        self._declined: set[tuple[str, int, tuple[str, ...]]] = set()

    def wanted(self, shelf: Shelf) -> list[Mend]:
        """The mends that are wanted, of those that can be made together."""
        mends: list[Mend] = []
        seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for problem in with_mends(shelf, shelf.all_problems):
            mend = problem.mend
            if self.ended or mend is None or not are_apart(shelf, [*mends, mend]):
                continue
            shown = tuple(_before_and_after(shelf, mend))
            file = problem.place.file
            name = (file, seen[file, shown], shown)  # lines come and go, and may be there twice
            seen[file, shown] += 1
            if name in self._declined:
                continue
            if self._is_wanted(problem, shown):
                mends.append(mend)
            else:
                self._declined.add(name)
        return mends

    def _is_wanted(self, problem: Problem, shown: tuple[str, ...]) -> bool:
        if self._ask:
            need_a_person('Look at what "picoplan check" offers, then mend with "--fix --yes".')
        for text in (line(problem), *shown):
            say(text)
        if not self._ask:
            return True
        answer = click.prompt("Make this edit?", type=_ANSWERS, value_proc=_answer, default="n", err=True)
        self._ask = answer != "all"
        self.ended = answer == "quit"
        return answer in ("y", "all")


def _answer(typed: str) -> str:
    answer: str = _ANSWERS.convert(_ALSO_TYPED.get(typed.strip().lower(), typed), None, None)
    return answer


def _before_and_after(shelf: Shelf, mend: Mend) -> Iterator[str]:
    """The lines that the mend changes, as they are and as they would be."""
    for edit in mend.edits:
        if isinstance(edit, Rename):
            yield f"    {edit.file} -> {edit.name}"
    for before, after in texts_with(shelf, mend):
        for row in unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""):
            if row[0] in "+-" and row[:3] not in ("+++", "---"):
                yield click.style(f"    {row[0]} {row[1:].strip()}", fg="green" if row[0] == "+" else "red")
