"""``picoplan check``: every problem of every ruleset in a folder, for people or for other programs.

Other programs read them as JSON, SARIF, or the workflow commands of GitHub. ``--fix``
shows the mends that are offered one by one, and makes those to which a person agrees.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import orjson
import rich_click as click

from service.analysis.checks.pages import Page, every_page
from service.commandline.arguments import Unreadable
from service.commandline.console import complain, need_a_person, progress_bar, say
from service.commandline.folders import open_shelf
from service.commandline.help import page_markdown, page_text, plain
from service.commandline.problems import counted, errors_in, examples, line, mend_lines, summary
from service.model.problem import Mend, Problem, Rename, in_order
from service.store.folders import Shelf
from service.store.mending import apply, are_apart, texts_with, with_mends
from service.vetting.check import check_shelf
from service.vetting.report import problem_data

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
        "results": [_result(one, codes.index(one.code), where[one.place.file], root) for one in problems],
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


def _fix(mend: Mend, root: Path) -> dict[str, Any]:
    """The mend's replacements by file."""
    return {
        "description": {"text": mend.label},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri(from_root(file, root))},
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": edit.start.line,
                            "startColumn": edit.start.column,
                            "endLine": edit.end.line,
                            "endColumn": edit.end.column,
                        },
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in mend.changes
                    if edit.start.file == file
                ],
            }
            for file in dict.fromkeys(edit.start.file for edit in mend.changes)
        ],
    }


def _result(problem: Problem, rule: int, artifact: Mapping[str, Any], root: Path) -> dict[str, Any]:
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
    if problem.mend is not None and problem.mend.changes:
        result["fixes"] = [_fix(problem.mend, root)]
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
        "problems": [problem_data(problem) for problem in problems],
        "errors": errors,
        "warnings": len(problems) - errors,
    }
    return json.dumps(listed, indent=2, ensure_ascii=False)


