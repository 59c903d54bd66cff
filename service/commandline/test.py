"""``picoplan test``: the scenarios of every ruleset in a folder.

Below each failure stands what was expected beside what is, and which rules made the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

import rich_click as click

from service.analysis.checks.coverage import Coverage, Covered, Gap
from service.analysis.checks.scenarios import Row
from service.commandline.arguments import Unreadable
from service.commandline.console import progress_bar, say, with_progress, wrapped
from service.commandline.folders import Opened, open_rulesets, write_whole
from service.commandline.problems import counted, line
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem
from service.model.ruleset import Ruleset, Scenario
from service.serving.failing import FailedPart, failed_parts
from service.serving.trying import Covering, ScenarioResult, covering, try_scenarios

Runs = Mapping[str, Sequence[ScenarioResult]]
"""What came of the scenarios of each ruleset, by its id."""

ExplainedProblem = tuple[Problem, list[str]]
"""A problem and the lines below it."""


@click.command("test")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--filter", "part", metavar="TEXT", help="Only scenarios with this text in their name.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write the results as JUnit's XML, too.")
@click.option("--coverage", "cover", is_flag=True, help="Say what no scenario has seen, with its place.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit code 1 where a ruleset is covered less, by rule or by condition.",
)
@click.option(
    "--suggest", is_flag=True, help="Write ready scenarios for what is not covered: scenarios/suggested.yaml."
)
def command(
    folder: str | None,
    part: str | None,
    junit_file: str | None,
    cover: bool,
    fail_under: float | None,
    suggest: bool,
) -> int:
    """Plan the worked clients of rulesets again, and compare.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here, or else the
    rulesets that come with picoplan.

    Each difference is a line "file:line:column: error scenario-failed ..." that points at what was expected.
    Below it stand what was expected and what is, side by side, and the rules that made the difference. A
    ruleset with errors is reported as "picoplan check" does, and not tested.

    Covered is a rule that fires in some scenario, and a condition that is true in one scenario and not true
    in another; what no client can bring about counts as covered. Of a ruleset that extends another only its
    own rules count.

    Exit code 0: all as expected. 1: some are not, or a ruleset has errors, or is covered less than asked for.
    2: the folder can't be read, or no scenario has that name.
    """
    if suggest and part is not None:
        raise click.UsageError("--suggest looks at all scenarios. Leave --filter out.")
    opened = open_rulesets(folder)
    served = opened.snapshot.served
    chosen = {name: _chosen(compiled.ruleset.scenarios, part) for name, compiled in served.items()}
    total = sum(map(len, chosen.values()))
    if part is not None and served and not total:
        raise Unreadable(f'no scenario has "{part}" in its name')
    runs = _run(served, chosen, total)
    lines = {name: [_failures(served[name], tried) for tried in runs[name]] for name in runs}
    wrong = _say_problems(opened, [one for every in lines.values() for told in every for one in told])
    failed = sum(bool(tried.problems) for every in runs.values() for tried in every)
    say(_summary(failed, total, len(opened.snapshot.broken)))
    if junit_file is not None:
        suites = {name: _cases(runs[name], lines[name]) for name in runs}
        write_whole(junit_file, junit(suites, opened.snapshot.broken))
    low = _cover(served, runs, fail_under, suggest) if cover or suggest or fail_under is not None else 0
    opened.snapshot.close()
    return 1 if wrong or low else 0


def _chosen(scenarios: Sequence[Scenario], part: str | None) -> list[Scenario]:
    return [one for one in scenarios if part is None or part.casefold() in one.name.casefold()]


def _run(served: Mapping[str, CompiledRuleset], chosen: Mapping[str, Sequence[Scenario]], total: int) -> Runs:
    runs: dict[str, list[ScenarioResult]] = {name: [] for name in served}
    every = ((name, tried) for name in served for tried in try_scenarios(served[name], chosen[name]))
    for name, tried in with_progress(every, total, "Scenarios"):
        runs[name].append(tried)
    return runs


def _failures(compiled: CompiledRuleset, tried: ScenarioResult) -> list[ExplainedProblem]:
    return list(failures_with_reasons(compiled.ruleset, tried)) if tried.problems else []


def _say_problems(opened: Opened, failures: Sequence[ExplainedProblem]) -> int:
    """Every problem in order of place; how many there are."""
    others = [problem for problems in opened.snapshot.broken.values() for problem in problems]
    others += [problem for problem in opened.shelf.problems if problem.severity == "error"]
    every = [*failures, *((problem, []) for problem in set(others))]
    for problem, below in sorted(every, key=lambda one: one[0]):
        say(line(problem))
        for text in below:
            say(text)
    return len(every)


def _summary(failed: int, total: int, broken: int) -> str:
    if failed:
        said = f"{failed} of {counted(total, 'scenario')} failed."
    else:
        said = f"{counted(total, 'scenario')}, all as expected." if total else "No scenarios."
    if broken:
        said += f" {counted(broken, 'ruleset')} with errors not tested."
    return said


def _cover(served: Mapping[str, CompiledRuleset], runs: Runs, under: float | None, suggest: bool) -> int:
    """Say what is covered, and write scenarios for what is not; how many rulesets are covered too little."""
    coverings = dict(_coverings(served, runs))
    for text in coverage_lines({name: one.coverage for name, one in coverings.items()}):
        say(text)
    low = 0
    for name, one in coverings.items():
        share = one.coverage.percent
        if under is not None and share < under:
            low += 1
            say(f"{name} is covered to {percent(share)}, which is less than {percent(under)}.")
        if suggest and one.ready:
            file = write_suggested(served[name].ruleset, one.ready)
            written = counted(len(one.ready), "scenario")
            say(f"{written} for {name} written to {file}. Read them, then keep them.")
        if one.undecided:
            unknown = counted(len(one.undecided), "outcome")
            say(f"{name}: for {unknown} it took too long to find out whether a client can bring it about.")
    return low


def _coverings(served: Mapping[str, CompiledRuleset], runs: Runs) -> Iterator[tuple[str, Covering]]:
    with progress_bar("Looking for clients of") as on_progress:
        for name, compiled in served.items():
            yield name, covering(compiled, runs[name], on_progress=on_progress and partial(on_progress, name))


def _cases(runs: Sequence[ScenarioResult], lines: Sequence[Sequence[ExplainedProblem]]) -> Iterator[Case]:
    for tried, every in zip(runs, lines, strict=True):
        scenario, place = tried.scenario, tried.scenario.place
        failures = [
            (problem, "\n".join([str(problem), *map(click.unstyle, below)])) for problem, below in every
        ]
        yield Case(scenario.name, place.file, place.line, tried.seconds, failures)


_HEAD = """\
# Clients that no other scenario covers, and what they get today. Read each of them: is it what you want? Then
# keep it, under a name that says what it is about. If not, mend the rule, and write here what is right.

