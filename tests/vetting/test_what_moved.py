"""A rule that is replaced and has changed is shown with its change, where what serves knows it."""

from __future__ import annotations

from pathlib import Path

from service.store.editions import edition_of
from service.store.folders import read_shelf
from service.vetting.check import check_shelf
from service.vetting.report import Served
from tests.reading.reading import copied


def moved(folder: Path, served: Served) -> list[str]:
    """What is said of the rules that branch replaces."""
    checked = check_shelf(
        read_shelf(folder, "r", only="branch"), scenarios=False, prove_seconds=None, served={"branch": served}
    )
    checked.close()
    return [one.message for one in checked.read_problems if one.code == "replaced-rule-moved"]


def test_the_warning_shows_what_changed_since_the_version_that_serves(tmp_path: Path) -> None:
    clinic, branch = copied(tmp_path) / "clinic", tmp_path / "branch"
    rules = branch / "factors" / "1-concern.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("replaces: yes", "replaces: 9c82710a"))
    served = Served(edition_of(read_shelf(tmp_path, "r", only="branch").read["branch"]))
    assert moved(tmp_path, served) == []
    changed = clinic / "factors" / "1-concern.yaml"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(
        text.replace("typical: 5, max: 6", "typical: 5, max: 8").replace(
            "severity: at least moderate", "severity: severe"
        )
    )
    [message] = moved(tmp_path, served)
    assert message.startswith('The rule "scars" that this one replaces has changed: when: ')
    assert (
        "severity: severe; then, sessions: 4 to 6, typically 5 -> 4 to 8, typically 5. Read it, " in message
    )
    [plain] = moved(tmp_path, Served())
    assert "Where they differ it says now then: " in plain
    assert plain.split(" Read it, ")[1] == message.split(" Read it, ")[1]
