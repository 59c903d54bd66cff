"""docs/integrate.md: its programs run against a real service, and print what the page shows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.codes import MISTAKE_CODES
from service.web import problems
from tests.clients.packages import Packages
from tests.docs.pages import Page
from tests.docs.programs import PAGE, PRINTS, PROGRAMS, run, runner, write_files
from tests.web.clinics import added, store_in, url_in
from tests.web.serving import Served


@dataclass(frozen=True)
class Clinic:
    """A service with keys, and the one that an integrator was given."""

    url: str
    key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("integrate")
    store = store_in(folder)
    key = added(store, "vendor", clinic="north", rulesets=("pico-laser",), scopes=("evaluate", "read"))
    store.close()
    with Served(folder, {"PICOPLAN_DATABASE_URL": url_in(folder)}, workers=2, watch=False) as server:
        yield Clinic(f"http://127.0.0.1:{server.port}", key.text)


@pytest.fixture
def folder(tmp_path: Path, client_packages: Packages) -> Path:
    """The files of the page, where the npm package is installed."""
    write_files(tmp_path)
    return client_packages.unpack_for_node(tmp_path)


def printed(name: str, folder: Path, served: Clinic, packages: Packages) -> str:
    """What a program prints; it must end well."""
    tool = str(runner(name))
    if shutil.which(tool) is None or (tool == "bash" and shutil.which("curl") is None):
        pytest.skip(f"{tool} or curl is not installed")
    done = run(name, folder, served.url, served.key, packages.wheel)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PRINTS)
def test_a_program_prints_what_the_page_shows(
    name: str, folder: Path, served: Clinic, client_packages: Packages
) -> None:
    assert printed(name, folder, served, client_packages) == PRINTS[name]


def test_the_javascript_program_prints_what_the_python_program_does(
    folder: Path, served: Clinic, client_packages: Packages
) -> None:
    assert printed("evaluate.mjs", folder, served, client_packages) == PRINTS["evaluate.py"]


@pytest.mark.long
def test_the_client_that_is_made_knows_the_rulesets_of_the_key(
    folder: Path, served: Clinic, client_packages: Packages
) -> None:
    printed("generate.sh", folder, served, client_packages)
    models = {path.name for path in (folder / "generated" / "models").iterdir()}
    assert "evaluate_request_pico_laser.py" in models
    assert "assessment_tattoo_kirby_desai.py" not in models


def test_without_a_key_a_program_says_what_is_needed(
    folder: Path, served: Clinic, client_packages: Packages
) -> None:
    done = run("evaluate.py", folder, served.url, "a-key-that-nobody-has", client_packages.wheel)
    assert done.returncode == 1
    assert "PicoplanError: This needs an API key that lives" in done.stderr


def test_a_list_through_the_client_prints_what_it_does_through_curl(
    folder: Path, served: Clinic, client_packages: Packages
) -> None:
    assert printed("many.py", folder, served, client_packages) == PRINTS["batch.sh"]


def test_every_program_of_the_page_is_run() -> None:
    runnable = {name for name in PROGRAMS if runner(name)}
    assert runnable - PRINTS.keys() == {"evaluate.mjs", "generate.sh", "many.py"}
    blocks = [block for block in PAGE.blocks if block.language in ("sh", "python", "js")]
    assert [str(block) for block in blocks if "file" not in block.marks and "export" not in block.text] == []


def mends() -> dict[str, set[int]]:
    """The statuses of every code in the tables of errors."""
    found: dict[str, set[int]] = {}
    tables = [one for one in PAGE.blocks if one.heading == "Every error and its mend"]
    for code, status, mend in [row for table in tables for row in table.rows]:
        assert mend
        for name in re.findall(r"`([a-z-]+)`", code):
            found.setdefault(name, set()).update(int(one) for one in status.split(", "))
    return found


def test_every_code_of_an_error_has_its_mend_and_no_other() -> None:
    codes = Page("evaluate.md").section("Errors")
    (table,) = [
        one for one in Page("evaluate.md").blocks if one.heading == "Errors" and "| `not-json` |" in one.text
    ]
    assert "| `not-json` |" in codes
    assert set(mends()) == {name for row in table.rows for name in re.findall(r"`([a-z-]+)`", row[0])}


def test_every_code_has_the_statuses_that_the_service_tells_of() -> None:
    assert mends() == {one.name: set(one.statuses) for one in MISTAKE_CODES.values()}


def test_every_status_with_errors_is_named() -> None:
    said = {int(one) for one in re.findall(r"\b[45]\d\d\b", PAGE.section("Every error and its mend"))}
    assert said == set(problems.statuses())
    assert set().union(*mends().values()) <= said
