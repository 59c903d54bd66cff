"""Writes the answers and steps of the pages anew: ``.venv/bin/python -m tests.docs.refresh``.

Run it after a change of a shipped ruleset, read what it changed, and mend the words around it.
"""

from __future__ import annotations

import json

from tests.docs.answers import answer_to, part_of, pretty, refusal_of
from tests.docs.pages import DOCS, Block, Page, pages
from tests.docs.worked import shown_steps


def fresh(page: Page, block: Block) -> str | None:
    """What the block should hold, or None where it is not one that the service writes."""
    if "steps" in block.marks:
        lines = block.text.splitlines()[:2]
        for of, does, rule, *numbers in shown_steps(page, block):
            by = rule if rule.startswith("(") else f"`{rule}`"
            lines.append(f"| {' | '.join([of, f'`{does}`', by, *numbers])} |")
        return "\n".join(lines) + "\n"
    for mark, made in (("answer", answer_to), ("refusal", refusal_of)):
        if mark in block.marks:
            return pretty(made(request_of(page, block.marks[mark]))) + "\n"
    if "part" in block.marks:
        return pretty(part_of(request_of(page, block.marks["part"]), block.marks["of"])) + "\n"
    return None


def request_of(page: Page, name: str) -> dict[str, object]:
    """The request that the page calls by this name."""
    block = next(block for block in page.marked("request") if block.marks["request"] == name)
    request: dict[str, object] = json.loads(block.text)
    return request


def refreshed(page: Page) -> str:
    """The page's text with every such block anew."""
    lines = page.text.splitlines(keepends=True)
    for block in reversed(page.blocks):
        text = fresh(page, block)
        if text is not None:
            first = block.line - 1
            lines[first : first + len(block.text.splitlines())] = [text]
    return "".join(lines)


def main() -> None:
    """Refresh every page."""
    for name in pages():
        (DOCS / name).write_text(refreshed(Page(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
