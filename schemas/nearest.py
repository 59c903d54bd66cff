"""The known word that somebody may have meant by one that is not known, and letters that deceive the eye."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import category, combining, name, normalize

_FULLY_COMPARED = 100
_LONGEST_WORD = 60
_A_BEGINNING = 4
_NEAR = 0.65


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The nearest of the known words, whatever its capitals; None where none is near.

    One with which the word begins, up to a dash, is nearest of all, then the one that begins with the word.
    One Roman number is never near to another. Of many known words only those that share most pairs of
    letters are compared in full.
    """
    if len(word) > _LONGEST_WORD:
        return None
    known = list(known)
    words = [one for one in known if len(one) <= 2 * len(word) + 2 and len(word) <= 2 * len(one) + 2]
    if len(words) > _FULLY_COMPARED:
        pairs = _pairs(word)
        words.sort(key=lambda one: (-len(pairs & _pairs(one)), one))
        del words[_FULLY_COMPARED:]
    lowered = {name.lower(): name for name in sorted(words, reverse=True)}
    if _ROMAN.match(word.lower()):  # another Roman number is another thing
        lowered = {
            name: one for name, one in lowered.items() if not _ROMAN.match(name) or name == word.lower()
        }
    heads = {word[: found.start()].lower() for found in _SEPARATORS.finditer(word)}
    begun = [one for one in known if one.lower() in heads]
    if begun:
        return max(begun, key=len)
    ending = [name for name in lowered if len(word) >= _A_BEGINNING and name.startswith(word.lower())]
    if len(ending) == 1:
        return lowered[ending[0]]
    for written in (word.lower().replace(" ", "_"), word.lower()):
        near = get_close_matches(written, lowered, n=1, cutoff=_NEAR)
        if near:
            return lowered[near[0]]
    return None


def is_slip(written: str, meant: str) -> bool:
    """Whether one is surely a slip for the other: the same but for a letter or two, capitals and dashes.

    Other numbers, Roman ones too, and one word that ends in the other (dermal, epidermal) are other things.
    """
    one, other = (_SEPARATORS.sub("_", word.casefold()) for word in (written, meant))
    if one == other:
        return True
    numbers = [[int(number) for number in _NUMBERS.findall(word)] for word in (one, other)]
    apart = one.endswith(other) or other.endswith(one) or all(map(_ROMAN.match, (one, other)))
    least = min(len(one), len(other))
    if apart or numbers[0] != numbers[1] or least < _SHORTEST or max(len(one), len(other)) > _LONGEST_WORD:
        return False
    return _slips(one, other) <= (1 if least < _LONG else 2)


def _slips(one: str, other: str) -> int:
    """How many letters are put in, left out, exchanged or swapped with their neighbour."""
    before, row = list[int](), list(range(len(other) + 1))
    for i, letter in enumerate(one):
        last, before, row = before, row, [i + 1]
        for j, beside in enumerate(other):
            row.append(min(before[j] + (letter != beside), before[j + 1] + 1, row[j] + 1))
            if i and j and letter == other[j - 1] and one[i - 1] == beside:
                row[-1] = min(row[-1], last[j - 1] + 1)
    return row[-1]


_SEPARATORS = re.compile(r"[\s_-]+")
_NUMBERS = re.compile(r"[0-9]+")
_ROMAN = re.compile(r"(?=.)m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})\Z")
_SHORTEST = 3
_LONG = 8


def _pairs(word: str) -> set[str]:
    lowered = word.lower().replace(" ", "_")
    return {lowered[at : at + 2] for at in range(len(lowered) - 1)} | {lowered[:1]}


_LOOK_LIKE = dict(
    zip(
        "аеорсухіјѕһԁԛԝкАВЕКМНОРСТУХІЈЅοναιρυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxijshdqwkABEKMHOPCTYXIJSovaipukABEZHIKMNOPTYX",
        strict=True,
    )
)
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def plainly(text: str) -> str:
    """The text in plain letters: without invisible ones, and those that look like Latin ones as these."""
    seen = (_LOOK_LIKE.get(letter, letter) for letter in normalize("NFKC", text))
    return "".join(letter for letter in seen if category(letter) != "Cf")


def strange_letter(text: str) -> str:
    """Which letter of the text is not what it seems, and where in it, in words; empty where none is."""
    if text.isascii():
        return ""
    for place, letter in enumerate(text[:_LONGEST_WORD], 1):
        plain = plainly(letter)
        if letter == plain or combining(letter) or name(letter, "").startswith("VULGAR"):
            continue
        which = f"its {_ORDINALS.get(place, f'{place}th')} character"
        if not plain:
            return f"{which} is invisible ({name(letter, 'unknown').lower()})"
        if plain == " ":
            return f"{which} is no ordinary space ({name(letter, 'unknown').lower()})"
        kind = name(letter, "").partition(" ")[0].capitalize()
        if kind in ("Cyrillic", "Greek", "Fullwidth") and plain.isalnum():
            return f'{which} is {kind.replace("Fullwidth", "full-width")}, not "{plain}"'
    return ""
