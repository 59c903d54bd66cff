"""Keys without a value, wherever they stand: whoever wrote the key meant to write a value.

``null`` as a word is one for ``extends`` and ``effective`` of ruleset.yaml, and in what a scenario expects,
for answers have it. Blank or ``~`` is none anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.model.problem import Problem
from service.reading.folder import Layer
from service.reading.node import Data, Node, Path
from service.reading.problem_collector import ProblemCollector

_HEADER = "ruleset.yaml"
_MAY_BE_NULL = ("extends", "effective")
_SCENARIOS = "scenarios/"
_EXPECT = "expect"


def blanks_of(layer: Layer) -> list[tuple[Node, Problem]]:
    """Each key of the layer's files that has no value, with its problem; asked before all else is read."""
    return [
        (node, Problem(node.key(), "missing-value", _message(file, node)))
        for file, tree in layer.trees.items()
        for path in _blanks(tree.data, ())
        if not (node := Node(tree, path, None)).is_listed
        and node.key().line not in tree.spoiled
        and not (tree.says_null(node.path) and _may_be_null(file, node.path))
    ]


def tell_blanks(problems: ProblemCollector, blanks: list[tuple[Node, Problem]]) -> None:
    """Note those of which nothing was said while the files were read, and to which nothing was moved."""
    told = {problem.place for problem in problems.noted}
    for node, blank in blanks:
        if not _is_filled(node) and told.isdisjoint((blank.place, node.at())):
            problems.error(blank.place, blank.code, blank.message, since=2)


def _is_filled(blank: Node) -> bool:
    """Whether something was moved to where nothing stood, for it belongs there."""
    now = Node(blank.tree, (), blank.tree.data)
    for step in blank.path:
        now = now.child(step)
    return now.data is not None


def _message(file: str, node: Node) -> str:
    if _may_be_null(file, node.path):
        return (
            f"{node.name()} has no value. Write a value, or null if that is meant: some tools leave it out."
        )
    option = len(node.path) == _OPTION and node.path[0] == "inputs"
    mend = "Write its label, or all options as a list." if option else "Write one, or remove it."
    return f"{node.name()} has no value. {mend}"


_OPTION = 4
"""How deep in assessment.yaml options stand."""


def _may_be_null(file: str, path: Path) -> bool:
    if file == _HEADER:
        return len(path) == 1 and path[0] in _MAY_BE_NULL
    return file.startswith(_SCENARIOS) and _EXPECT in path[:2]


def _blanks(data: Data, path: Path) -> Iterator[Path]:
    """The paths of keys without a value below what stands at ``path``."""
    if isinstance(data, dict):
        for key, below in data.items():
            if below is None:
                yield (*path, key)
            elif not isinstance(below, str):
                yield from _blanks(below, (*path, key))
    elif isinstance(data, list):
        for index, below in enumerate(data):
            if not isinstance(below, str):
                yield from _blanks(below, (*path, index))
