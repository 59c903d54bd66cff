"""``picoplan texts``: what of a ruleset is to be translated."""

from __future__ import annotations

import rich_click as click

from service.authoring.editor import replace_text
from service.authoring.translating import translation_file
from service.commandline.arguments import LanguageType, Unreadable
from service.commandline.console import complain, say
from service.commandline.dossiers import shelf_with
from service.commandline.folders import located
from service.commandline.problems import counted, line
from service.documenting.dossier import folder_of
from service.reading.folder import texts_file
from service.vetting.report import errors_of


@click.command("texts")
@click.argument("ruleset", metavar="RULESET")
@click.option(
    "--language",
    "tag",
    required=True,
    type=LanguageType(),
    metavar="LANG",
    help="The language by its tag (BCP 47), such as es, pt-BR or zh-Hans.",
)
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
def command(ruleset: str, tag: str, rulesets: str | None) -> int:
    """Write down what of a ruleset is to be translated.

    RULESET is a ruleset's id, such as pico-laser, or its folder. Its texts.LANG.yaml gets every text that is
    missing in the language, with the original beside it; what is translated stays. Fill in what is empty:
    until then the original is told.

    Where an original has changed since, its translation is put aside as "before", and the text is empty.
    Of a ruleset that extends another, only its own texts are written, where that one has the language.

    Exit code 0: written, or nothing is missing. 1: the ruleset has errors. 2: there is no such ruleset or
    folder, LANG is no language, or the file can't be written.
    """
    ruleset, rulesets = located(ruleset, rulesets)
    shelf = shelf_with(rulesets, ruleset)
    read = shelf.read[ruleset]
    if read.ruleset is None or read.texts is None:
        for problem in errors_of(read.problems):
            complain(line(problem))
        complain(f"{ruleset} has errors. Nothing was written.")
        return 1
    path = folder_of(shelf, ruleset) / texts_file(tag)
    try:
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        made = translation_file(read.ruleset, read.texts, tag, before)
        if not made.translated and not made.waiting and before is None:
            say(f"{ruleset} has nothing to translate into {tag}.")
            return 0
        if made.text != before:
            replace_text(path, made.text)
    except OSError as error:
        raise Unreadable(f"{path} can't be written: {error.strerror}") from error
    shown = f"{shelf.shown_as}/{path.name}" if shelf.single else f"{shelf.shown_as}/{ruleset}/{path.name}"
    say(f"{shown}: {counted(made.waiting, 'text')} to translate, {made.translated} translated.")
    return 0
