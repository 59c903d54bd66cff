"""picoplan rollback: a version that served goes back into the folder, whole and checked, or nothing does."""

import os
import pty
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.language import NEWEST_LANGUAGE
from service.store.archive import open_archive
from service.store.editions import Published, edition_of
from service.store.folders import read_shelf
from tests.commandline.console import COMMAND, TIMEOUT_S, CommandOutput, environment, picoplan
from tests.commandline.samples import edit, write_small

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
CHILD = """\
id: child
title: A clinic of its own
version: 1.0.0
extends: small
"""
OURS = """\
factor: concern
rules: [{id: ours, title: Ours, when: {concern: %s}, then: {advise: So.}, because: So.}]
"""


@dataclass
class Clinic:
    """A folder of rulesets that a service has served from."""

    folder: Path

    @property
    def small(self) -> Path:
        """The ruleset's folder."""
        return self.folder / "rulesets" / "small"

    def publish(self, days: int = 0) -> Published:
        """What a service does with the folder as it is; the newest of ``small``."""
        archive = open_archive(self.folder / "rulesets")
        for read in read_shelf(self.folder / "rulesets").read.values():
            if read.ruleset is not None:
                archive.publish(edition_of(read), START + timedelta(days=days))
        newest = [one for one in archive.timeline() if one.ruleset == "small"][-1]
        archive.close()
        return newest

    def version(self, before: str, after: str) -> None:
        """Save another version, with another title of a rule."""
        edit(self.small / "ruleset.yaml", f"version: {before}", f"version: {after}")
        edit(
            self.small / "factors" / "1-concern.yaml", "    title: Scars", f"    title: Scars, as of {after}"
        )

    def rollback(self, *arguments: str) -> CommandOutput:
        """Run the command in the clinic's folder, where nobody is there to ask."""
        return picoplan("rollback", *arguments, "--yes", folder=self.folder)

    def files(self) -> dict[str, bytes]:
        """Every file of the ruleset's folder."""
        return {
            path.relative_to(self.small).as_posix(): path.read_bytes()
            for path in self.small.rglob("*")
            if path.is_file()
        }

    def hidden(self) -> list[str]:
        """What lies hidden beside the rulesets."""
        return sorted(path.name for path in (self.folder / "rulesets").iterdir() if path.name.startswith("."))


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic that has published 1.2.0 and then 1.3.0."""
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    monkeypatch.delenv("PICOPLAN_PUBLISH", raising=False)
    write_small(tmp_path)
    found = Clinic(tmp_path)
    found.publish()
    found.version("1.2.0", "1.3.0")
    found.publish(10)
    return found


def old_files(clinic: Clinic) -> dict[str, bytes]:
    """The files of version 1.2.0."""
    files = clinic.files()
    header, rules = files["ruleset.yaml"], files["factors/1-concern.yaml"]
    return files | {
        "ruleset.yaml": header.replace(b"version: 1.3.0", b"version: 1.2.0"),
        "factors/1-concern.yaml": rules.replace(b"Scars, as of 1.3.0", b"Scars"),
    }


def short(digest: str) -> str:
    """A digest as a person sees it."""
    return digest[7:19]


def test_a_version_goes_back_as_it_was_and_serves(clinic: Clinic) -> None:
    expected, replaced = old_files(clinic), clinic.files()
    said = clinic.rollback("small", "1.2.0")
    newest = clinic.publish(20)
    kept = clinic.hidden()
    assert clinic.files() == expected
    assert said == CommandOutput(
        0,
        f"rulesets/small holds small 1.2.0 ({short(newest.digest)}) again, "
        "checked and tried with 2 scenarios.\n"
        f"What was there is kept in rulesets/{kept[0]}.\n"
        "Version 1.2.0 serves from now on.\n",
        "",
    )
    assert re.fullmatch(r"\.small\.before-rollback-\d{8}-\d{6}", kept[0])
    assert len(kept) == 1
    backup = clinic.folder / "rulesets" / kept[0]
    assert {path.relative_to(backup).as_posix() for path in backup.rglob("*.yaml")} == set(replaced)
    assert (newest.version, newest.sequence) == ("1.2.0", 3), "no service need run for it to serve"


def test_what_went_back_checks_clean_beside_its_backup(clinic: Clinic) -> None:
    clinic.rollback("small", "1.2.0")
    assert picoplan("check", "rulesets", folder=clinic.folder).out == "1 ruleset, no problems.\n"


def test_a_backup_can_be_put_back_again(clinic: Clinic) -> None:
    clinic.rollback("small", "1.2.0")
    said = clinic.rollback("small", "1.3.0")
    assert said.code == 0
    assert len(clinic.hidden()) == 2
    assert [line.split()[0] for line in clinic.rollback("small").out.splitlines()] == [
        "version",
        "1.3.0",
        "1.2.0",
        "1.3.0",
        "1.2.0",
    ]


def test_without_a_version_those_that_served_are_listed_newest_first(clinic: Clinic) -> None:
    edit(clinic.small / "ruleset.yaml", "version: 1.3.0", "version: 2.0.0\neffective: 2999-12-01")
    future = clinic.publish(11)
    listed = clinic.rollback("small").out.splitlines()
    assert listed[0] == "version  digest        serves from    published"
    assert listed[1] == f"2.0.0    {short(future.digest)}  2999-12-01     2026-01-12 09:00 UTC"
    assert listed[3].endswith("  the beginning  2026-01-01 09:00 UTC")
    assert len(listed) == 4


def test_a_digest_published_under_two_versions_of_the_language_is_listed_with_both(clinic: Clinic) -> None:
    archive = open_archive(clinic.folder / "rulesets")
    edition = archive.edition(clinic.publish().digest)
    archive.publish(replace(edition, language_version=1), START + timedelta(days=11))
    archive.close()
    listed = clinic.rollback("small").out.splitlines()
    assert listed[0] == "version  digest        serves from    published             language"
    digest = short(edition.digest)
    assert listed[1] == f"1.3.0    {digest}  2026-01-12     2026-01-12 09:00 UTC  1"
    assert listed[2] == f"1.3.0    {digest}  2026-01-11     2026-01-11 09:00 UTC  {NEWEST_LANGUAGE}"


def test_a_version_that_is_there_already_is_left_alone(clinic: Clinic) -> None:
    newest, before = clinic.publish(), clinic.files()
    said = clinic.rollback("small", "1.3.0")
    told = f"rulesets/small holds small 1.3.0 ({short(newest.digest)}) already. Nothing was changed.\n"
    assert said == CommandOutput(0, told, "")
    assert (clinic.files(), clinic.hidden()) == (before, [])


def test_a_broken_edit_is_replaced_by_the_version_that_still_serves(clinic: Clinic) -> None:
    before = clinic.files()
    (clinic.small / "factors" / "1-concern.yaml").write_text("factor: concern\nrules: [")
    (clinic.small / "factors" / "notes.txt").write_text("lost?")
    said = clinic.rollback("small", "1.3.0")
    assert said.code == 0
    assert clinic.files() == before
    kept = clinic.folder / "rulesets" / clinic.hidden()[0]
    assert (kept / "factors" / "notes.txt").read_text() == "lost?"
    assert len(clinic.rollback("small").out.splitlines()) == 3, "it is the newest already"


def test_a_folder_that_was_deleted_comes_back(clinic: Clinic) -> None:
    write_small(clinic.folder / "other")
    (clinic.folder / "other" / "rulesets" / "small").rename(clinic.folder / "rulesets" / "spare")
    before = clinic.files()
    clinic.small.rename(clinic.folder / "deleted")
    said = clinic.rollback("small", "1.3.0")
    assert (said.code, clinic.files(), clinic.hidden()) == (0, before, [])


def test_the_newest_of_a_version_goes_back_or_the_one_whose_digest_begins_so(clinic: Clinic) -> None:
    first = clinic.publish()
    edit(clinic.small / "factors" / "1-concern.yaml", "title: Scars, as of 1.3.0", "title: Scars, edited")
    second = clinic.publish(11)
    assert clinic.rollback("small", "1.2.0").code == 0
    assert short(second.digest) in clinic.rollback("small", "1.3.0").out
    assert short(first.digest) in clinic.rollback("small", "1.3.0", "--digest", first.digest[:14]).out
    assert short(second.digest) in clinic.rollback("small", "--digest", short(second.digest)).out


def test_sign_offs_stay(clinic: Clinic) -> None:
    old = clinic.publish().digest
    entry = f"- {{digest: '{old}', role: Doctor, date: 2026-01-01}}\n"
    (clinic.small / "sign-off.yaml").write_text(entry)
    clinic.rollback("small", "1.2.0")
    assert (clinic.small / "sign-off.yaml").read_text() == entry


def test_only_what_is_signed_off_serves_where_that_is_asked_for(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_PUBLISH", "signed")
    said = clinic.rollback("small", "1.2.0")
    assert said.out.splitlines()[-1].startswith(
        "It waits to be signed off: nobody has signed off small 1.2.0 ("
    )
    assert clinic.rollback("small").out.splitlines()[1].startswith("1.3.0 ")


def test_hidden_files_stay_in_the_folder_and_rights_are_kept(clinic: Clinic) -> None:
    (clinic.small / ".git").mkdir()
    (clinic.small / ".git" / "HEAD").write_text("ref")
    clinic.small.chmod(0o750)
    (clinic.small / "ruleset.yaml").chmod(0o640)
    clinic.rollback("small", "1.2.0")
    assert (clinic.small / ".git" / "HEAD").read_text() == "ref"
    assert oct(clinic.small.stat().st_mode)[-3:] == "750"
    assert oct((clinic.small / "ruleset.yaml").stat().st_mode)[-3:] == "640"


def test_a_linked_folder_is_replaced_and_what_it_linked_to_is_not_touched(clinic: Clinic) -> None:
    expected, before = old_files(clinic), clinic.files()
    elsewhere = clinic.folder / "release"
    clinic.small.rename(elsewhere)
    clinic.small.symlink_to(elsewhere)
    assert clinic.rollback("small", "1.2.0").code == 0
    assert clinic.files() == expected
    assert not clinic.small.is_symlink()
    assert (elsewhere / "ruleset.yaml").read_bytes() == before["ruleset.yaml"]


def test_one_ruleset_can_be_named_instead_of_a_folder_of_them(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = old_files(clinic)
    url = f"sqlite:///{open_archive(clinic.folder / 'rulesets').shown_as}"
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", url)
    said = clinic.rollback("small", "1.2.0", "--rulesets", "rulesets/small")
    assert (said.code, clinic.files()) == (0, expected)
    assert said.out.startswith("rulesets/small holds small 1.2.0 (")
    assert f"kept in rulesets/{clinic.hidden()[0]}." in said.out


def test_a_version_that_is_not_good_any_more_changes_nothing(clinic: Clinic) -> None:
    """The clinic's rules go back to a base whose option they use, and which has gone."""
    root = clinic.folder / "rulesets"
    (root / "child").mkdir()
    (root / "child" / "ruleset.yaml").write_text(CHILD)
    (root / "child" / "factors").mkdir()
    (root / "child" / "factors" / "1-ours.yaml").write_text(OURS % "spots")
    clinic.publish(11)
    (root / "child" / "factors" / "1-ours.yaml").write_text(OURS % "scars")
    edit(root / "child" / "ruleset.yaml", "version: 1.0.0", "version: 2.0.0")
    edit(clinic.small / "assessment.yaml", "spots: {label: Sun spots", "dots: {label: Dots")
    clinic.publish(12)
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    said = clinic.rollback("child", "1.0.0")
    assert (said.code, said.out) == (1, "")
    lines = said.err.splitlines()
    assert re.fullmatch(
        r"small has changed since\. With it as it is now, child 1\.0\.0 \(\w{12}\) becomes a new edition\.",
        lines[0],
    )
    assert lines[1].startswith('rulesets/child/factors/1-ours.yaml:2:49: error unknown-option "spots" is not')
    assert re.fullmatch(
        r"1 error: child 1\.0\.0 \(\w{12}\) is not good any more\. Nothing was changed\.", lines[2]
    )
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before
    assert clinic.hidden() == []


