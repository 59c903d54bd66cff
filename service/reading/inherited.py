"""What several layers hold together: guarantees that are taken over, and no papers at all."""

from __future__ import annotations

from collections.abc import Sequence

from service.model.problem import Place
from service.reading.findings import Findings
from service.reading.folder import Layer


def ids_promised(layers: Sequence[Layer]) -> set[str]:
    """Ids of the guarantees of the layers, as written."""
    spots = [spot for layer in layers if (spot := layer.spot("guarantees.yaml"))]
    ids = [item.child("id").data for spot in spots for item in spot.child("guarantees").items()]
    return {one for one in ids if isinstance(one, str)}


def say_once_that_there_are_no_papers(found: Findings, layers: Sequence[Layer]) -> None:
    """One problem for all papers that are cited, where no layer holds any: its file is missing or empty."""
    cited = next((problem for problem in found.problems if problem.code == "unknown-evidence"), None)
    if cited is None:
        return
    layer = next(one for one in layers if cited.place.file.startswith(f"{one.shown_as}/"))
    if "evidence.yaml" in layer.unread:
        return
    layer.unread.add("evidence.yaml")
    spot = layer.spot("evidence.yaml")
    if spot is not None:
        found.empty(spot)
        return
    message = "Rules cite papers, and there is no evidence.yaml. Bring it back, or write it."
    found.error(Place(f"{layer.shown_as}/evidence.yaml"), "missing-file", message)
