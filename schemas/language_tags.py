"""Tags of languages (BCP 47), such as ``es`` and ``zh-Hans``: the one door to ``langcodes``.

It holds all languages, and takes long to load: what is asked of the most frequent ones is known without it.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_TAG = 35
"""As long as a tag need be, by BCP 47 itself."""

FORM = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
"""The form of tags, as JSON Schema and Python read it: a language, and what narrows it down."""

_FORM = re.compile(FORM.replace("$", r"\Z"))
FARTHEST = 9
"""How far a language may be from the one that is wanted: another region, no other script, no neighbour."""

FREQUENT = {"en": "Latn", "es": "Latn", "zh-Hans": "Hans"}
"""The languages in which built-in words ship, by tag as it is best written, with their scripts.

None of them is understood by who reads another.
"""

_RIGHT_TO_LEFT = frozenset(
    ("Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi")
)


def load() -> None:
    """Load what is known of all languages: once, before processes are forked that would each do so."""
    standard("und")


@lru_cache(1_024)
def standard(tag: str) -> str | None:
    """The tag as it is best written, such as ``zh-Hans`` for ``ZH-hans``; None where nobody knows it."""
    if tag in FREQUENT or not is_tag(tag):
        return tag if tag in FREQUENT else None
    import langcodes

    return langcodes.standardize_tag(tag) if langcodes.tag_is_valid(tag) else None


def is_tag(tag: str) -> bool:
    """Whether it has the form of a tag, be the language known or not."""
    return len(tag) <= LONGEST_TAG and _FORM.match(tag) is not None


@lru_cache(1_024)
def nearest(wanted: tuple[str, ...], there: tuple[str, ...]) -> str | None:
    """Of the languages that are ``there`` the one for the first of those ``wanted`` that there is.

    ``zh`` and ``zh-CN`` are answered by ``zh-Hans``, ``es-MX`` by ``es``; nothing by another language.
    """
    return next((found for tag in wanted if (found := _match(tag, there)) is not None), None)


def _match(tag: str, there: tuple[str, ...]) -> str | None:
    if FREQUENT.keys() >= {tag, *there}:
        return tag if tag in there else None
    if standard(tag) is None:
        return None
    import langcodes

    return langcodes.closest_supported_match(tag, there, FARTHEST)


def is_in(language: str, other: str) -> bool:
    """Whether who reads the first can read what is written in the other."""
    return language == other or nearest((language,), (other,)) is not None


def script(tag: str) -> str | None:
    """The script (ISO 15924) in which the language is written, such as ``Latn``; None where nobody knows."""
    if tag in FREQUENT:
        return FREQUENT[tag]
    import langcodes

    return langcodes.Language.get(tag).maximize().script


def direction(tag: str) -> str:
    """``ltr`` or ``rtl``: how a page in the language runs."""
    return "rtl" if script(tag) in _RIGHT_TO_LEFT else "ltr"