def test_over_a_changed_base_a_version_that_still_checks_clean_goes_back_as_a_new_edition(
    clinic: Clinic,
) -> None:
    root = clinic.folder / "rulesets"
    (root / "child").mkdir()
    (root / "child" / "ruleset.yaml").write_text(CHILD)
    clinic.publish(11)
    edit(root / "child" / "ruleset.yaml", "version: 1.0.0", "version: 2.0.0")
    clinic.version("1.3.0", "1.4.0")
    clinic.publish(12)
    base = clinic.files()
    said = clinic.rollback("child", "1.0.0")
    assert said.code == 0
    assert said.err.startswith("small has changed since.")
    assert said.out.splitlines()[-1].startswith("A running service checks and publishes the new edition")
    assert (root / "child" / "ruleset.yaml").read_text() == CHILD
    assert clinic.files() == base


def test_with_what_it_extends_a_version_goes_back_as_it_was(clinic: Clinic) -> None:
    root = clinic.folder / "rulesets"
    (root / "child" / "factors").mkdir(parents=True)
    (root / "child" / "ruleset.yaml").write_text(CHILD)
    (root / "child" / "factors" / "1-ours.yaml").write_text(OURS % "scars")
    clinic.publish(11)
    base = clinic.files()
    served = digest_of_child(root)
    edit(clinic.small / "assessment.yaml", "scars: {label: Scars", "burns: {label: Burns")
    assert clinic.rollback("child", "1.0.0").code == 1
    said = clinic.rollback("child", "1.0.0", "--extended", "--yes")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert re.fullmatch(
        r"rulesets/child holds child 1\.0\.0 \(\w{12}\) again, checked and tried .+", lines[0]
    )
    assert re.fullmatch(r"rulesets/small holds small as child 1\.0\.0 \(\w{12}\) extended it\.", lines[1])
    assert lines[2] == f"What was there is kept in rulesets/{clinic.hidden()[0]}."
    assert lines[3:] == ["Version 1.0.0 serves from now on."]
    assert clinic.files() == base
    assert digest_of_child(root) == served
    shutil.rmtree(clinic.small)
    assert clinic.rollback("child", "1.0.0", "--extended", "--yes").code == 0
    assert clinic.files() == base
    again = clinic.rollback("child", "1.0.0", "--extended", "--yes")
    assert again.out.endswith("already. Nothing was changed.\n")


