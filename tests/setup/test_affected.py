"""scripts/test runs the tests that rest on a change: too many rather than one too few."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scripts import affected_tests
from scripts.affected_tests import ROOT, PythonFile, Unknown, affected, read_files

FILES = {
    "service/__init__.py": "",
    "service/low.py": "",
    "service/middle.py": "def late():\n    from service.low import thing\n",
    "service/typed.py": "if TYPE_CHECKING:\n    from service.low import Thing\n",
    "service/apart.py": '"""Beside service.low, which it does not need."""\n',
    "service/pages/one.txt": "",
    "service/faces/__init__.py": "",
    "service/faces/main.py": "import_module(f'service.faces.{name}')\n",
    "service/faces/new.py": "import service.low\n",
    "tests/conftest.py": "def server():\n    import service.faces.main\n",
    "tests/low/helper.py": "from service import low\n",
    "tests/low/test_low.py": "from tests.low.helper import thing\n",
    "tests/low/cases/one.yaml": "",
    "tests/middle/test_middle.py": "from service.middle import late\n",
    "tests/middle/test_typed.py": "import service.typed\nimport service.apart\n",
    "tests/faces/test_named.py": "run('python', '-m', 'service.faces.new')\n",
    "tests/faces/test_server.py": "def test_one(server): ...\n",
    "tests/faces/test_shipped.py": "ask('pico-laser')\n",
    "tests/docs/test_pages.py": "read('docs/operate.md')\n",
    "tests/docs/test_tree.py": "ROOT.rglob('*.py')\n",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, PythonFile]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return read_files(tmp_path)


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("service/low.py", "low/low middle/middle faces/named faces/server docs/tree"),
        ("service/typed.py", "middle/typed docs/tree"),
        ("service/__init__.py", "low/low middle/middle middle/typed faces/named faces/server docs/tree"),
        ("service/faces/new.py", "faces/named faces/server docs/tree"),
        ("tests/low/helper.py", "low/low docs/tree"),
        ("tests/low/cases/one.yaml", "low/low docs/tree"),
        ("tests/middle/test_middle.py", "middle/middle docs/tree"),
        ("service/pages/one.txt", "low/low middle/middle middle/typed faces/named faces/server docs/tree"),
        ("service/gone.py", ""),
        ("docs/operate.md", "docs/pages docs/tree"),
        ("CHANGELOG.md", "docs/pages docs/tree"),
        ("rulesets/pico-laser/evidence.yaml", "faces/shipped docs/tree"),
    ],
)
def test_a_change_selects_the_tests_that_rest_on_it(
    files: dict[str, PythonFile], changed: str, tests: str
) -> None:
    expected = {"tests/{}/test_{}.py".format(*test.split("/")) for test in tests.split()}
    assert affected([changed], files) == expected


@pytest.mark.parametrize("changed", ["pyproject.toml", "tests/conftest.py", "scripts/setup", "Containerfile"])
def test_what_is_not_known_selects_every_test(files: dict[str, PythonFile], changed: str) -> None:
    with pytest.raises(Unknown):
        affected([changed, "service/low.py"], files)


def test_every_test_of_the_service_rests_on_the_language() -> None:
    files = read_files(ROOT)
    every = {name for name in files if re.match(r"tests/(analysis|engine|serving|web)/.*test_", name)}
    found = affected(["schemas/language.py"], files)
    assert len(every & found) > 0.9 * len(every) > 40


@pytest.mark.parametrize("changed", ["python/pyproject.toml", "typescript/src/client.ts"])
def test_a_source_of_the_clients_selects_their_tests(changed: str) -> None:
    found = affected([f"scripts/clients/{changed}"], read_files(ROOT))
    assert {"tests/clients/test_calls.py", "tests/docs/test_integrate.py"} <= found
    assert "tests/engine/test_firing.py" not in found


@pytest.fixture
def checkout(tmp_path: Path, files: dict[str, PythonFile], monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "All")
    monkeypatch.setattr(affected_tests, "ROOT", tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def test_what_is_committed_what_is_edited_and_what_is_new_is_a_change(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(checkout, "checkout", "--quiet", "-b", "mine")
    (checkout / "service/typed.py").write_text("")
    git(checkout, "commit", "--quiet", "-am", "One")
    (checkout / "tests/low/test_low.py").write_text("import service.low\n")
    (checkout / "tests/low/test_new.py").write_text("")
    affected_tests.main()
    said = capsys.readouterr()
    assert said.out.split() == [
        "tests/docs/test_tree.py",
        "tests/low/test_low.py",
        "tests/low/test_new.py",
        "tests/middle/test_typed.py",
    ]
    assert said.err == (
        "test: 3 files differ from the main branch or are not committed, and 4 files of tests rest on them: "
        "tests/docs, tests/low, tests/middle\n"
    )


def test_without_a_change_no_test_is_needed(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    affected_tests.main()
    assert capsys.readouterr().out.strip() == ""


def test_a_file_of_no_known_kind_runs_every_test(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "Makefile").write_text("")
    affected_tests.main()
    said = capsys.readouterr()
    assert said.out == "tests\n"
    assert said.err == "test: every test runs, for every one may rest on Makefile\n"


def test_without_a_main_branch_every_test_runs(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(checkout, "branch", "--quiet", "-m", "other")
    affected_tests.main()
    assert capsys.readouterr().out == "tests\n"
