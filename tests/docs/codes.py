"""Every code that a piece of the source can give, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT

_GIVES = {"error": 1, "warning": 1, "warn": 1, "Problem": 1, "_problem": 1, "Refusal": 1, "UnreadableBody": 1}
_GIVES |= {"refuse": 0, "Mistake": 0, "AnswerWarning": 0}

COMPUTED = {
    "'default-and-' + word.replace(' ', '-')": {"default-and-required", "default-and-must-ask"},
    "f'unknown-{noun}'": {"unknown-conclusion", "unknown-score"},
    "f'unknown-{member}'": {"unknown-version", "unknown-digest"},
}
"""What stands for itself only when it runs."""

PASSED_ON = {"code", "mistake.code", "body.code", "one['code']"}
"""A code that was made elsewhere, where it is collected."""


class Unclear(Exception):
    """A code is made in a way that is not known here: add it to COMPUTED."""


def codes_in(*places: str, calls: frozenset[str] | None = None) -> set[str]:
    """The codes given anywhere in these folders and files; ``calls``: only by functions of these names."""
    found: set[str] = set()
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found |= set(_in_file(file, calls))
    return found


def _in_file(file: Path, calls: frozenset[str] | None) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    constants = _constants(tree) | _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _GIVES and (calls is None or name in calls):
                yield from _argument(file, node, _GIVES[name], constants)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            if ast.unparse(node.returns).startswith("tuple[str, str"):
                yield from _returned(file, node, constants)
        elif calls is None and isinstance(node, ast.Assign) and _targets(node) == ["code"]:
            yield from _values(file, node.value, constants)


def _targets(node: ast.Assign) -> list[str]:
    return [ast.unparse(one) for one in node.targets]


def _constants(tree: ast.Module) -> dict[str, ast.Constant]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant)
    }


def _imported(tree: ast.Module) -> dict[str, ast.Constant]:
    """The constants that the module takes from others of ours."""
    found: dict[str, ast.Constant] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service."):
            file = ROOT / f"{str(node.module).replace('.', '/')}.py"
            names = {alias.name: alias.asname or alias.name for alias in node.names}
            if file.is_file() and any(name.isupper() for name in names):
                constants = _constants(ast.parse(file.read_text(encoding="utf-8")))
                found |= {names[name]: value for name, value in constants.items() if name in names}
    return found


def _argument(file: Path, call: ast.Call, index: int, constants: dict[str, ast.Constant]) -> Iterator[str]:
    given = next((word.value for word in call.keywords if word.arg == "code"), None)
    if given is None and len(call.args) > max(index, 1):  # a code never comes alone
        given = call.args[index]
    if given is not None:
        yield from _values(file, given, constants)


def _returned(file: Path, function: ast.FunctionDef, constants: dict[str, ast.Constant]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            yield from _values(file, node.value.elts[0], constants, strict=False)


def _values(
    file: Path, node: ast.expr, constants: dict[str, ast.Constant], *, strict: bool = True
) -> Iterator[str]:
    if isinstance(node, ast.Name) and node.id in constants:
        node = constants[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _values(file, node.body, constants, strict=strict)
        yield from _values(file, node.orelse, constants, strict=strict)
    elif ast.unparse(node) in COMPUTED:
        yield from COMPUTED[ast.unparse(node)]
    elif strict and not isinstance(node, ast.Starred) and ast.unparse(node) not in PASSED_ON:
        raise Unclear(f"{file.name}:{node.lineno}: {ast.unparse(node)}")
