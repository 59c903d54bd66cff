"""axe-core in a page: what keeps people from using it, by the rules of WCAG 2.2 AA and of good practice."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.authoring.node_packages import missing, node_modules

needs_axe = pytest.mark.skipif(missing("axe-core") is not None, reason=str(missing("axe-core")))
"""Marks a test that looks at a page with axe-core."""


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands, a line for each element."""
    # Not as a <script>: the policy of our pages lets none in.
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    polite = (
        page.locator("[role=status], [aria-live=polite], [role=log], output")
        .and_(
            page.locator(":not(.cm-announced)")  # the editor's own, for what its commands do
        )
        .count()
    )
    several = [f"{polite} polite status regions: one tells all"] if polite > 1 else []
    return several + [
        f"{one['id']}: {one['help']} ({one['impact']}) at {' '.join(map(str, node['target']))}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@cache
def _axe() -> str:
    return (node_modules("axe-core") / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
