"""Scenarios as JUnit's XML, which the pages of build services read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from xml.etree import ElementTree as ET

from service.model.problem import Problem

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
