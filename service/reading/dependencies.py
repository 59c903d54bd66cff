"""Which of a set of things need each other: circles, and the stages in which they can be worked out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping


def circles(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """One circle for each group of things that need each other, starting at its first by name."""
    groups = [group for group in _groups(needs) if len(group) > 1 or group[0] in needs[group[0]]]
    return sorted(_shortest(needs, group) for group in groups)


def _groups(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Tarjan's strongly connected components, iterative, so that no chain is too long for it."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []

    def enter(node: str) -> tuple[str, Iterator[str]]:
        index[node] = low[node] = len(index)
        open_.append(node)
        is_open.add(node)
        return node, iter(sorted(other for other in needs[node] if other in needs))

    def close(node: str) -> None:
        group: list[str] = []
        while not group or group[-1] != node:
            group.append(open_.pop())
        is_open.difference_update(group)
        found.append(group)

    for root in sorted(needs):
        work = [enter(root)] if root not in index else []
        while work:
            node, below = work[-1]
            child = next(below, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    close(node)
            elif child not in index:
                work.append(enter(child))
            elif child in is_open:
                low[node] = min(low[node], index[child])
    return found


def _shortest(needs: Mapping[str, Collection[str]], group: list[str]) -> list[str]:
    """The shortest circle within the group, from its first by name back to it."""
    start, inside = min(group), set(group)
    came: dict[str, str] = {}
    queue = [start]
    for node in queue:
        for child in sorted(inside.intersection(needs[node])):
            if child == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if child not in came:
                came[child] = node
                queue.append(child)
    return [start]


def stages(needs: Mapping[str, Collection[str]]) -> dict[str, int]:
    """For each thing the earliest stage (from 0) at which all that it needs is settled.

    Raises:
        ValueError: the things need each other in a circle.
    """
    left = {name: len({other for other in needs[name] if other in needs}) for name in needs}
    used_by: dict[str, list[str]] = {name: [] for name in needs}
    for name in needs:
        for other in {other for other in needs[name] if other in needs}:
            used_by[other].append(name)
    stage = {name: 0 for name in needs if not left[name]}
    queue = list(stage)
    for name in queue:
        for user in used_by[name]:
            left[user] -= 1
            if not left[user]:
                stage[user] = stage[name] + 1
                queue.append(user)
    if len(stage) < len(needs):
        raise ValueError("the things need each other in a circle")
    return stage
