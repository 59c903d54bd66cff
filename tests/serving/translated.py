"""Translations for tests: each text in capitals of another alphabet's making, beside the original."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import yaml

from service.model.texts import in_words, original_of, texts_of
from service.reading.folder import texts_file
from service.store.folders import read_shelf


def said_in(language: str) -> Callable[[str], str]:
    """A translation that nobody takes for the original: ``es{Sun spots}``."""
    return lambda text: f"{language}{{{text}}}"


def translate(
    root: Path,
    name: str,
    language: str,
    *,
    leave: Collection[str] = (),
    say: Callable[[str], str] | None = None,
) -> Path:
    """Write the texts of a ruleset in a language, but for those to ``leave``, by their words in messages."""
    ruleset = read_shelf(root, only=name).read[name].ruleset
    assert ruleset is not None
    say = say or said_in(language)
    tree: dict[str, Any] = {}
    for text in texts_of(ruleset):
        if in_words(text.path) in leave or text.path[0] == "built in":
            continue
        below = tree
        for step in text.path[:-1]:
            below = below.setdefault(step, {})
        original = original_of(ruleset, text).text
        below[text.path[-1]] = {"was": original, "text": say(original)}
    path = root / name / texts_file(language)
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
