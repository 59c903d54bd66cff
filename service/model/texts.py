"""Every text of a ruleset that clients and colleagues read, by its path, and the ruleset in another language.

What can be translated is said here alone, once to find the texts and once to put others in their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from schemas.language_tags import is_in
from schemas.words import BUILT_IN, VERDICT_TEXTS
from service.model.client_page import ClientPage, ClientWords
from service.model.problem import Place
from service.model.ruleset import ForeignText, Input, Rule, Ruleset, TextPath

RULES, INPUTS, VERDICT, BENEFITS = "rules", "inputs", "verdicts", "benefits"
FACTORS, CONTRADICTIONS, WORDS = "factors", "contradictions", "built in"
CLIENT_PAGE = "client page"
OF_THE_CLIENT_PAGE = ("title", "start", "contact")
OF_THE_RULE = ("title", "because")
OF_THE_INPUT = ("label", "help")
_OPTIONS = "options"
_PUT = "words"


class AuthoredText(NamedTuple):
    """A text and its path in ``texts.LANG.yaml``.

    Where it stands is asked of few, and looked up then: at ``at`` among ``places``, else at ``near``.
    """

    path: TextPath
    text: str
    near: Place | None
    places: Mapping[Any, Place]
    at: TextPath

    @property
    def place(self) -> Place | None:
        """Where it stands; None: it is built in."""
        return self.places.get(self.at, self.near)


def texts_of(ruleset: Ruleset) -> Iterator[AuthoredText]:
    """Every text that can be translated, in the order of ``texts.LANG.yaml``."""
    for rule in ruleset.rules:
        yield from texts_of_rule(rule)
    for one in ruleset.inputs.values():
        yield from _texts_of_input(one)
    for verdict, text in ruleset.verdicts.items():
        yield _of_the_ruleset(ruleset, (VERDICT, verdict), text, None)
    for section, texts in ((BENEFITS, ruleset.benefit_texts), (FACTORS, ruleset.factors)):
        for name, text in texts.items():
            yield _of_the_ruleset(ruleset, (section, name), text, ruleset.place)
    for contradiction in ruleset.contradictions:
        path = (CONTRADICTIONS, contradiction.id)
        yield _of_the_ruleset(ruleset, path, contradiction.says, contradiction.place)
    for at, text in _texts_of_page(ruleset.client_page):
        yield AuthoredText((CLIENT_PAGE, *at), text, None, ruleset.client_page.places, at)
    for word, text in ruleset.words.items():
        yield _of_the_ruleset(ruleset, (WORDS, word), text, None)


def _of_the_ruleset(ruleset: Ruleset, path: TextPath, text: str, near: Place | None) -> AuthoredText:
    return AuthoredText(path, text, near, ruleset.places, path)


def texts_of_rule(rule: Rule) -> Iterator[AuthoredText]:
    """Those of one rule."""
    for key in OF_THE_RULE:
        if text := getattr(rule, key):
            yield AuthoredText((RULES, rule.id, key), text, rule.place, rule.places, (key,))
    for path, text in rule.then.texts():
        yield AuthoredText((RULES, rule.id, *path), text, rule.place, rule.places, ("then", *path))


def _texts_of_input(one: Input) -> Iterator[AuthoredText]:
    for key in OF_THE_INPUT:
        if text := getattr(one, key):
            yield AuthoredText((INPUTS, one.id, key), text, one.place, one.places, (key,))
    for option in one.options:
        if option.label != option.id:
            path = (INPUTS, one.id, _OPTIONS, option.id)
            near = option.places.get((), one.place)
            yield AuthoredText(path, option.label, near, option.places, ("label",))


def _texts_of_page(page: ClientPage) -> Iterator[tuple[TextPath, str]]:
    """Each text of the client page with its path in the page's file."""
    for key in OF_THE_CLIENT_PAGE:
        if text := getattr(page, key):
            yield (key,), text
    for name, words in page.words.items():
        for key in OF_THE_INPUT:
            if text := getattr(words, key):
                yield (_PUT, name, key), text
        for option, text in words.options.items():
            yield (_PUT, name, _OPTIONS, option), text


