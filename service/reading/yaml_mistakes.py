"""libyaml's messages, said so that a person who doesn't know YAML can mend the file."""

from __future__ import annotations

import re

import yaml

from service.model.problem import Place, Problem

_ANGLE = re.compile(r":\s*(>=|<=|>|<)\s*=?\s*[0-9A-Za-z]")


def from_yaml_error(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """The problem that libyaml ran into, at the place where the author can mend it."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: max(error.position, 0)]
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        message = "A character here can't be read (a control character?). Delete it and type the text anew."
        return Problem(Place(file, line, column), "bad-character", message)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "")
    context = str(getattr(error, "context", None) or "")
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    here = lines[line] if line < len(lines) else ""
    code, message, column = _explained(problem, context, here, column)
    return Problem(Place(file, min(line, len(lines) - 1) + 1 if lines else 1, column + 1), code, message)


def _explained(problem: str, context: str, here: str, column: int) -> tuple[str, str, int]:
    angle = _ANGLE.search(here)
    if angle and ("block scalar" in context or "comment or line break" in problem):
        word = {">": "above", "<": "below", ">=": "at least", "<=": "at most"}[angle.group(1)]
        return "lone-angle", f'Write "{word} ..." instead of "{angle.group(1)}".', angle.start(1)
    tab = here.find("\t")
    if tab >= 0 and ("cannot start any token" in problem or "tab" in problem or here[:tab].strip() == ""):
        return "tab", "A tab stands here. Use spaces.", tab
    if "mapping values are not allowed" in problem:
        return (
            "colon-in-text",
            'A ": " inside a text makes a new key of it. Put the whole text in quotes: "...".',
            column,
        )
    if "cannot start any token" in problem and column < len(here):
        return "bad-character", f'A text can\'t begin with "{here[column]}". Put it in quotes.', column
    if "flow mapping" in context or "flow sequence" in context:
        return (
            "bracket",
            "A bracket is not closed, or a text here needs quotes. Close { } and [ ], and put a text or a test "
            "that holds brackets or commas in quotes.",
            column,
        )
    if "quoted scalar" in context:
        return (
            "quote",
            "A quote is opened and not closed. Close it, or double a quote inside the text.",
            column,
        )
    if "block mapping" in context or "block collection" in context or "expected <document start>" in problem:
        return "indentation", "This line is not where its neighbours are. Line it up with spaces.", column
    if "alias" in context or "anchor" in context:
        return "bad-character", "A text can't begin with * or &. Put it in quotes.", column
    detail = " ".join(part for part in (context, problem) if part)
    return "yaml", f"This can't be read as YAML ({detail}). Line it up, close brackets and quotes.", column