"""


def write_suggested(ruleset: Ruleset, scenarios: Sequence[str]) -> str:
    """Write the scenarios into the ruleset's folder, beside what is there; the file as it was named.

    Raises:
        Unreadable: it can't be written.
    """
    folder = Path(ruleset.place.file).parent / "scenarios"
    number, file = 1, folder / "suggested.yaml"
    while file.exists():
        number += 1
        file = folder / f"suggested-{number}.yaml"
    write_whole(str(file), _HEAD + "\n".join(scenarios))
    return str(file)


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNREADABLE = "every file is in order"


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario that was run: where it stands, how long it took, and each problem with all its lines."""

    name: str
    file: str
    line: int
    seconds: float
    failures: Sequence[tuple[Problem, str]] = ()


def junit(suites: Mapping[str, Iterable[Case]], broken: Mapping[str, Sequence[Problem]]) -> str:
    """A suite for each ruleset; one that could not be tested has a single case, with its errors.

    ``suites`` and ``broken`` are by the ruleset's id. Characters that XML can't hold become ``?``.
    """
    every = [_suite(name, list(cases)) for name, cases in suites.items()]
    every += [_broken(name, problems) for name, problems in broken.items()]
    whole = ET.Element("testsuites", {"name": "picoplan", **_totals(every)})
    whole.extend(sorted(every, key=lambda suite: suite.attrib["name"]))
    ET.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _suite(name: str, cases: Sequence[Case]) -> ET.Element:
    failed = sum(bool(case.failures) for case in cases)
    seconds = sum(case.seconds for case in cases)
    suite = ET.Element("testsuite", _counts(name, len(cases), failed, 0, seconds))
    suite.extend(_case(name, case) for case in cases)
    return suite