def in_words(path: TextPath) -> str:
    """A path as people read it: ``"title" of gold``, ``collagen under benefits``."""
    if path[0] in (RULES, INPUTS) and len(path) > 2:
        return f'"{", ".join(path[2:])}" of {path[1]}'
    return " under ".join((", ".join(path[1:]), path[0])) if len(path) > 1 else path[0]


def original_of(ruleset: Ruleset, text: AuthoredText) -> ForeignText:
    """The text as its author wrote it, and in which language."""
    if text.path[0] == WORDS:
        return ForeignText(BUILT_IN["en"][text.path[1]], "en")
    return ruleset.foreign.get(text.path) or ForeignText(text.text, ruleset.language)


def _shipped(path: TextPath, language: str) -> str | None:
    """The words that come with the service for a text, in a language; None where there are none."""
    if path[0] == WORDS:
        return BUILT_IN.get(language, {}).get(path[1])
    return dict(VERDICT_TEXTS.get(language, {})).get(path[1]) if path[0] == VERDICT else None  # type: ignore[call-overload]


def _in_shipped_words(path: TextPath, text: str, language: str) -> str | None:
    """The same where the author left it as it comes with the service."""
    as_shipped = path[0] == WORDS or any(_shipped(path, one) == text for one in VERDICT_TEXTS)
    return _shipped(path, language) if as_shipped else None


def texts_in_language(ruleset: Ruleset, language: str) -> tuple[dict[TextPath, str], frozenset[TextPath]]:
    """Every text as it is told in a language, by path, and those that are not there in it."""
    translated = ruleset.translations.get(language, {})
    told: dict[TextPath, str] = {}
    untold = set()
    for text in texts_of(ruleset):
        path, original = text.path, original_of(ruleset, text)
        if path in translated:
            told[path] = translated[path].text
        elif is_in(language, original.language):
            told[path] = original.text
        else:
            words = _in_shipped_words(path, original.text, language)
            told[path] = text.text if words is None else words
            if words is None:
                untold.add(path)
    return told, frozenset(untold)


def spoken(ruleset: Ruleset, language: str) -> Ruleset:
    """The ruleset with its texts in a language; what is not there in it stays as it is, and is ``untold``."""
    told, untold = texts_in_language(ruleset, language)
    return replace(
        ruleset,
        language=language,
        rules=tuple(_rule(rule, told) for rule in ruleset.rules),
        inputs={name: _input(one, told) for name, one in ruleset.inputs.items()},
        verdicts={name: told[VERDICT, name] for name in ruleset.verdicts},
        benefit_texts={name: told[BENEFITS, name] for name in ruleset.benefit_texts},
        factors={name: told[FACTORS, name] for name in ruleset.factors},
        contradictions=tuple(
            replace(one, says=told[CONTRADICTIONS, one.id]) for one in ruleset.contradictions
        ),
        client_page=_page(ruleset.client_page, told),
        words={word: told[WORDS, word] for word in ruleset.words},
        untold=untold,
    )


def _rule(rule: Rule, told: Mapping[TextPath, str]) -> Rule:
    own = {key: told.get((RULES, rule.id, key), getattr(rule, key)) for key in OF_THE_RULE}
    texts = {path: told[RULES, rule.id, *path] for path, _ in rule.then.texts()}
    return replace(rule, then=rule.then.with_texts(texts) if texts else rule.then, **own)


def _input(one: Input, told: Mapping[TextPath, str]) -> Input:
    own = {key: told.get((INPUTS, one.id, key), getattr(one, key)) for key in OF_THE_INPUT}
    options = tuple(
        replace(option, label=told.get((INPUTS, one.id, _OPTIONS, option.id), option.label))
        for option in one.options
    )
    return replace(one, options=options, **own)


def _page(page: ClientPage, told: Mapping[TextPath, str]) -> ClientPage:
    own = {key: told.get((CLIENT_PAGE, key), getattr(page, key)) for key in OF_THE_CLIENT_PAGE}
    return replace(page, words={name: _words(name, words, told) for name, words in page.words.items()}, **own)


def _words(name: str, words: ClientWords, told: Mapping[TextPath, str]) -> ClientWords:
    own = {key: told.get((CLIENT_PAGE, _PUT, name, key), getattr(words, key)) for key in OF_THE_INPUT}
    options = {option: told[CLIENT_PAGE, _PUT, name, _OPTIONS, option] for option in words.options}
    return ClientWords(options=options, **own)
