"""The words of one test: its verb and what follows, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.model.problem import Place, shown
from service.reading.spot import Findings, Spot

VERBS = (
    "includes any of",
    "includes none of",
    "includes",
    "at least",
    "at most",
    "above",
    "below",
    "not",
)
BARE = ("given", "unknown")

_SYMBOLS = {
    ">=": "at least",
    "=>": "at least",
    "≥": "at least",
    "<=": "at most",
    "=<": "at most",
    "≤": "at most",
}
_SYMBOLS |= {">": "above", "<": "below", "!=": "not", "≠": "not", "==": "", "=": ""}
_SYNONYMS = {
    "more than": "above",
    "greater than": "above",
    "over": "above",
    "less than": "below",
    "fewer than": "below",
    "under": "below",
    "no more than": "at most",
    "up to": "at most",
    "max": "at most",
    "maximum": "at most",
    "no less than": "at least",
    "min": "at least",
    "minimum": "at least",
    "atleast": "at least",
    "at-least": "at least",
    "atmost": "at most",
    "at-most": "at most",
    "contains": "includes",
    "has": "includes",
    "include": "includes",
    "including": "includes",
    "isn't": "not",
    "is not": "not",
    "except": "not",
    "is": "",
    "equals": "",
}
_BETWEEN = re.compile(r"(?:between|from)\s+(\S+)\s+(?:and|to)\s+(\S+)\Z", re.I)
_OPPOSITE = {
    "at least": "below",
    "at most": "above",
    "above": "at most",
    "below": "at least",
    "includes": "includes none of",
    "includes any of": "includes none of",
    "includes none of": "includes any of",
    "given": "unknown",
    "unknown": "given",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One value that a test names, and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Said:
    """A test as said: ``verb`` ("is" where none is written), its values, and whether they were a list."""

    verb: str
    words: tuple[Word, ...]
    is_list: bool
    place: Place
    written: str


def read_said(found: Findings, spot: Spot) -> Said | None:
    """Take a test apart into verb and values, or None with a problem noted."""
    data = spot.data
    if data is None:
        message = (
            f'"{spot.last()}" has no value. To test whether it was answered, write "given" or "unknown".'
        )
        found.error(spot.at(), "missing-value", message)
        return None
    if isinstance(data, dict):
        return _from_mapping(found, spot)
    if isinstance(data, list):
        words = _listed(found, spot)
        return words and Said("is", words, True, spot.at(), _bracketed(words))
    return _from_text(found, spot, data)


def _bracketed(words: tuple[Word, ...]) -> str:
    return "[" + ", ".join(word.text for word in words) + "]"


def _from_mapping(found: Findings, spot: Spot) -> Said | None:
    keys = list(spot.data)
    if len(keys) != 1 or keys[0] not in VERBS:
        wrong = next((key for key in keys if key not in VERBS), keys[0] if keys else "")
        message = (
            f'"{shown(str(wrong))}" is not a test. A test as a key is one of: {", ".join(VERBS)}.'
            if keys
            else "A test is missing here."
        )
        if len(keys) > 1 and all(key in VERBS for key in keys):
            message = f'Two tests of "{spot.last()}" in one: put each in a mapping of its own under "all:".'
        found.error(spot.child(wrong).key() if keys else spot.at(), "wrong-test", message)
        return None
    verb = keys[0]
    below = spot.child(verb)
    if isinstance(below.data, list):
        words = _listed(found, below)
        return words and Said(verb, words, True, below.at(), f"{verb} {_bracketed(words)}")
    if not isinstance(below.data, str):
        found.error(below.at(), "wrong-test", f'After "{verb}" comes a value or a list of values.')
        return None
    return _after_verb(found, below, verb, below.data, 0)


def _listed(found: Findings, spot: Spot) -> tuple[Word, ...] | None:
    words = []
    for _, item in spot.children():
        if not isinstance(item.data, str):
            found.error(item.at(), "wrong-test", 'A list holds values. For tests of their own write "any:".')
            return None
        words.append(Word(item.data.strip(), item.at()))
    return _checked_list(found, spot, words)


def _checked_list(found: Findings, spot: Spot, words: list[Word]) -> tuple[Word, ...] | None:
    if not words:
        found.error(spot.at(), "empty-list", "The list is empty. Write at least one value.")
        return None
    for word in words:
        if word.text in BARE or any(word.text.startswith(verb + " ") for verb in VERBS):
            message = f'A list holds values; "{shown(word.text)}" is a test. Write each test under "any:".'
            found.error(word.place, "wrong-test", message)
            return None
    return tuple(words)


def _from_text(found: Findings, spot: Spot, data: str) -> Said | None:
    text = data.strip()
    start = data.find(text)
    if text in BARE:
        return Said(text, (), False, spot.at(), text)
    for verb in VERBS:
        if text == verb or text.startswith((verb + " ", verb + "\n")):
            rest = text[len(verb) :].strip()
            return _after_verb(found, spot, verb, rest, start + text.find(rest, len(verb)) if rest else start)
    if text.startswith("["):
        words = _inline_list(found, spot, text, start)
        return words and Said("is", words, True, spot.at(), _bracketed(words))
    if _foreign(found, spot, text):
        return None
    return Said("is", (Word(text, spot.at()),), False, spot.at(), text)


def _after_verb(found: Findings, spot: Spot, verb: str, rest: str, offset: int) -> Said | None:
    rest_text = rest.strip()
    if not rest_text:
        found.error(spot.at(), "wrong-test", f'After "{verb}" comes a value.')
        return None
    if rest_text.startswith("["):
        words = _inline_list(found, spot, rest_text, offset)
        return words and Said(verb, words, True, spot.at(), f"{verb} {_bracketed(words)}")
    inner = next((v for v in (*VERBS, *BARE) if rest_text == v or rest_text.startswith(v + " ")), None)
    if inner:
        _tests_after_verb(found, spot, verb, rest_text, inner)
        return None
    return Said(verb, (Word(rest_text, spot.at(offset)),), False, spot.at(), f"{verb} {rest_text}")


def _tests_after_verb(found: Findings, spot: Spot, verb: str, rest: str, inner: str) -> None:
    if verb == "not" and inner in _OPPOSITE:
        better = f"{_OPPOSITE[inner]} {rest[len(inner) :].strip()}".strip()
        message = f'"not" takes a value or a list. Write "{shown(better)}" instead.'
    elif verb == "not" and inner == "not":
        message = f'"not not" says nothing. Write "{shown(rest[3:].strip())}".'
    else:
        message = f'After "{verb}" comes a value, not "{shown(rest)}". For two tests write "all:".'
    found.error(spot.word(inner), "wrong-test", message)


def _inline_list(found: Findings, spot: Spot, text: str, offset: int) -> tuple[Word, ...] | None:
    if not text.endswith("]"):
        found.error(spot.at(offset), "bracket", 'The list is not closed. Write "]" after its last value.')
        return None
    words = []
    at = offset + 1
    for piece in text[1:-1].split(","):
        word = piece.strip()
        if not word and (len(text) > 2 and text[1:-1].strip()):
            found.error(spot.at(at), "empty-list", "A value is missing between two commas.")
            return None
        if word:
            words.append(Word(word, spot.at(at + piece.find(word))))
        at += len(piece) + 1
    return _checked_list(found, spot, words)


def _foreign(found: Findings, spot: Spot, text: str) -> bool:
    """Whether the test is said in another language than this one; the problem says it in this one."""
    between = _BETWEEN.match(text)
    if between:
        message = f'Write "{shown(between.group(1))} to {shown(between.group(2))}".'
        found.error(spot.at(), "wrong-test", message)
        return True
    for symbol in sorted(_SYMBOLS, key=len, reverse=True):
        if text.startswith(symbol):
            better = f"{_SYMBOLS[symbol]} {text[len(symbol) :].strip()}".strip()
            found.error(spot.at(), "wrong-test", f'"{symbol}" is not a test. Write "{shown(better)}".')
            return True
    lowered = text.lower()
    for phrase in sorted(_SYNONYMS, key=len, reverse=True):
        if lowered.startswith(phrase + " "):
            better = f"{_SYNONYMS[phrase]} {text[len(phrase) :].strip()}".strip()
            found.error(spot.at(), "wrong-test", f'"{phrase}" is not a test. Write "{shown(better)}".')
            return True
    return False
