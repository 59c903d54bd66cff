"""Links in folders of rulesets: those that lead out are refused, and what they lead to is never read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.folders import Shelf, read_shelf
from service.vetting.sources import Source
from tests.web.small import write_small

SECRET = "hunter2"
REFUSED = (
    "error link-outside This is a link that leads out of the rulesets, so it is not read. "
    "Put what it leads to here."
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the rulesets "small" and "other"; a secret lies beside it."""
    for name in ("small", "other"):
        write_small(tmp_path / "rulesets", name)
    (tmp_path / "secret.yaml").write_text(f"{SECRET}: [{SECRET}\n")
    return tmp_path / "rulesets"


def found(shelf: Shelf) -> list[str]:
    lines = [str(problem) for problem in shelf.all_problems]
    assert not any(SECRET in line for line in lines)
    held = [content for read in shelf.read.values() for content in read.files.values()]
    assert not any(SECRET.encode() in content for content in held)
    return lines


def links_out(root: Path) -> Iterator[tuple[Path, str]]:
    """Links in the folder "small", each with what it leads to; what stood in its place is gone."""
    secret = root.parent / "secret.yaml"
    for name in ("ruleset.yaml", "assessment.yaml", "evidence.yaml", "guarantees.yaml", "sign-off.yaml"):
        yield root / "small" / name, str(secret)
    yield root / "small/factors/1.yaml", "../../../secret.yaml"
    yield root / "small/scenarios/1.yaml", str(root.parent / "nothing.yaml")
    (root.parent / "elsewhere").mkdir()
    shutil.copy(secret, root.parent / "elsewhere")
    yield root / "small/factors", str(root.parent / "elsewhere")
    (root / ".hidden").symlink_to(secret)
    yield root / "small/evidence.yaml", "../.hidden"


def test_a_link_that_leads_out_is_a_problem_at_its_place_and_is_not_read(root: Path) -> None:
    shutil.copytree(root / "small", root.parent / "as-it-was")
    places = []
    for link, leads_to in links_out(root):
        shutil.rmtree(link) if link.is_dir() else link.unlink(missing_ok=True)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(leads_to)
        shelf = read_shelf(root, "clinic")
        place = f"clinic/{link.relative_to(root)}:1:1:"
        assert f"{place} {REFUSED}" in found(shelf)
        assert shelf.read["small"].ruleset is None
        assert shelf.read["other"].ruleset is not None
        places.append(place)
        shutil.rmtree(root / "small")
        shutil.copytree(root.parent / "as-it-was", root / "small")
    assert len(places) == 9


def test_a_ruleset_whose_folder_leads_out_is_a_problem_of_it_and_of_those_that_extend_it(root: Path) -> None:
    (root / "other").rename(root.parent / "elsewhere")
    (root / "other").symlink_to(root.parent / "elsewhere")
    (root / "mine").mkdir()
    (root / "mine/ruleset.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nextends: other\n")
    for shelf in (read_shelf(root, "clinic"), read_shelf(root, "clinic", only="mine")):
        assert found(shelf) == [f"clinic/other:1:1: {REFUSED}"]
    alone = read_shelf(root / "mine", "clinic/mine")
    assert found(alone) == [f"clinic/other:1:1: {REFUSED}"]
    assert alone.read["mine"].ruleset is None


def test_what_a_link_leads_to_outside_is_not_looked_at_to_see_changes(root: Path) -> None:
    (root / "small/evidence.yaml").unlink(missing_ok=True)
    (root / "small/evidence.yaml").symlink_to(root.parent / "secret.yaml")
    (root / "more").symlink_to(root.parent)
    source = Source(root, "clinic")
    before = source.fingerprints(("small", "more"))
    (root.parent / "secret.yaml").write_text("other")
    assert source.fingerprints(("small", "more")) == before
    (root / "small/evidence.yaml").unlink()
    assert source.fingerprints(("small",)) != source.fingerprints(("small", "more"))
    assert not before.still(source)


def mounted(folder: Path, root: Path) -> Path:
    """The rulesets as Kubernetes mounts a ConfigMap: all names are links into one folder of that moment."""
    moment = folder / "..2026_07_01"
    moment.mkdir(parents=True)
    (folder / "..data").symlink_to(moment.name)
    for entry in root.iterdir():
        (shutil.copytree if entry.is_dir() else shutil.copy)(entry, moment / entry.name)
        (folder / entry.name).symlink_to(f"..data/{entry.name}")
    return folder


def test_links_within_the_rulesets_are_read(root: Path, tmp_path: Path) -> None:
    map_of_all = mounted(tmp_path / "mounted", root)
    map_of_one = mounted(tmp_path / "one/small", root / "small")
    (tmp_path / "link").symlink_to(root)
    (tmp_path / "link-to-one").symlink_to(root / "small")
    for folder in (
        map_of_all,
        map_of_all / "small",
        map_of_one,
        map_of_one.parent,
        tmp_path / "link",
        tmp_path / "link-to-one",
    ):
        shelf = read_shelf(folder, "clinic")
        assert found(shelf) == [], folder
        assert shelf.read["small"].ruleset is not None, folder


def test_rulesets_of_one_folder_may_share_a_file(root: Path) -> None:
    shared = next((root / "other/factors").iterdir())
    (root / "small/factors" / shared.name).unlink()
    (root / "small/factors" / shared.name).symlink_to(f"../../other/factors/{shared.name}")
    assert found(read_shelf(root, "clinic")) == []


def test_one_ruleset_given_by_itself_reads_what_is_in_its_own_folder_alone(root: Path) -> None:
    shared = next((root / "other/factors").iterdir())
    (root / "small/factors" / shared.name).unlink()
    (root / "small/factors" / shared.name).symlink_to(shared)
    (root / "small/evidence.yaml").unlink()
    (root / "small/evidence.yaml").symlink_to(root.parent / "secret.yaml")
    assert found(read_shelf(root / "small", "small"))[:2] == [
        f"small/evidence.yaml:1:1: {REFUSED}",
        f"small/factors/{shared.name}:1:1: {REFUSED}",
    ]
