"""language-looks-wrong: texts that are hardly in the language that the file says.

Summary
    Warning. The texts of a ruleset, or of its ``texts.LANG.yaml``, are in another script than that of their
    language; or a translation of several words is the original.

Avoid
    In ``texts.es.yaml``::

        benefits:
          collagen:
            was: Collagen goes on rebuilding between sessions.
            text: Collagen goes on rebuilding between sessions.

Prefer
    In ``texts.es.yaml``::

        benefits:
          collagen:
            was: Collagen goes on rebuilding between sessions.
            text: El colágeno se sigue formando entre sesiones.

Why
    Pages are laid out by the language, from right to left or from left to right, and read out in its voice.
    An answer says in which language it is, and whoever asked for that one is told something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from unicodedata import name

from schemas.language_tags import is_in, script
from service.model.problem import Problem, shown
from service.model.ruleset import Ruleset
from service.model.texts import in_words, original_of, texts_of

CODE = "language-looks-wrong"

_SCRIPTS = {
    "Latn": ("LATIN",),
    "Cyrl": ("CYRILLIC",),
    "Grek": ("GREEK",),
    "Arab": ("ARABIC",),
    "Hebr": ("HEBREW",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA"),
    "Kore": ("HANGUL", "CJK"),
    "Deva": ("DEVANAGARI",),
    "Thai": ("THAI",),
}
"""How Unicode calls the letters of scripts (ISO 15924); of others nothing is said."""

_LEAST_SHARE = 0.25
_FEWEST_LETTERS = 40
_FEWEST_WORDS = 5


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each language of which most letters are of another script, and of texts left as they were."""
    authored = [one for one in texts_of(ruleset) if one.place is not None and one.path not in ruleset.foreign]
    seen = _other_script(ruleset.language, (one.text for one in authored))
    if seen is not None:
        message = (
            f"Most letters of the texts are {seen}, and their language is {ruleset.language}. "
            'Name the language in ruleset.yaml by its tag, such as "language: ar".'
        )
        yield Problem(ruleset.place, CODE, message, "warning")
    originals = {one.path: original_of(ruleset, one) for one in texts_of(ruleset)}
    for language, texts in ruleset.translations.items():
        own = [(path, one) for path, one in texts.items() if _is_own(ruleset, one.place.file)]
        seen = _other_script(language, (one.text for _, one in own))
        if seen is not None:
            message = f"Most letters of these texts are {seen}, and the file says {language}."
            yield Problem(own[0][1].place, CODE, message, "warning")
            continue
        for path, one in own:
            original = originals[path]
            same = one.text == original.text and len(one.text.split()) >= _FEWEST_WORDS
            if same and not is_in(language, original.language):
                message = f'{in_words(path)} is "{shown(one.text)}" in {language}, too. Translate it.'
                yield Problem(one.place, CODE, message, "warning")


def _is_own(ruleset: Ruleset, file: str) -> bool:
    return file.rpartition("/")[0] == ruleset.place.file.rpartition("/")[0]


def _other_script(language: str, texts: Iterable[str]) -> str | None:
    """What most letters are where few are of the language's script; None: all is well, or not known."""
    wanted = _SCRIPTS.get(script(language) or "")
    letters: Counter[str] = Counter()
    for sign, number in Counter("".join(texts)).items():
        if sign.isalpha():
            letters[name(sign, "").partition(" ")[0]] += number
    if wanted is None or letters.total() < _FEWEST_LETTERS:
        return None
    if sum(letters[one] for one in wanted) >= letters.total() * _LEAST_SHARE:
        return None
    return letters.most_common(1)[0][0].capitalize()
