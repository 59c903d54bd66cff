"""What several layers hold together: guarantees that are taken over, and no papers at all."""

from __future__ import annotations

from collections.abc import Sequence

from service.model.problem import Place
from service.reading.folder import Layer
from service.reading.problem_collector import ProblemCollector


def ids_promised(layers: Sequence[Layer]) -> set[str]:
    """Ids of the guarantees of the layers, as written."""
    nodes = [node for layer in layers if (node := layer.node("guarantees.yaml"))]
    ids = [item.child("id").data for node in nodes for item in node.child("guarantees").items()]
    return {one for one in ids if isinstance(one, str)}


def say_once_that_there_are_no_papers(problems: ProblemCollector, layers: Sequence[Layer]) -> None:
    """One problem for all papers that are cited, where no layer holds any: its file is missing or empty."""
    cited = next((problem for problem in problems.noted if problem.code == "unknown-evidence"), None)
    if cited is None:
        return
    layer = next(one for one in layers if cited.place.file.startswith(f"{one.shown_as}/"))
    if "evidence.yaml" in layer.unread:
        return
    layer.unread.add("evidence.yaml")
    node = layer.node("evidence.yaml")
    if node is not None:
        problems.empty(node)
        return
    message = "Rules cite papers, and there is no evidence.yaml. Bring it back, or write it."
    problems.error(Place(f"{layer.shown_as}/evidence.yaml"), "missing-file", message)
