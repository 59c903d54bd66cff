"""The papers that rules cite: where to read them, what they say, and which rules rest on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from service.model.ruleset import Paper, Rule, Ruleset

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\S+/\S+)\Z", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"'<>]+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A paper with its ``link`` (None: there is none that a browser can safely follow) and who cites it.

    ``where`` is the link, or what stands in its place, as a reader of the print-out types it.
    """

    paper: Paper
    anchor: str
    link: str | None
    where: str | None
    cited: tuple[Rule, ...]

    @property
    def published_in(self) -> str:
        """Journal and year, as far as they are known."""
        return ", ".join(part for part in (self.paper.journal, self.paper.year) if part)


def sources(ruleset: Ruleset) -> tuple[Source, ...]:
    """Every paper, in the order of the file."""
    return tuple(_source(ruleset, paper) for paper in ruleset.evidence.values())


def link_of(paper: Paper) -> str | None:
    """Where to read the paper on the web."""
    doi = _DOI.match(paper.doi.strip()) if paper.doi else None
    if doi:
        return f"https://doi.org/{quote(doi[1], safe='/:;().-_~<>[]')}"
    url = paper.url.strip() if paper.url else ""
    return url if _WEB.match(url) else None


def _source(ruleset: Ruleset, paper: Paper) -> Source:
    link = link_of(paper)
    cited = tuple(rule for rule in ruleset.rules if paper.id in rule.evidence)
    return Source(paper, f"paper-{paper.id}", link, link or paper.doi or paper.url, cited)
