"""The known word that somebody may have meant by one that is not known, and letters that deceive the eye."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import category, combining, name, normalize

_FULLY_COMPARED = 100
_LONGEST_WORD = 60
_A_BEGINNING = 4


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The nearest of the known words, whatever its capitals; None where none is near.

    One with which the word begins, up to a dash, is nearest of all, then the one that begins with the word.
    Of many known words only those that share most pairs of letters are compared in full.
    """
    if len(word) > _LONGEST_WORD:
        return None
    words = [one for one in known if len(one) <= 2 * len(word) + 2 and len(word) <= 2 * len(one) + 2]
    if len(words) > _FULLY_COMPARED:
        pairs = _pairs(word)
        words.sort(key=lambda one: (-len(pairs & _pairs(one)), one))
        del words[_FULLY_COMPARED:]
    lowered = {name.lower(): name for name in sorted(words, reverse=True)}
    begun = [name for name in lowered if word.lower().startswith((f"{name}-", f"{name}_"))]
    if begun:
        return lowered[max(begun, key=len)]
    ending = [name for name in lowered if len(word) >= _A_BEGINNING and name.startswith(word.lower())]
    if len(ending) == 1:
        return lowered[ending[0]]
    for written in (word.lower().replace(" ", "_"), word.lower()):
        near = get_close_matches(written, lowered, n=1, cutoff=0.6)
        if near:
            return lowered[near[0]]
    return None


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
