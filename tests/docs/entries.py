"""The entries of docs/problems.md, made from the pages of the codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill

from service.analysis.checks.pages import GROUPS, Page, Sample, every_page

BEGIN = "## All problems\n"
"""What stands above it is written by hand, and what stands below is made."""

_WIDTH = 118


def with_entries(text: str) -> str:
    """The page's text with its entries made anew."""
    return text.partition(BEGIN)[0] + BEGIN + "\n" + "\n".join(_entries(every_page())).rstrip() + "\n"


def _entries(pages: Mapping[str, tuple[Page, ...]]) -> Iterator[str]:
    yield from _groups(pages)
    for code, every in pages.items():
        yield f"### {code}\n"
        for page in every:
            yield from _entry(page)
            yield ""


def _groups(pages: Mapping[str, tuple[Page, ...]]) -> Iterator[str]:
    groups = {every[0].group for every in pages.values()}
    for group in sorted(groups, key=lambda name: [*GROUPS, name].index(name)):
        codes = [code for code, every in pages.items() if every[0].group == group]
        links = ", ".join(f"[{code}](#{code})" for code in codes)
        yield f"{GROUPS.get(group, group)}:\n{_filled(links)}\n"


def _entry(page: Page) -> Iterator[str]:
    gravity = "Error" if page.severity == "error" else "Warning"
    for number, paragraph in enumerate(page.summary):
        yield _filled(f"{gravity}. {paragraph}" if number == 0 else paragraph)
        yield ""
    yield from _sample("Not so", "problem", page.code, page.avoid)
    yield from _sample("But so", "mended", page.code, page.prefer)
    yield _filled(f"Why: {page.why[0]}")
    for paragraph in page.why[1:]:
        yield f"\n{_filled(paragraph)}"


def _sample(said: str, mark: str, code: str, sample: Sample) -> Iterator[str]:
    if sample.words:
        alone = sample.text or sample.words.startswith("No sample")
        yield _filled(sample.words if alone else f"{said}: {sample.words}") + "\n"
    if sample.text:
        named = f" (in `{sample.file}`)" if sample.file else ""
        yield f"{said}{named}:\n\n<!-- {mark}: {code} -->\n```yaml\n{sample.text}```\n"


def _filled(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
