"""Problems as other programs read them: JSON, SARIF, and the workflow commands of GitHub."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import orjson

from service.commandline.problems import errors_in, examples
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


def checkout(environment: Mapping[str, str]) -> Path:
    """The folder from which tools count: GitHub's workspace where we are in it, else the folder we are in."""
    here = Path.cwd()
    named = environment.get("GITHUB_WORKSPACE")
    workspace = Path(named).resolve() if named else here
    return workspace if here.is_relative_to(workspace) else here


def from_root(file: str, root: Path) -> PurePath:
    """The file as seen from the root; one that lies elsewhere has its whole path."""
    whole = Path(os.path.normpath(Path.cwd() / file))
    return whole.relative_to(root) if whole.is_relative_to(root) else whole


def uri(path: PurePath) -> str:
    """The path as a URI reference, as RFC 3986 wants its characters."""
    quoted = quote(path.as_posix(), safe="/~!$&'()*+,;=@")
    return f"file://{quoted}" if path.is_absolute() else quoted


def annotation(problem: Problem, root: Path) -> str:
    """``::error file=...,line=...,col=...,title=...::message``; its examples are further lines of it."""
    place = problem.place
    properties = {
        "file": from_root(place.file, root).as_posix(),
        "line": str(place.line),
        "col": str(place.column),
        "title": problem.code,
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    told = "\n".join([problem.message, *(line.strip() for line in examples(problem))])
    return f"::{problem.severity} {said}::{_data(told)}"


def plain_line(problem: Problem) -> str:
    """``file:line:column: error code message`` on one line of a log, beside which no command can begin."""
    return f"{problem.place}: {problem.severity} {problem.code} {' '.join(problem.message.split())}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def listing(problems: Sequence[Problem]) -> str:
    """The problems in their order, each with its examples, and how many there are of each severity."""
    errors = errors_in(problems)
    listed: dict[str, Any] = {
        "problems": [
            {
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "severity": problem.severity,
                "code": problem.code,
                "message": problem.message,
                "examples": [orjson.loads(example) for example in problem.examples],
            }
            for problem in problems
        ],
        "errors": errors,
        "warnings": len(problems) - errors,
    }
    return json.dumps(listed, indent=2, ensure_ascii=False)
