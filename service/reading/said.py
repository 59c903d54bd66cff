"""The words of one test: its verb and what follows, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.language import TEST_FORMS, verbs
from service.model.problem import Place, shown
from service.reading.findings import Findings
from service.reading.foreign import in_this_language
from service.reading.spot import Spot

IS = "is"
"""The verb that is not written."""

VERBS = tuple(verb for verb in verbs("one value", "values") if verb != IS)
BARE = verbs("nothing")
_LONGEST_FIRST = tuple(sorted(VERBS, key=len, reverse=True))
_BEGINNINGS = (*_LONGEST_FIRST, *BARE)

_BETWEEN_VALUES = re.compile(r",\s+|,(?=\D)|\s+(?:or|and)\s+")
_VALUE = re.compile(r"[\w.-]+\Z")
_TO = re.compile(r"\S+\s+to\s+\S+\Z")
_BARE_QUOTES = re.compile(r"'[^']*'\Z|\"[^\"]*\"\Z")


@dataclass(frozen=True, slots=True)
class Word:
    """One value that a test names, and where it stands: so far into the text at a spot."""

    text: str
    spot: Spot
    offset: int = 0

    @property
    def place(self) -> Place:
        """Where the word stands."""
        return self.spot.at(self.offset)

    def part(self, text: str, start: int) -> Word:
        """A piece of the word."""
        return Word(text, self.spot, self.offset + start)


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
        message = f'{spot.name()} has no value. To test whether it was answered, write "given" or "unknown".'
        found.error(spot.key(), "missing-value", message)
        return None
    if isinstance(data, dict):
        return _from_mapping(found, spot)
    if isinstance(data, list):
        return _with_list(spot, IS, _listed(found, spot))
    return _from_text(found, spot, data)


def _with_list(spot: Spot, verb: str, words: tuple[Word, ...] | None) -> Said | None:
    if words is None:
        return None
    listed = "[" + ", ".join(word.text for word in words) + "]"
    return Said(verb, words, True, spot.at(), listed if verb == IS else f"{verb} {listed}")


def _from_mapping(found: Findings, spot: Spot) -> Said | None:
    keys = list(spot.data)
    if len(keys) != 1 or keys[0] not in VERBS:
        _wrong_keys(found, spot, keys)
        return None
    verb = keys[0]
    below = spot.child(verb)
    if isinstance(below.data, list):
        return _with_list(below, verb, _listed(found, below))
    if not isinstance(below.data, str):
        found.error(below.at(), "wrong-test", f'After "{verb}" comes a value or a list of values.')
        return None
    return _after_verb(found, below, verb, below.data, 0)


def _wrong_keys(found: Findings, spot: Spot, keys: list[str]) -> None:
    if not keys:
        found.error(spot.at(), "wrong-test", f"A test of {spot.name()} is missing here. Write its value.")
        return
    wrong = next((key for key in keys if key not in VERBS), None)
    if wrong is not None:
        mend = (
            found.near(wrong, VERBS)
            or _bare(spot, wrong)
            or f" A test as a key is one of: {', '.join(VERBS)}."
        )
        found.error(spot.child(wrong).key(), "wrong-test", f'"{shown(wrong)}" is not a test.{mend}')
        return
    low, high = spot.data.get("at least"), spot.data.get("at most")
    mend = (
        f'Write "{shown(low)} to {shown(high)}".'
        if isinstance(low, str) and isinstance(high, str) and len(keys) == 2
        else 'Put each in a mapping of its own under "all:".'
    )
    found.error(spot.child(keys[1]).key(), "wrong-test", f"Two tests of {spot.name()} in one. {mend}")


def _bare(spot: Spot, word: str) -> str:
    return f' Write "{spot.path[-1]}: {word}".' if word in BARE else ""


def _listed(found: Findings, spot: Spot) -> tuple[Word, ...] | None:
    words = []
    for item in spot.items():
        if not isinstance(item.data, str):
            found.error(item.at(), "wrong-test", 'A list holds values. For tests of their own write "any:".')
            return None
        words.append(Word(item.data.strip(), item))
    return _checked_list(found, spot.at(), words)


def _checked_list(found: Findings, place: Place, words: list[Word]) -> tuple[Word, ...] | None:
    if not words:
        found.error(place, "empty-list", "The list is empty. Write at least one value.")
        return None
    seen: set[str] = set()
    for word in words:
        if _is_test(word.text):
            message = f'A list holds values; "{shown(word.text)}" is a test. Write each test under "any:".'
            found.error(word.place, "wrong-test", message)
            return None
        if word.text in seen:
            found.warning(word.place, "said-twice", f'"{shown(word.text)}" stands here twice. Keep one.')
        seen.add(word.text)
    return tuple(words)


def _is_test(text: str) -> bool:
    begins = any(text.startswith(verb + " ") for verb in VERBS)
    return text in BARE or begins or _TO.match(text) is not None


def _from_text(found: Findings, spot: Spot, data: str) -> Said | None:
    text = data.strip()
    start = data.find(text)
    if text in BARE:
        return Said(text, (), False, spot.at(), text)
    for verb in _LONGEST_FIRST:
        if text == verb or (text.startswith(verb) and text[len(verb)] in " \t\n["):
            rest = text[len(verb) :].lstrip()
            return _after_verb(found, spot, verb, rest, start + len(text) - len(rest))
    if text.startswith("["):
        return _with_list(spot, IS, _inline_list(found, spot, text, start))
    foreign = in_this_language(text, _BEGINNINGS)
    if foreign:
        what, better = foreign
        found.error(spot.word(what), "wrong-test", f'"{shown(what)}" is not a test. Write "{shown(better)}".')
        return None
    if _several(found, spot.at(start), "", text):
        return None
    return Said(IS, (Word(text, spot, start),), False, spot.at(), text)


def _several(found: Findings, place: Place, verb: str, text: str) -> bool:
    """Whether several values stand without brackets; the problem puts them in."""
    pieces = [piece.strip() for piece in _BETWEEN_VALUES.split(text)]
    if len(pieces) < 2 or not all(_VALUE.match(piece) for piece in pieces):
        return False
    better = f"{(verb and TEST_FORMS[verb].several) or verb} [{', '.join(pieces)}]".strip()
    found.error(place, "wrong-test", f'Several values stand in brackets. Write "{shown(better, 80)}".')
    return True


def _after_verb(found: Findings, spot: Spot, verb: str, rest: str, offset: int) -> Said | None:
    text = rest.strip()
    offset += len(rest) - len(rest.lstrip())
    if not text:
        found.error(spot.at(), "wrong-test", f'After "{verb}" comes a value.')
        return None
    if text.startswith("["):
        return _with_list(spot, verb, _inline_list(found, spot, text, offset))
    inner = next((v for v in _BEGINNINGS if text == v or text.startswith(v + " ")), None)
    if inner:
        _test_after_verb(found, spot.at(offset), verb, text, inner)
        return None
    foreign = in_this_language(text, _BEGINNINGS)
    if foreign:
        message = f'After "{verb}" comes a value, not "{shown(text)}". Write "{shown(foreign[1])}".'
        found.error(spot.at(offset), "wrong-test", message)
        return None
    if not TEST_FORMS[verb].ordered and _several(found, spot.at(offset), verb, text):
        return None
    return Said(verb, (Word(text, spot, offset),), False, spot.at(), f"{verb} {text}")


def _test_after_verb(found: Findings, place: Place, verb: str, rest: str, inner: str) -> None:
    after = rest[len(inner) :].strip()
    opposite = TEST_FORMS[inner].opposite
    if verb == "not" and inner == "not":
        message = f'"not not" says nothing. Write "{shown(after or "...")}".'
    elif verb == "not" and opposite:
        message = f'"not" takes a value or a list. Write "{shown(f"{opposite} {after}".strip())}" instead.'
    else:
        message = f'After "{verb}" comes a value, not "{shown(rest)}". For two tests write "all:".'
    found.error(place, "wrong-test", message)


def _inline_list(found: Findings, spot: Spot, text: str, offset: int) -> tuple[Word, ...] | None:
    if not text.endswith("]"):
        found.error(spot.at(offset), "bracket", 'The list is not closed. Write "]" after its last value.')
        return None
    words = []
    at = offset + 1
    pieces = text[1:-1].split(",") if text[1:-1].strip() else []
    for piece in pieces:
        word = piece.strip()
        if not word:
            found.error(spot.at(at), "empty-list", "A value is missing beside the comma. Write it.")
            return None
        start = at + piece.find(word)
        quoted = _BARE_QUOTES.match(word) is not None
        words.append(Word(word[1:-1].strip() if quoted else word, spot, start))
        at += len(piece) + 1
    return _checked_list(found, spot.at(offset), words)
