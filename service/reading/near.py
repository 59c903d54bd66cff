"""The nearest known word, also where thousands are known."""

from __future__ import annotations

from collections.abc import Iterable

from service.model.problem import did_you_mean

_FEW = 100
_LONGEST = 60


def near(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?``, or nothing where no known word is near.

    Of many known words only those that share most pairs of letters are compared in full.
    """
    if len(word) > _LONGEST:
        return ""
    words = [one for one in known if len(one) <= 2 * len(word) + 2 and len(word) <= 2 * len(one) + 2]
    if len(words) > _FEW:
        pairs = _pairs(word)
        words.sort(key=lambda one: (-len(pairs & _pairs(one)), one))
        del words[_FEW:]
    return did_you_mean(word, words)


def _pairs(word: str) -> set[str]:
    lowered = word.lower().replace(" ", "_")
    return {lowered[at : at + 2] for at in range(len(lowered) - 1)} | {lowered[:1]}
