"""Makes the clients: a wheel for Python and a package for npm, with types from the OpenAPI document.

The document is that of the shipped rulesets. What is written by hand is in scripts/clients/; all else is made
anew in a temporary folder. Needs what scripts/setup --dev installs and, for npm, node and npm, which fetches
the tools that scripts/clients/typescript/package-lock.json names, once, into the user's cache.

    .venv/bin/python -m scripts.make_clients [--into dist] [python] [typescript]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf, shipped
from service.web.endpoints import endpoints
from service.web.openapi.document import document

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "scripts" / "clients"

Json = dict[str, Any]


class NotMade(Exception):
    """A tool is missing, or failed; the text says which, and what it said."""


def main() -> int:
    """Make what is asked for, and print where it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="the folder for the packages")
    parser.add_argument("which", nargs="*", help="python, typescript; both without it")
    told = parser.parse_args()
    makers = {"python": make_python, "typescript": make_typescript}
    if unknown := [one for one in told.which if one not in makers]:
        parser.error(f"there is no client for {', '.join(unknown)}")
    told.into.mkdir(parents=True, exist_ok=True)
    described = general_document()
    try:
        for one in told.which or makers:
            print(makers[one](described, told.into.resolve()))
    except NotMade as error:
        print(f"make_clients: {error}", file=sys.stderr)
        return 2
    return 0


def general_document() -> Json:
    """The document whose requests are for any ruleset, and the assessments of the shipped ones."""
    shelf = read_shelf(shipped())
    rulesets = [one.ruleset for _, one in sorted(shelf.read.items()) if one.ruleset is not None]
    compiled = [CompiledRuleset(one) for one in rulesets]
    general, shown = (
        json.loads(document(endpoints(logged=True), of, None, keyed=True)) for of in ((), compiled)
    )
    for one in compiled:
        one.close()
    schemas = general["components"]["schemas"]
    for name, schema in shown["components"]["schemas"].items():
        if name.startswith("Assessment_"):
            schemas[name] = schema
        else:
            schemas.get(name, {})["description"] = schema["description"]
    made: Json = general
    return made


def make_python(described: Json, into: Path) -> Path:
    """The wheel.

    Raises:
        NotMade: a tool is missing, or failed.
    """
    if missing := [one for one in ("datamodel_code_generator", "hatchling") if not _is_there(one)]:
        raise NotMade(f"{' and '.join(missing)} missing: run scripts/setup --dev first")
    with tempfile.TemporaryDirectory(prefix="picoplan-client-") as folder:
        tree = Path(folder) / "python"
        shutil.copytree(SOURCES / "python", tree, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "LICENSE", tree)
        source = Path(folder) / "openapi.json"
        source.write_text(json.dumps(with_decimals(described)), encoding="utf-8")
        _run(
            tree,
            *(
                sys.executable,
                "-m",
                "datamodel_code_generator",
                "--input",
                source,
                "--input-file-type",
                "openapi",
            ),
            *("--output", tree / "picoplan_client" / "types.py", "--output-model-type", "typing.TypedDict"),
            *("--target-python-version", "3.11", "--enum-field-as-literal", "all", "--formatters", "builtin"),
            *("--use-schema-description", "--use-standard-collections", "--use-generic-container-types"),
            *("--no-use-closed-typed-dict", "--use-union-operator", "--disable-timestamp"),
        )
        _run(tree, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into)
    return into / f"picoplan_client-{version('picoplan')}-py3-none-any.whl"


def with_decimals(described: Json) -> Json:
    """The document with numbers as Python has them: what is answered is exact, what is sent may be float."""
    sent = set(_reached(described, [one for path in described["paths"].values() for one in _bodies(path)]))
    schemas = described["components"]["schemas"]
    sent |= {name for name in schemas if name.startswith("Assessment_")}
    made = {name: _decimals(schema, sent=name in sent) for name, schema in schemas.items()}
    return {**described, "components": {**described["components"], "schemas": made}}


def _bodies(path: Json) -> Iterator[Json]:
    return (operation["requestBody"] for operation in path.values() if "requestBody" in operation)


def _reached(described: Json, nodes: Sequence[Any]) -> Iterator[str]:
    """The names of the schemas that are referred to from somewhere."""
    for node in nodes:
        if isinstance(node, dict) and "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            yield name
            yield from _reached(described, [described["components"]["schemas"][name]])
        elif isinstance(node, dict | list):
            yield from _reached(described, [*(node.values() if isinstance(node, dict) else node)])


def _decimals(node: Any, *, sent: bool) -> Any:
    if isinstance(node, list):
        return [_decimals(one, sent=sent) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: _decimals(one, sent=sent) for name, one in node.items()}
    kinds = made.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "number" not in kinds:
        return made
    del made["type"]
    decimal = {"type": "number", "format": "decimal"}
    numbers = [{"type": "number" if sent else "integer"}, decimal]
    return {**made, "anyOf": [*({"type": kind} for kind in kinds if kind != "number"), *numbers]}


def make_typescript(described: Json, into: Path) -> Path:
    """The package for npm."""
    with tempfile.TemporaryDirectory(prefix="picoplan-client-") as folder:
        tree = Path(folder) / "typescript"
        shutil.copytree(SOURCES / "typescript", tree)
        shutil.copy(ROOT / "LICENSE", tree)
        (tree / "node_modules").symlink_to(node_tools())
        (tree / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
        bin_folder = tree / "node_modules" / ".bin"
        _run(
            tree,
            *(bin_folder / "openapi-typescript", "openapi.json", "--output", "src/types.ts"),
            *("--root-types", "--root-types-no-schema-prefix"),
        )
        _run(tree, bin_folder / "tsc")
        _run(tree, "npm", "pkg", "set", f"version={version('picoplan')}")
        _run(tree, "npm", "pack", "--ignore-scripts", "--pack-destination", into)
    return into / f"picoplan-client-{version('picoplan')}.tgz"


def node_tools() -> Path:
    """The folder of the node packages that the lock file names; they are fetched once.

    Raises:
        NotMade: npm is missing, or could not fetch them.
    """
    lock = SOURCES / "typescript" / "package-lock.json"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "picoplan-clients"
    made = cache / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not made.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fresh-", dir=cache) as folder:
            fresh = Path(folder) / "tools"
            fresh.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(lock.with_name(name), fresh)
            _run(fresh, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            if not made.is_dir():
                fresh.rename(made)
    return made / "node_modules"


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _run(folder: Path, *command: str | Path) -> None:
    environment = {**os.environ, "PICOPLAN_CLIENT_VERSION": version("picoplan")}
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise NotMade(f"{words[0]} is missing") from None
    if done.returncode:
        raise NotMade(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
