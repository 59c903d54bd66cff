"""``sign-off.yaml``: an entry is added, and nothing that stands there is lost."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from service.documenting.signature import (
    FILE,
    NotSigned,
    entry_for,
    read_sign_offs,
    role_mistake,
    sign,
    signed_by,
)

ENTRY = entry_for("sha256:new", "Medical director", date(2026, 12, 1))
BEFORE = {
    "nothing": "",
    "a comment alone": "# Signed on paper too.\n",
    "dashes": "- digest: sha256:old\n  role: Clinic lead\n  date: 2026-01-01\n",
    "dashes set in": "# By us.\n  - digest: sha256:old\n    role: Clinic lead   \n    date: 2026-01-01\n",
    "no line end": "- {digest: sha256:old, role: Clinic lead, date: 2026-01-01}",
    "a comment below": "- {digest: sha256:old, role: Clinic lead, date: 2026-01-01}\n# the end ]\n\n",
    "brackets": "[{digest: sha256:old, role: Clinic lead, date: 2026-01-01}]  # ]\n",
    "empty brackets": "[]\n",
    "Windows line ends": "- digest: sha256:old\r\n  role: Clinic lead\r\n  date: 2026-01-01\r\n",
    "a byte order mark": "\ufeff- digest: sha256:old\n  role: Clinic lead\n  date: 2026-01-01\n",
    "quotes": "- 'digest': \"sha256:old\"\n  \"role\": 'Clinic lead'\n  date: '2026-01-01'\n",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_an_entry_comes_after_what_stands_there(tmp_path: Path, before: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(before.encode())
    old = read_sign_offs(tmp_path)
    sign(tmp_path, ENTRY)
    assert read_sign_offs(tmp_path) == (*old, ENTRY)
    after = path.read_bytes().decode()
    pieces = [piece.strip() for piece in re.split(r"[\[\]\r\n]", before)]
    assert [piece for piece in pieces if piece not in after] == []
    assert ("\r\n" in before) == ("\r\n" in after)
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_the_first_entry_makes_the_file_and_says_what_it_is(tmp_path: Path) -> None:
    sign(tmp_path, ENTRY)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == (
        "# Who has read which state of these rules, and when. "
        "Written by picoplan sign-off; roles, no names.\n"
        '- digest: sha256:new\n  role: "Medical director"\n  date: 2026-12-01\n'
    )


@pytest.mark.parametrize(
    "role", ['She said "yes": #1', "Ärztin, leitend", "no", "{a: b}", "\\n", "12", "“Dr”"]
)
def test_a_role_comes_back_as_it_was_given(tmp_path: Path, role: str) -> None:
    sign(tmp_path, entry_for("sha256:a", role, date(2026, 1, 2)))
    sign(tmp_path, entry_for("sha256:b", role, date(2026, 1, 3)))
    assert [one.role for one in read_sign_offs(tmp_path)] == [role, role]


@pytest.mark.parametrize("before", ["digest: x\n", "- a\n", "- {digest: x}\n", "- [\n", "\xff"])
def test_a_file_that_is_no_list_of_sign_offs_is_left_alone(tmp_path: Path, before: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(before.encode("latin-1"))
    with pytest.raises(NotSigned):
        sign(tmp_path, ENTRY)
    assert path.read_bytes() == before.encode("latin-1")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.yaml"
    real.write_text("[]\n")
    folder = tmp_path / "ruleset"
    folder.mkdir()
    (folder / FILE).symlink_to(real)
    sign(folder, ENTRY)
    assert (folder / FILE).is_symlink()
    assert "Medical director" in real.read_text()


def test_the_file_keeps_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("[]\n")
    path.chmod(0o640)
    sign(tmp_path, ENTRY)
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_fails_half_way_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE
    path.write_text(BEFORE["dashes"])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        sign(tmp_path, ENTRY)
    assert path.read_text() == BEFORE["dashes"]
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_a_role_is_the_same_however_its_letters_and_gaps_are() -> None:
    assert signed_by((ENTRY,), "sha256:new", "  medical   DIRECTOR ") == ENTRY
    assert signed_by((ENTRY,), "sha256:other", "Medical director") is None
    assert signed_by((ENTRY,), "sha256:new", "Clinic lead") is None


@pytest.mark.parametrize("role", ["", "  ", "a\nb", "a\tb", "a\u2028b", "x" * 81])
def test_what_is_no_role_is_refused(role: str) -> None:
    assert role_mistake(role) is not None


def test_a_role_of_one_line_is_one() -> None:
    assert role_mistake("Leading physician (dermatology), 2nd site") is None
