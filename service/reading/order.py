"""Which of a set of things need each other: circles, and the stages in which they can be worked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def circles(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """One circle for each group of things that need each other, starting at its first by name.

    Iterative (Tarjan's strongly connected components), so that no chain is too long for it.
    """
    groups = [group for group in _groups(needs) if len(group) > 1 or group[0] in needs.get(group[0], ())]
    return sorted(_walk(needs, group) for group in groups)


def _groups(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_, found = [], []
    for root in sorted(needs):
        work = [(root, iter(sorted(n for n in needs[root] if n in needs)))] if root not in index else []
        if work:
            index[root] = low[root] = len(index)
            open_.append(root)
        while work:
            node, below = work[-1]
            child = next(below, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = open_.index(node)
                    found.append(open_[at:])
                    del open_[at:]
            elif child not in index:
                index[child] = low[child] = len(index)
                open_.append(child)
                work.append((child, iter(sorted(n for n in needs[child] if n in needs))))
            elif child in open_:
                low[node] = min(low[node], index[child])
    return found


def _walk(needs: Mapping[str, Collection[str]], group: list[str]) -> list[str]:
    """A circle within the group, from its first by name back to it: the shortest one."""
    start = min(group)
    came: dict[str, str] = {}
    queue = [start]
    for node in queue:
        for child in sorted(needs[node]):
            if child == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if child in group and child not in came:
                came[child] = node
                queue.append(child)
    return [start]


def stages(needs: Mapping[str, Collection[str]]) -> dict[str, int]:
    """For each thing the earliest stage (from 0) at which all that it needs is settled. No circles."""
    stage: dict[str, int] = {}
    waiting = {name: [n for n in needs[name] if n in needs] for name in needs}
    level = 0
    while waiting:
        ready = [name for name, below in waiting.items() if all(n in stage for n in below)]
        if not ready:
            raise ValueError("the things need each other in a circle")
        stage.update(dict.fromkeys(ready, level))
        for name in ready:
            del waiting[name]
        level += 1
    return stage
