"""Zips out and in, and patches: what git and unzip make of them, and which zips are not taken."""

from __future__ import annotations

import io
import stat
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.drafting.file_names import name_mistake
from service.drafting.packing import BadZip, patch, unzipped, zipped
from service.reading.folder import MOST_FILES, MOST_TOTAL_BYTES
from service.reading.yaml_text import MOST_BYTES

FILES = {
    "ruleset.yaml": b"id: ours\n",
    "factors/1-concern.yaml": "rules: [] # \u00e9\n".encode(),
    "texts.es.yaml": b"",
    "scenarios/1 two words.yaml": b"- name: x\r\n",
}


def made(entries: Mapping[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    """A zip with these entries, each changed before it is written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            archive.writestr(entry, content)
    return stream.getvalue()


def test_what_goes_out_comes_in_again_and_the_same_files_are_the_same_bytes() -> None:
    content = zipped("ours", FILES)
    assert unzipped(content) == ("ours", FILES)
    assert zipped("ours", dict(reversed(FILES.items()))) == content


def test_a_zip_of_the_files_alone_lies_in_no_folder() -> None:
    assert unzipped(made(FILES)) == (None, FILES)
    only_rules = {"factors/1.yaml": b"rules: []\n"}
    assert unzipped(made(only_rules)) == (None, only_rules)


def test_what_systems_and_editors_leave_and_sign_offs_are_passed_over() -> None:
    left = {
        "ours/.git/config": b"",
        "ours/factors/.DS_Store": b"",
        "__MACOSX/ours/._ruleset.yaml": b"",
        "ours/ruleset.yaml~": b"",
        "ours/Thumbs.db": b"",
        "ours/sign-off.yaml": b"- role: Medical director\n",
        "ours/factors/": b"",
    }
    assert unzipped(made({f"ours/{name}": raw for name, raw in FILES.items()} | left)) == ("ours", FILES)


@pytest.mark.parametrize(
    "name",
    [
        "../ruleset.yaml",
        "ours/../../ruleset.yaml",
        "ours/..",
        "/ruleset.yaml",
        "ours//ruleset.yaml",
        "ours/./ruleset.yaml",
        "ours\\ruleset.yaml",
        "C:/ours/ruleset.yaml",
        "ours/factors/deeper/1.yaml",
        "ours/factors/..\\1.yaml",
        "ours/factors/a\\1.yaml",
        f"ours/factors/{'x' * 100}.yaml",
        "ours/factors/1.yml",
        "ours/factors/\u202e1.yaml",
        "ours/notes.txt",
        "other/ruleset.yaml",
        "ours/texts.english.yaml",
    ],
)
def test_names_that_are_not_of_the_plan_are_refused(name: str) -> None:
    with pytest.raises(BadZip, match="no file of a ruleset"):
        unzipped(made({"ours/ruleset.yaml": b"id: ours\n", name: b"x"}))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_other_things_that_are_no_files_are_refused(kind: int) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = (kind | 0o644) << 16

    with pytest.raises(BadZip, match="link or no plain file"):
        unzipped(made({"ruleset.yaml": b"/etc/hostname"}, change))


def test_a_file_that_unpacks_to_too_much_is_refused_whatever_the_zip_says_of_it() -> None:
    large = made({"ruleset.yaml": bytes(MOST_BYTES + 1)})
    with pytest.raises(BadZip, match="too much"):
        unzipped(large)
    # A zip that says of each file that it is small.
    lies = large.replace((MOST_BYTES + 1).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lies != large
    with pytest.raises(BadZip):
        unzipped(lies)


def test_many_files_that_unpack_to_too_much_together_are_refused() -> None:
    files = {
        f"factors/{number}.yaml": bytes(MOST_BYTES) for number in range(MOST_TOTAL_BYTES // MOST_BYTES + 1)
    }
    content = made(files)
    assert len(content) < MOST_BYTES / 10
    with pytest.raises(BadZip, match="too much"):
        unzipped(content)


def test_too_many_files_are_refused_and_very_many_before_any_is_looked_at() -> None:
    with pytest.raises(BadZip, match="more than 500 files"):
        unzipped(made({f"factors/{number}.yaml": b"" for number in range(MOST_FILES + 1)}))
    with pytest.raises(BadZip, match="more than 2000 entries"):
        unzipped(made({f".{number}": b"" for number in range(4 * MOST_FILES + 1)}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("ruleset.yaml", b"one")
        archive.writestr("ruleset.yaml", b"two")
    with pytest.raises(BadZip, match="one file on many machines"):
        unzipped(made({"factors/a.yaml": b"", "factors/A.yaml": b""}))
    with pytest.raises(BadZip, match="twice"):
        unzipped(stream.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method: int) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = method

    with pytest.raises(BadZip, match="deflate"):
        unzipped(made({"ruleset.yaml": b"x"}, change))


def test_an_encrypted_file_is_refused() -> None:
    content = bytearray(made({"ruleset.yaml": b"x"}))
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(head) + flags] |= 1
    with pytest.raises(BadZip, match="password"):
        unzipped(bytes(content))


GOOD = made({"ours/ruleset.yaml": b"id: ours\n" * 40, "ours/factors/1.yaml": b"rules: []\n"})


@given(st.binary(max_size=200) | st.builds(lambda cut: GOOD[:cut], st.integers(0, len(GOOD) - 1)))
def test_what_is_no_whole_zip_is_refused(content: bytes) -> None:
    with pytest.raises(BadZip):
        unzipped(content)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=300)
def test_a_zip_with_other_bytes_in_it_is_refused_or_read_and_nothing_else(
    edits: list[tuple[int, int]],
) -> None:
    content = bytearray(GOOD)
    for at, byte in edits:
        content[at] = byte
    try:
        _, files = unzipped(bytes(content))
    except BadZip:
        return
    assert all(len(raw) <= MOST_BYTES and name_mistake(name) is None for name, raw in files.items())


def applied(folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, bytes]:
    """What ``git apply`` makes of the files before with the patch to those after."""
    root = folder / "rulesets"
    write(root / "ours", before)
    run = ["git", "apply", "--whitespace=nowarn", "--verbose", "-"]
    content = patch("ours", before, after)
    if content:
        done = subprocess.run(run, cwd=root, input=content, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, (done.stderr.decode(), content.decode())
    return {
        path.relative_to(root / "ours").as_posix(): path.read_bytes()
        for path in (root / "ours").rglob("*.yaml")
    }


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def test_git_makes_of_the_files_before_and_a_patch_the_files_after(tmp_path: Path) -> None:
    many = b"".join(b"line %d\n" % number for number in range(60))
    before = {
        "ruleset.yaml": many,
        "assessment.yaml": b"gone\n",
        "guarantees.yaml": b"",
        "evidence.yaml": b"no end",
        'scenarios/2 \u00e4 "quoted".yaml': b"a\n",
        "scenarios/3 two words.yaml": b"a\r\nb\r\n",
    }
    after = {
        "ruleset.yaml": many.replace(b"line 3\n", b"").replace(b"line 30\n", b"x\ny\n") + b"more",
        "evidence.yaml": b"no end\nand more",
        "texts.es.yaml": b"",
        "factors/1.yaml": b"new\n",
        'scenarios/2 \u00e4 "quoted".yaml': b"b\n",
        "scenarios/3 two words.yaml": b"a\r\nB\r\n",
    }
    assert applied(tmp_path, before, after) == after


def test_of_nothing_edited_there_is_no_patch() -> None:
    assert patch("ours", FILES, FILES) == b""


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "-\n", "\\\n", "\n"]), max_size=25)
TEXTS = st.builds(lambda lines, end: ("".join(lines) + end).encode(), LINES, st.sampled_from(["", "end"]))


@given(before=TEXTS, after=TEXTS)
@settings(max_examples=40, deadline=None)
def test_any_edit_is_a_patch_that_git_takes(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes
) -> None:
    folder = tmp_path_factory.mktemp("applied")
    old, new = {"ruleset.yaml": before}, {"ruleset.yaml": after}
    assert applied(folder, old, new) == new
