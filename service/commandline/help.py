"""``picoplan help``: the page of a problem's code.

A page is lines for a terminal, and plain text or Markdown for other programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent

import rich_click as click

from service.analysis.checks.pages import GROUPS, Page, Sample, every_page
from service.commandline.arguments import Unreadable
from service.commandline.console import heading, say, wrapped
from service.model.problem import did_you_mean


@click.command("help")
@click.argument("name", metavar="[CODE]", required=False)
@click.pass_context
def command(context: click.Context, name: str | None) -> int:
    """Explain a problem: what it is, how it looks, how it is mended, and why it matters.

    CODE is the word after "error" or "warning" in a problem's line, such as unknown-option. Without it, every
    code is listed with what it is. The name of a command shows the help of that command.
    """
    pages = every_page()
    if name is None:
        for text in _listed(pages):
            say(text)
        return 0
    if name in pages:
        for text in page_lines(pages[name]):
            say(text)
        return 0
    parent = context.parent
    group = parent.command if parent else None
    if isinstance(group, click.Group) and parent and name in group.list_commands(parent):
        _, other, _ = group.resolve_command(parent, [name])
        assert other is not None
        with other.make_context(name, ["--help"], parent=parent):
            return 0
    hint = did_you_mean(name, pages) or ' "picoplan help" lists them all.'
    raise Unreadable(f'there is no code "{name}".{hint}')


def _listed(pages: Mapping[str, tuple[Page, ...]]) -> Iterator[str]:
    """Every code below its group, with its title."""
    wide = max(map(len, pages)) + 2
    yield 'What picoplan can say of a ruleset. "picoplan help CODE" explains one of them.'
    groups = {page.group: None for every in pages.values() for page in every[:1]}
    for group in sorted(groups, key=lambda name: [*GROUPS, name].index(name)):
        yield ""
        yield heading(GROUPS.get(group, group))
        for code, (page, *_) in pages.items():
            if page.group == group:
                yield from wrapped(plain(page.title), wide + 2, first=f"  {code}")


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