def _case(ruleset: str, case: Case) -> ET.Element:
    element = ET.Element(
        "testcase",
        {
            "classname": f"{ruleset}.{PurePath(case.file).stem}",
            "name": _clean(case.name),
            "file": _clean(case.file),
            "line": str(case.line),
            "time": f"{case.seconds:.6f}",
        },
    )
    if case.failures:
        first = case.failures[0][0]
        told = "\n".join(text for _, text in case.failures)
        element.append(_element("failure", first, told))
    return element


def _broken(name: str, problems: Sequence[Problem]) -> ET.Element:
    suite = ET.Element("testsuite", _counts(name, 1, 0, 1, 0))
    case = ET.SubElement(suite, "testcase", {"classname": name, "name": _UNREADABLE, "time": "0.000000"})
    case.append(_element("error", problems[0], "\n".join(map(str, problems))))
    return suite


def _element(tag: str, problem: Problem, text: str) -> ET.Element:
    element = ET.Element(tag, {"type": problem.code, "message": _clean(problem.message)})
    element.text = _clean(text)
    return element


def _counts(name: str, tests: int, failures: int, errors: int, seconds: float) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(tests),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": "0",
        "time": f"{seconds:.6f}",
    }


def _totals(suites: Iterable[ET.Element]) -> dict[str, str]:
    suites = list(suites)
    counts = {
        key: str(sum(int(suite.attrib[key]) for suite in suites)) for key in ("tests", "failures", "errors")
    }
    return counts | {"time": f"{sum(float(suite.attrib['time']) for suite in suites):.6f}"}


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)


_INDENT = 4
_WIDEST = 60
_HERE = "<"


def failures_with_reasons(ruleset: Ruleset, tried: ScenarioResult) -> Iterator[tuple[Problem, list[str]]]:
    """Each problem of the scenario in order of place, with what there is to say below its line.

    What belongs to one part of the answer is told once, below the last problem of it.
    """
    below = {part.problems[-1]: part for part in failed_parts(ruleset, tried)}
    for problem in sorted(tried.problems) if tried.failures else tried.problems:
        yield problem, [*_details(below[problem])] if problem in below else []


def _details(part: FailedPart) -> Iterator[str]:
    yield from _table(part.rows)
    for number, why in enumerate(part.why):
        yield from wrapped(why, _INDENT + 5, first=" " * _INDENT + ("why  " if number == 0 else ""))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Expected and got side by side; below each other where they are long."""
    name = max(len(row.name) for row in rows)
    expected = max(8, *(len(row.expected) for row in rows))
    pad = " " * _INDENT
    if expected > _WIDEST:
        for row in rows:
            yield from wrapped(row.expected, _INDENT + 10, first=f"{pad}expected")
            yield from wrapped(row.got, _INDENT + 10, first=f"{pad}got")
        return
    gap = "  " if name else ""
    got = max(3, *(len(row.got) for row in rows))
    yield f"{pad}{'':{name}}{gap}{'expected':{expected}}  got"
    for row in rows:
        mark = "" if row.same or len(rows) == 1 else click.style(_HERE, fg="red", bold=True)
        yield f"{pad}{row.name:{name}}{gap}{row.expected:{expected}}  {row.got:{got}}  {mark}".rstrip()


# -- what scenarios cover -------------------------------------------------------------------------------


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
