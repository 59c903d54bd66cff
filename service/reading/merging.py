"""An extended ruleset's questions with a clinic's own laid over them, option by option."""

from __future__ import annotations

from service.reading.tree import Mark, Node, Path, Tree

_OPTIONS = ("one of", "levels", "any of")


def merged(trees: list[Tree]) -> Tree:
    """One ``assessment.yaml`` tree made of several, later ones over earlier ones.

    Inputs merge key by key and their options one by one; a list of options counts as options without
    attributes. Every part keeps the place that it has in its own file.
    """
    whole = Tree(trees[-1].file)
    for tree in trees:
        data = _with_named_options(tree)
        whole.values |= tree.values
        whole.keys |= tree.keys
        whole.data = _over(whole.data, data, 0)
    return whole


def _with_named_options(tree: Tree) -> Node:
    """The tree's data with every list of options as a mapping; its marks moved along."""
    data = tree.data
    inputs = data.get("inputs") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(inputs, dict):
        return data
    changed: dict[str, Node] = {}
    for name, entry in inputs.items():
        changed[name] = entry
        for kind in _OPTIONS if isinstance(entry, dict) else ():
            options = entry.get(kind)
            if isinstance(options, list) and options and all(isinstance(option, str) for option in options):
                entry = entry | {kind: _named(tree, ("inputs", name, kind), options)}
                changed[name] = entry
    return data | {"inputs": changed}


def _named(tree: Tree, path: Path, options: list[Node]) -> dict[str, Node]:
    named: dict[str, Node] = {}
    for index, option in enumerate(options):
        mark: Mark = tree.values[(*path, index)]
        name = str(option).strip()
        if name in named:
            tree.repeated.append((mark, name))
        named[name] = None
        tree.values[(*path, name)] = tree.keys[(*path, name)] = mark
    return named


def _over(below: Node, above: Node, depth: int) -> Node:
    """``above`` laid over ``below``: mappings merge down to single options, all else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict) and depth < 5:
        whole = dict(below)
        for key, value in above.items():
            merges = depth < 2 or key in _OPTIONS or depth >= 3
            whole[key] = _over(below[key], value, depth + 1) if key in below and merges else value
        return whole
    return above
