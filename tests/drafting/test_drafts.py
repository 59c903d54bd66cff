"""Who may have drafts of what, what they begin with, and what may be saved in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.drafting.drafts import Drafts
from service.drafting.packing import zipped
from service.model.caller import INTERNAL, Caller
from service.model.draft import KEPT, Draft, DraftState, FileConflict, file_tag
from service.reading.folder import MOST_FILES
from service.reading.yaml_text import MOST_BYTES
from service.serving.refused import Refused
from service.store import drafts as stored
from service.store.archive import Archive
from service.store.database import Database
from service.store.drafts import DraftStore
from service.store.editions import edition_of
from service.store.folders import read_shelf
from tests.store.made import NOON, edition, later
from tests.web.small import write_small

LEAD = Caller(
    key="k1", clinic="north", rulesets=frozenset(("small", "mine")), edits=frozenset(("small", "mine"))
)
READER = replace(LEAD, key="k2", scopes=frozenset(("read",)))
SOUTH = replace(LEAD, key="k3", clinic="south")
RULES = "factors/1-a.yaml"
FIRST, SECOND = edition(), edition("2.0.0", "title: New\n")


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    """Drafts beside an archive in which two editions of ``small`` were published."""
    database = Database(f"sqlite:///{tmp_path / 'drafts.sqlite3'}")
    archive = Archive(database)
    archive.publish(FIRST, NOON)
    archive.publish(SECOND, later(1))
    yield Drafts(DraftStore(database), archive, lambda: NOON)
    database.close()


def begun(found: Draft | Refused) -> Draft:
    """The draft that was begun."""
    assert isinstance(found, Draft), found
    return found


def codes(found: object) -> list[str]:
    """The codes of the mistakes with which it was refused."""
    assert isinstance(found, Refused), found
    return [error.code for error in found.errors]


def state_of(drafts: Drafts, draft: Draft) -> DraftState:
    """The newest state of a draft."""
    state = drafts.find(INTERNAL, draft.id)
    assert state is not None
    return state


def test_a_draft_begins_with_what_is_live(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    assert (draft.base, draft.clinic, draft.by) == (SECOND.digest, "north", "k1")
    assert state_of(drafts, draft).files == SECOND.own_files


@pytest.mark.parametrize("digest", [FIRST.digest, FIRST.digest[7:19]])
def test_a_draft_begins_with_an_edition_that_served(drafts: Drafts, digest: str) -> None:
    draft = begun(drafts.begin(INTERNAL, "small", digest))
    assert (draft.base, draft.clinic) == (FIRST.digest, None)


@pytest.mark.parametrize("digest", ["", "sha256:", FIRST.digest[7:18], "f" * 64, "%", "x\0"])
def test_a_digest_that_never_served_or_says_too_little_begins_nothing(drafts: Drafts, digest: str) -> None:
    assert codes(drafts.begin(INTERNAL, "small", digest)) == ["unknown-digest"]


def test_a_ruleset_that_comes_with_picoplan_can_only_be_built_upon(drafts: Drafts) -> None:
    for found in (
        drafts.begin(INTERNAL, "pico-laser"),
        drafts.begin_new(INTERNAL, "pico-laser", None),
        drafts.begin_with(INTERNAL, None, zipped("pico-laser", {"ruleset.yaml": b"id: pico-laser\n"})),
    ):
        assert codes(found) == ["shipped-ruleset"]
        assert isinstance(found, Refused)
        assert found.errors[0].hint.startswith("Build your own on it")


def test_a_key_edits_the_rulesets_that_it_is_for_alone(drafts: Drafts) -> None:
    assert codes(drafts.begin(READER, "small")) == ["edit-not-allowed"]
    assert codes(drafts.begin_new(LEAD, "other", None)) == ["edit-not-allowed"]
    assert codes(drafts.begin_with(LEAD, "other", zipped("small", FIRST.own_files))) == ["edit-not-allowed"]
    assert codes(drafts.begin(INTERNAL, "../small")) == ["bad-id"]
    assert codes(drafts.begin(INTERNAL, "unheard-of")) == ["unknown-ruleset"]


def test_a_draft_of_another_clinic_is_not_there(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    assert drafts.find(SOUTH, draft.id) is None
    assert drafts.all_of(SOUTH) == ()
    for found in (
        drafts.save(SOUTH, draft.id, {RULES: b"x"}, {RULES: None}),
        drafts.discard(SOUTH, draft.id),
        drafts.rebase(SOUTH, draft.id),
    ):
        assert codes(found) == ["unknown-draft"]
    assert (
        [one.id for one in drafts.all_of(LEAD)] == [one.id for one in drafts.all_of(INTERNAL)] == [draft.id]
    )


def test_who_signs_sees_a_draft_and_does_not_change_it(drafts: Drafts) -> None:
    signer = replace(READER, role="Medical director")
    draft = begun(drafts.begin(LEAD, "small"))
    assert drafts.find(READER, draft.id) is None
    assert drafts.find(signer, draft.id) is not None
    assert codes(drafts.save(signer, draft.id, {RULES: b"x"}, {RULES: None})) == ["edit-not-allowed"]
    assert codes(drafts.discard(signer, draft.id)) == ["edit-not-allowed"]


def test_a_new_ruleset_begins_with_files_that_check_clean(drafts: Drafts, tmp_path: Path) -> None:
    draft = begun(drafts.begin_new(LEAD, "mine", None))
    state = state_of(drafts, draft)
    assert (draft.base, state.base_files) == (None, {})
    write(tmp_path / "rulesets" / "mine", state.files)
    read = read_shelf(tmp_path / "rulesets").read["mine"]
    assert read.ruleset is not None


def test_a_new_ruleset_is_called_and_owned_as_was_said(drafts: Drafts) -> None:
    said = {"title": "Ours: at #1", "owner": "Dr Who"}
    text = state_of(drafts, begun(drafts.begin_new(LEAD, "mine", None, **said))).files["ruleset.yaml"]
    assert b'title: "Ours: at #1"\n' in text
    assert b"owner: Dr Who\n" in text
    assert codes(drafts.begin_new(LEAD, "mine", None, title="x" * 5_000)) == ["cant-begin"]


def test_a_new_ruleset_extends_one_that_serves_here_and_not_the_one_that_is_shipped(
    drafts: Drafts, tmp_path: Path
) -> None:
    write_small(tmp_path / "serving")
    read = read_shelf(tmp_path / "serving").read["small"]
    drafts.archive.publish(edition_of(read), later(2))
    draft = begun(drafts.begin_new(LEAD, "mine", "small"))
    files = state_of(drafts, draft).files
    assert b"extends: small" in files["ruleset.yaml"]
    write(tmp_path / "serving" / "mine", files)
    assert read_shelf(tmp_path / "serving").read["mine"].ruleset is not None


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files in a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_a_new_ruleset_that_cant_be_is_refused_with_the_reason(drafts: Drafts) -> None:
    assert codes(drafts.begin_new(LEAD, "small", None)) == ["cant-begin"]
    assert codes(drafts.begin_new(INTERNAL, "mine", "mine")) == ["unknown-ruleset"]
    assert codes(drafts.begin_new(INTERNAL, "mine", "../small")) == ["unknown-ruleset"]
    assert codes(drafts.begin_new(LEAD, "mine", "hidden")) == ["unknown-ruleset"]
    assert codes(drafts.begin_new(LEAD, "mine", "small")) == ["cant-begin"]  # it has no rules at all


def test_a_zip_begins_a_draft_that_is_held_against_what_is_live(drafts: Drafts) -> None:
    files = {"ruleset.yaml": b"id: small\nversion: 3.0.0\n"}
    draft = begun(drafts.begin_with(LEAD, None, zipped("small", files)))
    state = state_of(drafts, draft)
    assert (draft.ruleset, draft.base) == ("small", SECOND.digest)
    assert (state.files, state.base_files) == (files, SECOND.own_files)
    assert begun(drafts.begin_with(LEAD, "mine", zipped("small", files))).base is None


def test_a_zip_that_is_none_or_holds_no_text_is_refused(drafts: Drafts) -> None:
    assert codes(drafts.begin_with(LEAD, "small", b"no zip")) == ["bad-zip"]
    assert codes(drafts.begin_with(LEAD, "small", zipped("small", {}))) == ["bad-zip"]
    mixed = {"ruleset.yaml": b"id: small\n", "evidence.yaml": b"a\nb: \xe4\n"}
    found = drafts.begin_with(LEAD, "small", zipped("small", mixed))
    assert codes(found) == ["not-text"]
    assert isinstance(found, Refused)
    assert found.errors[0].message == "evidence.yaml is not UTF-8 at line 2."


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../ruleset.yaml",
            "/etc/passwd",
            "factors/../ruleset.yaml",
            "factors",
            "factors/",
            "",
            "sign-off.yaml",
        ),
        *(
            "factors/a/b.yaml",
            "factors\\1.yaml",
            "factors/.yaml",
            "notes.txt",
            "ruleset.yml",
            "factors/1.yaml\0",
        ),
        *("factors/" + "x" * 100 + ".yaml", "texts.english.yaml", "factors/\ud800.yaml"),
    ],
)
def test_names_are_the_plans(drafts: Drafts, name: str) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    assert codes(drafts.save(LEAD, draft.id, {name: b"x"}, {name: None})) == ["bad-file-name"]
    assert codes(drafts.rebase(LEAD, draft.id, chosen={name: b"x"})) == ["bad-file-name"]
    assert state_of(drafts, draft).number == 1


def test_no_two_files_have_names_that_differ_in_capitals_alone(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    name, other = RULES, "factors/1-A.yaml"
    assert codes(drafts.save(LEAD, draft.id, {other: b"x"}, {other: None})) == ["bad-file-name"]
    tag = file_tag(state_of(drafts, draft).files[name])
    renamed = drafts.save(LEAD, draft.id, {other: b"x", name: None}, {other: None, name: tag})
    assert isinstance(renamed, DraftState)


def test_what_is_too_large_too_many_or_no_text_is_not_saved(
    drafts: Drafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begun(drafts.begin(LEAD, "small"))

    def save(files: Mapping[str, bytes]) -> object:
        return drafts.save(LEAD, draft.id, files, dict.fromkeys(files))

    many = {f"factors/{number}.yaml": b"" for number in range(MOST_FILES)}
    large = {f"factors/{number}.yaml": bytes(MOST_BYTES) for number in range(9)}
    assert codes(save({"factors/1.yaml": bytes(MOST_BYTES + 1)})) == ["file-too-large"]
    assert codes(save({"factors/1.yaml": b"\xff"})) == ["not-text"]
    assert codes(save(many)) == ["too-many"]
    assert codes(save(large)) == ["draft-too-large"]
    assert state_of(drafts, draft).number == 1
    monkeypatch.setattr(stored, "MOST_OPEN", 1)
    assert codes(drafts.begin(LEAD, "small")) == ["too-many-drafts"]


def test_live_comes_into_a_draft_and_what_both_changed_is_chosen(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small", FIRST.digest))
    drafts.save(LEAD, draft.id, {RULES: b"ours\n"}, {RULES: file_tag(b"a\n")})
    after = drafts.rebase(LEAD, draft.id)
    assert isinstance(after, DraftState)
    assert after.draft.base == SECOND.digest
    assert after.files == {**SECOND.own_files, RULES: b"ours\n"}
    assert drafts.rebase(LEAD, draft.id) == after

    third = edition("3.0.0", files={**FIRST.files, f"small/{RULES}": "theirs\n"})
    drafts.archive.publish(third, later(2))
    conflict = FileConflict(RULES, b"a\n", b"theirs\n", b"ours\n")
    assert drafts.rebase(LEAD, draft.id) == (conflict,)
    assert state_of(drafts, draft) == after
    assert codes(drafts.rebase(LEAD, draft.id, number=1, chosen={RULES: b"both\n"})) == ["changed-meanwhile"]
    chosen = drafts.rebase(LEAD, draft.id, third.digest, after.number, {RULES: b"both\n"})
    assert isinstance(chosen, DraftState)
    assert chosen.files == {**third.own_files, RULES: b"both\n"}


def test_a_retired_ruleset_begins_no_draft(drafts: Drafts) -> None:
    drafts.archive.retire("small", later(3))
    assert codes(drafts.begin(LEAD, "small")) == ["unknown-ruleset"]


def test_drafts_that_nobody_changes_for_ninety_days_are_forgotten(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    on_the_day = replace(drafts, now=lambda: NOON + KEPT)
    assert on_the_day.forget() == 0
    later_on = replace(drafts, now=lambda: NOON + KEPT + timedelta(seconds=1))
    assert later_on.forget() == 1
    assert drafts.find(LEAD, draft.id) is None


def test_a_draft_that_has_gone_live_goes_on_from_there(drafts: Drafts) -> None:
    draft = begun(drafts.begin(LEAD, "small"))
    state = state_of(drafts, draft)
    tag = file_tag(state.files[RULES])
    assert isinstance(drafts.save(LEAD, draft.id, {RULES: b"b\n"}, {RULES: tag}), DraftState)
    files = {f"small/{name}": raw.decode() for name, raw in state_of(drafts, draft).files.items()}
    itself = edition("2.0.0", "title: New\n", files={"base/ruleset.yaml": "id: base\n", **files})
    drafts.archive.publish(itself, later(2))
    assert isinstance(drafts.save(LEAD, draft.id, {RULES: b"c\n"}, {RULES: file_tag(b"b\n")}), DraftState)
    after = state_of(drafts, draft)
    assert (after.draft.base, after.base_files[RULES], after.files[RULES]) == (itself.digest, b"b\n", b"c\n")
