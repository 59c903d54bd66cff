"""Problems as SARIF 2.1.0, which code scanning and many editors read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from service.commandline.formats.paths import from_root, uri
from service.commandline.problems import examples
from service.commandline.text.pages import page_markdown, page_text, plain
from service.model.page import Page
from service.model.problem import Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(
    problems: Sequence[Problem],
    pages: Mapping[str, tuple[Page, ...]],
    *,
    version: str,
    root: Path,
    exit_code: int,
) -> str:
    """A log with one run: the problems in their order, and the pages of their codes as rules."""
    codes = sorted({problem.code for problem in problems})
    files = list(dict.fromkeys(problem.place.file for problem in problems))
    where = {file: {"uri": uri(from_root(file, root)), "index": at} for at, file in enumerate(files)}
    run = {
        "tool": {
            "driver": {
                "name": "picoplan",
                "version": version,
                "rules": [_rule(code, pages.get(code, ())) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "artifacts": [{"location": {"uri": where[file]["uri"]}} for file in files],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), where[one.place.file]) for one in problems],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str, pages: tuple[Page, ...]) -> dict[str, Any]:
    if not pages:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": plain(pages[0].title)},
        "fullDescription": {"text": plain(" ".join(pages[0].summary))},
        "help": {"text": page_text(pages), "markdown": page_markdown(pages)},
        "defaultConfiguration": {"level": pages[0].severity},
    }


def _result(problem: Problem, rule: int, artifact: Mapping[str, Any]) -> dict[str, Any]:
    place = problem.place
    told = "\n".join([problem.message, *(line.strip() for line in examples(problem))])
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": told},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
    }
    if problem.examples:
        result["properties"] = {"examples": [orjson.loads(example) for example in problem.examples]}
    return result
