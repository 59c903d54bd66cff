"""A digest is of what the files say: how an editor, or git, ends their lines changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from service.documenting.signature import moved_over, read_sign_offs
from service.reading.ruleset import Read
from service.store.folders import read_shelf, shipped
from tests.commandline.samples import write_small

SAVED: dict[str, Callable[[bytes], bytes]] = {
    "Windows line ends": lambda raw: raw.replace(b"\n", b"\r\n"),
    "old Mac line ends": lambda raw: raw.replace(b"\n", b"\r"),
    "a byte-order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "a mark and Windows line ends": lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"),
}


def saved(root: Path, how: Callable[[bytes], bytes]) -> Read:
    for file in root.rglob("*.yaml"):
        file.write_bytes(how(file.read_bytes()))
    return read_shelf(root).read["small"]


def digest(read: Read) -> str:
    assert read.ruleset is not None, read.problems
    return read.ruleset.digest


def over_bytes(folder: Path) -> str:
    """The digest of one folder's files as they are, written down anew: the form of before."""
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.name != "sign-off.yaml":
            for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
                made.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{made.hexdigest()}"


@pytest.mark.parametrize("how", SAVED.values(), ids=SAVED)
def test_a_folder_has_one_digest_however_it_is_saved(how: Callable[[bytes], bytes], tmp_path: Path) -> None:
    root = write_small(tmp_path)
    plain = read_shelf(root).read["small"]
    assert digest(saved(root, how)) == digest(plain) == over_bytes(write_small(tmp_path / "b") / "small")


@pytest.mark.parametrize("name", ["pico-laser", "tattoo-kirby-desai"])
def test_a_shipped_ruleset_keeps_the_digest_that_it_always_had(name: str) -> None:
    assert digest(read_shelf(shipped()).read[name]) == over_bytes(shipped() / name)


def test_another_blank_line_is_another_text(tmp_path: Path) -> None:
    root = write_small(tmp_path)
    before = digest(read_shelf(root).read["small"])
    assert digest(saved(root, lambda raw: raw.replace(b"\n", b"\r\n\n", 1))) != before
    assert digest(saved(root, lambda raw: raw + b"\xef\xbb\xbf")) != before


@pytest.mark.parametrize("now", ["as it was signed", "as git has it elsewhere"])
def test_a_signature_under_a_digest_of_before_counts_for_the_same_text(now: str, tmp_path: Path) -> None:
    root = write_small(tmp_path)
    read = saved(root, SAVED["Windows line ends"])
    signed = over_bytes(root / "small")
    assert signed != digest(read)
    if now == "as git has it elsewhere":
        saved(root, lambda raw: raw.replace(b"\r\n", b"\n"))
    entry = f"- digest: {signed}\n  role: Medical director\n  date: 2026-12-01\n"
    (root / "small" / "sign-off.yaml").write_text(entry, encoding="utf-8")
    read = read_shelf(root).read["small"]
    assert read.ruleset is not None
    assert read.ruleset.signed_off
    (moved,) = moved_over(read_sign_offs(root / "small"), read)
    assert (moved.digest, moved.role) == (read.ruleset.digest, "Medical director")
    rules = root / "small" / "factors" / "2-response.yaml"
    rules.write_bytes(rules.read_bytes().replace(b"We begin gently.", b"We begin boldly."))
    read = read_shelf(root).read["small"]
    assert read.ruleset is not None
    assert not read.ruleset.signed_off
    assert moved_over(read_sign_offs(root / "small"), read)[0].digest == signed
