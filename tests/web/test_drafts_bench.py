"""Drafts over a real service: checked, proved, tried and shown by processes of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store.drafts import DraftStore, open_drafts
from tests.web.pages import Visit
from tests.web.serving import Served
from tests.web.small import write_small


class Drafts:
    """A service over a small ruleset, and the drafts in its database."""

    def __init__(self, server: Served, rulesets: Path) -> None:
        self.server = server
        self.rulesets = rulesets
        environ = {"PICOPLAN_DATA_DIR": str(server.log_file.parent / "data")}
        self.store: DraftStore = open_drafts(rulesets, environ)

    def begin(self, **changes: str) -> str:
        """The id of a new draft of the small ruleset, some of its files with other texts."""
        files = {
            str(path.relative_to(self.rulesets / "small")): path.read_bytes()
            for path in (self.rulesets / "small").rglob("*.yaml")
        }
        files |= {name.replace("__", "/") + ".yaml": text.encode() for name, text in changes.items()}
        return self.store.begin("small", None, None, None, files, datetime.now(UTC)).id

    def save(self, draft: str, file: str, old: str, new: str) -> None:
        """Replace a text in a file of a draft."""
        state = self.store.state(draft)
        assert state is not None
        content = state.files[file]
        assert old.encode() in content
        from service.model.draft import file_tag

        changes = {file: content.replace(old.encode(), new.encode())}
        self.store.save(draft, changes, {file: file_tag(content)}, None, datetime.now(UTC))


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafts]:
    folder = tmp_path_factory.mktemp("rulesets")
    write_small(folder)
    home = tmp_path_factory.mktemp("drafts")
    with Served(home, rulesets=str(folder), rulesets_shown_as="clinic", workers=1) as server:
        yield Drafts(server.until_ready(), folder)


def test_pages_of_a_draft_show_what_it_holds(drafts: Drafts) -> None:
    draft = drafts.begin()
    drafts.save(draft, "factors/1-concern.yaml", "title: Sun spots", "title: Spots by the sun")
    visit = Visit(drafts.server)
    for page in ("try", "table", "rules", "rules/sun-spots"):
        shown = visit.get(f"/workbench/small/{draft}/{page}")
        assert shown.status == 200, shown.text
    assert "Spots by the sun" in shown.text
    assert "Spots by the sun" not in visit.get("/workbench/small/live/rules/sun-spots").text
