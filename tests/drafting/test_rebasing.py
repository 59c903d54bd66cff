"""A draft brought together with another edition: what comes by itself, and what is chosen."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from service.drafting.rebasing import brought_together
from service.model.draft import Draft, DraftState, FileConflict
from tests.store.made import NOON

NAMES = ("ruleset.yaml", "factors/1.yaml", "factors/2.yaml")
FILES = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=3).map(b"".join)
)


def drafted(base: Mapping[str, bytes], yours: Mapping[str, bytes]) -> DraftState:
    """A state of a draft that was begun from those files and has come to these."""
    return DraftState(Draft("d-aaaaaaaaaaaa", "ours", None, "sha256:1", NOON, NOON, None, 1), 1, yours, base)


@given(FILES, FILES)
def test_where_one_side_alone_has_changed_anything_the_other_comes_as_it_is(
    base: Mapping[str, bytes], changed: Mapping[str, bytes]
) -> None:
    assert brought_together(drafted(base, changed), base, {}) == changed
    assert brought_together(drafted(base, base), changed, {}) == changed
    assert brought_together(drafted(base, changed), changed, {}) == changed


@given(FILES, FILES, FILES, st.sampled_from(["theirs", "yours"]))
def test_whatever_was_changed_once_every_conflict_is_chosen_the_files_are_there(
    base: Mapping[str, bytes], theirs: Mapping[str, bytes], yours: Mapping[str, bytes], side: str
) -> None:
    found = brought_together(drafted(base, yours), theirs, {})
    if isinstance(found, tuple):
        for one in found:
            assert (one.base, one.theirs, one.yours) == (
                base.get(one.name),
                theirs.get(one.name),
                yours.get(one.name),
            )
            assert len({one.base, one.theirs, one.yours}) == 3
        chosen = {one.name: getattr(one, side) for one in found}
        found = brought_together(drafted(base, yours), theirs, chosen)
        assert isinstance(found, dict)
        assert {name: found.get(name) for name in chosen} == chosen


def test_edits_of_different_parts_of_one_file_come_together() -> None:
    base = {"ruleset.yaml": b"a\nb\nc\n"}
    yours, theirs = {"ruleset.yaml": b"a\nb\nC\n"}, {"ruleset.yaml": b"A\nb\nc\n"}
    assert brought_together(drafted(base, yours), theirs, {}) == {"ruleset.yaml": b"A\nb\nC\n"}


def test_what_comes_together_has_the_line_ends_and_the_mark_that_the_file_has() -> None:
    base = {"ruleset.yaml": b"\xef\xbb\xbfa\r\nb\r\nc\r\n"}
    yours, theirs = {"ruleset.yaml": b"\xef\xbb\xbfa\r\nb\r\nC\r\n"}, {"ruleset.yaml": b"A\nb\nc\n"}
    assert brought_together(drafted(base, yours), theirs, {}) == {
        "ruleset.yaml": b"\xef\xbb\xbfA\r\nb\r\nC\r\n"
    }


def test_a_file_that_one_removes_and_the_other_edits_is_chosen() -> None:
    base = {"ruleset.yaml": b"a\n"}
    assert brought_together(drafted(base, {}), {"ruleset.yaml": b"b\n"}, {}) == (
        FileConflict("ruleset.yaml", b"a\n", b"b\n", None),
    )
    assert brought_together(drafted(base, {}), {"ruleset.yaml": b"b\n"}, {"ruleset.yaml": None}) == {}


def test_line_ends_of_another_machine_are_no_edit() -> None:
    base = {"ruleset.yaml": b"a\r\nb\r\n"}
    yours = {"ruleset.yaml": b"a\nB\n"}
    assert brought_together(drafted(base, yours), {"ruleset.yaml": b"a\nb\n"}, {}) == yours
