"""``texts.LANG.yaml``: the texts of a ruleset in other languages; those missing, those of an earlier text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.language_tags import is_in
from schemas.page_words import PAGE_WORDS
from schemas.ruleset_files import TextsFile, TranslationEntry
from service.model.problem import shown
from service.model.ruleset import ForeignText, Ruleset, TextPath, Translation
from service.model.texts import (
    WORDS,
    AuthoredText,
    in_words,
    original_of,
    spoken,
    texts_in_language,
    texts_of,
)
from service.reading.folder import Layer, language_of
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

_FILLED_IN = re.compile(r"\{[a-z]+\}")


@dataclass(frozen=True, slots=True)
class TextEntry:
    """One text of a file: what it was when it was translated, and the translation; empty: not yet.

    ``before`` is the translation of an earlier text.
    """

    was: str
    text: str
    before: str | None
    node: Node


@dataclass(frozen=True, slots=True)
class LayerTexts:
    """What one ruleset's own folder says in other languages, by language and path, beside its own language.

    ``prefix``: with which the names of its files begin.
    """

    language: str
    prefix: str
    entries: Mapping[str, Mapping[TextPath, TextEntry]]
    files: Mapping[str, Node]


def layer_texts(problems: ProblemCollector, layer: Layer, language: str) -> LayerTexts:
    """The files of a folder whose own words are in ``language``; mistakes of form are noted."""
    files = {
        tag: node
        for name in sorted(layer.trees)
        if (tag := language_of(name)) is not None and (node := layer.node(name)) is not None
    }
    entries = {tag: dict(_read(problems, node)) for tag, node in files.items()}
    return LayerTexts(language, f"{layer.shown_as}/", entries, files)


def _read(problems: ProblemCollector, node: Node) -> Iterator[tuple[TextPath, TextEntry]]:
    loaded = problems.load(TextsFile, node)
    for key, below in node.entries():
        if key.replace(" ", "_") in loaded:
            yield from _entries(problems, below)


def _entries(problems: ProblemCollector, node: Node) -> Iterator[tuple[TextPath, TextEntry]]:
    """Each text below the node; a mapping of nothing but texts is one, and an empty one is none."""
    if not node.data:
        return
    if isinstance(node.data, dict) and any(isinstance(below, dict) for below in node.data.values()):
        for _, below in node.entries():
            yield from _entries(problems, below)
        return
    if not isinstance(node.data, dict):
        message = f"{node.name()} must say both: {{was: the original, text: the translation}}."
        problems.error(node.at(), "wrong-type", message)
        return
    entry = problems.load(TranslationEntry, node)
    if "was" not in entry or "text" not in entry:
        return
    path = tuple(str(step) for step in node.path)
    lost = [word for word in _FILLED_IN.findall(entry["was"]) if word not in entry["text"]]
    if path[0] == WORDS and entry["text"] and lost:
        message = f'"text" must keep {" and ".join(lost)}, which is filled in.'
        problems.error(node.child("text").at(), "wrong-type", message)
    yield path, TextEntry(entry["was"], entry["text"], entry.get("before"), node)


def with_languages(problems: ProblemCollector, ruleset: Ruleset, layers: Sequence[LayerTexts]) -> Ruleset:
    """The ruleset with its texts in its own language, and with those of its layers, the furthest first.

    Which of its own are missing, or are translations of an earlier text, is noted.
    """
    texts = {text.path: text for text in texts_of(ruleset)}
    whole = replace(ruleset, foreign=_foreign(texts, layers))
    originals = {path: original_of(whole, text).text for path, text in texts.items()}
    translations: dict[str, dict[TextPath, Translation]] = {}
    for layer in layers:
        for tag, entries in layer.entries.items():
            held = translations.setdefault(tag, {})
            for path, entry in entries.items():
                if entry.text and path in originals and is_same(entry.was, originals[path]):
                    held[path] = Translation(entry.text, entry.node.child("text").at())
    taken_over = {tag for layer in layers[:-1] for tag in (layer.language, *layer.entries)}
    whole = replace(
        whole,
        translations=translations,
        languages=(
            whole.language,
            *sorted(tag for tag, held in translations.items() if held and tag != whole.language),
        ),
        taken_over=frozenset(taken_over),
    )
    _tell_stale(problems, layers[-1], originals)
    _tell_missing(problems, whole, layers[-1])
    if whole.language == "en" and not whole.foreign and "en" not in translations:
        return whole
    return spoken(whole, whole.language)


def _foreign(
    texts: Mapping[TextPath, AuthoredText], layers: Sequence[LayerTexts]
) -> dict[TextPath, ForeignText]:
    own = layers[-1].language
    others = {layer.prefix: layer.language for layer in layers if layer.language != own}
    if not others:
        return {}
    return {
        path: ForeignText(text.text, language)
        for path, text in texts.items()
        for prefix, language in others.items()
        if text.place is not None and text.place.file.startswith(prefix)
    }


def is_same(was: str, text: str) -> bool:
    """Whether both are the same text, however they are broken into lines."""
    return was.split() == text.split()


def _tell_stale(problems: ProblemCollector, own: LayerTexts, originals: Mapping[TextPath, str]) -> None:
    for entries in own.entries.values():
        for path, entry in entries.items():
            if path not in originals:
                names = {other[1] for other in originals if other[0] == path[0]}
                unknown = len(path) > 1 and path[1] not in names
                near = problems.near(path[1], names) if unknown else ""
                mend = str(near) or " Remove its translation."
                message = f"There is no text {shown(in_words(path))} any more." + mend
                problems.warning(entry.node.key(), "text-stale", message)
            elif not is_same(entry.was, originals[path]):
                message = (
                    f'The text was "{shown(entry.was)}" when it was translated, and is '
                    f'"{shown(originals[path])}" now. The original is told until it is translated anew.'
                )
                problems.warning(entry.node.child("was").at(), "text-stale", message)


_MOST_NAMED = 3


def _tell_missing(problems: ProblemCollector, ruleset: Ruleset, own: LayerTexts) -> None:
    header = ruleset.place
    for language in dict.fromkeys((ruleset.language, *own.entries)):
        missing = missing_texts(ruleset, language, own.prefix)
        stale = own.entries.get(language, {})
        missing = tuple(path for path in missing if path not in stale or not stale[path].text)
        file = own.files[language].tree.file if language in own.files else ""
        if not missing or any(one.place.file == file and one.severity == "error" for one in problems.noted):
            continue
        named = "; ".join(in_words(path) for path in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED:,} more" if len(missing) > _MOST_NAMED else ""
        message = (
            f"{len(missing):,} {'text is' if len(missing) == 1 else 'texts are'} missing in {language}: "
            f"{named}{more}. Translate them: picoplan texts {ruleset.id} --language {language} lists them."
        )
        place = own.files[language].at() if language in own.files else header
        problems.warning(place, "text-missing", message)


def _is_of_no_page(ruleset: Ruleset, text: AuthoredText) -> bool:
    """Whether only a client page says it, and the ruleset has none."""
    return text.path[0] == WORDS and text.path[1] in PAGE_WORDS["en"] and not ruleset.client_page.places


def missing_texts(ruleset: Ruleset, language: str, own: str) -> tuple[TextPath, ...]:
    """The texts that are not there in a language and that the ruleset's own folder should have, by path.

    They are those that stand in files which begin with ``own``; all, where no extended ruleset has the
    language.
    """
    _, untold = texts_in_language(ruleset, language)
    whole = not any(is_in(language, tag) for tag in ruleset.taken_over)
    return tuple(
        text.path
        for text in texts_of(ruleset)
        if text.path in untold
        and not _is_of_no_page(ruleset, text)
        and (whole or (text.place is not None and text.place.file.startswith(own)))
    )
