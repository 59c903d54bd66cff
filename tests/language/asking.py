"""What the product says of a sample: each place of it asked as its users ask, in this process."""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from service.serving.evaluate import Answering
from service.serving.refused import Refused
from tests.authoring.as_editors_see import as_an_editor_sees
from tests.commandline.console import picoplan
from tests.documenting.markup import Markup, flat, parsed
from tests.generated import dump
from tests.language.samples import Files, written
from tests.properties.serving import answer, open_folder

Json = dict[str, Any]


class Ruleset:
    """A sample in a folder of its own, read once."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.files = files
        self.root = written(folder, files)
        self.folder = self.root / "generated"

    @cached_property
    def answering(self) -> Answering:
        """What answers; it is read and compiled at the first question."""
        return open_folder(self.root)

    def answer(self, client: Json) -> Json:
        """The answer to a valid assessment, with reasons."""
        return answer(self.answering, client, explain=True)

    def takes(self, client: Json) -> bool:
        """Whether the assessment is taken."""
        return not isinstance(
            self.answering.evaluate({"ruleset": "generated", "assessment": client}), Refused
        )

    def hit(self, name: str, client: Json) -> Json | None:
        """The rule among those that fired; None: it did not fire."""
        return next((hit for hit in self.answer(client)["fired"] if hit["rule"] == name), None)

    def console(self, command: str, client: Json) -> str:
        """What ``picoplan evaluate`` or ``explain`` says of a client."""
        said = picoplan(command, "generated", "-", "--rulesets", self.root, stdin=json.dumps(client))
        assert said.code == 0, said.err
        return said.out

    def check(self) -> list[Json]:
        """The problems that ``picoplan check`` finds, proofs included."""
        said = picoplan("check", self.folder, "--format", "json")
        problems: list[Json] = json.loads(said.out)["problems"]
        return problems

    def on_page(self, anchor: str, since: Ruleset | None = None) -> str:
        """The text of one part of the page, with what changed since an older ruleset."""
        return flat(_page(self.root, since.root if since else None).by_id(anchor).text)

    def schema(self, kind: str) -> Json:
        """The schema that an editor has of one kind of file."""
        said = picoplan("schema", self.folder, "--kind", kind)
        assert said.code == 0, said.err
        schema: Json = json.loads(said.out)
        return schema

    def marked(self, kind: str, files: Files | None = None) -> list[str]:
        """What an editor marks in the factors or the questions, of these or of other files."""
        path = {"factors": "factors/1-concern.yaml", "assessment": "assessment.yaml"}[kind]
        data = as_an_editor_sees(dump(files or self.files)[path])
        return [one.json_path for one in Draft202012Validator(self.schema(kind)).iter_errors(data)]


@cache
def _page(root: Path, since: Path | None) -> Markup:
    more = ("--since", since) if since else ()
    said = picoplan("docs", "generated", "--rulesets", root, "-o", "-", *more)
    assert said.code == 0, said.err
    return parsed(said.out)


@cache
def diff(old: Ruleset, new: Ruleset) -> Json:
    """What ``picoplan diff`` says of two versions."""
    said = picoplan("diff", "--json", old.folder, new.folder)
    assert said.code == 0, said.err
    (compared,) = json.loads(said.out)["rulesets"]
    return dict(compared)


def said_in(statements: list[Json]) -> str:
    """All that statements of a diff say, on one line."""
    return " / ".join(line for one in statements for line in one["says"])
