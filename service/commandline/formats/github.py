"""Problems as workflow commands, which GitHub shows beside the lines of a change."""

from __future__ import annotations

from pathlib import Path

from service.commandline.formats.paths import from_root
from service.commandline.problems import examples
from service.model.problem import Problem


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


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
