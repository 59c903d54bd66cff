"""The page of a code: as lines for a terminal, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import indent

from service.commandline.console import heading, wrapped
from service.model.page import Page, Sample

_GRAVITY = {"error": "Error.", "warning": "Warning."}


def page_lines(pages: Sequence[Page]) -> Iterator[str]:
    """The page, wrapped to the width of the terminal."""
    first = pages[0]
    yield f"{heading(first.code)}: {plain(first.title)}"
    for page in pages:
        for number, paragraph in enumerate(page.summary):
            lead = f"{_GRAVITY[page.severity]} " if number == 0 else ""
            yield ""
            yield from wrapped(lead + plain(paragraph))
        for what, sample in _samples(page):
            yield ""
            if sample.words:
                yield from wrapped(plain(_words(what, sample)))
            if sample.text:
                yield heading(f"{what}{_in(sample)}:")
                yield ""
                yield from indent(sample.text, "    ").splitlines()
        yield ""
        yield heading("Why:")
        for paragraph in page.why:
            yield from wrapped(plain(paragraph))


def page_text(pages: Sequence[Page]) -> str:
    """The page as plain text; a paragraph is one line."""
    blocks: list[str] = []
    for page in pages:
        blocks += map(plain, page.summary)
        for what, sample in _samples(page):
            blocks += [plain(_words(what, sample))] if sample.words else []
            blocks += (
                [f"{what}{_in(sample)}:", indent(sample.text, "    ").rstrip("\n")] if sample.text else []
            )
        blocks += map(plain, page.why)
    return "\n\n".join(blocks)


def page_markdown(pages: Sequence[Page]) -> str:
    """The page as Markdown, without a heading."""
    blocks: list[str] = []
    for page in pages:
        blocks += [f"{_GRAVITY[page.severity]} {page.summary[0]}", *page.summary[1:]]
        for what, sample in _samples(page):
            named = f" (in `{sample.file}`)" if sample.file else ""
            blocks += [_words(what, sample)] if sample.words else []
            blocks += [f"{what}{named}:", f"```yaml\n{sample.text}```"] if sample.text else []
        blocks += [f"Why: {page.why[0]}", *page.why[1:]]
    return "\n\n".join(blocks)


def _samples(page: Page) -> Iterator[tuple[str, Sample]]:
    """The samples that the page has, each with how it is introduced."""
    for what, sample in (("Not so", page.avoid), ("But so", page.prefer)):
        if sample.text or sample.words:
            yield what, sample


def _words(what: str, sample: Sample) -> str:
    """What is said in words; why there is no sample stands for itself."""
    return sample.words if sample.text or sample.words.startswith("No sample") else f"{what}: {sample.words}"


def _in(sample: Sample) -> str:
    return f" (in {sample.file})" if sample.file else ""


def plain(text: str) -> str:
    """The text for where there are no marks of code: quotes stand in their place."""
    return re.sub(r"`([^`]+)`", lambda found: f'"{found[1]}"', text)
