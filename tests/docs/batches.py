"""Batches on a page -> what the service really answers, as the page shows it."""

from __future__ import annotations

import json

from tests.docs.answers import client, masked, pretty
from tests.docs.pages import Block, Page


def shown_batch(page: Page, block: Block) -> str:
    """What a block marked ``told`` or ``toldlines`` should hold: of each item the members named by ``of``."""
    mark, kind = ("told", "batch") if "told" in block.marks else ("toldlines", "lines")
    asked = next(one for one in page.marked(kind) if one.marks[kind] == block.marks[mark])
    content_type = "application/json" if kind == "batch" else "application/x-ndjson"
    response = client().post("/v1/evaluate/batch", data=asked.text, content_type=content_type)
    assert response.status_code == 200, response.data
    told = response.json if kind == "batch" else [json.loads(line) for line in response.data.splitlines()]
    members = block.marks["of"].split(",")
    shown = [masked({name: one[name] for name in members if name in one}) for one in told]
    if kind == "batch":
        return pretty(shown) + "\n"
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in shown)