@click.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="Lines for a person and an editor, one JSON document, a SARIF log, or annotations of a workflow.",
    show_default=True,
)
@click.option("--no-proofs", "quick", is_flag=True, help="Only read and check, which is quicker.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=30,
    metavar="NUMBER",
    help="How long proofs of each ruleset may take; what takes longer is said to be not decided.",
    show_default=True,
)
@click.option(
    "--fix", "fixes", is_flag=True, help="Show each mend that is offered, and ask whether to make it."
)
@click.option(
    "--yes", is_flag=True, help="Don't ask: make every mend. Needed where nobody sits at a terminal."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit code.")
def command(
    folder: str | None, form: str, quick: bool, seconds: float, fixes: bool, yes: bool, strict: bool
) -> int:
    """Name every mistake in rulesets, with its place and its mend.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here, or else the
    rulesets that come with picoplan.

    Each line is "file:line:column: error CODE message", sorted by place; only errors keep a ruleset from
    serving. "picoplan help CODE" explains the code. What was proven over every possible client comes with an
    example, which "picoplan evaluate RULESET -" takes.

    With --fix the edits that surely mend something are shown, each with the line as it is and as it would be,
    and made where you say y; "all" makes the rest too, "quit" none of them. Then all is checked again.

    Exit code 0: no errors. 1: errors. 2: the folder can't be read, or nobody is there to ask.
    """
    if fixes:
        _mend(folder, form, ask=not yes)
    elif yes:
        raise click.UsageError("--yes goes with --fix.")
    shelf = open_shelf(folder)
    with progress_bar("Proving") as on_progress:
        checked = check_shelf(
            shelf, scenarios=False, prove_seconds=None if quick else seconds, on_progress=on_progress
        )
    problems = in_order([*checked.read_problems, *checked.failures, *checked.proof_problems])
    problems = with_mends(shelf, problems)
    checked.close()
    bad = len(problems) if strict else errors_in(problems)
    exit_code = 1 if bad else 0
    _say(form, problems, len(shelf.read), exit_code)
    return exit_code


def _mend(folder: str | None, form: str, *, ask: bool) -> None:
    if form != "text":
        raise click.UsageError("--fix talks to a person: leave --format out.")
    if folder is None and not Path("rulesets").is_dir():
        raise Unreadable('there is no folder "rulesets" here: name the one to mend')
    fix(folder or "rulesets", ask=ask)


def _say(form: str, problems: Sequence[Problem], rulesets: int, exit_code: int) -> None:
    if form == "json":
        say(listing(problems))
    elif form == "sarif":
        root = checkout(os.environ)
        from importlib.metadata import version  # takes long to load

        say(sarif(problems, every_page(), version=version("picoplan"), root=root, exit_code=exit_code))
    elif form == "github":
        for problem in problems:
            say(annotation(problem, checkout(os.environ)))
        # GitHub keeps ten annotations of a step: in its log every problem stands as a line, too.
        for problem in problems:
            say("\n".join([plain_line(problem), *examples(problem)]))
    else:
        for problem in problems:
            say("\n".join([line(problem), *mend_lines(problem), *examples(problem)]))
        say(summary(problems, rulesets))


_ANSWERS = click.Choice(["y", "n", "all", "quit"], case_sensitive=False)
_ALSO_TYPED = {"yes": "y", "no": "n", "a": "all", "q": "quit"}
_MOST_ROUNDS = 20


def fix(folder: str, *, ask: bool) -> None:
    """Show the mends of a folder of rulesets, and make those that are wanted.

    Those that can't be made together are made one after the other: the folder is read again in between.

    Raises:
        Unreadable: it is no folder of rulesets, or nobody is there to ask.
    """
    questions = _AskedMends(ask=ask)
    made = 0
    for _ in range(_MOST_ROUNDS):
        shelf = open_shelf(folder)
        wanted = questions.wanted(shelf)
        left = set(apply(shelf, wanted))
        for file in sorted(left):
            complain(f"{file} has changed meanwhile, or can't be written. It was left as it is.")
        made += sum(left.isdisjoint(mend.files) for mend in wanted)
        if not wanted or left or questions.ended:
            break
    say(f"{counted(made, 'mend')} made." if made else "Nothing was mended.")


class _AskedMends:
    """What a person was asked, and has answered so far. ``ended``: no more questions are wanted."""

    def __init__(self, *, ask: bool) -> None:
        self.ended = False
        self._ask = ask
        self._declined: set[tuple[str, int, tuple[str, ...]]] = set()

    def wanted(self, shelf: Shelf) -> list[Mend]:
        """The mends that are wanted, of those that can be made together."""
        mends: list[Mend] = []
        seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for problem in with_mends(shelf, shelf.all_problems):
            mend = problem.mend
            if self.ended or mend is None or not are_apart(shelf, [*mends, mend]):
                continue
            shown = tuple(_before_and_after(shelf, mend))
            file = problem.place.file
            name = (file, seen[file, shown], shown)  # lines come and go, and may be there twice
            seen[file, shown] += 1
            if name in self._declined:
                continue
            if self._is_wanted(problem, shown):
                mends.append(mend)
            else:
                self._declined.add(name)
        return mends

    def _is_wanted(self, problem: Problem, shown: tuple[str, ...]) -> bool:
        if self._ask:
            need_a_person('Look at what "picoplan check" offers, then mend with "--fix --yes".')
        for text in (line(problem), *shown):
            say(text)
        if not self._ask:
            return True
        answer = click.prompt("Make this edit?", type=_ANSWERS, value_proc=_answer, default="n", err=True)
        self._ask = answer != "all"
        self.ended = answer == "quit"
        return answer in ("y", "all")


def _answer(typed: str) -> str:
    answer: str = _ANSWERS.convert(_ALSO_TYPED.get(typed.strip().lower(), typed), None, None)
    return answer


def _before_and_after(shelf: Shelf, mend: Mend) -> Iterator[str]:
    """The lines that the mend changes, as they are and as they would be."""
    for edit in mend.edits:
        if isinstance(edit, Rename):
            yield f"    {edit.file} -> {edit.name}"
    for before, after in texts_with(shelf, mend):
        for row in unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""):
            if row[0] in "+-" and row[:3] not in ("+++", "---"):
                yield click.style(f"    {row[0]} {row[1:].strip()}", fg="green" if row[0] == "+" else "red")