def digest_of_child(rulesets: Path) -> str:
    found = read_shelf(rulesets).read["child"].ruleset
    assert found is not None
    return found.digest


def test_what_it_breaks_elsewhere_is_told(clinic: Clinic) -> None:
    root = clinic.folder / "rulesets"
    edit(
        clinic.small / "assessment.yaml",
        "scars: {label: Scars",
        "burns: {label: Burns, most: 3}, scars: {label: Scars",
    )
    clinic.publish(11)
    (root / "child" / "factors").mkdir(parents=True)
    (root / "child" / "ruleset.yaml").write_text(CHILD)
    (root / "child" / "factors" / "1-ours.yaml").write_text(OURS % "burns")
    said = clinic.rollback("small", "1.2.0")
    assert said.code == 0
    lines = said.err.splitlines()
    assert lines[0].startswith('rulesets/child/factors/1-ours.yaml:2:49: error unknown-option "burns"')
    assert lines[1:] == ["With it child has 1 error, and goes on as it serves until mended."]


def test_a_failing_scenario_refuses(clinic: Clinic) -> None:
    """The archive is given an edition whose scenario fails, as one that an older picoplan planned may."""
    edit(
        clinic.small / "scenarios" / "1-all.yaml",
        "sessions: {min: 4, typical: 5, max: 6}",
        "sessions: {min: 3}",
    )
    edit(clinic.small / "ruleset.yaml", "version: 1.3.0", "version: 1.3.1")
    clinic.publish(11)
    edit(clinic.small / "ruleset.yaml", "version: 1.3.1", "version: 1.3.2")
    said = clinic.rollback("small", "1.3.1")
    assert said.code == 1
    assert said.err.startswith("rulesets/small/scenarios/1-all.yaml:5:16: error scenario-failed")
    assert "is not good any more. Nothing was changed." in said.err
    assert b"version: 1.3.2" in clinic.files()["ruleset.yaml"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("smal",), 'picoplan: no version of "smal" has served from rulesets'),
        (("smal",), 'Did you mean "small"?'),
        (("small", "9.0.0"), 'no version 9.0.0 of small has served. There is "1.3.0" or "1.2.0".'),
        (("small", "1.2.0", "--digest", "zz"), "no version 1.2.0 and digest zz of small has served."),
        (("small", "1.2.0", "--rulesets", "nowhere"), "nowhere is not a folder"),
    ],
)
def test_what_never_served_is_wrong_usage(clinic: Clinic, arguments: tuple[str, ...], says: str) -> None:
    said = clinic.rollback(*arguments)
    assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert says in said.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PICOPLAN_DATA_DIR", "/dev/null/data", "can't be made: not a directory. Name one"),
        ("PICOPLAN_DATABASE_URL", "oracle://x", "oracle is no database for picoplan"),
        (
            "PICOPLAN_DATABASE_URL",
            "postgresql://a:secret@127.0.0.1:1/x",
            "a:***@127.0.0.1:1/x can't be reached",
        ),
    ],
)
def test_a_database_that_cannot_be_had_is_one_line(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    said = clinic.rollback("small")
    assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert says in said.err


def asked(clinic: Clinic, answer: bytes, *arguments: str) -> tuple[int, str]:
    """Run the command on a terminal where somebody types; the exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "rollback", *arguments],
        cwd=clinic.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment({"PICOPLAN_DATA_DIR": str(clinic.folder / "data")}),
    )
    os.close(theirs)
    os.write(ours, answer)
    read = b""
    try:
        while piece := os.read(ours, 65_536):
            read += piece
    except OSError:
        pass  # nobody writes to the terminal any more
    finally:
        os.close(ours)
    return process.wait(TIMEOUT_S), read.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("answer", "arguments", "code", "is_back"),
    [
        pytest.param(b"n\n", (), 1, False, marks=pytest.mark.long),
        (b"\n", (), 1, False),
        (b"y\n", (), 0, True),
        (b"", ("--yes",), 0, True),
    ],
)
def test_on_a_terminal_it_asks_first(
    clinic: Clinic, answer: bytes, arguments: tuple[str, ...], code: int, is_back: bool
) -> None:
    before, expected = clinic.files(), old_files(clinic)
    found, shown = asked(clinic, answer, "small", "1.2.0", *arguments)
    assert found == code
    assert ("into rulesets/small? [y/N]" in shown) == (not arguments)
    assert clinic.files() == (expected if is_back else before)
    assert ("Nothing was changed." in shown) == (not is_back)


def test_it_goes_the_same_way_where_folders_cannot_change_places_at_once(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = old_files(clinic)
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    assert clinic.rollback("small", "1.2.0").code == 0
    assert clinic.files() == expected
    assert len(clinic.hidden()) == 1
