"""A file for whoever translates a ruleset: what is missing in a language, with the originals beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.model.ruleset import Ruleset, TextPath
from service.model.texts import original_of, texts_of
from service.reading.texts import LayerTexts, TextEntry, is_same, missing_texts

_HEAD = """\
# {id} in {language}. Write each translation at "text:". "was" is the original, and stays as it is.
# What is empty is told in the original. picoplan texts {id} --language {language} writes down what is new.
"""


@dataclass(frozen=True, slots=True)
class TranslationFile:
    """The text of the file, and how many texts in it are translated, or wait."""

    text: str
    translated: int
    waiting: int


def translation_file(ruleset: Ruleset, own: LayerTexts, language: str, before: str | None) -> TranslationFile:
    """The file of a language for the ruleset's own folder; ``before``: as it is, None: there is none yet.

    What is translated stays. A translation of an earlier text is put aside, under ``before``. Remarks at the
    head of the file stay, too; others don't.
    """
    have = own.entries.get(language, {})
    missing = set(missing_texts(ruleset, language, own.prefix))
    entries: dict[TextPath, dict[str, str]] = {}
    for text in texts_of(ruleset):
        if text.path in have or text.path in missing:
            entries[text.path] = _entry(original_of(ruleset, text).text, have.get(text.path))
    gone = {path: _as_it_is(entry) for path, entry in have.items() if path not in entries}
    waiting = sum(not entry["text"] for entry in entries.values())
    tree: dict[str, Any] = {}
    for path, entry in (entries | gone).items():
        below = tree
        for step in path[:-1]:
            below = below.setdefault(step, {})
        below[path[-1]] = entry
    head = _remarks(before) if before else _HEAD.format(id=ruleset.id, language=language)
    return TranslationFile(head + "\n".join(_lines(tree, "")) + "\n", len(entries) - waiting, waiting)


def _entry(original: str, entry: TextEntry | None) -> dict[str, str]:
    made = {"was": original, "text": ""}
    if entry is None:
        return made
    if entry.text and is_same(entry.was, original):
        return {**made, "text": entry.text}
    aside = entry.text or entry.before
    return {**made, "before": aside} if aside else made


def _as_it_is(entry: TextEntry) -> dict[str, str]:
    made = {"was": entry.was, "text": entry.text}
    return {**made, "before": entry.before} if entry.before else made


def _remarks(text: str) -> str:
    """The remarks at the head of a file, with the blank lines between them."""
    lines = []
    for line in text.removeprefix("\ufeff").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        lines.append(line)
    return "\n".join(lines) + "\n" if any(line.strip() for line in lines) else ""


def _lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, below in tree.items():
        if isinstance(below, str):
            yield f"{indent}{key}: {_quoted(below)}"
        else:
            yield f"{indent}{key}:"
            yield from _lines(below, indent + "  ")


_BREAKS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x7f\x85\u2028\u2029\ufeff"}


def _quoted(text: str) -> str:
    """The text as YAML takes it, whatever is in it: JSON, without signs that YAML takes for ends of lines."""
    return json.dumps(text, ensure_ascii=False).translate(_BREAKS)
