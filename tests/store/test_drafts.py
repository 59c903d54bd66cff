"""Drafts in the database: what each state holds, who writes at once, and what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from service.model.caller import INTERNAL, Caller
from service.model.draft import KEPT, Draft, DraftState, FileConflict, file_tag
from service.model.ruleset import SignOff
from service.store import drafts
from service.store.database import Database
from service.store.drafts import (
    DRAFTS,
    DraftStore,
    NoSuchDraft,
    TooManyDrafts,
    is_draft_id,
)
from service.store.faults import Damaged
from tests.store.made import NOON, edition, later
from tests.store.test_keys import run

NORTH = Caller(key="k1", clinic="north", rulesets=frozenset(("small",)))
SOUTH = Caller(key="k2", clinic="south", rulesets=frozenset(("small", "other")))
BASE = edition()
RULES = "factors/1-a.yaml"


@pytest.fixture
def store(url: str) -> Iterator[DraftStore]:
    """Without any draft."""
    opened = DraftStore(Database(url))
    yield opened
    opened.close()


def begun(store: DraftStore, clinic: str | None = "north", ruleset: str = "small") -> Draft:
    """A draft that was begun from the base, unchanged."""
    return store.begin(ruleset, clinic, "k1", BASE, BASE.own_files, NOON)


def saved(store: DraftStore, draft: Draft, text: str, day: float = 1, name: str = RULES) -> DraftState:
    """The state after a file was saved by whoever has just read it."""
    state = store.state(draft.id)
    assert state is not None
    there = state.files.get(name)
    tags = {name: None if there is None else file_tag(there)}
    after = store.save(draft.id, {name: text.encode()}, tags, "k3", later(day))
    assert isinstance(after, DraftState)
    return after


def test_a_draft_begins_with_the_files_of_its_base(store: DraftStore) -> None:
    draft = begun(store)
    assert is_draft_id(draft.id)
    assert (draft.base, draft.state, draft.by, draft.began, draft.changed) == (
        BASE.digest,
        1,
        "k1",
        NOON,
        NOON,
    )
    assert draft.gone == (NOON + KEPT).date()
    assert store.state(draft.id) == DraftState(draft, 1, BASE.own_files, BASE.own_files)


def test_a_draft_of_a_new_ruleset_has_no_base(store: DraftStore) -> None:
    draft = store.begin("ours", None, None, None, {"ruleset.yaml": b"id: ours\n"}, NOON)
    state = store.state(draft.id)
    assert state is not None
    assert (draft.base, state.base_files, state.files) == (None, {}, {"ruleset.yaml": b"id: ours\n"})


def test_every_save_is_a_state_and_earlier_ones_stay(store: DraftStore) -> None:
    draft = begun(store)
    first = saved(store, draft, "b\n", 1)
    second = saved(store, draft, "c\n", 2, "scenarios/1-new.yaml")
    assert store.state(draft.id) == second
    assert second.draft == replace(draft, state=3, changed=later(2), by="k3")
    earlier = store.state(draft.id, 2)
    assert earlier is not None
    assert (earlier.files, earlier.base_files) == (first.files, BASE.own_files)
    assert [(one.number, one.at, one.by) for one in store.states(draft.id)] == [
        (3, later(2), "k3"),
        (2, later(1), "k3"),
        (1, NOON, "k1"),
    ]


def test_any_bytes_come_back_as_they_were(store: DraftStore) -> None:
    draft = begun(store)
    content = bytes(range(256)) * 3
    store.save(
        draft.id, {RULES: content, "evidence.yaml": b""}, tags(RULES) | {"evidence.yaml": None}, None, NOON
    )
    state = store.state(draft.id)
    assert state is not None
    assert (state.files[RULES], state.files["evidence.yaml"]) == (content, b"")


def tags(*names: str) -> dict[str, str | None]:
    """The ETags of files of the base."""
    return {name: file_tag(BASE.own_files[name]) for name in names}


@pytest.mark.parametrize(
    ("changes", "matching"),
    [
        ({RULES: b"mine\n"}, tags(RULES)),
        ({"new.yaml": b"x", RULES: b"mine\n"}, {"new.yaml": None} | tags(RULES)),
        ({RULES: None}, tags(RULES)),
        ({RULES: b"mine\n"}, {RULES: None}),
    ],
)
def test_a_save_under_an_old_tag_saves_nothing_and_tells_the_three_sides(
    store: DraftStore, changes: Mapping[str, bytes | None], matching: Mapping[str, str | None]
) -> None:
    draft = begun(store)
    after = saved(store, draft, "theirs\n")
    known = b"a\n" if matching[RULES] else None
    assert store.save(draft.id, changes, matching, "k1", later(2)) == FileConflict(
        RULES, known, b"theirs\n", changes[RULES]
    )
    assert store.state(draft.id) == after


def test_a_file_that_was_taken_away_meanwhile_is_a_conflict_too(store: DraftStore) -> None:
    draft = begun(store)
    gone = store.save(draft.id, {RULES: None}, tags(RULES), None, NOON)
    assert isinstance(gone, DraftState)
    assert RULES not in gone.files
    assert store.save(draft.id, {RULES: b"mine\n"}, tags(RULES), None, NOON) == FileConflict(
        RULES, b"a\n", None, b"mine\n"
    )


def test_a_save_of_what_is_there_makes_no_state_and_keeps_signatures(store: DraftStore) -> None:
    draft = begun(store)
    signed = store.sign(draft.id, 1, SignOff("sha256:1", "Nurse", "2027-01-01"))
    assert store.save(draft.id, {RULES: b"a\n"}, tags(RULES), None, later(1)) == signed
    assert len(store.states(draft.id)) == 1


def test_of_many_who_save_one_file_at_once_one_does_and_the_others_are_told(store: DraftStore) -> None:
    draft = begun(store)

    def save(number: int) -> bool:
        mine = {RULES: f"{number}\n".encode()}
        return isinstance(store.save(draft.id, mine, tags(RULES), None, NOON), DraftState)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(save, range(6))) == 1
    assert [one.number for one in store.states(draft.id)] == [2, 1]


def test_two_who_save_different_files_at_once_lose_nothing(store: DraftStore) -> None:
    draft = begun(store)

    def save(number: int) -> None:
        name = f"factors/{number}.yaml"
        store.save(draft.id, {name: b"x"}, {name: None}, None, NOON)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save, range(12)))
    state = store.state(draft.id)
    assert state is not None
    assert (state.number, len(state.files)) == (13, len(BASE.own_files) + 12)


def test_a_signature_is_of_one_state_and_any_edit_undoes_it(store: DraftStore) -> None:
    draft = begun(store)
    first, second = SignOff("sha256:1", "Nurse", "2027-01-01"), SignOff("sha256:1", "Director", "2027-01-02")
    store.sign(draft.id, 1, first)
    state = store.sign(draft.id, 1, second)
    assert state is not None
    assert state.signed == (first, second)
    assert store.state(draft.id) == state
    again = store.sign(draft.id, 1, replace(first, date="2027-01-03"))
    assert again is not None
    assert again.signed == (second, replace(first, date="2027-01-03"))
    assert saved(store, draft, "b\n").signed == ()
    assert store.sign(draft.id, 1, first) is None


def test_that_changes_were_read_is_of_one_state_and_stays_with_a_signature(store: DraftStore) -> None:
    draft = begun(store)
    store.note_changes_read(draft.id, 1, "sha256:1")
    store.sign(draft.id, 1, SignOff("sha256:1", "Nurse", "2027-01-01"))
    state = store.state(draft.id)
    assert state is not None
    assert state.changes_read == "sha256:1"
    assert saved(store, draft, "b\n").changes_read is None
    first = store.state(draft.id, 1)
    assert first is not None
    assert first.changes_read == "sha256:1"
    store.note_changes_read("nothing", 1, "sha256:1")


def test_a_draft_goes_on_from_another_edition_unless_it_was_saved_meanwhile(store: DraftStore) -> None:
    draft, newer = begun(store), edition("2.0.0", "title: B\n")
    merged = {**newer.own_files, RULES: b"merged\n"}
    state = store.rebase(draft.id, 1, newer, merged, "k1", later(1))
    assert state is not None
    assert (state.draft.base, state.base_files, state.files) == (newer.digest, newer.own_files, merged)
    assert store.state(draft.id) == state
    before = store.state(draft.id, 1)
    assert before is not None
    assert (before.draft.base, before.base_files) == (BASE.digest, BASE.own_files)
    assert store.rebase(draft.id, 1, newer, merged, "k1", later(2)) is None


@pytest.fixture
def few_states(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many states are kept, rather than a hundred, which takes long."""
    assert drafts.MOST_STATES == 100
    monkeypatch.setattr(drafts, "MOST_STATES", 4)
    return 4


