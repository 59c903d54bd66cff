"""A client on the client page: reads each question, answers it, and goes on, without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from service.model.ruleset import Ruleset
from service.pages.client_form import filled_by
from service.pages.client_steps import NOT_SURE, as_clients_read
from service.store.folders import read_shelf
from tests.web.pages import Shown, Visit
from tests.web.serving import Served

_ADDRESSES = count(1)


def read_by_clients(folder: Path, name: str) -> Ruleset:
    """A ruleset of a folder in the words of its client page."""
    ruleset = read_shelf(folder, "rulesets").read[name].ruleset
    assert ruleset is not None
    return as_clients_read(ruleset)


def nearly_every_risk(ruleset: Ruleset, concern: str = "tattoo") -> dict[str, Any]:
    """The gravest answer to everything but what is asked of gold."""
    found: dict[str, Any] = {}
    for name, one in ruleset.inputs.items():
        options = [option.id for option in one.options]
        match one.domain.shape:
            case "yes_no":
                found[name] = name != "gold_therapy"
            case "set":
                found[name] = options
            case "number":
                found[name] = int(one.domain.high or 0)
            case "choice":
                found[name] = options[-1]
    return {**found, "concern": concern}


def heading(page: Shown) -> str:
    """What the page is about."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.S)
    assert found, page.text
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


def texts(page: Shown) -> str:
    """All that the page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])).split())


class AskingClient(Visit):
    """A client with an address of his own. ``asked`` are the questions that he was asked, by id.

    ``state`` is what a form has in it where the answers are too long for an address.
    """

    def __init__(self, server: Served, ruleset: Ruleset) -> None:
        super().__init__(server)
        number = next(_ADDRESSES)
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.ruleset = ruleset
        self.by_label = {one.label: name for name, one in ruleset.inputs.items()}
        assert len(self.by_label) == len(ruleset.inputs)
        self.asked: list[str] = []
        self.where = f"/ask/{ruleset.id}"
        self.state = ""

    def get(self, path: str, **headers: str) -> Shown:
        """A page."""
        return super().get(path, **{"X_Forwarded_For": self.address, **headers})

    def send(self, path: str, fields: Mapping[str, Any]) -> Shown:
        """What comes of a form, which no other page could have made."""
        kept = {".state": self.state, ".answers": "yes"} if self.state else {}
        return self.post(path, {**kept, **fields}, X_Forwarded_For=self.address)

    def begun(self, **fields: str) -> Shown:
        """The first question."""
        return self._followed(self.send(f"/ask/{self.ruleset.id}", fields))

    def answer(self, page: Shown, values: tuple[str, ...]) -> Shown:
        """The page behind a question that is answered so."""
        self.asked.append(self.by_label[heading(page)])
        return self._followed(self.send(self.where, {"answer": values}))

    def answered(self, assessment: Mapping[str, Any], *not_sure: str, page: Shown | None = None) -> Shown:
        """The check of the answers, once all questions are answered as the assessment says."""
        filled = filled_by(self.ruleset, assessment)
        page = page or self.begun()
        while (name := self.by_label.get(heading(page))) is not None:
            page = self.answer(page, (NOT_SURE,) if name in not_sure else filled[name])
        return page

    def result(self, assessment: Mapping[str, Any], *not_sure: str) -> Shown:
        """The end."""
        self.answered(assessment, *not_sure)
        return self.sent_on()

    def sent_on(self) -> Shown:
        """What comes of the check of the answers."""
        return self._followed(self.send(self.where, {}))

    def _followed(self, page: Shown) -> Shown:
        if page.status != 303:
            held = re.search(r'<input type="hidden" name="\.state" value="([^"]+)"', page.text)
            self.state = held[1] if held else ""
            self.where = f"/ask/{self.ruleset.id}" if held else self.where
            return page
        self.where, self.state = page.where, ""
        return self.get(page.where)
