"""A service that may write its folder of one small ruleset, and drafts of that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from tests.waiting import until
from tests.web.pages import Shown, Visit
from tests.web.serving import Served
from tests.web.small import write_small

RULES = "factors/1-concern.yaml"
HEADER = "ruleset.yaml"


class Clinic:
    """The service, its folder, and a visitor without a key."""

    def __init__(self, server: Served, rulesets: Path) -> None:
        self.server = server
        self.rulesets = rulesets
        self.visit = Visit(server)
        self.edited_so_far = 0

    def begin(self, ruleset: str = "small") -> str:
        """The address of a new draft of a ruleset that serves."""
        status, _, said = self.server.ask("POST", "/v1/drafts", {"ruleset": ruleset})
        assert status == 201, said
        return f"/workbench/{ruleset}/{json.loads(said)['id']}"

    def edit(self, draft: str, file: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file of a draft."""
        path = f"/v1/drafts/{draft.rpartition('/')[2]}/files/{file}"
        _, headers, content = self.server.ask("GET", path)
        text = content.decode()
        for old, new in changes:
            text = re.sub(old, new, text)
        sent = {"If-Match": headers["etag"], "Content-Type": "application/yaml"}
        status, _, said = self.server.ask("PUT", path, text.encode(), sent)
        assert (status, text != content.decode()) == (200, True), said

    def edited(self) -> str:
        """The address of a draft of the next version, with another title of a rule, once it is proven."""
        draft = self.begin()
        version = self.newest().split(".")
        raised = ".".join([version[0], str(int(version[1]) + 1), "0"])
        self.edit(draft, HEADER, ("version: .*\n", f"version: {raised}\n"), ("effective: .*\n", ""))
        self.edited_so_far += 1
        self.edit(draft, RULES, ("title: .*[Ss]un spots\n", f"title: {self.edited_so_far}, sun spots\n"))
        self.until_checked(draft)
        return draft

    def newest(self) -> str:
        """The version that was published last."""
        history = json.loads(self.server.ask("GET", "/v1/rulesets/small/history")[2])
        return str(history["editions"][0]["version"])

    def until_checked(self, draft: str, visit: Visit | None = None) -> Shown:
        """Its page Publish, once nothing more is worked at."""
        visit = visit or self.visit

        def page() -> Shown | None:
            shown = visit.get(f"{draft}/publish")
            assert shown.status == 200, shown.text
            return None if ">Working<" in shown.text else shown

        return until(page, lambda: as_text(visit.get(f"{draft}/publish").text))

    def until_it_stands(self, draft: str, says: str) -> Shown:
        """Its page Publish, once it says so of where it stands."""

        def page() -> Shown | None:
            shown = self.visit.get(f"{draft}/publish")
            return shown if says in stands(shown) else None

        return until(page, lambda: as_text(self.visit.get(f"{draft}/publish").text))

    def sign(self, draft: str, visit: Visit | None = None, **fields: Any) -> Shown:
        """What comes of signing it."""
        visit = visit or self.visit
        page = visit.get(f"{draft}/publish")
        filled = {"role": "Medical director", "date": "2026-01-02", "agree": "yes", "digest": digest_of(page)}
        return visit.post(f"{draft}/publish/sign", {".token": page.token, **filled, **fields})

    def save(self, draft: str, visit: Visit | None = None, **fields: Any) -> Shown:
        """What comes of saving it."""
        visit = visit or self.visit
        page = visit.get(f"{draft}/publish")
        return visit.post(
            f"{draft}/publish/save", {".token": page.token, "digest": digest_of(page), **fields}
        )

    def go_back(self, address: str, **fields: Any) -> Shown:
        """What becomes of going back to an edition, by the address of its page."""
        page = self.visit.get(address)
        newest = re.search(r'name="newest" value="([^"]*)"', page.text)
        assert newest, page.text
        begun = self.visit.post(address, {".token": page.token, "newest": newest[1], **fields})
        assert begun.status == 303, begun.text

        def shown() -> Shown | None:
            found = self.visit.get(begun.where)
            return None if "Going back to" in found.text else found

        return until(shown)

    def files(self, ruleset: str = "small") -> dict[str, bytes]:
        """What the folder of the ruleset holds."""
        folder = self.rulesets / ruleset
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def digest_of(page: Shown) -> str:
    """The digest that the forms of a page send; nothing where there is none."""
    found = re.search(r'name="digest" value="([^"]*)"', page.text)
    return found[1] if found else ""


def stands(page: Shown) -> str:
    """What a page says of where the draft stands, as text."""
    return as_text(page.text.partition('id="standing"')[2].partition("<section")[0].partition(">")[2])


def line(page: Shown, name: str) -> str:
    """A line of the checklist, as text."""
    return as_text(page.text.partition(f'id="line-{name}"')[2].partition("</li>")[0].partition(">")[2])


def as_text(html: str) -> str:
    """The text without markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@contextmanager
def publishing_clinic(folder: Path, **told: Any) -> Iterator[Clinic]:
    """The clinic, with its ruleset live."""
    rulesets = folder / "rulesets"
    if not rulesets.is_dir():
        write_small(rulesets)
    told = {"allow_edits": True, "workers": 1, **told}
    with Served(folder, rulesets=str(rulesets), rulesets_shown_as="rulesets", **told) as server:
        yield Clinic(server.until_ready(), rulesets)