def test_the_newest_states_are_kept_and_texts_that_none_of_them_holds_are_not(
    store: DraftStore, url: str, few_states: int
) -> None:
    draft = begun(store)
    for number in range(few_states + 4):
        saved(store, draft, f"text {number}\n")
    numbers = [one.number for one in store.states(draft.id)]
    assert numbers == list(range(few_states + 5, 5, -1))
    assert all(store.state(draft.id, number) is not None for number in (numbers[0], numbers[-1]))
    assert store.state(draft.id, 5) is None
    # One for each state, and the header; the rules of the base are still those of the base.
    assert len(run(url, "SELECT * FROM draft_texts")) == few_states + 2
    assert store.save(draft.id, {RULES: b"x"}, {RULES: file_tag(b"text 1\n")}, None, NOON) == FileConflict(
        RULES, None, f"text {few_states + 3}\n".encode(), b"x"
    )


def test_states_that_their_writer_soon_saved_over_go_before_those_that_he_left(
    store: DraftStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_STATES", 6)
    monkeypatch.setattr(drafts, "MOST_RECENT", 2)
    draft = begun(store)
    for minute in (1, 2, 3, 30, 31, 60, 61, 62, 63):  # they are states 2 to 10; after 4 and 6 he paused
        saved(store, draft, f"text {minute}\n", minute / (24 * 60))
    numbers = [one.number for one in store.states(draft.id)]
    assert numbers == [10, 9, 8, 6, 4, 1]
    assert len(run(url, "SELECT * FROM draft_texts")) == len(numbers) + 1
    for number in numbers[:-1]:
        state = store.state(draft.id, number)
        assert state is not None
        assert state.files[RULES].startswith(b"text")


def test_a_text_that_comes_back_is_kept_as_long_as_a_state_holds_it(
    store: DraftStore, few_states: int
) -> None:
    draft = begun(store)
    name = "scenarios/1.yaml"
    saved(store, draft, "kept\n", name=name)
    saved(store, draft, "other\n", name=name)
    saved(store, draft, "kept\n", name=name)
    for number in range(few_states + 1):
        saved(store, draft, f"{number}\n")
    state = store.state(draft.id)
    assert state is not None
    assert state.files[name] == b"kept\n"


def test_a_clinic_has_fifty_drafts_at_most_and_so_has_the_house(
    store: DraftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drafts.MOST_OPEN == 50
    monkeypatch.setattr(drafts, "MOST_OPEN", 3)
    for clinic in ("north", None):
        for _ in range(3):
            last = begun(store, clinic)
        with pytest.raises(TooManyDrafts):
            begun(store, clinic)
        store.discard(last.id)
        begun(store, clinic)
    begun(store, "south")


def test_a_draft_is_its_clinics_and_the_houses(store: DraftStore) -> None:
    north, house = begun(store), begun(store, None)
    other = begun(store, "south", "other")
    assert {one.id for one in store.all_of(INTERNAL)} == {north.id, house.id, other.id}
    assert store.all_of(NORTH) == (north,)
    assert store.all_of(SOUTH) == (other,)
    saved(store, house, "b\n", 3)
    assert store.all_of(INTERNAL)[0].id == house.id


def test_a_discarded_draft_leaves_nothing(store: DraftStore, url: str) -> None:
    draft = begun(store)
    assert store.discard(draft.id)
    assert not store.discard(draft.id)
    assert [run(url, f"SELECT * FROM {name}") for name in ("drafts", "draft_states", "draft_texts")] == [
        []
    ] * 3
    assert (store.state(draft.id), store.states(draft.id)) == (None, ())
    entry = SignOff("sha256:1", "Nurse", "2027-01-01")
    for change in (
        lambda: store.save(draft.id, {}, {}, None, NOON),
        lambda: store.sign(draft.id, 1, entry),
        lambda: store.rebase(draft.id, 1, BASE, {}, None, NOON),
    ):
        with pytest.raises(NoSuchDraft):
            change()


def test_a_draft_is_forgotten_so_long_after_its_last_change(store: DraftStore) -> None:
    old, changed = begun(store), begun(store)
    saved(store, changed, "b\n", 2)
    assert store.forget(later(1)) == 1
    assert store.forget(later(1)) == 0
    assert [one.id for one in store.all_of(INTERNAL)] == [changed.id]
    assert store.state(old.id) is None
    assert store.forget(later(2) + timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    "draft_id", ["", "d-", "x" * 10_000, "d-aaaaaaaaaaa\0", "d-aaaaaaaaaaaa\n", "D-AAAAAAAAAAAA"]
)
def test_what_is_no_id_of_a_draft_finds_none(store: DraftStore, draft_id: str) -> None:
    assert (store.state(draft_id), store.states(draft_id), store.discard(draft_id)) == (None, (), False)
    draft = begun(store)
    assert store.state(draft.id, 10**12) is None
    assert store.state(draft.id, -1) is None


def test_damage_is_told_and_never_served(store: DraftStore, url: str) -> None:
    draft = begun(store)
    run(url, "UPDATE draft_texts SET deflated = (SELECT deflated FROM draft_texts ORDER BY sha256 LIMIT 1)")
    with pytest.raises(Damaged, match=draft.id):
        store.state(draft.id)
    with pytest.raises(Damaged, match=draft.id):
        store.save(draft.id, {RULES: b"x"}, tags(RULES), None, NOON)
    run(url, "DELETE FROM draft_states")
    with pytest.raises(Damaged, match="Discard it"):
        store.save(draft.id, {RULES: b"x"}, tags(RULES), None, NOON)
    assert store.discard(draft.id)


def test_the_table_says_which_key_changed_a_draft_and_no_more_of_a_person() -> None:
    assert {one.name for one in DRAFTS.columns} == {
        *("id", "ruleset", "clinic", "base", "began", "changed", "changed_by", "state")
    }
