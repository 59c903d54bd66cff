"""Which tests a change needs: those that rest on what differs from the main branch, committed or not.

Run by ``scripts/test``. It says on standard error what was chosen and why, and prints the files of tests on
standard output: nothing where no test rests on the change, and ``tests`` where all do.

A Python file rests on what it imports, anywhere in it, and on the modules and folders that it names in a
text (``"service.web.server:app"``, ``"service/web/static"``). One that imports by computed names rests on its
whole folder, and one that looks for ``*.py`` on all code. A test rests also on each ``conftest.py`` above
it, and on what a fixture needs where it names the fixture. Other files are known by where they lie, see
``_other_file``. Whatever is not known selects every test: it is better to run too many.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("service", "schemas", "scripts", "tests")
MAIN = ("origin/main", "main")
ALL = "tests"
EVERYWHERE = frozenset(("tests/conftest.py", "scripts/affected_tests.py", "scripts/prepare.py"))
"""Every test rests on these."""

_NAMED = re.compile(rf"\b(?:{'|'.join(SOURCES)})(?:[./]\w+)+")
_SHIPPED = re.compile(r"shipped|pico-laser|example-clinic|kirby|ROOT|COMMAND|picoplan\(")
"""What stands in tests that look at the rulesets that come with picoplan."""


@dataclass(frozen=True)
class PythonFile:
    """A file of code: what it imports and names, and, of a conftest, what each of its fixtures needs."""

    text: str
    needs: frozenset[str]
    by_fixture: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Unknown(Exception):
    """A changed file of which it is not known who rests on it."""


def main() -> None:
    """Print the tests that the change needs."""
    changed = changed_files()
    if changed is None:
        say("there is no main branch to compare with, so every test runs")
        print(ALL)
        return
    try:
        chosen = affected(changed, read_files(ROOT))
    except Unknown as unknown:
        say(f"every test runs, for every one may rest on {unknown}")
        print(ALL)
        return
    folders = sorted({"/".join(PurePosixPath(test).parts[:2]) for test in chosen})
    say(
        f"{len(changed)} files differ from the main branch or are not committed, and {len(chosen)} files of "
        f"tests rest on them{': ' if folders else ''}{', '.join(folders)}"
    )
    print("\n".join(sorted(chosen)))


def changed_files() -> frozenset[str] | None:
    """The files that differ from where this branch left the main one, or that git does not have yet."""
    known = (name for name in MAIN if _git("rev-parse", "--verify", "--quiet", name) is not None)
    base = next((_git("merge-base", "HEAD", name) for name in known), None)
    if base is None:
        return None
    differ = _git("diff", "--name-only", "--no-renames", base.strip()) or ""
    new = _git("ls-files", "--others", "--exclude-standard") or ""
    return frozenset(differ.split("\n") + new.split("\n")) - {""}


def _git(*arguments: str) -> str | None:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def read_files(root: Path) -> dict[str, PythonFile]:
    """Every Python file of the checkout by its path, with what it rests on."""
    paths = [path for folder in SOURCES for path in sorted((root / folder).rglob("*.py"))]
    names = frozenset(path.relative_to(root).as_posix() for path in paths)
    return {name: _read(name, (root / name).read_text(encoding="utf-8"), names) for name in sorted(names)}


def _read(name: str, text: str, files: frozenset[str]) -> PythonFile:
    tree = ast.parse(text, name)
    body: list[ast.stmt] = []
    fixtures: dict[str, frozenset[str]] = {}
    for node in tree.body:
        if name.endswith("conftest.py") and isinstance(node, ast.FunctionDef):
            fixtures[node.name] = frozenset(_needs(name, node, files))
        else:
            body.append(node)
    needs = {one for node in body for one in _needs(name, node, files)}
    return PythonFile(text, frozenset(needs), fixtures)


def _needs(name: str, part: ast.AST, files: frozenset[str]) -> Iterator[str]:
    top = name.partition("/")[0]
    for node in _running(part):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name, files)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield from _module(f"{node.module}.{alias.name}", files)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in SOURCES and top in ("tests", "scripts"):
                yield from _below(node.value, files)
            elif "*.py" in node.value:
                yield from _below("service", files)
                yield from files if top == "tests" else ()
            for found in _NAMED.findall(node.value):
                yield from _named(found, files)
        elif isinstance(node, ast.Name) and node.id == "import_module":
            yield from _below(name.rpartition("/")[0], files)


def _running(part: ast.AST) -> Iterator[ast.AST]:
    """The nodes of code that runs: neither docstrings nor what is there for the type checker alone."""
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _module(dotted: str, files: frozenset[str]) -> Iterator[str]:
    """The files that run when the module, or the name in it, is imported: it and the packages above it."""
    parts = dotted.split(".")
    for end in range(1, len(parts) + 1):
        path = "/".join(parts[:end])
        yield from {f"{path}.py", f"{path}/__init__.py"} & files
    yield from {f"{'/'.join(parts)}/__main__.py"} & files


def _named(text: str, files: frozenset[str]) -> Iterator[str]:
    """The files that a text names: a module by its dots, or a folder or a file by its path."""
    if "." in text and "/" not in text:
        yield from _module(text, files)
        return
    yield from {text, f"{text}.py"} & files
    yield from _below(text, files)


def _below(folder: str, files: frozenset[str]) -> Iterator[str]:
    return (file for file in files if file.startswith(f"{folder}/"))


def affected(changed: Iterable[str], files: Mapping[str, PythonFile]) -> set[str]:
    """The files of tests that rest on the changed files.

    Raises:
        Unknown: one of them is of no kind that is known.
    """
    touched: set[str] = set()
    for path in changed:
        if path in EVERYWHERE:
            raise Unknown(path)
        is_code = path.endswith(".py") and path.partition("/")[0] in SOURCES
        touched |= {path, *_naming(path, files)} if is_code else set(_other_file(path, files))
    resting: dict[str, set[str]] = {}
    for name, file in files.items():
        for need in file.needs | (_fixtures(name, file, files) if _is_test(name) else frozenset()):
            resting.setdefault(need, set()).add(name)
    waiting, found = list(touched), set(touched)
    while waiting:
        for name in resting.get(waiting.pop(), set()) - found:
            found.add(name)
            waiting.append(name)
    return {name for name in found if _is_test(name) and name in files}


def _naming(path: str, files: Mapping[str, PythonFile]) -> Iterator[str]:
    """The files that still name a module that is gone."""
    if path not in files:
        dotted = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        yield from (name for name, file in files.items() if dotted in file.text)


def _is_test(name: str) -> bool:
    return name.startswith("tests/") and PurePosixPath(name).name.startswith("test_")


def _fixtures(name: str, file: PythonFile, files: Mapping[str, PythonFile]) -> frozenset[str]:
    """What the conftests above a test need for it."""
    needs: set[str] = set()
    for folder in PurePosixPath(name).parents:
        conftest = f"{folder}/conftest.py"
        if conftest in files:
            needs.add(conftest)
            above = files[conftest]
            needs |= above.needs
            for fixture, wanted in above.by_fixture.items():
                needs |= wanted if fixture in file.text else frozenset()
    return frozenset(needs)


def _other_file(path: str, files: Mapping[str, PythonFile]) -> Iterator[str]:
    """The Python files that read a file which is none itself, such as a page, a case or a ruleset."""
    where = PurePosixPath(path)
    if path.startswith("rulesets/"):
        yield from (name for name in _below("tests", frozenset(files)) if _SHIPPED.search(files[name].text))
        return
    if path.startswith("docs/") or (len(where.parts) == 1 and where.suffix == ".md"):
        yield from _below("tests/docs", frozenset(files))
        yield from (name for name, file in files.items() if where.name in file.text)
        return
    if where.parts[0] in ("service", "schemas", "tests") or path.startswith("scripts/clients/"):
        # Data lies beside or below the code that reads it; of a case of tests all tests of its group read it.
        above = where.parents if where.parts[0] != "tests" else [PurePosixPath(*where.parts[:2])]
        for folder in above:
            beside = [file for file in _below(str(folder), frozenset(files)) if str(folder) != "."]
            if beside:
                yield from beside
                return
    raise Unknown(path)


def say(text: str) -> None:
    """Tell the person, beside the list that goes to pytest."""
    print(f"test: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
