"""Writes what is made of the pages anew: ``.venv/bin/python -m tests.docs.refresh``.

These are the answers and steps, README.md's answer, and the entries of problems.md. Run it after a change of
a shipped ruleset, of an answer's members or of a code's page, read what it changed, and mend the words around
it. With ``--check`` it writes nothing, names the pages that are not as they should be, and ends with 1 where
there are some.
"""

from __future__ import annotations

import json
import re
import sys

from tests.docs.answers import answer_to, cells_of, client, part_of, possible_in, pretty, refusal_of
from tests.docs.batches import shown_batch
from tests.docs.entries import with_entries
from tests.docs.pages import ROOT, Block, Page, pages
from tests.docs.worked import shown_steps


def fresh(page: Page, block: Block) -> str | None:
    """What the block should hold, or None where it is not one that the service writes."""
    if "steps" in block.marks:
        lines = block.text.splitlines()[:2]
        for of, does, rule, *numbers in shown_steps(page, block):
            by = rule if rule.startswith("(") else f"`{rule}`"
            lines.append(f"| {' | '.join([of, f'`{does}`', by, *numbers])} |")
        return "\n".join(lines) + "\n"
    for mark, made in (("answer", answer_to), ("refusal", refusal_of), ("possible", possible_in)):
        if mark in block.marks:
            return pretty(made(request_of(page, block.marks[mark]))) + "\n"
    if {"told", "toldlines"} & block.marks.keys():
        return shown_batch(page, block)
    if "part" in block.marks:
        return pretty(part_of(request_of(page, block.marks["part"]), block.marks["of"])) + "\n"
    if "cells" in block.marks:
        return pretty(cells_of(request_of(page, block.marks["cells"]), block.marks["of"])) + "\n"
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


def anew(name: str) -> str:
    """The text that the page should have."""
    text = refreshed(Page(name))
    return with_entries(text) if name == "problems.md" else text


README = "README.md"
_ASKED = re.compile(r"-d '(\{.*?\})'", re.S)
_ANSWERED = re.compile(r"(<!-- answer -->.*?```json\n)(.*?)```", re.S)
_OF_ITS_TIME = ("decision_id", "evaluated_at", "as_of")


def readme_anew(text: str) -> str:
    """README.md with the answer to its first request anew, as ``json.tool`` shows it; id and times stay."""
    asked, answered = _ASKED.search(text), _ANSWERED.search(text)
    assert asked is not None
    assert answered is not None
    now = client().post("/v1/evaluate", json=json.loads(asked.group(1))).json
    kept = {name: json.loads(answered.group(2))[name] for name in _OF_ITS_TIME}
    shown = json.dumps({**now, **kept}, indent=4)
    return f"{text[: answered.start(2)]}{shown}\n{text[answered.end(2) :]}"


def main(arguments: list[str]) -> int:
    """Refresh every page, or say which are stale; the exit code."""
    texts = {f"docs/{name}": anew(name) for name in pages()}
    texts[README] = readme_anew((ROOT / README).read_text(encoding="utf-8"))
    stale = [name for name, text in texts.items() if text != (ROOT / name).read_text(encoding="utf-8")]
    for name in stale:
        if "--check" in arguments:
            sys.stdout.write(f"{name} is not as .venv/bin/python -m tests.docs.refresh makes it\n")
        else:
            (ROOT / name).write_text(texts[name], encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
