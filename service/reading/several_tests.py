"""Two tests said in one, and ``given`` and ``unknown`` in other words: what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from schemas.language import verbs
from service.model.condition import Scalar
from service.model.problem import advice, shown
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

IS = "is"
"""The verb that is not written."""

VERBS = tuple(verb for verb in verbs("one value", "values") if verb != IS)
BARE = verbs("nothing")

_IN_OTHER_WORDS = {
    **dict.fromkeys(
        ("not given", "not known", "not asked", "not answered", "unanswered", "no answer"), "unknown"
    ),
    **dict.fromkeys(("known", "answered", "not unknown"), "given"),
}
_GROUPS = {"and": "all", "or": "any", ",": "any"}
_JOINING = re.compile(r"(?:,\s*|\s+)(or|and)\s+|(,)\s+")
_MOST = 4
"""Of more tests in one it is not said how to write each."""


def several_tests(
    problems: ProblemCollector, node: Node, start: int, text: str, values: Sequence[Scalar]
) -> bool:
    """Whether the text is no test but several, or says ``given`` or ``unknown`` in other words.

    What to write instead is noted as a problem. ``values`` can be named, and so are meant by their words.
    """
    bare = _bare_words(values)
    if bare(text) in BARE and text.removeprefix("not ") not in BARE:
        mend = advice(f' Write "{bare(text)}".', text, bare(text), node.at(start))
        problems.error(node.at(start), "wrong-test", f'"{shown(text)}" is not a test.' + mend)
        return True
    parted = _JOINING.split(text, maxsplit=_MOST)
    tests, joined = [bare(piece) for piece in parted[::3]], {*filter(None, (*parted[1::3], *parted[2::3]))}
    if len(tests) < 2 or len(joined) > 1 or "[" in text or not _are_tests(tests):
        return False
    subject, group = _subject(node), _GROUPS[joined.pop()]
    each = ", ".join(f"{{{subject}: {test}}}" for test in tests)
    mend = advice(
        f" Write {group}: [{shown(each, 120)}].", f"{subject}: {text}", f"{group}: [{each}]", node.key()
    )
    problems.error(node.at(start), "wrong-test", f'"{shown(text)}" holds several tests.' + mend)
    return True


def _bare_words(values: Sequence[Scalar]) -> Callable[[str], str]:
    """Says ``given`` and ``unknown`` where that is meant, and all else as it is."""
    named = {str(value) for value in values}

    def bare(piece: str) -> str:
        return piece if piece.removeprefix("not ") in named else _IN_OTHER_WORDS.get(piece, piece)

    return bare


def _are_tests(pieces: Sequence[str]) -> bool:
    """Whether they are no values of one test: a later piece is a test, or the first names no value."""
    return pieces[0] in BARE or any(
        piece in BARE or piece.startswith(tuple(f"{verb} " for verb in VERBS)) for piece in pieces[1:]
    )


def _subject(node: Node) -> str:
    """The key of what the test at the node is of."""
    return next(
        (str(step) for step in reversed(node.path) if isinstance(step, str) and step not in VERBS), ""
    )
