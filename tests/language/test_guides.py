"""The guides for adding to the language are whole: who follows one finds what he added in every place.

Each guide of docs/developing.md is followed to the letter in a copy of the project. Then the copy's own
tests of completeness are asked about the new row of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.language.guides import copied, follow, run_tests, touched


@dataclass(frozen=True)
class Guide:
    """A guide: the rows that it adds, by their names in the ids of tests, and how many files it may touch.

    ``tests``: those to which the copy is put.
    """

    name: str
    rows: tuple[str, ...]
    tests: str
    most_files: int
    least_tests: int

    def __str__(self) -> str:
        return self.name


EFFECTS = "tests/language/test_effects.py tests/language/test_members.py"
GUIDES = [
    Guide("text", ("prepare", "preparation"), EFFECTS, most_files=4, least_tests=20),
    Guide("number", ("interval_weeks_times",), EFFECTS, most_files=5, least_tests=20),
    Guide("form", ("includes all of",), "tests/language/test_forms.py", most_files=8, least_tests=8),
    Guide("kind", ("percentage",), "tests/language/test_kinds.py", most_files=9, least_tests=8),
]
WHOLE = (
    "every_member or first_version or has_every or have_every"
    " or that_rules_decide or opposite or does_not_fit"
)
"""Words in the names of tests that look at the table as a whole."""

each = pytest.mark.parametrize("guide", GUIDES, ids=str)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project is copied to: the same for all, so that what no guide changes is compiled once."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture
def project(folder: Path) -> Path:
    """A copy of the project in which no guide was followed yet."""
    return copied(folder)


@each
def test_a_guide_touches_few_files(guide: Guide) -> None:
    assert 0 < len(touched(guide.name)) <= guide.most_files


@each
def test_what_a_guide_adds_is_in_every_place(guide: Guide, project: Path) -> None:
    follow(guide.name, project)
    chosen = " or ".join([*(row.replace(" ", " and ") for row in guide.rows), WHOLE])
    ran = run_tests(project, *guide.tests.split(), "-k", chosen)
    assert ran.returncode == 0, ran.stdout[-6000:]
    passed = int(ran.stdout.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1])
    assert passed >= guide.least_tests


def test_a_guide_that_is_not_followed_to_its_end_is_found_out(project: Path) -> None:
    """Only the table has the new row: nothing can be imported until the rest is there."""
    follow("text", project)
    model = project / "service/model/ruleset.py"
    model.write_text(model.read_text(encoding="utf-8").replace("    prepare: str | None = None\n", ""))
    ran = run_tests(project, "tests/language/test_effects.py", "-k", "prepare")
    assert ran.returncode != 0
    assert "members of Effects: without ['prepare']" in ran.stdout
