"""docs/developing.md: every layer is named, and every path that the page names is there."""

from __future__ import annotations

import re

import pytest

from service.engine import chunks
from tests.docs.pages import ROOT, Page, in_code

PAGE = Page("developing.md")
FOLDERS = sorted(path.parent.name for path in (ROOT / "service").glob("*/__init__.py"))
TOP = ("service", "schemas", "tests", "scripts", "docs", "findings")


def paths() -> list[str]:
    return sorted({word for word in in_code(PAGE.text) if re.fullmatch(r"[a-z_./]+/[a-z_./]*", word)})


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_of_the_service_is_in_the_table_of_layers(folder: str) -> None:
    assert f"| `service/{folder}/` |" in PAGE.section("The layers")


def test_the_table_of_layers_is_in_the_order_that_import_linter_holds() -> None:
    said = re.findall(r"^\| `service/([a-z]+)(?:/|\.py)` \|", PAGE.section("The layers"), re.M)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    held = project.split("layers = [", 1)[1].split("]", 1)[0]
    assert said == re.findall(r"[a-z]+", held)


@pytest.mark.parametrize("path", [path for path in paths() if path.split("/")[0] in TOP])
def test_a_path_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_bounds_of_a_chunk_are_those_of_the_code() -> None:
    said = PAGE.section("How durable_rules is driven, and why")
    assert f"{chunks.MOST_SLOTS} slots in a chunk" in said
    assert f"{chunks.MOST_LEAVES} alternatives in a chunk" in said
