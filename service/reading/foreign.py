"""Tests said in the words or signs of another language, and how this one says them."""

from __future__ import annotations

import re

_SYMBOLS = (
    (">=", "at least"),
    ("=>", "at least"),
    ("≥", "at least"),
    ("<=", "at most"),
    ("=<", "at most"),
    ("≤", "at most"),
    ("!=", "not"),
    ("<>", "not"),
    ("==", ""),
    ("≠", "not"),
    (">", "above"),
    ("<", "below"),
    ("=", ""),
    ("!", "not"),
)
_SYNONYMS = (
    ("no more than", "at most"),
    ("no less than", "at least"),
    ("greater than", "above"),
    ("more than", "above"),
    ("fewer than", "below"),
    ("less than", "below"),
    ("including", "includes"),
    ("contains", "includes"),
    ("at-least", "at least"),
    ("atleast", "at least"),
    ("minimum", "at least"),
    ("at-most", "at most"),
    ("maximum", "at most"),
    ("atmost", "at most"),
    ("include", "includes"),
    ("is not", "not"),
    ("equals", ""),
    ("except", "not"),
    ("isn't", "not"),
    ("under", "below"),
    ("up to", "at most"),
    ("over", "above"),
    ("min", "at least"),
    ("max", "at most"),
    ("has", "includes"),
    ("is", ""),
)
_AFTERWARDS = (
    (
        re.compile(r"(\S+?)\s*(?:\+|or more|and more|or above|and above|or higher)\Z", re.IGNORECASE),
        "at least",
    ),
    (re.compile(r"(\S+)\s+(?:or less|or fewer|or below|and below|or lower)\Z", re.IGNORECASE), "at most"),
)
_BETWEEN = re.compile(r"(?:between|from)\s+(\S+)\s+(?:and|to)\s+(\S+)\Z", re.IGNORECASE)


def in_this_language(text: str, words: tuple[str, ...]) -> tuple[str, str] | None:
    """What of the test is foreign, and the whole test as it is said here; None where nothing is.

    ``words`` are those with which a test can begin.
    """
    between = _BETWEEN.match(text)
    if between:
        return text.split()[0], f"{between.group(1)} to {between.group(2)}"
    lowered = text.lower()
    for word in words:
        if lowered == word or lowered.startswith(word + " "):
            return text[: len(word)], word + text[len(word) :]
    for symbol, verb in _SYMBOLS:
        if text.startswith(symbol):
            return symbol, _joined(verb, text[len(symbol) :])
    for phrase, verb in _SYNONYMS:
        if lowered.startswith(phrase + " "):
            return text[: len(phrase)], _joined(verb, text[len(phrase) :])
    for pattern, verb in _AFTERWARDS:
        found = pattern.match(text)
        if found:
            return text[found.end(1) :].strip(), f"{verb} {found.group(1)}"
    return None


def _joined(verb: str, rest: str) -> str:
    return f"{verb} {rest.strip()}".strip()
