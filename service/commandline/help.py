"""``picoplan help``: the page of a problem's code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import rich_click as click

from service.analysis.checks.pages import GROUPS, every_page
from service.commandline.arguments import Unreadable
from service.commandline.console import heading, say, wrapped
from service.commandline.text.pages import page_lines, plain
from service.model.page import Page
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
