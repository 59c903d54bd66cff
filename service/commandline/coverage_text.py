"""What scenarios cover, in lines: what is missing at its place, then the shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.analysis.checks.coverage import Coverage, Covered, Gap


def coverage_lines(coverages: Mapping[str, Coverage]) -> Iterator[str]:
    """Every gap of every ruleset, sorted by place, then a line for each ruleset."""
    gaps = [gap for coverage in coverages.values() for gap in coverage.gaps if not gap.said]
    for gap in sorted(gaps, key=lambda gap: gap.place):
        yield _gap_line(gap)
    for name, coverage in coverages.items():
        rules, outcomes = coverage.rules, coverage.outcomes
        never = _never(rules.impossible + outcomes.impossible)
        yield f"{name}: {_share(rules)} rules fired, {_share(outcomes)} outcomes of conditions seen{never}."


def percent(share: float) -> str:
    """``97.5 %``, ``100 %``."""
    return f"{share:g} %"


def _gap_line(gap: Gap) -> str:
    rule = gap.outcome.rule
    if gap.written is None:
        return f"{gap.place}: not covered {rule} fires in no scenario"
    holds = "true" if gap.outcome.holds else "anything but true"
    return f'{gap.place}: not covered "{gap.written}" of {rule} is {holds} in no scenario'


def _share(covered: Covered) -> str:
    return f"{percent(covered.percent)} ({covered.seen} of {covered.all})"


def _never(impossible: int) -> str:
    return f" ({impossible} of them no client can bring about)" if impossible else ""
