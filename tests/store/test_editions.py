"""An edition is what was read, and reads as it was."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.store.editions import digest_of_files, edition_of, read_edition, readable
from service.store.faults import Damaged
from service.store.folders import read_shelf, shipped
from tests.commandline.samples import edit, write_small


def meaning(ruleset: Ruleset) -> Ruleset:
    """The ruleset but for the places where its files lay."""

    def unplaced(part: Any) -> Any:
        return replace(part, place=None)

    return unplaced(
        replace(
            ruleset,
            inputs={name: unplaced(one) for name, one in ruleset.inputs.items()},
            rules=tuple(map(unplaced, ruleset.rules)),
            guarantees=tuple(map(unplaced, ruleset.guarantees)),
            scenarios=tuple(map(unplaced, ruleset.scenarios)),
            contradictions=tuple(map(unplaced, ruleset.contradictions)),
            translations={
                language: {path: unplaced(text) for path, text in texts.items()}
                for language, texts in ruleset.translations.items()
            },
        )
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of rulesets with one ruleset."""
    return write_small(tmp_path)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A folder of rulesets in which one extends another."""
    for name in ("pico-laser", "example-clinic"):
        shutil.copytree(shipped() / name, tmp_path / "rulesets" / name)
    return tmp_path / "rulesets"


def again(one: Read) -> Ruleset:
    """The ruleset read again from its edition alone."""
    ruleset = read_edition(edition_of(one)).ruleset
    assert ruleset is not None
    return ruleset


@pytest.mark.parametrize("name", ["pico-laser", "example-clinic", "tattoo-kirby-desai"])
def test_a_shipped_ruleset_reads_from_its_edition_as_from_its_folder(name: str) -> None:
    one = read_shelf(shipped(), only=name).read[name]
    assert one.ruleset is not None
    assert meaning(again(one)) == meaning(one.ruleset)


def test_rules_that_are_taken_over_are_defined_where_they_were(clinic: Path) -> None:
    one = read_shelf(clinic).read["example-clinic"]
    assert one.ruleset is not None
    places = [rule.defined_at for rule in one.ruleset.rules]
    assert any(place.startswith("pico-laser/factors/") for place in places)
    assert [rule.defined_at for rule in again(one).rules] == places


def test_an_edition_has_every_file_on_which_the_digest_rests_and_no_sign_off(clinic: Path) -> None:
    (clinic / "example-clinic" / "sign-off.yaml").write_text("[]\n")
    one = edition_of(read_shelf(clinic).read["example-clinic"])
    files = {path.relative_to(clinic).as_posix() for path in clinic.rglob("*.yaml")}
    assert set(one.files) == files - {"example-clinic/sign-off.yaml"}
    assert list(one.layers) == ["pico-laser", "example-clinic"]
    assert digest_of_files(one) == one.digest


@pytest.mark.parametrize("change", ["\ufeff{}", "{}# ä €\n", "{}\r\n"])
def test_bytes_that_mean_nothing_are_kept_for_the_digest(small: Path, change: str) -> None:
    file = small / "small" / "evidence.yaml"
    file.write_text(change.format(file.read_text()), newline="")
    one = read_shelf(small).read["small"]
    assert one.ruleset is not None
    assert again(one).digest == one.ruleset.digest
    assert edition_of(one).files["small/evidence.yaml"].encode() == file.read_bytes()


def test_an_edit_after_reading_is_not_in_the_edition(small: Path) -> None:
    one = read_shelf(small).read["small"]
    edit(small / "small" / "ruleset.yaml", "title: Small plan", "title: Another plan")
    edition = edition_of(one)
    assert edition.title == "Small plan"
    assert digest_of_files(edition) == edition.digest
    assert again(one).title == "Small plan"


def test_a_ruleset_with_errors_is_no_edition(small: Path) -> None:
    edit(small / "small" / "ruleset.yaml", "version: 1.2.0", "version: one")
    with pytest.raises(ValueError, match="small has errors"):
        edition_of(read_shelf(small).read["small"])


def test_signing_off_goes_with_the_edition(small: Path) -> None:
    digest = edition_of(read_shelf(small).read["small"]).digest
    entry = f"- {{digest: '{digest}', role: Doctor, date: 2026-01-01}}\n"
    (small / "small" / "sign-off.yaml").write_text(entry)
    one = edition_of(read_shelf(small).read["small"])
    assert (one.digest, one.signed_off) == (digest, True)
    assert readable(one).signed_off
    assert not readable(replace(one, signed_off=False)).signed_off


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text + "# more\n", "come to another digest"),
        (
            lambda text: text.replace("factor: concern", "faktor: concern"),
            "can't be read by this picoplan any more",
        ),
        (lambda _: "", "can't be read by this picoplan any more"),
    ],
)
def test_an_edition_that_is_not_what_it_was_is_damaged(
    small: Path, spoil: Callable[[str], str], says: str
) -> None:
    one = edition_of(read_shelf(small).read["small"])
    name = "small/factors/1-concern.yaml"
    with pytest.raises(Damaged, match=says) as raised:
        readable(replace(one, files={**one.files, name: spoil(one.files[name])}))
    assert str(raised.value).startswith(f"version 1.2.0 of small ({one.digest[:19]}...)")


def test_an_edition_without_the_ruleset_that_it_extends_is_damaged(clinic: Path) -> None:
    one = edition_of(read_shelf(clinic).read["example-clinic"])
    alone = {name: text for name, text in one.files.items() if name.startswith("example-clinic/")}
    with pytest.raises(Damaged, match="unknown-ruleset"):
        readable(replace(one, files=alone))
